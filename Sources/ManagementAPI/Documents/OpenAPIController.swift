import HTTPTypes
import OpenAPIDocuments
import RelayModel

/// The OpenAPI documents of this server, served as they are.
struct OpenAPIController: Sendable {
    func list(_ call: Call) async throws -> Answer {
        let documents = OpenAPIDocuments.all.map { document -> JSONValue in
            ["name": .string(document.name), "url": .string("\(call.endpoint)/openapi/\(document.name)")]
        }
        return Answer(.ok, ["value": .array(documents)])
    }

    func get(_ call: Call) async throws -> Answer {
        let name = call.parameters["document"]
        guard let document = OpenAPIDocuments.all.first(where: { $0.name.equalsIgnoringCase(name) }) else {
            throw ServiceError(
                .notFound,
                "There is no OpenAPI document '\(NameRule.shown(name))'; /openapi lists those that there are."
            )
        }
        return Answer(.ok, bytes: document.bytes, contentType: "application/json; charset=utf-8")
    }
}
