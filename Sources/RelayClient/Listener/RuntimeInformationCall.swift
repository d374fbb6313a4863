import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// Asks for runtime information (R112), again and again over one connection while that stands. Used on one loop.
final class RuntimeInformationCall {
    typealias Outcome = Result<RuntimeInformationSummary, RelayFailure>

    private static let answerMax = TimeAmount.seconds(15)

    private let access: RelayAccess
    private let call: HTTPCall

    init(_ access: RelayAccess, on loop: LoopContext) {
        self.access = access
        call = HTTPCall(access, on: loop)
    }

    /// One call at a time; the completion comes once.
    func run(_ completion: @escaping (Outcome) -> Void) {
        let fields: HeaderFields = [
            RelayTargets.runtimeInformationField, ("Authorization", access.token().token.reveal()),
        ]
        let entity = access.endpoint.entity
        call.get(access.endpoint.targets.runtimeInformation, fields, answerMax: Self.answerMax) { result in
            completion(result.flatMap { Self.read($0, entity) })
        }
    }

    func cancel() { call.cancel() }

    private static func read(_ answer: HTTPAnswer, _ entity: String) -> Outcome {
        guard answer.status == 200 else {
            return .failure(RelayFailure(status: answer.status, reason: answer.reason))
        }
        guard let summary = RuntimeInformationSummary(answer.body) else {
            return .failure(RelayFailure(.notFound, status: 404, "there is no hybrid connection '\(entity)'"))
        }
        return .success(summary)
    }
}
