// Hummingbird's own constant JSON answer over TLS, with as many headers as the management API sends.
// usage: constant-answer PORT CERTIFICATE KEY BODY

import HTTPTypes
import Hummingbird
import HummingbirdTLS
import NIOSSL

let arguments = CommandLine.arguments
guard arguments.count == 5, let port = Int(arguments[1]) else {
    preconditionFailure("usage: constant-answer PORT CERTIFICATE KEY BODY")
}

var headers: HTTPFields = [
    .contentType: "application/json; charset=utf-8", .cacheControl: "no-cache",
    .strictTransportSecurity: "max-age=31536000; includeSubDomains", .xContentTypeOptions: "nosniff",
    .eTag: "\"0123456789ABCDEF\"",
]
let guid = "6f5e7a44-5d4d-4a55-9a3c-111111111111"
for (name, value) in [
    ("pragma", "no-cache"), ("expires", "-1"), ("x-ms-request-id", guid), ("x-ms-correlation-request-id", guid),
    ("x-ms-routing-request-id", "LOCAL:20260101T000000Z:\(guid)"),
    ("x-ms-ratelimit-remaining-subscription-reads", "600000"),
] {
    if let field = HTTPField.Name(name) { headers[field] = value }
}
let body = ByteBuffer(string: arguments[4])
let fixedHeaders = headers

let router = Router()
router.get("**") { _, _ in
    Response(status: .ok, headers: fixedHeaders, body: .init(byteBuffer: body))
}
let tls = TLSConfiguration.makeServerConfiguration(
    certificateChain: try NIOSSLCertificate.fromPEMFile(arguments[2]).map { .certificate($0) },
    privateKey: .privateKey(try NIOSSLPrivateKey(file: arguments[3], format: .pem))
)
let application = Application(
    router: router, server: try .tls(.http1(), tlsConfiguration: tls),
    configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "constant")
)
try await application.runService()
