package import RelayModel

/// What a client asks of metrics: the query parameters of `Microsoft.Insights/metrics`.
package struct MetricRequest: Sendable {
    package enum Aggregation: String, Sendable, CaseIterable {
        case total, average, minimum, maximum, count
    }

    /// Seconds of each interval that there is, by its ISO 8601 name.
    private static let intervals: [(name: String, seconds: Int64)] = [
        ("PT1M", 60), ("PT5M", 300), ("PT15M", 900), ("PT30M", 1800), ("PT1H", 3600), ("PT6H", 21_600),
        ("PT12H", 43_200), ("P1D", 86_400),
    ]
    /// Days that one answer can tell of.
    private static let daysMax: Int64 = 93

    /// Whole minutes.
    package private(set) var from: Timestamp
    package private(set) var to: Timestamp
    package private(set) var interval = "PT1M"
    package private(set) var intervalSeconds: Int64 = 60
    package private(set) var metrics: [RelayMetric] = []
    package private(set) var aggregations: [Aggregation] = [.total]
    /// The entities that are wanted; `nil` wants all, in one series.
    package private(set) var entities: [String]?
    /// Whether each entity has a series of its own.
    package private(set) var isSplit = false
    package private(set) var seriesMax = 10
    /// Whether only the names of the series are asked for.
    package private(set) var isMetadata = false

    /// - Parameters:
    ///   - filter: `$filter`, when there is one.
    ///   - now: where a duration ends.
    ///   - parameter: the value of a query parameter by its name.
    /// - Throws: `ServiceError` with `badRequest` or `invalidFilter` that names the parameter.
    package init(
        filter: FilterExpression?, now: Timestamp, parameter: (String) -> String?
    ) throws(ServiceError) {
        (from, to) = try Self.timespan(parameter("timespan"), now)
        let wanted = parameter("interval")
        if let wanted, wanted.asciiLowercased != "full" {
            guard let found = Self.intervals.first(where: { $0.name.equalsIgnoringCase(wanted) }) else {
                throw Self.bad("interval", wanted, "one of \(Self.intervals.map(\.name).joined(separator: ", ")), FULL")
            }
            (interval, intervalSeconds) = found
        } else if wanted != nil {
            interval = "FULL"
            intervalSeconds = max(60, to.secondsSinceEpoch - from.secondsSinceEpoch)
        }
        // Intervals begin where whole ones do.
        if interval != "FULL" {
            from = Timestamp(
                millisecondsSinceEpoch: from.secondsSinceEpoch / intervalSeconds * intervalSeconds * 1000)
        }
        guard to.secondsSinceEpoch - from.secondsSinceEpoch <= Self.daysMax * 86_400 else {
            throw Self.bad("timespan", parameter("timespan") ?? "", "no longer than \(Self.daysMax) days")
        }
        metrics = try Self.metrics(parameter("metricnames") ?? parameter("metric"))
        aggregations = try Self.aggregations(parameter("aggregation"))
        if let top = parameter("top") {
            guard let number = Int(top), (1...1000).contains(number) else {
                throw Self.bad("top", top, "a number from 1 to 1000")
            }
            seriesMax = number
        }
        isMetadata = parameter("resultType")?.equalsIgnoringCase("Metadata") ?? false
        if let filter { try apply(filter) }
    }

    private static func metrics(_ names: String?) throws(ServiceError) -> [RelayMetric] {
        guard let names, !names.isEmpty else { return [RelayMetric.all[0]] }
        var metrics: [RelayMetric] = []
        for part in names.split(separator: ",") {
            let name = String(part.drop { $0 == " " })
            guard let metric = RelayMetric.find(name) else {
                throw bad("metricnames", name, "one of \(RelayMetric.all.map(\.name).joined(separator: ", "))")
            }
            metrics.append(metric)
        }
        return metrics
    }

    private static func aggregations(_ names: String?) throws(ServiceError) -> [Aggregation] {
        guard let names, !names.isEmpty else { return [.total] }
        var aggregations: [Aggregation] = []
        for part in names.split(separator: ",") {
            let name = part.filter { $0 != " " }
            guard let found = Aggregation.allCases.first(where: { $0.rawValue.equalsIgnoringCase(name) }) else {
                throw bad(
                    "aggregation", name, "one of \(Aggregation.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            aggregations.append(found)
        }
        return aggregations
    }

    /// `begin/end`, or a duration that ends now; the last hour without it.
    private static func timespan(_ text: String?, _ now: Timestamp) throws(ServiceError) -> (Timestamp, Timestamp) {
        let end = RelayMetricSample.minute(of: now).adding(seconds: 60)
        guard let text, !text.isEmpty else { return (end.adding(seconds: -3600), end) }
        // The Azure CLI escapes the value twice and names no time zone.
        let plain = text.replacing("%3A", with: ":").replacing("%2F", with: "/").replacing("%2B", with: "+")
        let parts = plain.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, let seconds = duration(text) { return (end.adding(seconds: -seconds), end) }
        guard parts.count == 2, let from = moment(parts[0]), let to = moment(parts[1]), from < to
        else { throw bad("timespan", text, "of the form 2026-01-31T08:00:00Z/2026-01-31T09:00:00Z") }
        let start = RelayMetricSample.minute(of: from)
        let last = RelayMetricSample.minute(of: to.adding(seconds: 59))
        return (start, last > start ? last : start.adding(seconds: 60))
    }

    private static func moment(_ text: String) -> Timestamp? {
        Timestamp(iso8601: text) ?? Timestamp(iso8601: "\(text)Z")
    }

    /// Seconds of `PT1H`, `P1D` and the like.
    private static func duration(_ text: String) -> Int64? {
        guard text.hasPrefix("P"), text.utf8.count <= 12 else { return nil }
        var seconds: Int64 = 0
        var digits: Int64?
        var isTime = false
        for character in text.dropFirst() {
            if let digit = character.wholeNumberValue, character.isASCII {
                digits = (digits ?? 0) * 10 + Int64(digit)
                continue
            }
            let factor: Int64
            switch character {
            case "T" where !isTime && digits == nil:
                isTime = true
                continue
            case "D" where !isTime: factor = 86_400
            case "H" where isTime: factor = 3600
            case "M" where isTime: factor = 60
            default: return nil
            }
            guard let number = digits, number <= 100_000 else { return nil }
            seconds += number * factor
            digits = nil
        }
        return digits == nil && (60...366 * 86_400).contains(seconds) ? seconds : nil
    }

    /// `EntityName eq 'name'`, several joined by `or`, or `'*'`, which asks for all, each in a series of its own.
    private mutating func apply(_ filter: FilterExpression) throws(ServiceError) {
        var names: [String] = []
        for term in filter.terms {
            guard case .comparison(let property, let comparison, let value) = term.content else {
                throw term.refusal("there are no functions here")
            }
            if property.equalsIgnoringCase("OperationResult") { continue }
            guard property.equalsIgnoringCase("EntityName") else {
                throw term.refusal("'\(NameRule.shown(property))' is no dimension; there is EntityName")
            }
            guard comparison == .equal else { throw term.refusal("a dimension can only be compared with eq") }
            names.append(value)
        }
        guard !names.isEmpty else { return }
        isSplit = true
        entities = names.contains("*") ? nil : names
    }

    private static func bad(_ name: String, _ value: String, _ rule: String) -> ServiceError {
        ServiceError(
            .badRequest, "The value '\(NameRule.shown(value))' of \(name) is invalid: it must be \(rule).",
            target: name)
    }
}
