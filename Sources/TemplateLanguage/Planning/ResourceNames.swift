import RelayModel

/// The resources of a template by everything that may name them.
struct ResourceNames: Sendable {
    struct Entry: Sendable {
        let id: ResourceID
        /// Of two with one ID, the one that is deployed is meant.
        let isSkipped: Bool
        /// `namespace/child`.
        let name: String
        /// Of a resource inside of another one: its name without that of the other.
        let shortName: String?
        /// `Microsoft.Relay/namespaces/hybridConnections`.
        let type: String
        let apiVersion: String?
        /// `relay`, or `relays[2]` in a copy loop.
        let symbolicName: String?
        /// The name of the copy loop, or the symbolic name that all of its rounds share.
        let loops: [String]
    }

    private(set) var entries: [Entry] = []
    private var byID: [String: Int] = [:]
    private var byName: [String: [Int]] = [:]
    /// By `Microsoft.Relay/namespaces/hybridConnections/ns/hc`, the oldest form of `dependsOn`.
    private var byTypeAndName: [String: Int] = [:]
    private var byShortName: [String: [Int]] = [:]
    private var bySymbolicName: [String: Int] = [:]
    private var byLoop: [String: [Int]] = [:]

    mutating func append(_ entry: Entry) {
        let index = entries.count
        entries.append(entry)
        if byID[entry.id.key] == nil || !entry.isSkipped {
            byID[entry.id.key] = index
            byTypeAndName["\(entry.type)/\(entry.name)".asciiLowercased] = index
        }
        byName[entry.name.asciiLowercased, default: []].append(index)
        if let name = entry.shortName { byShortName[name.asciiLowercased, default: []].append(index) }
        for loop in Set(entry.loops.map(\.asciiLowercased)) { byLoop[loop, default: []].append(index) }
        if let name = entry.symbolicName { bySymbolicName[name.asciiLowercased] = index }
    }

    func index(id: ResourceID) -> Int? { byID[id.key] }
    func loop(_ name: String) -> [Int] { byLoop[name.asciiLowercased] ?? [] }
    func index(symbolicName: String) -> Int? { bySymbolicName[symbolicName.asciiLowercased] }

    /// The resources of that name; several when they have different types.
    func named(_ name: String) -> [Int] {
        let key = name.asciiLowercased
        return byName[key] ?? byShortName[key] ?? []
    }

    /// What an element of `dependsOn` means: an ID, a symbolic name, the name of a loop, a type with a name, or a name.
    func dependencies(_ text: String, scope: ResourceID) -> [Int] {
        if text.hasPrefix("/") { return (try? ResourceID(text)).flatMap { index(id: $0) }.map { [$0] } ?? [] }
        if let index = index(symbolicName: text) { return [index] }
        let loop = loop(text)
        if !loop.isEmpty { return loop }
        let named = named(text)
        if !named.isEmpty || !text.contains("/") { return named }
        if let index = byTypeAndName[text.asciiLowercased] { return [index] }
        return (try? ResourceID("\(scope.path == "/" ? "" : scope.path)/providers/\(text)")).flatMap { index(id: $0) }
            .map { [$0] } ?? []
    }
}

/// Types and names in parts, and the paths that they make.
enum ResourcePath {
    /// `Microsoft.Relay/namespaces/ns/hybridConnections/hc`; `nil` when the numbers of parts do not fit.
    static func relative(type: String, names: [String]) -> String? {
        let types = type.split(separator: "/", omittingEmptySubsequences: false)
        guard types.count == names.count + 1, !types.contains(where: \.isEmpty) else { return nil }
        return zip(types.dropFirst(), names).reduce(String(types[0])) { $0 + "/\($1.0)/\($1.1)" }
    }

    /// The path of a resource of that type in a scope.
    static func path(in scope: String, type: String, names: [String]) -> String? {
        if type.equalsIgnoringCase("Microsoft.Resources/resourceGroups"), names.count == 1 {
            return "\(scope == "/" ? "" : scope)/resourceGroups/\(names[0])"
        }
        return relative(type: type, names: names).map { "\(scope == "/" ? "" : scope)/providers/\($0)" }
    }
}
