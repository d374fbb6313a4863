import ControlPlane
import HTTPTypes
import RelayModel
import RelayStore
import Synchronization
import TemplateLanguage

/// Carries a planned deployment out: each resource as soon as those that it waits for are there, many at once.
struct DeploymentRun: Sendable {
    /// Resources that are written at once. Writes of one moment share a commit, so there is gain in many.
    private static let concurrencyMax = 64
    /// The same for a deployment inside of another one, of which many may run.
    private static let nestedConcurrencyMax = 8

    let host: DeploymentHost
    let plan: DeploymentPlan
    let mode: DeploymentRequest.Mode
    let depth: Int
    let begun: Versioned<Deployment>
    let cancellation: DeploymentCancellation
    private let journal: DeploymentJournal

    init(
        _ prepared: DeploymentLauncher.Prepared, begun: Versioned<Deployment>, host: DeploymentHost,
        cancellation: DeploymentCancellation
    ) {
        self.host = host
        plan = prepared.plan
        mode = prepared.mode
        depth = prepared.depth
        self.begun = begun
        self.cancellation = cancellation
        journal = DeploymentJournal(begun, host.controlPlane, now: host.now)
    }

    /// What came of it.
    private struct Result {
        /// IDs of what was written, as the answers spell them, by place in the plan.
        var written: [Int: [ResourceID]] = [:]
        var failures: [DeploymentRefusal] = []
    }

    /// Runs to the end and records it.
    /// - Returns: the deployment as it ended.
    /// - Throws: only what the store throws when the end cannot be recorded.
    func run() async throws -> Versioned<Deployment> {
        var result = await runResources()
        var outputs: JSONObject?
        if result.failures.isEmpty, !cancellation.isRequested {
            if mode == .complete { await deleteOthers(&result) }
            if result.failures.isEmpty { outputs = await evaluateOutputs(&result) }
        }
        var ended = begun.value
        ended.endedAt = host.now()
        ended.state = state(of: result)
        let written = result.written.sorted { $0.key < $1.key }.flatMap(\.value)
        ended.properties["outputResources"] = .array(written.map { ["id": .string($0.path)] })
        if let outputs { ended.properties["outputs"] = .object(outputs) }
        if ended.state != .succeeded {
            ended.properties["error"] =
                isInterrupted ? ControlPlane.interruption : .object(error(ended.state, result.failures).json)
        }
        return try await host.controlPlane.endDeployment(begun, as: ended, operations: journal.rest())
    }

    /// Whether the server's stop ends it, and nobody's wish.
    private var isInterrupted: Bool { Task.isCancelled && !cancellation.isWanted }

    private func state(of result: Result) -> Deployment.State {
        if isInterrupted { return .failed }
        if cancellation.isRequested { return .canceled }
        return result.failures.isEmpty ? .succeeded : .failed
    }

    private func error(_ state: Deployment.State, _ failures: [DeploymentRefusal]) -> DeploymentRefusal {
        guard state == .failed else {
            return DeploymentRefusal(
                code: "DeploymentCanceled", "The deployment was canceled; what its operations name was done.",
                target: begun.id.path, details: failures)
        }
        return DeploymentRefusal(
            .conflict, code: "DeploymentFailed",
            "At least one resource deployment operation failed. Please list deployment operations for details. Please see "
                + "https://aka.ms/arm-deployment-operations for usage details.",
            target: begun.id.path, details: Array(failures.prefix(100)))
    }

    // MARK: Resources

    private enum Outcome: Sendable {
        case done([ResourceID])
        case failed(DeploymentRefusal)
    }

