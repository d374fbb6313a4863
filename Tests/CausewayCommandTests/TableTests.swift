import RelayModel
import Testing

@testable import causeway

struct TableTests {
    private let columns = [
        Column.name, Column("RIGHTS", path: "properties", "rights"),
        Column("LISTENERS", path: "properties", "listenerCount"),
    ]

    @Test func `columns are as wide as their widest cell and the last one has no blanks behind it`() {
        let documents: [JSONValue] = [
            ["name": "a", "properties": ["rights": ["Send", "Listen"], "listenerCount": 2]],
            ["name": "a-longer-name", "properties": ["rights": ["Send"], "listenerCount": 10]],
        ]

        #expect(
            Table(documents, columns: columns).text == """
                NAME           RIGHTS       LISTENERS
                a              Send,Listen  2
                a-longer-name  Send         10
                """
        )
    }

    @Test func `a value that is missing, null or empty is a dash`() {
        let documents: [JSONValue] = [["properties": ["rights": [], "listenerCount": .null]], ["name": ""]]

        #expect(
            Table(documents, columns: columns).text == """
                NAME  RIGHTS  LISTENERS
                -     -       -
                -     -       -
                """
        )
    }

    @Test func `a value cannot break the line or colour the screen`() {
        let table = Table([["name": "evil\n\u{1B}[2Jname", "properties": ["listenerCount": 1]]], columns: columns)

        #expect(table.text.split(separator: "\n").count == 2)
        #expect(!table.text.contains("\u{1B}"))
    }

    @Test func `an empty list is its header`() {
        #expect(Table([], columns: columns).text == "NAME  RIGHTS  LISTENERS")
    }

    @Test func `parts of the ID are found without regard to case`() {
        let document: JSONValue = [
            "id": "/subscriptions/s/resourcegroups/Office/providers/Microsoft.Relay/Namespaces/Contoso"
        ]

        #expect(Column.group.text(document) == "Office")
        #expect(Column.idPart("NAMESPACE", "namespaces").text(document) == "Contoso")
        #expect(Column.group.text(["id": 7]) == "-")
    }

    @Test func `tags are pairs, and the names of entities have their slash`() {
        let document: JSONValue = ["name": "db~orders", "tags": ["plant": "north", "line": "3"], "none": [:]]

        #expect(Column("TAGS", path: "tags").text(document) == "plant=north,line=3")
        #expect(Column("TAGS", path: "none").text(document) == "-")
        #expect(Column.entityName.text(document) == "db/orders")
    }

    @Test func `the resource of an event is shown below its subscription`() throws {
        let event: JSONValue = [
            "eventTimestamp": "2026-01-31T08:00:00.1230000Z", "subscriptionId": "5f0f",
            "resourceId": "/subscriptions/5f0f/resourceGroups/g",
        ]
        let time = try #require(ActivityListCommand.columns.first)
        let resource = try #require(ActivityListCommand.columns.last)

        #expect(time.text(event) == "2026-01-31T08:00:00Z")
        #expect(resource.text(event) == "/resourceGroups/g")
    }
}
