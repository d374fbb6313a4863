import CausewayTesting
import HTTPTypes
import ManagementAPI
import ManagementDocuments
import OpenAPIDocuments
import RelayModel
import Testing

/// Holds the table of routes and the OpenAPI documents together in both directions.
struct RouteDocumentTests {
    private struct Line: Hashable, Comparable, CustomStringConvertible {
        var method: String
        var path: String

        var description: String { "\(method) \(path)" }
        static func < (left: Line, right: Line) -> Bool { (left.path, left.method) < (right.path, right.method) }
    }

    /// What is answered at the operations address has no route here.
    private static let operationsPaths: Set<String> = ["/health/live", "/health/ready", "/metrics"]
    private static let methods = ["get", "put", "post", "patch", "delete", "head"]

    /// Parameters count, their names do not.
    private static func normal(_ path: String) -> String {
        let segments = path.split(separator: "/").map { $0.hasPrefix("{") && $0 != "{scope}" ? "{}" : String($0) }
        return "/" + segments.joined(separator: "/")
    }

    private static func documented() throws -> Set<Line> {
        var lines: Set<Line> = []
        for document in OpenAPIDocuments.all {
            for path in try JSONValue(utf8: document.bytes)["paths"]?.object?.members ?? [] {
                guard !operationsPaths.contains(path.name) else { continue }
                for operation in path.value.object?.members ?? [] where methods.contains(operation.name) {
                    lines.insert(Line(method: operation.name.uppercased(), path: normal(path.name)))
                }
            }
        }
        return lines
    }

    private let routes: [Route]

    init() async throws {
        routes = try await TestAPI.make().api.routes
    }

    private var routed: Set<Line> {
        Set(routes.map { Line(method: $0.method.rawValue, path: Self.normal($0.pattern)) })
    }

    @Test func `every route is documented`() throws {
        let missing = try routed.subtracting(Self.documented()).sorted()
        #expect(missing.isEmpty, "\(missing)")
    }

    @Test func `every documented operation has a route`() throws {
        let missing = try Self.documented().subtracting(routed).sorted()
        #expect(missing.isEmpty, "\(missing)")
    }

    @Test func `no two routes answer the same line`() {
        var seen: Set<String> = []
        let twice = routes.filter { route in
            !seen.insert("\(route.method) \(Self.normal(route.pattern).asciiLowercased)").inserted
        }
        #expect(twice.isEmpty, "\(twice.map(\.pattern))")
    }

    /// Routes whose right depends on more than the path, or that show to each caller what it may see. What they answer to
    /// a caller without any right is tested end to end.
    private static let checkedInside: Set<String> = [
        "GET /tenants", "GET /subscriptions", "GET /subscriptions/{}", "GET /subscriptions/{}/locations",
        "GET /subscriptions/{}/resourceGroups", "GET /subscriptions/{}/resources",
        "GET /subscriptions/{}/resourceGroups/{}/resources", "GET /providers", "GET /providers/{}",
        "GET /providers/Microsoft.Relay/operations", "GET /providers/Microsoft.Authorization/operations",
        "GET /providers/Microsoft.Insights/eventcategories",
        "POST /providers/Microsoft.Resources/calculateTemplateHash",
        "GET /{scope}/providers/Microsoft.Authorization/permissions",
        "POST /{scope}/providers/Microsoft.Authorization/checkAccess",
        "GET /providers/Microsoft.Authorization/providerOperations",
        "GET /providers/Microsoft.Authorization/providerOperations/{}", "GET /v1.0/me",
        "POST /subscriptions/{}/providers/{}/register", "POST /subscriptions/{}/providers/{}/unregister",
    ]

    @Test func `a route needs a right unless it is public or checks the right itself`() {
        let open = routes.filter { $0.action.isEmpty && !$0.isPublic }
            .map { "\($0.method) \(Self.normal($0.pattern))" }

        #expect(Set(open).subtracting(Self.checkedInside).sorted() == [])
    }

    @Test func `every right is an operation of the catalogue`() {
        let names = Set(ProviderOperation.all.map(\.name.asciiLowercased))
        let unknown = Set(routes.map(\.action.asciiLowercased)).subtracting(names).subtracting([""])

        #expect(unknown.sorted() == [])
    }

    @Test func `a role with one right allows that and nothing else`() {
        let actions = Set(routes.map(\.action.asciiLowercased)).subtracting([""]).sorted()
        for action in actions {
            let role = RoleDefinition(
                id: "", name: "", description: "", permissions: [RolePermission(actions: [action])],
                assignableScopes: [.tenant])
            #expect(actions.filter { role.allows(action: $0) } == [action])
        }
    }

    @Test func `rights are spelled as provider operations`() {
        for route in routes where !route.action.isEmpty {
            let last = route.action.asciiLowercased.split(separator: "/").last.map(String.init) ?? ""
            #expect(["read", "write", "delete", "action"].contains(last), "\(route.action)")
        }
    }
}
