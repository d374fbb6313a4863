package import RelayModel
package import SharedAccess

import struct Foundation.Data

/// The encrypted form: the head in clear, and everything else in one text that nobody reads or changes without the
/// passphrase or the key file.
extension EstateExport {
    /// The document with its body encrypted.
    package func sealed(for opener: PassphraseSeal.Opener) throws -> JSONValue {
        let seal = PassphraseSeal.new(for: opener)
        var document = head
        document.append("encryption", Self.description(of: seal))
        let bytes = try seal.seal(
            Secret(JSONValue.object(body).utf8), header: JSONValue.object(document).utf8, opener: opener)
        document.append("body", .string(Data(bytes).base64EncodedString()))
        return .object(document)
    }

    package static func isSealed(_ document: JSONValue) -> Bool { document["encryption"] != nil }

    /// Reads either form. The opener is asked for only when the document is encrypted.
    /// - Throws: `ServiceError` with `badRequest` when the document is none, or cannot be opened with that.
    package static func read(
        _ document: JSONValue, opener: () throws -> PassphraseSeal.Opener
    ) throws -> EstateExport {
        try checkHead(document)
        guard let encryption = document["encryption"] else { return try EstateExport(head: document, body: document) }
        let seal = try seal(encryption)
        guard var head = document.object, let text = head["body"]?.string, let bytes = Data(base64Encoded: text) else {
            throw failure("its body is not in base64")
        }
        head["body"] = nil
        let clear = try seal.open(Array(bytes), header: JSONValue.object(head).utf8, opener: try opener())
        return try EstateExport(head: document, body: try JSONValue(utf8: clear.reveal()))
    }

    private static func description(of seal: PassphraseSeal) -> JSONValue {
        var encryption: JSONObject = [
            "algorithm": "AES-256-GCM", "keyDerivation": .string(seal.derivation.rawValue),
            "salt": .string(Data(seal.salt).base64EncodedString()),
        ]
        if seal.derivation == .scrypt {
            encryption.append("rounds", JSONValue(seal.rounds))
            encryption.append("blockSize", JSONValue(PassphraseSeal.blockSize))
            encryption.append("parallelism", 1)
        }
        return .object(encryption)
    }

    private static func seal(_ encryption: JSONValue) throws -> PassphraseSeal {
        let name = encryption["keyDerivation"]?.string ?? ""
        guard encryption["algorithm"]?.string == "AES-256-GCM",
            let derivation = PassphraseSeal.Derivation(rawValue: name),
            let salt = encryption["salt"]?.string.flatMap({ Data(base64Encoded: $0) })
        else { throw failure("its encryption is none that this program knows") }
        if derivation == .scrypt {
            guard encryption["blockSize"]?.integer == Int64(PassphraseSeal.blockSize),
                encryption["parallelism"]?.integer == 1
            else { throw failure("its encryption is none that this program knows") }
        }
        let rounds = Int(exactly: encryption["rounds"]?.integer ?? 0) ?? 0
        return try PassphraseSeal(derivation, rounds: rounds, salt: Array(salt))
    }
}
