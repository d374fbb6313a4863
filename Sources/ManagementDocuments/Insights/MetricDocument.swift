package import RelayModel

/// The JSON bodies of metrics, as Azure Monitor tells them.
package enum MetricDocument {
    private static let namespace = "Microsoft.Relay/namespaces"

    /// What was asked for, of one namespace or one hybrid connection.
    package static func render(
        _ series: [RelayMetricSeries], _ request: MetricRequest, of id: ResourceID, location: Location
    ) -> JSONValue {
        let wanted = series.filter { each in
            request.entities?.contains { $0.equalsIgnoringCase(each.entity) } ?? true
        }
        let groups: [(entity: String?, series: [RelayMetricSeries])] =
            request.isSplit
            ? wanted.filter { !$0.entity.isEmpty }.prefix(request.seriesMax).map { ($0.entity, [$0]) }
            : [(nil, wanted)]
        return [
            "cost": JSONValue(request.metrics.count * Int(minutes(request))),
            "timespan": .string("\(request.from.metricText)/\(request.to.metricText)"),
            "interval": .string(request.interval),
            "value": .array(
                request.metrics.map { metric in
                    .object(render(metric, groups, request, id))
                }),
            "namespace": .string(namespace),
            "resourceregion": .string(location.name),
        ]
    }

    private static func minutes(_ request: MetricRequest) -> Int64 {
        (request.to.secondsSinceEpoch - request.from.secondsSinceEpoch) / 60
    }

    private static func render(
        _ metric: RelayMetric, _ groups: [(entity: String?, series: [RelayMetricSeries])], _ request: MetricRequest,
        _ id: ResourceID
    ) -> JSONObject {
        let timeseries = groups.map { group -> JSONValue in
            let names: [JSONValue] =
                group.entity.map { entity in
                    [["name": ["value": "entityname", "localizedValue": "entityname"], "value": .string(entity)]]
                } ?? []
            return [
                "metadatavalues": .array(names),
                "data": .array(request.isMetadata ? [] : points(metric, group.series, request)),
            ]
        }
        return [
            "id": .string(id.child("providers/Microsoft.Insights/metrics", metric.name).path),
            "type": "Microsoft.Insights/metrics",
            "name": ["value": .string(metric.name), "localizedValue": .string(metric.displayName)],
            "displayDescription": .string(metric.description),
            "unit": .string(metric.unit),
            "timeseries": .array(timeseries),
            "errorCode": "Success",
        ]
    }

    /// One point for each interval. Within it, every minute of the entities together is one sample.
    private static func points(
        _ metric: RelayMetric, _ series: [RelayMetricSeries], _ request: MetricRequest
    ) -> [JSONValue] {
        let start = request.from.secondsSinceEpoch
        var values = [Int64](repeating: 0, count: Int(minutes(request)))
        for each in series {
            if metric.isLevel {
                addLevels(metric, each, request, to: &values)
            } else {
                for sample in each.samples { values[index(sample, start)] &+= metric.value(sample) }
            }
        }
        let length = Int(request.intervalSeconds / 60)
        return stride(from: 0, to: values.count, by: length).map { first in
            let samples = values[first..<min(first + length, values.count)]
            let moment = Timestamp(millisecondsSinceEpoch: (start + Int64(first) * 60) * 1000)
            var point: JSONObject = ["timeStamp": .string(moment.metricText)]
            for aggregation in request.aggregations {
                point.append(aggregation.rawValue, value(aggregation, samples))
            }
            return .object(point)
        }
    }

    private static func index(_ sample: RelayMetricSample, _ start: Int64) -> Int {
        Int((sample.minute.secondsSinceEpoch - start) / 60)
    }

    /// A level holds from its minute to that of the next sample.
    private static func addLevels(
        _ metric: RelayMetric, _ series: RelayMetricSeries, _ request: MetricRequest, to values: inout [Int64]
    ) {
        let start = request.from.secondsSinceEpoch
        var before = RelayMetricSample(minute: request.from)
        before.activeConnections = series.activeConnections
        before.activeListeners = series.activeListeners
        var level = metric.value(before)
        var position = 0
        for sample in series.samples {
            let next = index(sample, start)
            for minute in position..<max(position, next) { values[minute] &+= level }
            level = metric.value(sample)
            position = next
        }
        for minute in position..<values.count { values[minute] &+= level }
    }

    private static func value(_ aggregation: MetricRequest.Aggregation, _ samples: ArraySlice<Int64>) -> JSONValue {
        let total = samples.reduce(Int64(0), &+)
        switch aggregation {
        case .total: return .number("\(total).0")
        case .average: return .number("\(Double(total) / Double(max(1, samples.count)))")
        case .minimum: return .number("\(samples.min() ?? 0).0")
        case .maximum: return .number("\(samples.max() ?? 0).0")
        case .count: return .number("\(samples.count).0")
        }
    }

    /// Which metrics there are.
    package static func definitions(of id: ResourceID) -> JSONValue {
        let definitions = RelayMetric.all.map { metric -> JSONValue in
            [
                "id": .string(id.child("providers/Microsoft.Insights/metricdefinitions", metric.name).path),
                "resourceId": .string(id.path),
                "namespace": .string(namespace),
                "name": ["value": .string(metric.name), "localizedValue": .string(metric.displayName)],
                "displayDescription": .string(metric.description),
                "isDimensionRequired": false,
                "unit": .string(metric.unit),
                "primaryAggregationType": "Total",
                "supportedAggregationTypes": ["Total", "Average", "Minimum", "Maximum", "Count"],
                "metricAvailabilities": .array(
                    ["PT1M", "PT5M", "PT15M", "PT30M", "PT1H", "PT6H", "PT12H", "P1D"].map {
                        ["timeGrain": .string($0), "retention": .string("P\(Limits.metricDays)D")]
                    }),
                "dimensions": [["value": "EntityName", "localizedValue": "EntityName"]],
            ]
        }
        return ["value": .array(definitions)]
    }

    /// The one namespace of metrics that a resource has.
    package static func namespaces(of id: ResourceID) -> JSONValue {
        let path = id.child("providers/Microsoft.Insights/metricNamespaces", namespace).path
        return [
            "value": [
                [
                    "id": .string(path), "type": "Microsoft.Insights/metricNamespaces", "name": .string(namespace),
                    "classification": "Platform", "properties": ["metricNamespaceName": .string(namespace)],
                ]
            ]
        ]
    }
}

extension Timestamp {
    fileprivate var metricText: String { "\(iso8601.prefix(19))Z" }
}
