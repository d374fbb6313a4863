import RelayModel
import RelayStore

extension Call {
    /// `$filter`; `nil` when there is none.
    /// - Throws: `ServiceError` with `invalidFilter`.
    func filter() throws(ServiceError) -> FilterExpression? {
        guard let text = query["$filter"], text.contains(where: { $0 != " " }) else { return nil }
        return try FilterExpression(text)
    }

    /// One page of a list that is in memory; ordered by name.
    func page<Element>(of elements: [Element], name: (Element) -> String, render: (Element) -> JSONValue) throws
        -> Answer
    {
        let page = try page()
        return try list(elements.filter { name($0) > page.after }, name: name, render: render)
    }
}
