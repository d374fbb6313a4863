package import RelayModel
import Synchronization

/// A token bucket for each caller, separate for reads and writes, so that one caller's load is not another's.
package final class RateLimiter: Sendable {
    /// Requests that a caller may make at once, and those that are given back each second.
    package struct Rate: Sendable, Hashable {
        package var burst: Int
        package var perSecond: Int

        package init(burst: Int, perSecond: Int) {
            self.burst = burst
            self.perSecond = perSecond
        }

        /// Far above what a script does; stops a loop that has lost its mind.
        package static let generous = Rate(burst: 600_000, perSecond: 10_000)
    }

    package enum Kind: Sendable, Hashable {
        case reads
        case writes
        case deletes
    }

    package struct Decision: Sendable {
        /// Requests that the caller has left, for the rate-limit headers; `nil` when nothing is counted.
        package var remaining: Int?
        /// Seconds to wait when there was none left.
        package var retryAfter: Int?
    }

    private struct Key: Hashable {
        var caller: String
        var kind: Kind
    }

    private struct Bucket {
        var tokens: Double
        var filledAt: Timestamp
    }

    private static let bucketsMax = 10_000

    /// `nil` turns the limit off.
    private let rate: Rate?
    private let buckets = Mutex<[Key: Bucket]>([:])

    package init(rate: Rate?) {
        self.rate = rate
    }

    /// Takes one request from the caller's bucket.
    package func take(caller: String, kind: Kind, now: Timestamp) -> Decision {
        guard let rate else { return Decision(remaining: nil, retryAfter: nil) }
        let key = Key(caller: caller, kind: kind)
        return buckets.withLock { buckets in
            if buckets.count >= Self.bucketsMax { buckets.removeAll() }
            var bucket = buckets[key] ?? Bucket(tokens: Double(rate.burst), filledAt: now)
            let elapsed = Double(max(0, now.millisecondsSinceEpoch - bucket.filledAt.millisecondsSinceEpoch)) / 1000
            bucket.tokens = min(Double(rate.burst), bucket.tokens + elapsed * Double(rate.perSecond))
            bucket.filledAt = now
            defer { buckets[key] = bucket }
            guard bucket.tokens >= 1 else {
                let wait = (1 - bucket.tokens) / Double(rate.perSecond)
                return Decision(remaining: 0, retryAfter: max(1, Int(wait.rounded(.up))))
            }
            bucket.tokens -= 1
            return Decision(remaining: Int(bucket.tokens), retryAfter: nil)
        }
    }
}
