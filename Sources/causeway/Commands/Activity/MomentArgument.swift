import ArgumentParser
import RelayModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A moment in an argument: a date and time, a date, or how long ago (`30m`, `24h`, `7d`).
enum MomentArgument: ExpressibleByArgument, Sendable, Hashable {
    case at(Timestamp)
    case secondsAgo(Int64)

    static func hoursAgo(_ hours: Int64) -> MomentArgument { .secondsAgo(hours * 3600) }

    init?(argument: String) {
        if let timestamp = Timestamp(iso8601: argument) {
            self = .at(timestamp)
            return
        }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = argument.last.flatMap({ units[$0] }), let count = Int64(argument.dropLast()),
            (0...1_000_000).contains(count)
        else { return nil }
        self = .secondsAgo(count * unit)
    }

    var defaultValueDescription: String {
        switch self {
        case .at(let timestamp): timestamp.iso8601
        case .secondsAgo(let seconds): seconds % 3600 == 0 ? "\(seconds / 3600)h" : "\(seconds)s"
        }
    }

    func timestamp(now: Timestamp) -> Timestamp {
        switch self {
        case .at(let timestamp): timestamp
        case .secondsAgo(let seconds): now.adding(seconds: -seconds)
        }
    }
}

extension Timestamp {
    static var now: Timestamp { Timestamp(millisecondsSinceEpoch: Int64(Date().timeIntervalSince1970 * 1000)) }
}
