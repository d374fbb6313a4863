import Crypto
public import RelayModel

import struct Foundation.Data

/// A token that proves knowledge of a shared access key:
/// `SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={rule}`.
///
/// The signature is HMAC-SHA256, under the UTF-8 bytes of the key's text, over `sr` as it stands in the token, a line
/// feed, and `se` as it stands there. Clients escape `sr` in different ways, so it is kept as it came and never made anew.
public struct SharedAccessSignature: Sendable {
    /// Bytes of a token at most. Some clients sign a whole request URL.
    public static let textMax = 8 * 1024
    /// Bytes of the name of a rule at most.
    public static let keyNameMax = 256

    /// The value of `sr`, still escaped; see ``AudienceRule``.
    public let resource: String
    /// When the token ends, in whole seconds; a fraction is dropped.
    public let expiresAt: Timestamp
    /// The value of `skn`, decoded: the name of the authorization rule.
    public let keyName: String
    /// What was signed.
    let signedBytes: [UInt8]
    /// 32 bytes. Whoever sees them can make the token again.
    let code: Secret<[UInt8]>

    /// Reads a token: fields in any order, each once, others ignored.
    /// - Throws: ``SignatureFailure/malformed``.
    public init(_ text: String) throws(SignatureFailure) {
        guard text.utf8.count <= Self.textMax, let fields = Self.fields(Array(text.utf8)) else { throw .malformed }
        guard let resource = fields.resource, let code = fields.code.flatMap(Self.code),
            let expiry = fields.expiry, let expiresAt = Self.moment(expiry),
            let keyName = fields.keyName.flatMap(Self.keyName)
        else { throw .malformed }
        self.resource = String(decoding: resource, as: UTF8.self)
        self.expiresAt = expiresAt
        self.keyName = keyName
        self.code = Secret(code)
        signedBytes = resource + [0x0A] + expiry
    }

    private struct Fields {
        var resource: ArraySlice<UInt8>?
        var code: ArraySlice<UInt8>?
        var expiry: ArraySlice<UInt8>?
        var keyName: ArraySlice<UInt8>?
    }

    private static let scheme = Array("sharedaccesssignature".utf8)

    /// The fields after the scheme; `nil` when one stands there twice, or the form is another one.
    private static func fields(_ bytes: [UInt8]) -> Fields? {
        let body = bytes.drop { $0 == 0x20 }
        guard body.count > scheme.count, body[body.startIndex + scheme.count] == 0x20,
            zip(body, scheme).allSatisfy({ $0.asciiLowercased == $1 }),
            body.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        var fields = Fields()
        let list = body.dropFirst(scheme.count).drop { $0 == 0x20 }
        for field in list.split(separator: UInt8(ascii: "&")) {
            guard let equals = field.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let value = field[(equals + 1)...]
            switch String(decoding: field[..<equals], as: UTF8.self).asciiLowercased {
            case "sr": guard set(&fields.resource, value) else { return nil }
            case "sig": guard set(&fields.code, value) else { return nil }
            case "se": guard set(&fields.expiry, value) else { return nil }
            case "skn": guard set(&fields.keyName, value) else { return nil }
            default: continue
            }
        }
        return fields
    }

    private static func set(_ field: inout ArraySlice<UInt8>?, _ value: ArraySlice<UInt8>) -> Bool {
        guard field == nil, !value.isEmpty else { return false }
        field = value
        return true
    }

    /// 32 bytes in base64. The library would also take more padding than that.
    private static let codeTextCount = 44

    private static func code(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        guard value.count <= 256, let text = PercentText.decoded(value, plusIsSpace: false),
            text.utf8.count == codeTextCount, let code = Data(base64Encoded: text), code.count == SHA256.byteCount
        else { return nil }
        return Array(code)
    }

    private static func keyName(_ value: ArraySlice<UInt8>) -> String? {
        guard let name = PercentText.decoded(value, plusIsSpace: false), name.utf8.count <= keyNameMax else {
            return nil
        }
        return name
    }

    /// Seconds since 1970 as digits, with decimals that count for nothing.
    private static func moment(_ value: ArraySlice<UInt8>) -> Timestamp? {
        let parts = value.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }),
            let seconds = parts.first.flatMap({ Int64(String(decoding: $0, as: UTF8.self)) })
        else { return nil }
        return Timestamp(millisecondsSinceEpoch: 0).adding(seconds: seconds)
    }
}

extension SharedAccessSignature {
    /// Makes a token.
    /// - Parameters:
    ///   - resource: the address that it is for, not escaped: `http://host/entity`.
    ///   - keyName: the authorization rule.
    ///   - key: one of the rule's keys.
    ///   - expiresAt: the last moment at which it is good; whole seconds count.
    /// - Returns: the token.
    public static func minted(
        resource: String, keyName: String, key: SharedAccessKey, expiresAt: Timestamp
    ) -> Secret<String> {
        minted(escapedResource: PercentText.escaped(resource), keyName: keyName, key: key, expiresAt: expiresAt)
    }

    static func minted(
        escapedResource: String, keyName: String, key: SharedAccessKey, expiresAt: Timestamp
    ) -> Secret<String> {
        let expiry = String(max(0, expiresAt.secondsSinceEpoch))
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(escapedResource)\n\(expiry)".utf8), using: SymmetricKey(data: Data(key.base64.reveal().utf8)))
        let signature = PercentText.escaped(Data(code).base64EncodedString())
        return Secret(
            "SharedAccessSignature sr=\(escapedResource)&sig=\(signature)&se=\(expiry)"
                + "&skn=\(PercentText.escaped(keyName))")
    }
}
