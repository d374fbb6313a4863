import ManagementClient
import RelayModel
import Synchronization

/// The second half of an import: it writes.
extension EstateImport {
    /// What is seen while an import runs.
    private final class Course: Sendable {
        private struct State {
            var failed: Set<String> = []
            var lost: String?
            var deadline: JSONValue?
        }

        private let state = Mutex(State())

        /// Why nothing more can be done.
        var lost: String? { state.withLock { $0.lost } }

        func lose(_ reason: String) { state.withLock { $0.lost = $0.lost ?? reason } }

        func fail(_ item: ImportItem) { _ = state.withLock { $0.failed.insert(item.id.key) } }

        func isFailed(_ parent: ResourceID?) -> Bool {
            guard let parent else { return false }
            return state.withLock { $0.failed.contains(parent.key) }
        }

        /// The response deadline that a new hybrid connection has.
        var deadline: JSONValue? {
            get { state.withLock { $0.deadline } }
            set { state.withLock { $0.deadline = newValue } }
        }
    }

    func apply(_ items: [ImportItem], _ steps: [Step], into empty: ImportReport) async throws -> ImportReport {
        var report = empty
        let course = Course()
        progress.begin("resources made", total: items.count)
        let pairs = Array(zip(items, steps))
        // One kind after the other: what others stand on is there before they come.
        for kind in ResourceKind.allCases {
            let batch = pairs.filter { $0.0.kind == kind }
            let results = try await BoundedWork.map(batch) { pair in
                defer { progress.step() }
                return await result(pair.0, pair.1, course)
            }
            for (pair, result) in zip(batch, results) { report.add(pair.0, result) }
        }
        if let lost = course.lost { report.notes.append("The import stopped: \(lost).") }
        return report
    }

    private func result(
        _ item: ImportItem, _ step: Step, _ course: Course
    ) async -> (outcome: ImportReport.Outcome, reason: String?) {
        switch step {
        case .unchanged: return (.unchanged, nil)
        case .skip(let reason): return (.skipped, reason)
        case .conflict(let reason), .fail(let reason):
            course.fail(item)
            return (.failed, reason)
        case .create, .settle, .update: break
        }
        guard course.lost == nil else { return (.notDone, "the server was lost") }
        guard !course.isFailed(item.parent) else {
            course.fail(item)
            return (.failed, "what it belongs to could not be made")
        }
        do {
            return try await write(item, step, course)
        } catch let error as ManagementError where error.code == "RoleAssignmentExists" {
            return (.unchanged, "the principal has the role there already")
        } catch let error as ManagementError {
            course.fail(item)
            return (.failed, error.description + Self.advice(item, error))
        } catch {
            course.fail(item)
            if let error = error as? ClientError, error.kind == .connection { course.lose(error.message) }
            return (.failed, String(describing: error))
        }
    }

    private func write(
        _ item: ImportItem, _ step: Step, _ course: Course
    ) async throws -> (outcome: ImportReport.Outcome, reason: String?) {
        switch step {
        case .update(let present, let paths):
            try await target.write(item, over: present, isPartial: options.isPartial)
            return (.updated, "changed \(paths.joined(separator: ", "))")
        case .settle:
            // Every new hybrid connection has the server's own deadline, so one of them is asked for all.
            if item.kind == .hybridConnectionSettings, case .resource(let wanted) = item.content,
                let deadline = course.deadline, wanted.properties["responseDeadlineSeconds"] == deadline
            {
                return (.unchanged, nil)
            }
            let present = try await target.present(item)
            if item.kind == .hybridConnectionSettings, case .resource(let found) = present {
                course.deadline = found.properties["responseDeadlineSeconds"]
            }
            guard let present, differences(item, present).isEmpty else {
                try await target.write(item, over: present, isPartial: options.isPartial)
                return (.created, nil)
            }
            return (.unchanged, nil)
        default:
            try await target.write(item, over: nil, isPartial: false)
            return (.created, nil)
        }
    }

    private static func advice(_ item: ImportItem, _ error: ManagementError) -> String {
        guard item.kind == .roleAssignment, error.status == 400 else { return "" }
        return
            " Say which principal of this server takes its place with --map-principal OLD=NEW, or leave role assignments "
            + "out with --without-role-assignments."
    }
}
