import ControlPlane
import HTTPTypes
import Identity
import ManagementDocuments
import NIOCore
import RelayModel
import RelayStore

/// Events of the data plane over REST: as a list, or as server-sent events for a client that wants to follow them.
struct RelayEventController: Sendable {
    private static let contentType = "text/event-stream"
    /// Events that are read at a time.
    private static let batchMax = 200

    private let api: ManagementAPI

    init(_ api: ManagementAPI) {
        self.api = api
    }

    func get(_ call: Call) async throws -> Answer {
        call.wantsEventStream ? try follow(call) : try list(call)
    }

    private func list(_ call: Call) throws -> Answer {
        let selection = try selection(call, page: call.page())
        let events = try api.controlPlane.relayEvents(selection)
        return try call.list(events, name: { String($0.id) }) { Self.render($0, selection) }
    }

    /// The events after the last one that the client has, then new ones as they are written. Without a last one and
    /// without a start in the filter, only new ones.
    private func follow(_ call: Call) throws -> Answer {
        var selection = try selection(call, page: Page(after: "", limit: Self.batchMax))
        if let lastEventID = call.lastEventID, !lastEventID.isEmpty {
            guard let id = Int64(lastEventID), id >= 0 else {
                throw ServiceError(
                    .badRequest, "The Last-Event-ID '\(NameRule.shown(lastEventID))' is not one that this server made.")
            }
            selection.filter.afterID = max(selection.filter.afterID, id)
        } else if !selection.hasBeginning {
            selection.filter.afterID = try api.controlPlane.newestRelayEventID()
        }
        let (wakes, wake) = try api.eventFeed.follow(namespace: selection.namespace.rowID)
        call.channel.closeFuture.whenComplete { _ in wake() }
        return Answer(streaming: Self.contentType) { [selection] write in
            call.channel.triggerUserOutboundEvent(EndlessAnswerEvent(), promise: nil)
            try await write("retry: 2000\n\n")
            try await send(selection, call, wakes, wake, write)
        }
    }

    /// Sends until the feed is closed, the token or the right ends, what is followed is deleted, or the client is gone.
    private func send(
        _ first: RelayEventSelection, _ call: Call, _ wakes: AsyncStream<Void>, _ wake: @escaping @Sendable () -> Void,
        _ write: (String) async throws -> Void
    ) async throws {
        let heartbeat = api.settings.heartbeat
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: heartbeat)
                    wake()
                }
            }
            defer { group.cancelAll() }
            var selection = first
            var written = ContinuousClock.now
            for await _ in wakes {
                guard call.channel.isActive, isStillThere(selection, call) else { return }
                while let text = try next(&selection) {
                    try await write(text)
                    written = .now
                }
                if ContinuousClock.now - written >= heartbeat {
                    try await write(": still here\n\n")
                    written = .now
                }
            }
        }
    }

    private func isStillThere(_ selection: RelayEventSelection, _ call: Call) -> Bool {
        guard let token = call.token, let caller = try? api.tokens.caller(of: token.reveal(), now: api.now()),
            (try? api.accessControl.allows(caller, action: call.action, at: call.resourceID)) == true,
            let present = try? self.selection(call, page: Page(after: "", limit: Self.batchMax)),
            present.namespace.rowID == selection.namespace.rowID
        else { return false }
        return true
    }

    /// The next events as text, `nil` when there are none now.
    private func next(_ selection: inout RelayEventSelection) throws -> String? {
        let events = try api.controlPlane.relayEvents(selection)
        guard let last = events.last else { return nil }
        selection.filter.afterID = last.id
        return events.map { "id: \($0.id)\ndata: \(Self.render($0, selection).text)\n\n" }.joined()
    }

    private func selection(_ call: Call, page: Page) throws -> RelayEventSelection {
        try api.controlPlane.relayEventSelection(at: call.resourceID, filter: call.filter(), page: page)
    }

    private static func render(_ event: RelayEventRecord, _ selection: RelayEventSelection) -> JSONValue {
        RelayEventDocument.render(event, namespace: selection.namespace.id, host: selection.host)
    }
}
