package import ManagementClient
import RelayModel
import Synchronization

/// Makes an estate on a server: first reads what is there and decides, then writes.
package struct EstateImport: Sendable {
    /// What happens to a resource that is there and is another one.
    package enum ConflictPolicy: String, Sendable, CaseIterable {
        case skip
        case update
        /// Nothing at all is written then.
        case fail
    }

    package struct Options: Sendable {
        package var policy = ConflictPolicy.fail
        package var isDryRun = false
        /// Whether the items leave open what they do not say.
        package var isPartial = false

        package init(policy: ConflictPolicy = .fail, isDryRun: Bool = false, isPartial: Bool = false) {
            self.policy = policy
            self.isDryRun = isDryRun
            self.isPartial = isPartial
        }
    }

    /// What is to be done with an item.
    enum Step: Sendable {
        case create
        /// There is one, because its parent makes one; it is made what it is to be.
        case settle
        case update(ImportItem.Content, [String])
        case unchanged
        case skip(String)
        /// It is there and differs, and that was to stop everything.
        case conflict(String)
        case fail(String)

        var stops: Bool {
            switch self {
            case .conflict, .fail: true
            default: false
            }
        }
    }

    let target: ImportTarget
    let options: Options
    let progress: TransferProgress

    package init(_ client: ManagementClient, _ options: Options, progress: TransferProgress) {
        target = ImportTarget(client: client)
        self.options = options
        self.progress = progress
    }

    /// - Returns: what became of each item.
    /// - Throws: `ClientError` when the server is lost before anything is written, `ManagementError` when it refuses to
    ///   show what is there.
    package func run(_ items: [ImportItem]) async throws -> ImportReport {
        let items = Self.ordered(items)
        let steps = try await plan(items)
        var report = ImportReport(isDryRun: options.isDryRun)
        let isStopped = options.policy == .fail && steps.contains(where: \.stops)
        if options.isDryRun || isStopped {
            for (item, step) in zip(items, steps) { report.add(item, outcome(of: step, isStopped: isStopped)) }
            if isStopped { report.notes.append("Nothing was written, because of what failed.") }
            return report
        }
        return try await apply(items, steps, into: report)
    }

    /// By kind, and in one kind by path.
    private static func ordered(_ items: [ImportItem]) -> [ImportItem] {
        items.map { (item: $0, order: $0.id.order) }.sorted { left, right in
            left.item.kind == right.item.kind
                ? left.order.lexicographicallyPrecedes(right.order)
                : left.item.kind.rawValue < right.item.kind.rawValue
        }.map(\.item)
    }

    private func outcome(of step: Step, isStopped: Bool) -> (ImportReport.Outcome, String?) {
        switch step {
        case .create, .settle: (isStopped && !options.isDryRun ? .notDone : .created, nil)
        case .update(_, let paths):
            (isStopped && !options.isDryRun ? .notDone : .updated, "changes \(paths.joined(separator: ", "))")
        case .unchanged: (.unchanged, nil)
        case .skip(let reason): (.skipped, reason)
        case .conflict(let reason), .fail(let reason): (.failed, reason)
        }
    }
}

extension ImportReport {
    mutating func add(_ item: ImportItem, _ result: (outcome: Outcome, reason: String?)) {
        add(item, result.outcome, result.reason)
    }
}
