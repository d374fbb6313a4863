import Crypto
public import RelayModel

import struct Foundation.Data

/// A shared access key: 256 bits, written in base64 (44 characters). The text itself, not the decoded bytes, is what
/// signs tokens on the data plane.
public struct SharedAccessKey: Sendable, Hashable {
    /// Bytes of a key.
    public static let byteCount = 32

    /// The key as connection strings show it.
    public let base64: Secret<String>

    /// A new key from the system's secure random numbers.
    public static func random() -> SharedAccessKey {
        let bits = SymmetricKey(size: .bits256)
        return SharedAccessKey(unchecked: bits.withUnsafeBytes { Data($0).base64EncodedString() })
    }

    /// A key that a client chose.
    /// - Throws: `ServiceError` with `badRequest` when it is not the base64 form of 32 bytes. The message does not
    ///   repeat the key.
    public init(base64 text: String) throws(ServiceError) {
        guard let bytes = Data(base64Encoded: text), bytes.count == Self.byteCount else {
            throw ServiceError(
                .badRequest, "The key is invalid: it must be the base64 form of \(Self.byteCount) bytes.", target: "key"
            )
        }
        self.init(unchecked: bytes.base64EncodedString())
    }

    package init(unchecked text: String) {
        base64 = Secret(text)
    }
}
