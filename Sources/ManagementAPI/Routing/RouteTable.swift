import HTTPTypes
import RelayModel

/// Finds the route of a path without regard to case: a tree of segments for paths from the root, and one for what may
/// stand below any scope (locks, tags, roles, our own resources).
struct RouteTable: Sendable {
    struct Match: Sendable {
        var route: Route
        var parameters: PathParameters
        /// The resource that the call is about.
        var resourceID: ResourceID
    }

    enum Result: Sendable {
        case found(Match)
        case methodNotAllowed(allowed: [HTTPRequest.Method])
        case notFound
    }

    private final class Node: Sendable {
        let literals: [String: Node]
        let parameter: Node?
        let routes: [Route]

        init(literals: [String: Node], parameter: Node?, routes: [Route]) {
            self.literals = literals
            self.parameter = parameter
            self.routes = routes
        }
    }

    private let root: Node
    private let extensions: Node

    init(_ routes: [Route]) {
        root = Self.node(routes.filter { !$0.pattern.hasPrefix(Route.scope) }.map { ($0.segments[...], $0) })
        extensions = Self.node(routes.filter { $0.pattern.hasPrefix(Route.scope) }.map { ($0.segments[...], $0) })
    }

    private static func node(_ entries: [(rest: ArraySlice<Route.Segment>, route: Route)]) -> Node {
        var literals: [String: [(ArraySlice<Route.Segment>, Route)]] = [:]
        var parameters: [(ArraySlice<Route.Segment>, Route)] = []
        for entry in entries {
            switch entry.rest.first {
            case .literal(let text)?: literals[text, default: []].append((entry.rest.dropFirst(), entry.route))
            case .parameter?: parameters.append((entry.rest.dropFirst(), entry.route))
            case nil: break
            }
        }
        return Node(
            literals: literals.mapValues(node), parameter: parameters.isEmpty ? nil : node(parameters),
            routes: entries.filter { $0.rest.isEmpty }.map(\.route)
        )
    }

    /// `segments`: decoded.
    func find(
        _ method: HTTPRequest.Method, _ segments: [String], isLegacyRelay: Bool
    ) -> Result {
        var result = result(root, method, segments[...], scope: segments[..<0], isLegacyRelay)
        if case .found = result { return result }
        // The last `providers` wins: an extension resource stands below whatever comes before it.
        for index in segments.indices.reversed() where segments[index].equalsIgnoringCase("providers") {
            let found = self.result(extensions, method, segments[index...], scope: segments[..<index], isLegacyRelay)
            if case .notFound = found { continue }
            result = found
            break
        }
        return result
    }

    private func result(
        _ node: Node, _ method: HTTPRequest.Method, _ segments: ArraySlice<String>, scope: ArraySlice<String>,
        _ isLegacyRelay: Bool
    ) -> Result {
        var allowed: Set<HTTPRequest.Method> = []
        guard let route = Self.route(node, method, segments, isLegacyRelay, &allowed) else {
            return allowed.isEmpty
                ? .notFound : .methodNotAllowed(allowed: allowed.sorted { $0.rawValue < $1.rawValue })
        }
        var parameters = PathParameters()
        for (part, segment) in zip(route.segments, segments) {
            if case .parameter(let name) = part { parameters.append(name, segment) }
        }
        let all = Array(scope + segments)
        return .found(Match(route: route, parameters: parameters, resourceID: Self.resourceID(all, of: route)))
    }

    /// Literal segments win over parameters; when the literal way ends in nothing, the parameter's way is tried.
    private static func route(
        _ node: Node, _ method: HTTPRequest.Method, _ segments: ArraySlice<String>, _ isLegacyRelay: Bool,
        _ allowed: inout Set<HTTPRequest.Method>
    ) -> Route? {
        guard let first = segments.first else {
            let routes = node.routes.filter { isLegacyRelay || $0.versions != .legacyRelay }
            allowed.formUnion(routes.map(\.method))
            return routes.first { $0.method == method }
        }
        let rest = segments.dropFirst()
        if let literal = node.literals[first.asciiLowercased],
            let found = route(literal, method, rest, isLegacyRelay, &allowed)
        {
            return found
        }
        guard let parameter = node.parameter else { return nil }
        return route(parameter, method, rest, isLegacyRelay, &allowed)
    }

    /// The path without what is no part of the resource: the collection's type, or the action.
    private static func resourceID(_ segments: [String], of route: Route) -> ResourceID {
        var path = segments
        switch route.shape {
        case .item: break
        case .action: path.removeLast()
        case .collection:
            path.removeLast()
            if path.count >= 2, path[path.count - 2].equalsIgnoringCase("providers") { path.removeLast(2) }
        }
        // Azure Resource Manager spells this segment with a capital letter in every answer.
        if path.count >= 3, path[2].equalsIgnoringCase("resourceGroups") { path[2] = "resourceGroups" }
        return ResourceID(unchecked: "/" + path.joined(separator: "/"))
    }
}
