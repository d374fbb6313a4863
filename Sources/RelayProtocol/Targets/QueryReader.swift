/// Sorts the parameters of a query into the relay's own and the user's.
///
/// Where one of ours stands twice, the first counts. Names match without regard to case and may be escaped (R4, R5).
struct QueryReader {
    private(set) var action: String?
    private(set) var id: String?
    private(set) var token: String?
    private(set) var ticket: String?
    private(set) var userQuery = ""
    private let dropsBareNames: Bool
    private var statusCode: String?
    private var statusDescription: String?

    /// - Parameter dropsBareNames: whether `sb-hc-x` without `=` is dropped from the user's part as well.
    init(dropsBareNames: Bool) {
        self.dropsBareNames = dropsBareNames
    }

    var rejection: RejectParameters? {
        guard statusCode != nil || statusDescription != nil else { return nil }
        return RejectParameters(statusCode: statusCode ?? "", statusDescription: statusDescription ?? "")
    }

    mutating func read(_ bytes: [UInt8], _ range: Range<Int>) {
        var kept: [Range<Int>] = []
        var hasDropped = false
        var start = range.lowerBound
        while true {
            let end = bytes[start..<range.upperBound].firstIndex(of: ASCII.ampersand) ?? range.upperBound
            if isUsers(bytes, start..<end) {
                kept.append(start..<end)
            } else {
                hasDropped = true
            }
            guard end < range.upperBound else { break }
            start = end + 1
        }
        guard hasDropped else {
            userQuery = String(decoding: bytes[range], as: UTF8.self)
            return
        }
        var rest: [UInt8] = []
        rest.reserveCapacity(range.count)
        for (index, pair) in kept.enumerated() {
            if index > 0 { rest.append(ASCII.ampersand) }
            rest.append(contentsOf: bytes[pair])
        }
        userQuery = String(decoding: rest, as: UTF8.self)
    }

    private mutating func isUsers(_ bytes: [UInt8], _ pair: Range<Int>) -> Bool {
        let equals = bytes[pair].firstIndex(of: ASCII.equalsSign)
        let name = pair.lowerBound..<(equals ?? pair.upperBound)
        guard let first = bytes[name].first else { return true }
        // Only these can begin a name of ours; the rest is not even decoded.
        switch ASCII.lowercased(first) {
        case UInt8(ascii: "s"), ASCII.percent: break
        default: return true
        }
        let isEscaped = bytes[name].contains { $0 == ASCII.percent || $0 == ASCII.plus }
        let decoded = isEscaped ? Array(PercentEncoding.formDecoded(bytes, name).utf8)[...] : bytes[name]
        guard ASCII.hasPrefix(decoded, "sb-hc-") else {
            if let equals { takeOldSpelling(decoded, bytes, (equals + 1)..<pair.upperBound) }
            return true
        }
        guard let equals else { return !dropsBareNames }
        take(decoded.dropFirst(6), bytes, (equals + 1)..<pair.upperBound)
        return false
    }

    private mutating func take(_ name: ArraySlice<UInt8>, _ bytes: [UInt8], _ value: Range<Int>) {
        if ASCII.equals(name, "action") {
            Self.set(&action, bytes, value)
        } else if ASCII.equals(name, "id") {
            Self.set(&id, bytes, value)
        } else if ASCII.equals(name, "token") {
            Self.set(&token, bytes, value)
        } else if ASCII.equals(name, "ticket") {
            Self.set(&ticket, bytes, value)
        } else if ASCII.equals(name, "statuscode") {
            Self.set(&statusCode, bytes, value)
        } else if ASCII.equals(name, "statusdescription") {
            Self.set(&statusDescription, bytes, value)
        }
    }

    /// `statusCode` and `statusDescription` are also names that a sender may use for parameters of its own, and those
    /// travel in the accept address. Listeners append theirs, so only what stands behind the ticket is a refusal.
    private mutating func takeOldSpelling(_ name: ArraySlice<UInt8>, _ bytes: [UInt8], _ value: Range<Int>) {
        guard ticket != nil else { return }
        if ASCII.equals(name, "statuscode") {
            Self.set(&statusCode, bytes, value)
        } else if ASCII.equals(name, "statusdescription") {
            Self.set(&statusDescription, bytes, value)
        }
    }

    private static func set(_ field: inout String?, _ bytes: [UInt8], _ value: Range<Int>) {
        guard field == nil else { return }
        field = PercentEncoding.formDecoded(bytes, value)
    }
}
