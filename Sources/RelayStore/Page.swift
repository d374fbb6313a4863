/// A part of a list that is ordered by name: the names after one, at most so many.
public struct Page: Sendable, Hashable {
    /// The last name of the page before; empty for the first page.
    public var after: String
    public var limit: Int

    public init(after: String, limit: Int) {
        self.after = after
        self.limit = limit
    }

    /// Everything at once; for lists that a limit keeps short.
    public static let everything = Page(after: "", limit: Int(Int32.max))
}
