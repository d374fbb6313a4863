import RelayModel

/// A resource that is exported, by the parts of its ID.
struct ExportedResource {
    /// The part of an ID that a parameter stands for: the first type below the provider, and its name.
    struct Top: Hashable {
        let type: String
        let name: String
    }

    let id: ResourceID
    /// `Microsoft.Relay/namespaces/hybridConnections`.
    let type: String
    /// A name for each type below the provider.
    let names: [String]
    /// What an extension resource extends, when that is a resource too.
    let base: ResourceID?
    let document: JSONObject
    let apiVersion: String
    let needs: [ResourceID]

    init?(_ resource: TemplateExport.Resource) {
        guard let path = resource.document["id"]?.string, let id = try? ResourceID(path), let type = id.type else {
            return nil
        }
        let count = type.split(separator: "/").count - 1
        let segments = id.segments.map(String.init)
        // Types and names in turn, the provider, and the word before it.
        guard count > 0, segments.count >= 2 * count + 2 else { return nil }
        let tail = segments.suffix(2 * count)
        names = tail.enumerated().filter { !$0.offset.isMultiple(of: 2) }.map(\.element)
        let scope = segments.dropLast(2 * count + 2)
        let isResource = scope.contains { $0.equalsIgnoringCase("providers") }
        base = isResource ? try? ResourceID("/" + scope.joined(separator: "/")) : nil
        self.id = id
        self.type = resource.document["type"]?.string.flatMap { $0.equalsIgnoringCase(type) ? $0 : nil } ?? type
        document = resource.document
        apiVersion = resource.apiVersion
        needs = resource.needs
    }

    var top: Top {
        let parts = type.split(separator: "/")
        return Top(type: parts.prefix(2).joined(separator: "/").asciiLowercased, name: names.first ?? "")
    }
}

/// The parameters of an exported template: one for each name of a resource that is no child.
struct ExportParameters {
    private var names: [ExportedResource.Top: String] = [:]
    private var used: Set<String> = []
    private(set) var document = JSONObject()
    private let includesDefaults: Bool

    init(includesDefaults: Bool) {
        self.includesDefaults = includesDefaults
    }

    /// The name of a resource as it stands in the template: an expression, or the text itself.
    func shownName(of resource: ExportedResource) -> String {
        names[resource.top] == nil ? resource.names.joined(separator: "/") : "[\(name(of: resource))]"
    }

    /// `namespaces_contoso_relay_name`, as Azure's export calls it; with a number when that is taken.
    mutating func add(_ top: ExportedResource.Top) {
        guard names[top] == nil else { return }
        let type = top.type.split(separator: "/").last.map(String.init) ?? "resource"
        let name = top.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "_" }.joined()
        var parameter = "\(type)_\(name)_name"
        var number = 1
        while !used.insert(parameter.asciiLowercased).inserted {
            parameter = "\(type)_\(name)_\(number)_name"
            number += 1
        }
        names[top] = parameter
        document.append(
            parameter, includesDefaults ? ["defaultValue": .string(top.name), "type": "String"] : ["type": "String"])
    }

    /// The expression for the name of a resource: its parameter, and the names of children as they are.
    func name(of resource: ExportedResource) -> String {
        let rest = resource.names.dropFirst()
        guard !rest.isEmpty else { return first(of: resource) }
        return "concat(\(first(of: resource)), \(Self.quoted("/" + rest.joined(separator: "/"))))"
    }

    /// The expression for the ID of a resource.
    func id(of resource: ExportedResource) -> String {
        let names = [first(of: resource)] + resource.names.dropFirst().map(Self.quoted)
        let local = "\(Self.quoted(resource.type)), \(names.joined(separator: ", "))"
        return resource.base.map { "extensionResourceId(\(Self.quoted($0.path)), \(local))" } ?? "resourceId(\(local))"
    }

    private func first(of resource: ExportedResource) -> String {
        names[resource.top].map { "parameters('\($0)')" } ?? Self.quoted(resource.names.first ?? "")
    }

    private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}
