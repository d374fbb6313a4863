import NIOCore
import RelayModel
package import RelayProtocol
package import RelayTransport

/// Single steps of the way to a relay, for diagnoses. Called on a loop; completions come once on that loop.
package enum RelayCheck {
    /// What a manager of ours found of its endpoint.
    package struct Probe: Sendable, Hashable {
        package struct Step: Sendable, Hashable {
            package var isGood: Bool
            package var milliseconds: Double
            /// What was found, or what went wrong.
            package var detail: String
        }

        package var managerVersion: String
        package var endpoint: String
        package var name: Step?
        package var connect: Step?
        /// Why nothing was looked at.
        package var trouble: String?
    }

    /// How long a listener may take to answer a probe: a look-up and a connection of ten seconds each, and some.
    private static let probeMax = TimeAmount.seconds(25)

    /// TCP, through the proxy if there is one, and TLS.
    package static func reach(
        _ access: RelayAccess, on loop: LoopContext, _ completion: @escaping (Result<Void, RelayFailure>) -> Void
    ) {
        loop.dial(access.target, delegate: Silent()) { result in
            if case .success(let connection) = result { connection.finish() }
            completion(result.map { _ in }.mapError { RelayFailure($0) })
        }
    }

    /// What the gateway knows of the hybrid connection; shows as well whether the key is accepted.
    package static func information(
        _ access: RelayAccess, on loop: LoopContext,
        _ completion: @escaping (Result<RuntimeInformationSummary, RelayFailure>) -> Void
    ) {
        let call = RuntimeInformationCall(access, on: loop)
        call.run { outcome in
            call.cancel()
            completion(outcome)
        }
    }

    /// Asks a listener what it finds of its endpoint.
    /// - Returns: `nil` from a listener that is no manager of ours.
    package static func probe(
        _ access: RelayAccess, on loop: LoopContext, _ completion: @escaping (Result<Probe?, RelayFailure>) -> Void
    ) {
        let call = HTTPCall(access, on: loop)
        let fields: HeaderFields = [(RelayTargets.tokenField, access.token().token.reveal())]
        let target = access.endpoint.targets.path + RelayTargets.probeSuffix
        call.get(target, fields, answerMax: probeMax) { result in
            call.cancel()
            completion(result.flatMap(read))
        }
    }

    private static func read(_ answer: HTTPAnswer) -> Result<Probe?, RelayFailure> {
        // Answers of the gateway itself have no Via (R104); what a listener says of a request it does not know is no failure.
        let isOfListener = answer.fields.value(ofField: "via") != nil
        guard answer.status == 200, let document = try? JSONValue(utf8: answer.body),
            let version = document["manager"]?["version"]?.string
        else {
            guard isOfListener else {
                return .failure(RelayFailure(status: answer.status, reason: answer.reason))
            }
            return .success(nil)
        }
        return .success(
            Probe(
                managerVersion: version, endpoint: document["endpoint"]?.string ?? "", name: step(document["dns"]),
                connect: step(document["connect"]), trouble: document["error"]?.string))
    }

    private static func step(_ document: JSONValue?) -> Probe.Step? {
        guard let document, let isGood = document["ok"]?.bool else { return nil }
        let milliseconds: Double =
            switch document["milliseconds"] {
            case .number(let text): Double(text) ?? 0
            case .integer(let value): Double(value)
            default: 0
            }
        let addresses = document["addressCount"]?.integer.map { "\($0) \($0 == 1 ? "address" : "addresses")" }
        return Probe.Step(
            isGood: isGood, milliseconds: milliseconds, detail: document["error"]?.string ?? addresses ?? "")
    }

    private final class Silent: ConnectionDelegate {
        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}
    }
}
