package import RelayModel

/// Writes a template that makes resources again which exist.
///
/// Names of resources that are no children become parameters, so that the template can make a second set; IDs of
/// exported resources are computed from them, wherever they stand.
package struct TemplateExport {
    /// One resource as `GET` answers it, with the API version to write it with.
    package struct Resource: Sendable {
        package let document: JSONObject
        package let apiVersion: String
        /// Resources that must be there before this one, beside those that its document names; any of them may be none
        /// that is exported.
        package let needs: [ResourceID]

        package init(_ document: JSONObject, apiVersion: String, needs: [ResourceID] = []) {
            self.document = document
            self.apiVersion = apiVersion
            self.needs = needs
        }
    }

    /// Takes read-only properties away: it is given the type and the properties of a resource.
    package typealias Cleaning = (_ type: String, _ properties: JSONObject) -> JSONObject

    private var parameters: ExportParameters
    private var exported: [ExportedResource] = []
    private var places: [ResourceID: Int] = [:]
    private let cleaning: Cleaning

    /// Resources without an ID are left out.
    /// - Parameters:
    ///   - resources: what is exported.
    ///   - parameterizesNames: whether names become parameters; otherwise they stand as they are.
    ///   - includesDefaults: whether parameters have the present names as defaults.
    ///   - cleaning: what is kept of the properties of a resource.
    package init(
        _ resources: [Resource], parameterizesNames: Bool = true, includesDefaults: Bool = true,
        cleaning: @escaping Cleaning = { _, properties in properties }
    ) {
        self.cleaning = cleaning
        parameters = ExportParameters(includesDefaults: includesDefaults)
        let readable = resources.compactMap { ExportedResource($0) }
        let sorted = readable.enumerated().sorted { left, right in
            let (leftDepth, rightDepth) = (left.element.id.segments.count, right.element.id.segments.count)
            return leftDepth == rightDepth ? left.offset < right.offset : leftDepth < rightDepth
        }
        for resource in sorted.map(\.element) where places[resource.id] == nil {
            places[resource.id] = exported.count
            exported.append(resource)
        }
        guard parameterizesNames else { return }
        for resource in exported { parameters.add(resource.top) }
    }

    /// The template.
    package var template: JSONObject {
        var waits = Array(repeating: Set<Int>(), count: exported.count)
        var documents: [JSONValue] = []
        for index in exported.indices {
            documents.append(.object(document(of: exported[index], index, &waits)))
        }
        return [
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0", "parameters": .object(parameters.document), "variables": [:],
            "resources": .array(documents),
        ]
    }

    /// Members of an answer that no request has.
    private static let readOnly: Set<String> = ["id", "name", "type", "etag", "systemdata", "apiversion", "scope"]

    private func document(of resource: ExportedResource, _ index: Int, _ waits: inout [Set<Int>]) -> JSONObject {
        var document: JSONObject = [
            "type": .string(resource.type), "apiVersion": .string(resource.apiVersion),
            "name": .string(parameters.shownName(of: resource)),
        ]
        if let base = resource.base { document.append("scope", .string(scope(base))) }
        var found = Set(places.filter { $0.key != resource.id && $0.key.contains(resource.id) }.values)
        found.formUnion(resource.needs.compactMap { places[$0] })
        var body = JSONObject()
        for member in resource.document.members where !Self.readOnly.contains(member.name.asciiLowercased) {
            var value = member.value
            if member.name.equalsIgnoringCase("properties"), let properties = value.object {
                value = .object(cleaning(resource.type, properties))
            }
            body.append(member.name, rewritten(value, &found))
        }
        // What refers to a resource waits for it, unless that one waits for this one.
        waits[index] = found.filter { $0 != index && !Self.reaches(index, from: $0, waits) }
        if !waits[index].isEmpty {
            document.append(
                "dependsOn", .array(waits[index].sorted().map { .string("[\(parameters.id(of: exported[$0]))]") }))
        }
        for member in body.members { document.append(member.name, member.value) }
        return document
    }

    private static func reaches(_ target: Int, from start: Int, _ waits: [Set<Int>]) -> Bool {
        var seen: Set<Int> = []
        var open = [start]
        while let index = open.popLast() {
            if index == target { return true }
            if seen.insert(index).inserted { open += waits[index] }
        }
        return false
    }

    /// The resource that an extension resource extends.
    private func scope(_ base: ResourceID) -> String {
        places[base].map { "[\(parameters.id(of: exported[$0]))]" } ?? base.path
    }

    /// The value with expressions for the IDs of exported resources, and with texts in brackets kept from being ones.
    private func rewritten(_ value: JSONValue, _ found: inout Set<Int>) -> JSONValue {
        switch value {
        case .string(let text):
            if text.hasPrefix("/"), let id = try? ResourceID(text), let place = places[id] {
                found.insert(place)
                return .string("[\(parameters.id(of: exported[place]))]")
            }
            return .string(Self.escaped(text))
        case .array(let elements):
            var result: [JSONValue] = []
            for element in elements { result.append(rewritten(element, &found)) }
            return .array(result)
        case .object(let object):
            var result = JSONObject()
            for member in object.members {
                result.append(Self.escaped(member.name), rewritten(member.value, &found))
            }
            return .object(result)
        default: return value
        }
    }

    /// Only a text that also ends with a bracket would be read as an expression.
    private static func escaped(_ text: String) -> String {
        text.utf8.first == UInt8(ascii: "[") && text.utf8.last == UInt8(ascii: "]") && text.utf8.count > 1
            ? "[\(text)" : text
    }
}
