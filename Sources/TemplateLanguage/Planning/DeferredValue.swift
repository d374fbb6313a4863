import RelayModel

/// A value that needs answers of the host, with all that its evaluation sees.
struct DeferredValue: Sendable {
    let node: TemplateNode
    let scope: TemplateScope
    let rounds: [Evaluator.CopyRound]

    /// Evaluates, asks what is missing, and evaluates again: an answer may lead to further questions.
    func value(of runtime: any TemplateRuntime, _ subject: TemplateSubject) async throws -> JSONValue {
        let evaluator = Evaluator(scope)
        evaluator.rounds = rounds
        let value = try await evaluator.complete(runtime, subject) { (evaluator) throws(EvaluationError) in
            try node.value(in: evaluator)
        }
        return try subject.within { () throws(EvaluationError) in
            try evaluator.budget.charge(value)
            return value
        }
    }
}

extension Evaluator {
    /// Runs the evaluation until it asks nothing more. The budget covers all runs together, so it ends.
    func complete<Value>(
        _ runtime: any TemplateRuntime, _ subject: TemplateSubject,
        _ evaluation: (Evaluator) throws(EvaluationError) -> Value
    ) async throws -> Value {
        while true {
            do throws(EvaluationError) {
                return try evaluation(self)
            } catch {
                let questions = takeQuestions()
                guard case .pending = error, !questions.isEmpty else { throw subject.error(error) }
                for question in questions { answers[question] = try await question.answer(of: runtime) }
            }
        }
    }
}
