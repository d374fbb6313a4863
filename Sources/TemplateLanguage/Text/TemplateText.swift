package import RelayModel

/// An element of a document that was read from text: its value, and where it stands.
///
/// The Azure CLI sends a deployment as text into which the file of the template was pasted as it is, with its comments,
/// so that errors can name the line of the file.
package struct TemplateText: Sendable {
    package let value: JSONValue
    let path: JSONPath
    private let tree: PositionTree?

    /// Reads a document that may have comments, trailing commas, names without quotation marks, line breaks in strings
    /// and a byte order mark.
    /// - Throws: `TemplateError` with `InvalidRequestContent` that names the rule, the line and the column.
    package init(utf8 bytes: some Sequence<UInt8>) throws(TemplateError) {
        var reader = TemplateReader(Array(bytes))
        let (value, tree) = try reader.document()
        self.init(value, path: .root, tree: tree)
    }

    package init(text: String) throws(TemplateError) {
        try self.init(utf8: text.utf8)
    }

    /// A document that was not read from text; errors in it have a path and no line.
    package init(_ value: JSONValue) {
        self.init(value, path: .root, tree: nil)
    }

    private init(_ value: JSONValue, path: JSONPath, tree: PositionTree?) {
        self.value = value
        self.path = path
        self.tree = tree
    }

    /// The member of that name, compared without case; `nil` when there is none or this is no object.
    package subscript(name: String) -> TemplateText? {
        guard let members = value.object?.members else { return nil }
        let index =
            members.firstIndex { $0.name == name } ?? members.firstIndex { $0.name.equalsIgnoringCase(name) }
        return index.map { child($0, .name(members[$0].name), members[$0].value) }
    }

    /// Line and column, and the path.
    package var place: TemplatePlace { TemplatePlace(path: path, position: tree?.position) }

    /// The members of an object in their order; empty for anything else.
    var members: [(name: String, text: TemplateText)] {
        guard let members = value.object?.members else { return [] }
        return members.enumerated().map { ($1.name, child($0, .name($1.name), $1.value)) }
    }

    /// The elements of an array in their order; empty for anything else.
    var elements: [TemplateText] {
        guard let elements = value.array else { return [] }
        return elements.enumerated().map { child($0, .index($0), $1) }
    }

    private func child(_ index: Int, _ step: JSONPath.Step, _ value: JSONValue) -> TemplateText {
        let children = tree?.children ?? []
        return TemplateText(
            value, path: path.appending(step), tree: children.indices.contains(index) ? children[index] : nil)
    }
}