    private func runResources() async -> Result {
        var result = Result()
        var order = ReadyOrder(plan.resources)
        let limit = depth == 0 ? Self.concurrencyMax : Self.nestedConcurrencyMax
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var running = 0
            while true {
                while running < limit, !cancellation.isRequested, let index = order.next() {
                    let resource = plan.resources[index]
                    if resource.isSkipped || resource.isExisting {
                        order.done(index)
                        continue
                    }
                    running += 1
                    group.addTask { (index, await self.write(resource)) }
                }
                guard running > 0, let (index, outcome) = await group.next() else { break }
                running -= 1
                switch outcome {
                case .done(let ids):
                    result.written[index] = ids
                    order.done(index)
                // Whatever waits for it is never begun.
                case .failed(let failure): result.failures.append(failure)
                }
            }
        }
        return result
    }

    private func write(_ resource: PlannedResource) async -> Outcome {
        var entry = DeploymentJournal.Entry(operation: "Create", resource: resource, startedAt: host.now())
        let outcome: Outcome
        do {
            if let nested = resource.nestedDeployment {
                outcome = .done(try await write(resource, nested))
            } else {
                let (status, document) = try await host.put(
                    resource.id, apiVersion: resource.apiVersion, body: try await resource.body(host))
                entry.status = status
                let id = document?["id"]?.string.flatMap { try? ResourceID($0) }
                outcome = .done([id ?? DeploymentHost.path(of: resource.id)])
            }
        } catch {
            var failure = DeploymentRefusal(error)
            // A property that is wrong is one of the resource; its message says which.
            if failure.target?.hasPrefix("/") != true { failure.target = resource.id.path }
            entry.failure = failure
            outcome = .failed(failure)
        }
        await journal.record(entry)
        return outcome
    }

    private func write(_ resource: PlannedResource, _ nested: NestedDeployment) async throws -> [ResourceID] {
        let launcher = DeploymentLauncher(host: host)
        // The right may have been taken away since the plan was made.
        try host.checkWrite(resource)
        let prepared = try await launcher.prepare(
            resource, nested, body: try await resource.body(host), depth: depth + 1)
        let begun = try await launcher.begin(prepared).resource
        let ended = try await DeploymentRun(prepared, begun: begun, host: host, cancellation: cancellation).run()
        let written = ended.value.properties["outputResources"]?.array ?? []
        guard ended.value.state == .succeeded else {
            throw DeploymentRefusal(.conflict, ended.value.properties["error"])
        }
        return written.compactMap { $0["id"]?.string }.compactMap { try? ResourceID($0) }
    }

    // MARK: The rest of a resource group

    /// Deletes the resources of the group that the template does not have. Apps go before the plans that they run on.
    private func deleteOthers(_ result: inout Result) async {
        let kept = Set(result.written.values.joined())
        do {
            let others = try host.controlPlane.trackedResources(in: begun.value.scope).filter { !kept.contains($0) }
            let ranked = others.sorted { Self.rank($0) < Self.rank($1) }
            for id in ranked where !cancellation.isRequested {
                var entry = DeploymentJournal.Entry(operation: "Delete", resourceID: id, startedAt: host.now())
                do {
                    entry.status = try await host.delete(id)
                } catch {
                    entry.failure = DeploymentRefusal(error)
                    result.failures.append(DeploymentRefusal(error))
                }
                await journal.record(entry)
            }
        } catch {
            result.failures.append(DeploymentRefusal(error))
        }
    }

    private static func rank(_ id: ResourceID) -> Int {
        switch id.type?.asciiLowercased {
        case "microsoft.web/sites/slots": 0
        case "microsoft.web/sites": 1
        default: 2
        }
    }

    // MARK: Outputs

    private func evaluateOutputs(_ result: inout Result) async -> JSONObject? {
        var entry = DeploymentJournal.Entry(operation: "EvaluateDeploymentOutput", startedAt: host.now())
        do {
            let outputs = try await plan.outputs(host)
            await journal.record(entry)
            return outputs.isEmpty ? nil : outputs
        } catch {
            var failure = DeploymentRefusal(error)
            if !(error is TemplateError) { failure.code = "DeploymentOutputEvaluationFailed" }
            entry.failure = failure
            result.failures.append(failure)
            await journal.record(entry)
            return nil
        }
    }
}

/// Which resources can be begun: those that wait for nothing any more, in the order of the plan.
struct ReadyOrder {
    private var missing: [Int]
    private var waiting: [[Int]]
    private var ready: [Int]
    private var position = 0

    init(_ resources: [PlannedResource]) {
        missing = resources.map(\.dependsOn.count)
        waiting = Array(repeating: [], count: resources.count)
        for resource in resources {
            for needed in resource.dependsOn { waiting[needed].append(resource.index) }
        }
        ready = resources.indices.filter { resources[$0].dependsOn.isEmpty }
    }

    mutating func next() -> Int? {
        guard position < ready.count else { return nil }
        defer { position += 1 }
        return ready[position]
    }

    mutating func done(_ index: Int) {
        for other in waiting[index] {
            missing[other] -= 1
            if missing[other] == 0 { ready.append(other) }
        }
    }
}

/// Whether somebody wants a deployment, and those inside of it, to end early.
final class DeploymentCancellation: Sendable {
    private let flag = Atomic<Bool>(false)

    /// Whether somebody asked for it.
    var isWanted: Bool { flag.load(ordering: .acquiring) }

    /// Whether nothing more is to be begun: somebody asked for it, or the server stops.
    var isRequested: Bool { isWanted || Task.isCancelled }

    func request() {
        flag.store(true, ordering: .releasing)
    }
}
