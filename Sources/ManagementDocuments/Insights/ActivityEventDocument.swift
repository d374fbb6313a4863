package import RelayModel

/// The JSON body of one record of the activity log.
package enum ActivityEventDocument {
    /// The HTTP status of a failed operation.
    package struct Status: Sendable {
        package var code: Int
        /// `Not Found`.
        package var phrase: String

        package init(code: Int, phrase: String) {
            self.code = code
            self.phrase = phrase
        }

        fileprivate var name: String { String(phrase.filter { $0 != " " }) }
    }

    /// Milliseconds of 1970-01-01 since year 1, for the ticks of 100 nanoseconds in event IDs.
    private static let epochMilliseconds: Int64 = 62_135_596_800_000

    private static let names: Set<String> = [
        "authorization", "caller", "category", "claims", "correlationid", "description", "eventdataid", "eventname",
        "eventtimestamp", "httprequest", "id", "level", "operationid", "operationname", "properties",
        "resourcegroupname", "resourceid", "resourceprovidername", "resourcetype", "status", "submissiontimestamp",
        "subscriptionid", "substatus", "tenantid",
    ]

    /// Reads `$select`, names joined by commas.
    /// - Throws: `ServiceError` with `badRequest` for a name that is no property of a record.
    package static func selection(_ text: String?) throws(ServiceError) -> Set<String>? {
        guard let text, !text.isEmpty else { return nil }
        var selected: Set<String> = []
        for part in text.split(separator: ",") {
            let name = String(part.filter { $0 != " " })
            guard names.contains(name.asciiLowercased) else {
                throw ServiceError(
                    .badRequest, "The value '\(NameRule.shown(name))' of $select is no property of an event.",
                    target: "$select"
                )
            }
            selected.insert(name.asciiLowercased)
        }
        return selected
    }

    /// Renders the record with all properties or the selected ones; the status is that of a failed operation.
    package static func render(_ event: ActivityEvent, failure status: Status?, selection: Set<String>?) -> JSONValue {
        let all = render(event, failure: status)
        guard let selection else { return .object(all) }
        var object = JSONObject()
        for member in all.members where selection.contains(member.name.asciiLowercased) {
            object.append(member.name, member.value)
        }
        return .object(object)
    }

    private static func render(_ event: ActivityEvent, failure status: Status?) -> JSONObject {
        let operation = event.operation
        let resource = operation.resourceID
        let provider = String(operation.action.prefix { $0 != "/" })
        let outcome = event.succeeded ? "Succeeded" : "Failed"
        let ticks = (event.at.millisecondsSinceEpoch + epochMilliseconds) * 10_000
        var object: JSONObject = [
            "id": .string(resource.child("events", "\(event.eventID)/ticks/\(ticks)").path),
            "eventDataId": .string(event.eventID),
            "correlationId": .string(operation.correlationID),
            "operationId": .string(operation.correlationID),
            "eventTimestamp": event.at.json,
            "submissionTimestamp": event.at.json,
            "eventName": localized("EndRequest", "End request"),
            "category": localized("Administrative"),
            "level": event.succeeded ? "Informational" : "Error",
            "operationName": localized(operation.action, ProviderOperation.words(for: operation.action)),
            "status": localized(outcome),
            "subStatus": localized(
                status?.name ?? "", status.map { "\($0.phrase) (HTTP Status Code: \($0.code))" } ?? ""
            ),
            "caller": .string(operation.caller.clientID),
            "claims": [
                "appid": .string(operation.caller.clientID), "oid": .string(operation.caller.objectID),
                "tid": .string(operation.caller.tenantID),
            ],
            "authorization": ["action": .string(operation.action), "scope": .string(resource.path)],
            "httpRequest": httpRequest(operation),
            "resourceId": .string(resource.path),
        ]
        object.append("resourceGroupName", .string(resource.resourceGroup ?? ""))
        object.append("resourceProviderName", localized(provider))
        object.append("resourceType", localized(resource.type ?? groupOrSubscription(resource)))
        object.append("subscriptionId", .string(resource.subscriptionID ?? ""))
        object.append("tenantId", .string(operation.caller.tenantID))
        object.append("properties", properties(event, status))
        return object
    }

    private static func httpRequest(_ operation: Operation) -> JSONValue {
        var object = JSONObject()
        object.append("clientRequestId", ifPresent: operation.clientRequestID)
        object.append("clientIpAddress", .string(operation.clientAddress))
        object.append("method", .string(operation.httpMethod))
        return .object(object)
    }

    private static func properties(_ event: ActivityEvent, _ status: Status?) -> JSONValue {
        guard !event.succeeded else { return [:] }
        var object = JSONObject()
        object.append("statusCode", ifPresent: status?.name)
        object.append("errorCode", ifPresent: event.errorCode)
        object.append("message", ifPresent: event.errorMessage)
        return .object(object)
    }

    private static func groupOrSubscription(_ id: ResourceID) -> String {
        id.resourceGroup == nil
            ? "Microsoft.Resources/subscriptions" : "Microsoft.Resources/subscriptions/resourceGroups"
    }

    private static func localized(_ value: String, _ words: String? = nil) -> JSONValue {
        ["value": .string(value), "localizedValue": .string(words ?? value)]
    }
}
