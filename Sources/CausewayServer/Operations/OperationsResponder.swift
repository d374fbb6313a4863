import Hummingbird
import RelayModel
import Synchronization

/// Whether the server can do its work; read by health checks without touching the database.
package final class Readiness: Sendable {
    package enum State: Sendable, Hashable {
        case starting
        case ready
        case draining
        /// The store refuses writes; the text says why.
        case failing(String)
    }

    private let current = Mutex(State.starting)

    package init() {}

    package var state: State { current.withLock { $0 } }

    package func become(_ state: State) {
        current.withLock { present in
            // Draining is final: a late success of something else must not undo it.
            if present != .draining { present = state }
        }
    }
}

/// `/health/live`, `/health/ready` and `/metrics`.
struct OperationsResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    let readiness: Readiness
    let registry: PrometheusRegistry

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        guard request.method == .get || request.method == .head else {
            return Self.text(.methodNotAllowed, "Only GET is allowed here.\n", [.allow: "GET, HEAD"])
        }
        switch request.uri.path {
        case "/health/live": return Self.text(.ok, "live\n")
        case "/health/ready":
            switch readiness.state {
            case .ready: return Self.text(.ok, "ready\n")
            case .starting: return Self.text(.serviceUnavailable, "starting\n")
            case .draining: return Self.text(.serviceUnavailable, "draining\n")
            case .failing(let reason): return Self.text(.serviceUnavailable, "failing: \(reason)\n")
            }
        case "/metrics":
            return Self.text(.ok, registry.text, [.contentType: "text/plain; version=0.0.4; charset=utf-8"])
        default: return Self.text(.notFound, "There are /health/live, /health/ready and /metrics here.\n")
        }
    }

    private static func text(
        _ status: HTTPResponse.Status, _ text: String, _ headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "text/plain; charset=utf-8" }
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: .init(byteBuffer: .init(string: text)))
    }
}
