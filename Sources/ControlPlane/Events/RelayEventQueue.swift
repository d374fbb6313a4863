import RelayCore
import RelayModel

/// Events that wait to be written: at most so many, and of what happens thousands of times a second only a part. A plain
/// value: ``RelayEventLog`` guards it.
struct RelayEventQueue {
    /// The operation of an event that says how many others were left out.
    static let leftOutOperation = "EventsLeftOut"

    private struct Waiting {
        var order: UInt64
        var event: RelayEventRecord
    }

    private let waitingMax: Int
    private let routinePerSecondMax: Int
    private var order: UInt64 = 0
    private var important: [Waiting] = []
    private var routine: [Waiting] = []
    /// The second that ``routineCount`` counts, in seconds since 1970.
    private var second = Int64.min
    private var routineCount = 0
    /// By the namespace's row; told once a second.
    private var leftOut: [Int64: Int] = [:]

    init(waitingMax: Int, routinePerSecondMax: Int) {
        self.waitingMax = waitingMax
        self.routinePerSecondMax = routinePerSecondMax
    }

    var count: Int { important.count + routine.count }
    var isEmpty: Bool { count == 0 && leftOut.isEmpty }

    mutating func append(_ event: RelayEvent) {
        begin(second: event.at.secondsSinceEpoch)
        if event.isRoutine {
            guard routineCount < routinePerSecondMax, count < waitingMax else { return leaveOut(event.namespaceRowID) }
            routineCount += 1
            routine.append(next(RelayEventRecord(event)))
            return
        }
        if count >= waitingMax {
            guard let dropped = routine.popLast() else { return leaveOut(event.namespaceRowID) }
            leaveOut(dropped.event.namespaceRowID)
        }
        important.append(next(RelayEventRecord(event)))
    }

    /// Empties the queue.
    /// - Parameters:
    ///   - now: when a second is over, the events that were left out in it are counted by one event for each namespace.
    ///   - isLast: whether nothing comes after, so that even the running second is counted.
    /// - Returns: everything that waited, in the order in which it came.
    mutating func takeAll(now: Timestamp, isLast: Bool) -> [RelayEventRecord] {
        let isOver = now.secondsSinceEpoch != second
        let all = takeInOrder()
        guard !leftOut.isEmpty, isOver || isLast else { return all }
        defer { leftOut = [:] }
        return all
            + leftOut.sorted { $0.key < $1.key }.map { Self.notice(namespace: $0.key, count: $0.value, at: now) }
    }

    /// Both lists are in order already.
    private mutating func takeInOrder() -> [RelayEventRecord] {
        var all: [RelayEventRecord] = []
        all.reserveCapacity(count)
        var rest = routine[...]
        for waiting in important {
            while let first = rest.first, first.order < waiting.order { all.append(rest.removeFirst().event) }
            all.append(waiting.event)
        }
        all += rest.map(\.event)
        important = []
        routine = []
        return all
    }

    /// Puts back what could not be written, before what came since. What is too much by now is left out, the newest of it
    /// first.
    mutating func putBack(_ events: [RelayEventRecord]) {
        let room = max(0, waitingMax - count)
        for event in events.dropFirst(room) { leaveOut(event.namespaceRowID) }
        let first = events.prefix(room).map { Waiting(order: 0, event: $0) }
        important.insert(contentsOf: first, at: 0)
    }

    /// Events come nearly in the order of their times; a clock that was set back begins anew.
    private mutating func begin(second: Int64) {
        guard second > self.second || second < self.second - 5 else { return }
        self.second = second
        routineCount = 0
    }

    private mutating func next(_ event: RelayEventRecord) -> Waiting {
        order += 1
        return Waiting(order: order, event: event)
    }

    private mutating func leaveOut(_ namespaceRowID: Int64) {
        leftOut[namespaceRowID, default: 0] += 1
    }

    private static func notice(namespace: Int64, count: Int, at now: Timestamp) -> RelayEventRecord {
        RelayEventRecord(
            namespaceRowID: namespace, entity: "", at: now, operation: leftOutOperation, trackingID: "",
            message: "\(count) more events were left out: there were too many at once.", remoteEndpoint: ""
        )
    }
}

extension RelayEvent {
    /// Whether it tells of an HTTP request that went as it should: what happens most and tells least.
    fileprivate var isRoutine: Bool {
        switch operation {
        case .senderSentHTTPRequest, .messageSendingToListener, .messageSentToListener, .listenerSentHTTPResponse,
            .listenerReturningHTTPResponse:
            (status ?? 200) < 400
        default: false
        }
    }
}

extension RelayEventRecord {
    /// Bytes of each text that comes from outside: bounds what waiting events can take.
    private static let textMax = 1024

    init(_ event: RelayEvent) {
        self.init(
            namespaceRowID: event.namespaceRowID, entity: Self.cut(event.entity), at: event.at,
            operation: event.operation.rawValue, trackingID: Self.cut(event.trackingID),
            message: Self.cut(event.message), remoteEndpoint: Self.cut(event.remoteEndpoint)
        )
        status = event.status
        listenerID = event.listenerID.map(Self.cut)
        identity = event.identity.map(Self.cut)
        bytesToListener = event.bytesToListener
        bytesToSender = event.bytesToSender
        startedAt = event.startedAt
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textMax else { return text }
        return String(decoding: text.utf8.prefix(textMax), as: UTF8.self)
    }
}
