import RelayModel

/// One column of a table: its title, and what it shows of a document.
struct Column: Sendable {
    let title: String
    let text: @Sendable (JSONValue) -> String

    init(_ title: String, _ text: @escaping @Sendable (JSONValue) -> String) {
        self.title = title
        self.text = text
    }

    /// The value that the names lead to.
    init(_ title: String, path: String...) {
        self.init(title) { document in
            Self.text(of: path.reduce(document) { (value: JSONValue?, name) in value?[name] })
        }
    }

    /// A value in one cell; what is not there is `-`, so that every row has every column.
    static func text(of value: JSONValue?) -> String {
        switch value {
        case nil, .null: "-"
        case .string(let text): text.isEmpty ? "-" : text
        case .integer(let value): String(value)
        case .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .array(let values): values.isEmpty ? "-" : values.map { text(of: $0) }.joined(separator: ",")
        case .object(let object): object.isEmpty ? "-" : pairs(object)
        }
    }

    private static func pairs(_ object: JSONObject) -> String {
        object.members.map { member in
            let value = member.value.object.map { JSONValue.object($0).text }
            return "\(member.name)=\(value ?? text(of: member.value))"
        }.joined(separator: ",")
    }

    /// The name that follows a type in the document's ID.
    static func idPart(_ title: String, _ type: String) -> Column {
        Column(title) { document in idPart(type, of: document) ?? "-" }
    }

    static func idPart(_ type: String, of document: JSONValue) -> String? {
        let id = document["id"]?.string.flatMap { try? ResourceID($0) }
        return id?.value(of: type)
    }

    static let name = Column("NAME", path: "name")
    /// The name of a hybrid connection or WCF relay as people write it: `/` where documents have `~`.
    static let entityName = Column("NAME") { entityName(text(of: $0["name"])) }
    static let group = idPart("RESOURCE GROUP", "resourceGroups")
    static func entityName(_ name: String) -> String { name.replacing("~", with: "/") }

    static let location = Column("LOCATION", path: "location")
}
