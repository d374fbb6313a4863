import RelayModel
import SwiftASN1
import X509

import struct Foundation.Data

/// Reads the PEM files of operators, which tools write with text around the blocks and with lines of any length.
/// Errors never show what a file contains.
enum PEMFile {
    private static let kinds = "RSA of 2048 bits and more, P-256, P-384, P-521 and Ed25519"

    /// All certificates in the file's order, at least one.
    /// - Throws: `ServiceError` with `badRequest`.
    static func certificates(in text: String) throws(ServiceError) -> [Certificate] {
        var certificates: [Certificate] = []
        for block in try blocks(in: text, of: "certificate") where block.discriminator == "CERTIFICATE" {
            guard let certificate = try? Certificate(pemDocument: block) else {
                throw ServiceError(
                    .badRequest,
                    "The certificate cannot be read: certificate \(certificates.count + 1) of the file is damaged or has "
                        + "a key of another kind than \(kinds)."
                )
            }
            certificates.append(certificate)
        }
        guard !certificates.isEmpty else {
            throw ServiceError(
                .badRequest, "The certificate cannot be read: the file has no block '-----BEGIN CERTIFICATE-----'."
            )
        }
        return certificates
    }

    /// The first private key of the file. Tools write the curve's parameters before it.
    /// - Throws: `ServiceError` with `badRequest`.
    static func privateKey(in text: Secret<String>) throws(ServiceError) -> Certificate.PrivateKey {
        let blocks = try blocks(in: text.reveal(), of: "key")
        guard let block = blocks.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") }) else {
            throw ServiceError(
                .badRequest, "The key cannot be read: the file has no block '-----BEGIN PRIVATE KEY-----'.")
        }
        guard block.discriminator != "ENCRYPTED PRIVATE KEY" else {
            throw ServiceError(.badRequest, "The key cannot be read: it is encrypted; give it without a passphrase.")
        }
        guard let key = try? Certificate.PrivateKey(pemDocument: block) else {
            throw ServiceError(
                .badRequest,
                "The key cannot be read: it is damaged or of another kind than \(kinds)."
            )
        }
        return key
    }

    private static func blocks(in text: String, of what: String) throws(ServiceError) -> [PEMDocument] {
        var blocks: [PEMDocument] = []
        var open: (kind: Substring, body: String)?
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop(while: \.isWhitespace)
            if let kind = marker("BEGIN", line) {
                open = (kind, "")
            } else if let kind = marker("END", line), let block = open {
                guard kind == block.kind, let der = Data(base64Encoded: block.body), !der.isEmpty else {
                    throw ServiceError(.badRequest, "The \(what) cannot be read: a block of the file is damaged.")
                }
                blocks.append(PEMDocument(type: String(kind), derBytes: Array(der)))
                open = nil
            } else if line.hasPrefix("Proc-Type:") {
                throw ServiceError(
                    .badRequest, "The \(what) cannot be read: it is encrypted; give it without a passphrase."
                )
            } else {
                open?.body += line.filter { !$0.isWhitespace }
            }
        }
        guard open == nil else {
            throw ServiceError(.badRequest, "The \(what) cannot be read: the file ends in the middle of a block.")
        }
        return blocks
    }

    /// The kind of block that the line begins or ends.
    private static func marker(_ word: String, _ line: Substring) -> Substring? {
        let prefix = "-----\(word) "
        guard line.hasPrefix(prefix), let end = line.dropFirst(prefix.count).firstRange(of: "-----") else { return nil }
        return line.dropFirst(prefix.count)[..<end.lowerBound]
    }
}
