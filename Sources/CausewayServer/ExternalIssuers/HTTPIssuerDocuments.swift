import AsyncHTTPClient
import Foundation
import Identity
import NIOCore
import NIOHTTP1
import NIOSSL
import RelayModel

/// Fetches the documents of other issuers: what is configured, no redirect, and nothing that is large or slow.
struct HTTPIssuerDocuments: IssuerDocuments {
    func fetch(_ url: String, for issuer: ExternalIssuer) async throws(IssuerFailure) -> [UInt8] {
        guard ExternalIssuer.isFetchable(url) else { throw IssuerFailure("'\(NameRule.shown(url))' is no https URL") }
        // Once in an hour: a client that lives no longer than its call has nothing to be closed at the end.
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: try Self.configuration(caFile: issuer.caFile))
        let result = await Self.get(url, client)
        try? await client.shutdown()
        return try result.get()
    }

    func read(file path: String) async throws(IssuerFailure) -> [UInt8] {
        do {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            guard bytes.count <= Limits.issuerDocumentMax else {
                throw IssuerFailure("the file \(path) is larger than \(Limits.issuerDocumentMax / 1024) KiB")
            }
            return Array(bytes)
        } catch let failure as IssuerFailure {
            throw failure
        } catch {
            throw IssuerFailure("the file \(path) cannot be read")
        }
    }

    private static func get(_ url: String, _ client: HTTPClient) async -> Result<[UInt8], IssuerFailure> {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        do {
            let deadline = NIODeadline.now() + .seconds(Limits.issuerDocumentSeconds)
            let response = try await client.execute(request, deadline: deadline)
            guard response.status == .ok else {
                return .failure(IssuerFailure("\(url) answered \(response.status.code)"))
            }
            let body = try await response.body.collect(upTo: Limits.issuerDocumentMax)
            return .success(Array(body.readableBytesView))
        } catch is NIOTooManyBytesError {
            return .failure(IssuerFailure("\(url) answers more than \(Limits.issuerDocumentMax / 1024) KiB"))
        } catch let error as HTTPClientError {
            return .failure(IssuerFailure("\(url): \(error.shortDescription)"))
        } catch {
            let text = String(describing: error)
            let reason =
                text.contains("CERTIFICATE_VERIFY_FAILED") ? "its certificate is from no authority trusted here" : text
            return .failure(IssuerFailure("\(url): \(reason)"))
        }
    }

    private static func configuration(caFile: String?) throws(IssuerFailure) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let caFile {
            guard let certificates = try? NIOSSLCertificate.fromPEMFile(caFile), !certificates.isEmpty else {
                throw IssuerFailure("the CA file \(caFile) holds no certificate in PEM form")
            }
            tls.trustRoots = .certificates(certificates)
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(
                connect: .seconds(Limits.issuerDocumentSeconds), read: .seconds(Limits.issuerDocumentSeconds))
        )
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }
}
