/// The first line of a message, which together with the header lines makes its head.
protocol HTTPStartLine: Sendable {
    associatedtype Head

    /// Bytes that the line may have.
    static var lengthMax: Int { get }
    static var tooLong: HTTPRefusal { get }
    /// Empty lines that are skipped in front of it.
    static var emptyLinesMax: Int { get }

    /// `line` has no control characters other than tabs.
    init(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal)

    /// `fields` were read by ``HTTPFieldLine``.
    func head(_ fields: [HTTPField]) throws(HTTPRefusal) -> Head
}
