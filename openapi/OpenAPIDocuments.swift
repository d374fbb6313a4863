import EmbeddedDocuments

/// The OpenAPI documents of everything that the server answers, embedded in the binary.
package enum OpenAPIDocuments {
    /// By file name, in the order in which they are listed.
    package static let all: [(name: String, bytes: [UInt8])] = UnsafeBufferPointer(
        start: embedded_documents(), count: embedded_document_count()
    ).map { document in
        (
            name: String(cString: document.name),
            bytes: Array(UnsafeBufferPointer(start: document.bytes, count: document.count))
        )
    }
}
