package import RelayModel
package import RelayProtocol

/// The steps of a diagnosis: what was looked at, whether it is well, how long it took, and what was found.
package struct DiagnosisSteps: Sendable {
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        case good = "OK"
        case bad = "Failed"
        case skipped = "Skipped"
        /// It cannot be found out from here.
        case notProvable = "NotProvable"
    }

    package struct Step: Sendable, Hashable {
        package var name: String
        package var verdict: Verdict
        package var milliseconds: Double?
        package var detail: String
    }

    package private(set) var steps: [Step] = []

    package init() {}

    /// Whether nothing failed.
    package var areGood: Bool { !steps.contains { $0.verdict == .bad } }

    package mutating func add(_ name: String, _ verdict: Verdict, milliseconds: Double? = nil, _ detail: String) {
        steps.append(Step(name: name, verdict: verdict, milliseconds: milliseconds, detail: detail))
    }

    /// Does a step, unless an earlier one makes it pointless.
    /// - Returns: whether it went well.
    @discardableResult
    package mutating func check(
        _ name: String, skipped: Bool, _ body: () async -> Result<String, RelayFailure>
    ) async -> Bool {
        guard !skipped else {
            add(name, .skipped, "needs what failed before")
            return false
        }
        let clock = ContinuousClock()
        let start = clock.now
        let result = await body()
        let time = (clock.now - start).milliseconds
        switch result {
        case .success(let detail): add(name, .good, milliseconds: time, detail)
        case .failure(let failure): add(name, .bad, milliseconds: time, failure.message)
        }
        return (try? result.get()) != nil
    }

    /// Does a step that finds something.
    package mutating func value<Value>(
        _ name: String, skipped: Bool, _ body: () async -> Result<Value, RelayFailure>, detail: () -> String
    ) async -> Value? {
        var found: Value?
        await check(name, skipped: skipped) {
            let result = await body()
            found = try? result.get()
            return result.map { _ in detail() }
        }
        return found
    }

    package var json: JSONValue {
        .array(
            steps.map { step in
                [
                    "Name": .string(step.name), "Verdict": .string(step.verdict.rawValue),
                    "Milliseconds": step.milliseconds.map { .number(String($0)) } ?? .null,
                    "Detail": .string(step.detail),
                ]
            })
    }
}

extension Duration {
    /// Milliseconds with two decimals.
    package var milliseconds: Double {
        let (seconds, attoseconds) = components
        let hundredths = Double(seconds) * 100_000 + Double(attoseconds / 10_000_000_000_000)
        return hundredths.rounded() / 100
    }
}
