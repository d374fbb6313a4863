import RelayModel
import Synchronization

/// Slows down whoever guesses. Each wrong guess takes from several budgets (an address, a name, both together), which
/// fill up again with time; an empty one means that nothing is even looked at.
final class GuessLimiter: Sendable {
    /// So many wrong guesses at once, and one more for each time of so many seconds.
    struct Budget: Sendable, Hashable {
        var key: String
        var guesses: Int
        var seconds: Int64
    }

    private struct Bucket {
        var guesses: Double
        var at: Timestamp
        var budget: Budget

        func filled(_ now: Timestamp) -> Double {
            let elapsed = Double(max(0, now.millisecondsSinceEpoch - at.millisecondsSinceEpoch)) / 1000
            return min(Double(budget.guesses), guesses + elapsed / Double(budget.seconds))
        }
    }

    private static let bucketsMax = 20_000

    private let buckets = Mutex<[String: Bucket]>([:])

    /// Takes one guess from each budget, before it is known whether the guess is right.
    /// - Returns: `nil`, or the seconds to wait when one of them is empty; then nothing was taken.
    func take(_ budgets: [Budget], now: Timestamp) -> Int? {
        buckets.withLock { buckets in
            var wait = 0.0
            for budget in budgets {
                guard let bucket = buckets[budget.key] else { continue }
                let left = bucket.filled(now)
                if left < 1 { wait = max(wait, (1 - left) * Double(budget.seconds)) }
            }
            guard wait == 0 else { return max(1, Int(wait.rounded(.up))) }
            if buckets.count + budgets.count > Self.bucketsMax { Self.shrink(&buckets, now) }
            for budget in budgets {
                let left = buckets[budget.key]?.filled(now) ?? Double(budget.guesses)
                buckets[budget.key] = Bucket(guesses: left - 1, at: now, budget: budget)
            }
            return nil
        }
    }

    /// The guess was right: it did not count.
    func giveBack(_ budgets: [Budget], now: Timestamp) {
        buckets.withLock { buckets in
            for budget in budgets {
                guard let bucket = buckets[budget.key] else { continue }
                let left = min(Double(budget.guesses), bucket.filled(now) + 1)
                buckets[budget.key] = Bucket(guesses: left, at: now, budget: budget)
            }
        }
    }

    /// Forgets those that are full again; when that is not enough, the half that is fullest.
    private static func shrink(_ buckets: inout [String: Bucket], _ now: Timestamp) {
        buckets = buckets.filter { $0.value.filled(now) < Double($0.value.budget.guesses) }
        guard buckets.count > bucketsMax / 2 else { return }
        let fullest = buckets.sorted {
            $0.value.filled(now) / Double($0.value.budget.guesses) > $1.value.filled(now)
                / Double($1.value.budget.guesses)
        }
        for (key, _) in fullest.prefix(buckets.count / 2) { buckets[key] = nil }
    }
}

extension GuessLimiter {
    /// For a password: five at once from one address for one name; more for an address or a name alone, so that nobody is
    /// locked out by somebody else's guesses.
    static func password(user: String, address: String) -> [Budget] {
        let user = user.asciiLowercased
        let address = network(of: address)
        return [
            Budget(key: "both \(address) \(user)", guesses: 5, seconds: 30),
            Budget(key: "address \(address)", guesses: 30, seconds: 5),
            Budget(key: "user \(user)", guesses: 100, seconds: 10),
        ]
    }

    /// For a client secret that a person chose: programs try the same wrong one again and again, so more at once.
    static func clientSecret(of clientID: String, address: String) -> [Budget] {
        [Budget(key: "client \(network(of: address)) \(clientID.asciiLowercased)", guesses: 20, seconds: 5)]
    }

    /// For the code that a device shows.
    static func userCode(address: String) -> [Budget] {
        [Budget(key: "code \(network(of: address))", guesses: 10, seconds: 10)]
    }

    /// For the codes that are given out.
    static func newCode(address: String) -> [Budget] {
        [Budget(key: "device \(network(of: address))", guesses: 30, seconds: 10)]
    }

    /// What one customer of a network has: an IPv4 address, or the 64 bits in front of an IPv6 one, of which a single
    /// machine can take as many addresses as it likes.
    static func network(of address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let plain = address.prefix { $0 != "%" }
        let halves = plain.firstRange(of: "::").map { [plain[..<$0.lowerBound], plain[$0.upperBound...]] } ?? [plain]
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count == 2 {
            let rest = halves[1].split(separator: ":").count
            groups +=
                Array(repeating: "0", count: max(0, 8 - groups.count - rest))
                + halves[1].split(separator: ":").map(String.init)
        }
        return groups.prefix(4).map { String($0.drop { $0 == "0" }) }.joined(separator: ":") + "::"
    }
}
