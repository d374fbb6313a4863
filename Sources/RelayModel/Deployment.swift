/// A template that was applied to a subscription or a resource group, and how that went.
public struct Deployment: Sendable, Hashable {
    /// The raw values are those of `provisioningState`.
    public enum State: String, Sendable, Hashable, CaseIterable {
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case canceled = "Canceled"
    }

    public var name: String
    /// A subscription or a resource group.
    public var scope: ResourceID
    /// Of deployments of a subscription; those of a resource group have none.
    public var location: String?
    public var tags: Tags
    public var state: State
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    /// The template as text, as it was sent.
    public var template: String
    /// What documents show beside state and times: parameters, outputs, dependencies, the error. No secret stands there.
    public var properties: JSONObject

    public init(
        name: String, scope: ResourceID, location: String?, tags: Tags, state: State, startedAt: Timestamp,
        endedAt: Timestamp? = nil, template: String, properties: JSONObject
    ) {
        self.name = name
        self.scope = scope
        self.location = location
        self.tags = tags
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.template = template
        self.properties = properties
    }

    public var id: ResourceID { scope.child("providers/Microsoft.Resources/deployments", name) }
}

/// One thing that a deployment did: a resource that it created, or the outputs that it computed.
public struct DeploymentOperation: Sendable, Hashable {
    public var operationID: String
    /// As documents show them.
    public var properties: JSONObject

    public init(operationID: String, properties: JSONObject) {
        self.operationID = operationID
        self.properties = properties
    }
}
