package import RelayModel

/// A question that only the host can answer, and only when the resources before it are there.
struct RuntimeCall: Sendable, Hashable {
    enum Question: Sendable, Hashable {
        case reference(full: Bool)
        /// `listKeys`, or another function whose name starts with `list`.
        case list(function: String, body: JSONValue?)
    }

    let question: Question
    let id: ResourceID
    let apiVersion: String?
}

/// What a deployment can ask about resources while it runs.
package protocol TemplateRuntime: Sendable {
    /// The state of a resource: its `properties`, or the whole document when `full` is set. The API version is missing
    /// when the template has none for the resource.
    func reference(id: ResourceID, apiVersion: String?, full: Bool) async throws -> JSONValue

    /// Calls the action of a resource: `listKeys`, …
    func list(function: String, id: ResourceID, apiVersion: String, body: JSONValue?) async throws -> JSONValue
}

extension RuntimeCall {
    func answer(of runtime: any TemplateRuntime) async throws -> JSONValue {
        switch question {
        case .reference(let full): try await runtime.reference(id: id, apiVersion: apiVersion, full: full)
        case .list(let function, let body):
            try await runtime.list(function: function, id: id, apiVersion: apiVersion ?? "", body: body)
        }
    }
}
