package import RelayModel

/// What an import did, or would do, with each resource.
package struct ImportReport: Sendable {
    package enum Outcome: String, Sendable, CaseIterable {
        case created
        case updated
        case unchanged
        /// Left as it is, or not carried over, with a reason.
        case skipped
        case failed
        /// Not tried, because the import stopped before.
        case notDone
    }

    package struct Entry: Sendable {
        package var id: String
        package var what: String
        package var outcome: Outcome
        package var reason: String?

        package init(id: String, what: String, outcome: Outcome, reason: String?) {
            self.id = id
            self.what = what
            self.outcome = outcome
            self.reason = reason
        }

        package var document: JSONValue {
            [
                "id": .string(id), "what": .string(what), "outcome": .string(outcome.rawValue),
                "reason": JSONValue(reason),
            ]
        }
    }

    package var entries: [Entry] = []
    /// Whether nothing was written.
    package var isDryRun: Bool
    /// What people should know beside.
    package var notes: [String] = []

    package init(isDryRun: Bool) {
        self.isDryRun = isDryRun
    }

    package func count(_ outcome: Outcome) -> Int { entries.count { $0.outcome == outcome } }

    /// Whether something is not as it was asked for.
    package var isFailure: Bool { count(.failed) + count(.notDone) > 0 }

    package var document: JSONValue {
        var document: JSONObject = ["dryRun": .bool(isDryRun)]
        for outcome in Outcome.allCases { document.append(outcome.rawValue, JSONValue(count(outcome))) }
        document.append("notes", .array(notes.map { .string($0) }))
        document.append("resources", .array(entries.map(\.document)))
        return .object(document)
    }

    mutating func add(_ item: ImportItem, _ outcome: Outcome, _ reason: String? = nil) {
        entries.append(
            Entry(id: item.shownID, what: item.kind.words, outcome: outcome, reason: reason ?? item.reason))
    }
}
