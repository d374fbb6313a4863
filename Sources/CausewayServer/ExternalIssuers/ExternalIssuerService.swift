import Identity
import Logging
import RelayModel
import ServiceLifecycle

/// Keeps the keys of other issuers fresh: at the start, from time to time, and when the gateway saw an unknown one.
struct ExternalIssuerService: Service {
    private static let interval = Duration.seconds(Limits.issuerKeysPause)

    let issuers: ExternalIssuers
    let now: @Sendable () -> Timestamp

    func run() async throws {
        guard !issuers.isEmpty else {
            try? await gracefulShutdown()
            return
        }
        await cancelWhenGracefulShutdown {
            await withTaskGroup { group in
                group.addTask {
                    for await _ in issuers.wanted { await issuers.refreshMissing(now: now()) }
                }
                group.addTask {
                    while !Task.isCancelled {
                        await issuers.refreshStale(now: now())
                        try? await Task.sleep(for: Self.interval)
                    }
                }
            }
        }
    }
}

extension ExternalIssuers {
    /// The configured issuers, with their documents fetched over the network.
    static func make(_ issuers: [ExternalIssuer], logger: Logger) -> ExternalIssuers {
        ExternalIssuers(issuers, documents: HTTPIssuerDocuments()) { issuer, failure in
            logger.warning(
                "Keys of an external issuer could not be had; those of before stay good",
                metadata: ["issuer": "\(issuer.issuer)", "reason": "\(failure)"])
        }
    }
}
