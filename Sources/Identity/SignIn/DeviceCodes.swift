import Crypto
package import RelayModel
import Synchronization

import struct Foundation.Data

/// Sign-ins that wait for a person with a browser (RFC 8628). They live in memory: a restart ends them, and the client
/// asks again.
final class DeviceCodes: Sendable {
    private enum State {
        case waiting
        case approved(objectID: String, credentialVersion: Int64, at: Timestamp)
        case declined
    }

    private struct Entry {
        var request: DeviceSignIn
        var userCode: String
        var state = State.waiting
        var polledAt: Timestamp?
    }

    /// What a poll finds.
    enum Poll {
        case unknown
        case expired
        case pending
        case tooFast
        case declined
        case approved(objectID: String, credentialVersion: Int64, at: Timestamp, audience: String)
    }

    private static let pendingMax = 1000
    /// Letters without vowels and without those that look like digits: 20 of them, eight times.
    private static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ")

    private struct Table {
        /// By the hash of the device code.
        var entries: [[UInt8]: Entry] = [:]
        var byUserCode: [String: [UInt8]] = [:]
    }

    private let table = Mutex(Table())

    /// - Returns: `nil` when too many wait already.
    func begin(_ request: DeviceSignIn) -> (deviceCode: Secret<String>, userCode: String)? {
        let device = SymmetricKey(size: .bits256).withUnsafeBytes { JSONWebToken.base64URL($0) }
        return table.withLock { table in
            Self.forget(&table, before: request.startedAt)
            guard table.entries.count < Self.pendingMax else { return nil }
            var code = Self.newCode()
            while table.byUserCode[code] != nil { code = Self.newCode() }
            let key = Self.hash(device)
            table.entries[key] = Entry(request: request, userCode: code)
            table.byUserCode[code] = key
            return (Secret(device), "\(code.prefix(4))-\(code.suffix(4))")
        }
    }

    /// What waits under the code that a person typed, in whatever spelling.
    func request(userCode: String, now: Timestamp) -> DeviceSignIn? {
        table.withLock { table in
            guard let key = table.byUserCode[Self.normal(userCode)], let entry = table.entries[key],
                case .waiting = entry.state, now < entry.request.expiresAt
            else { return nil }
            return entry.request
        }
    }

    /// - Returns: whether the sign-in was still waiting.
    func approve(userCode: String, _ user: DirectoryUser, now: Timestamp) -> Bool {
        decide(
            userCode,
            .approved(objectID: user.objectID, credentialVersion: user.credentialVersion, at: now), now)
    }

    /// - Returns: whether the sign-in was still waiting.
    func decline(userCode: String, now: Timestamp) -> Bool { decide(userCode, .declined, now) }

    private func decide(_ userCode: String, _ state: State, _ now: Timestamp) -> Bool {
        table.withLock { table in
            guard let key = table.byUserCode[Self.normal(userCode)], let entry = table.entries[key],
                case .waiting = entry.state, now < entry.request.expiresAt
            else { return false }
            table.entries[key]?.state = state
            table.byUserCode[entry.userCode] = nil
            return true
        }
    }

    /// Asks how it stands. What was approved or declined is told once.
    func poll(_ deviceCode: Secret<String>, clientID: String, now: Timestamp) -> Poll {
        let key = Self.hash(deviceCode.reveal())
        return table.withLock { table in
            guard var entry = table.entries[key], entry.request.clientID == clientID else { return .unknown }
            guard now < entry.request.expiresAt else {
                Self.remove(&table, key)
                return .expired
            }
            switch entry.state {
            case .waiting:
                // A second for the way there: clients wait exactly as long as they were told.
                let earliest = entry.polledAt?.adding(seconds: Limits.deviceCodeInterval - 1)
                entry.polledAt = now
                table.entries[key] = entry
                return earliest.map { now < $0 } ?? false ? .tooFast : .pending
            case .declined:
                Self.remove(&table, key)
                return .declined
            case .approved(let objectID, let version, let at):
                Self.remove(&table, key)
                return .approved(
                    objectID: objectID, credentialVersion: version, at: at, audience: entry.request.audience)
            }
        }
    }

    private static func remove(_ table: inout Table, _ key: [UInt8]) {
        guard let entry = table.entries.removeValue(forKey: key) else { return }
        if table.byUserCode[entry.userCode] == key { table.byUserCode[entry.userCode] = nil }
    }

    /// What expired a while ago is not even worth an answer any more.
    private static func forget(_ table: inout Table, before now: Timestamp) {
        let keys = table.entries.filter { $0.value.request.expiresAt.adding(seconds: 300) < now }.map(\.key)
        for key in keys { remove(&table, key) }
    }

    private static func newCode() -> String {
        var generator = SystemRandomNumberGenerator()
        return String((0..<8).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] })
    }

    private static func normal(_ text: String) -> String {
        String(text.uppercased().filter { $0.isASCII && $0.isLetter }.prefix(16))
    }

    private static func hash(_ code: String) -> [UInt8] { Array(SHA256.hash(data: Data(code.utf8))) }
}

/// A sign-in that a device began and a person has to approve.
package struct DeviceSignIn: Sendable {
    /// The program, as it names itself.
    package var clientID: String
    /// From where it asked.
    package var address: String
    package var startedAt: Timestamp
    /// The only tenant whose users may approve it; `nil` for any.
    var tenantID: String?
    var audience: String

    package var expiresAt: Timestamp { startedAt.adding(seconds: Limits.deviceCodeLifetime) }
}
