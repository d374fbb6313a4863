package import RelayClient
import RelayModel
package import RelayProtocol
package import RelayTransport

/// Looks at the whole way from an app to an endpoint, hop by hop: what `tcpping --end-to-end` and `doctor` print.
package struct RouteDiagnosis: Sendable {
    private let route: Route
    private let loops: SocketLoops

    package init(_ route: Route, loops: SocketLoops) {
        self.route = route
        self.loops = loops
    }

    /// What is to be said of a binding whose hybrid connection is gone.
    package static func gone(_ binding: AppBinding) -> DiagnosisSteps {
        var steps = DiagnosisSteps()
        steps.add("Name and port bound", .good, "\(binding.endpoint)")
        steps.add("Key of the binding", .bad, "the hybrid connection of the binding does not exist any more")
        for name in [
            "Gateway reached", "Send key accepted", "Listener there", "Manager answers",
            "Endpoint's name at the manager",
            "Endpoint reached by the manager", "Connection end to end",
        ] {
            steps.add(name, .skipped, "needs what failed before")
        }
        return steps
    }

    package func run() async -> DiagnosisSteps {
        var steps = DiagnosisSteps()
        let loop = loops.next()
        let access = route.access
        let place = "\(access.endpoint.host):\(access.endpoint.port)"
        steps.add("Name and port bound", .good, "\(route.endpoint) to \(access.endpoint.address)")
        connector(&steps)
        let isReached = await steps.check("Gateway reached", skipped: false) {
            await loop.outcome { context, done in
                RelayCheck.reach(access, on: context) { done($0.map { "TCP and TLS to \(place)" }) }
            }
        }
        let information = await steps.value("Send key accepted", skipped: !isReached) {
            await loop.outcome { context, done in RelayCheck.information(access, on: context, done) }
        } detail: {
            "the gateway knows '\(access.endpoint.entity)'"
        }
        let hasListener = await steps.check("Listener there", skipped: information == nil) {
            let count = information?.listenerCount ?? 0
            guard count > 0 else {
                return .failure(RelayFailure(.noListener, "no manager is connected to the hybrid connection"))
            }
            return .success("\(count) \(count == 1 ? "listener" : "listeners")")
        }
        await manager(&steps, loop, skipped: !hasListener)
        await connection(&steps, loop, skipped: !hasListener)
        return steps
    }

    /// What this machine has for apps.
    private func connector(_ steps: inout DiagnosisSteps) {
        switch route.sendKeyState {
        case "Stale":
            steps.add(
                "Key of the binding", .bad, "it is no longer a key of its rule; see `causeway keys rotate --bindings`")
        case let state?: steps.add("Key of the binding", .good, state)
        case nil: break
        }
    }

    private func manager(_ steps: inout DiagnosisSteps, _ loop: LoopReference, skipped: Bool) async {
        let names = ["Manager answers", "Endpoint's name at the manager", "Endpoint reached by the manager"]
        guard !skipped else {
            for name in names { steps.add(name, .skipped, "needs what failed before") }
            return
        }
        let access = route.access
        let clock = ContinuousClock()
        let start = clock.now
        let outcome: Result<RelayCheck.Probe?, RelayFailure> = await loop.outcome { context, done in
            RelayCheck.probe(access, on: context, done)
        }
        let time = (clock.now - start).milliseconds
        switch outcome {
        case .failure(let failure) where failure.kind == .timedOut:
            for name in names { steps.add(name, .notProvable, "the listener answers no probes: it is of another kind") }
        case .failure(let failure):
            steps.add(names[0], .bad, milliseconds: time, failure.message)
            for name in names.dropFirst() { steps.add(name, .skipped, "needs what failed before") }
        case .success(nil):
            for name in names { steps.add(name, .notProvable, "the listener is no manager of Causeway") }
        case .success(let probe?):
            // An app may have another name for it, but more often somebody changed one of the two.
            let isSame = probe.endpoint.equalsIgnoringCase(route.endpoint.description)
            let difference = isSame ? "" : ", which is not the \(route.endpoint) that the app connects to"
            steps.add(
                names[0], .good, milliseconds: time,
                "version \(probe.managerVersion), endpoint \(probe.endpoint)\(difference)")
            Self.add(names[1], probe.name, probe.trouble, &steps)
            Self.add(names[2], probe.connect, probe.trouble, &steps)
        }
    }

    private static func add(
        _ name: String, _ step: RelayCheck.Probe.Step?, _ trouble: String?, _ steps: inout DiagnosisSteps
    ) {
        guard let step else { return steps.add(name, .skipped, trouble ?? "needs what failed before") }
        steps.add(name, step.isGood ? .good : .bad, milliseconds: step.milliseconds, step.detail)
    }

    /// The proof: a connection like that of an app.
    private func connection(_ steps: inout DiagnosisSteps, _ loop: LoopReference, skipped: Bool) async {
        let sender = route.sender
        let endpoint = route.endpoint
        await steps.check("Connection end to end", skipped: skipped) {
            await RouteConnection.open(sender, on: loop).map { "to \(endpoint)" }
        }
    }
}

/// A connection that is made to see whether one can be.
package enum RouteConnection {
    /// Opens and closes a connection.
    package static func open(_ sender: HybridConnectionSender, on loop: LoopReference) async -> Result<
        Void, RelayFailure
    > {
        await loop.outcome { context, done in
            _ = sender.open(on: context) { result in
                if case .success(let stream) = result {
                    stream.end()
                    stream.finish()
                }
                done(result.map { _ in })
            }
        }
    }
}
