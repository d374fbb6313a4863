import RelayModel

/// Ranges of IP addresses.
enum CIDRFunctions {
    static let all: [BuiltInFunction] = [
        .plain("parseCidr", 1...1) { (arguments) throws(EvaluationError) in try facts(try block(arguments)) },
        .plain("cidrSubnet", 3...3) { (arguments) throws(EvaluationError) in
            let block = try block(arguments)
            let length = try arguments.count(1)
            guard length >= block.prefix, length <= block.width else {
                throw arguments.failure("the new CIDR must be between '\(block.prefix)' and '\(block.width)'")
            }
            let index = try index(arguments, 2, bits: length - block.prefix)
            let network = block.network | (length == 0 ? 0 : index << UInt128(block.width - length))
            return .string("\(block.text(network))/\(length)")
        },
        .plain("cidrHost", 2...2) { (arguments) throws(EvaluationError) in
            let block = try block(arguments)
            let index = try index(arguments, 1, bits: block.width - block.prefix)
            let (host, overflows) = index.addingReportingOverflow(1)
            guard !overflows, host <= ~block.mask & block.all else {
                throw arguments.failure("the host index is outside of the range")
            }
            return .string(block.text(block.network | host))
        },
    ]

    private static func block(_ arguments: Arguments) throws(EvaluationError) -> AddressBlock {
        let text = try arguments.string(0)
        guard let block = AddressBlock(text) else {
            throw arguments.failure("the value '\(NameRule.shown(text))' is not a valid CIDR")
        }
        return block
    }

    private static func index(_ arguments: Arguments, _ index: Int, bits: Int) throws(EvaluationError) -> UInt128 {
        let value = try arguments.integer(index)
        guard value >= 0, bits >= 64 || UInt128(value) >> UInt128(bits) == 0 else {
            throw arguments.failure("the index '\(value)' is outside of the range")
        }
        return UInt128(value)
    }

    private static func facts(_ block: AddressBlock) throws(EvaluationError) -> JSONValue {
        let last = block.network | (~block.mask & block.all)
        var facts: JSONObject = [
            "network": .string(block.text(block.network)), "netmask": .string(block.text(block.mask)),
        ]
        let isLarge = block.width - block.prefix >= 2
        if block.width == 32 { facts.append("broadcast", .string(block.text(last))) }
        facts.append(
            "firstUsable", .string(block.text(isLarge && block.width == 32 ? block.network + 1 : block.network)))
        facts.append("lastUsable", .string(block.text(isLarge && block.width == 32 ? last - 1 : last)))
        facts.append("cidr", JSONValue(block.prefix))
        return .object(facts)
    }
}

/// `10.0.0.0/8` or `fd00::/8`.
struct AddressBlock {
    /// Bits of an address.
    let width: Int
    let prefix: Int
    let network: UInt128

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let prefix = Int(parts[1])
        else { return nil }
        let address: UInt128
        if let four = Self.four(parts[0]) {
            (width, address) = (32, four)
        } else if let sixteen = Self.sixteen(parts[0]) {
            (width, address) = (128, sixteen)
        } else {
            return nil
        }
        guard prefix <= width else { return nil }
        self.prefix = prefix
        network = address & Self.mask(width, prefix)
    }

    var all: UInt128 { width == 128 ? .max : (1 << 32) - 1 }
    var mask: UInt128 { Self.mask(width, prefix) }

    private static func mask(_ width: Int, _ prefix: Int) -> UInt128 {
        let all: UInt128 = width == 128 ? .max : (1 << 32) - 1
        return prefix == 0 ? 0 : all << UInt128(width - prefix) & all
    }

    private static func four(_ text: Substring) -> UInt128? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt128 = 0
        for part in parts {
            guard part.utf8.count <= 3, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let byte = UInt8(part)
            else {
                return nil
            }
            address = address << 8 | UInt128(byte)
        }
        return address
    }

    private static func sixteen(_ text: Substring) -> UInt128? {
        guard text.utf8.count <= 39 else { return nil }
        let halves = String(text).split(separator: "::", omittingEmptySubsequences: false)
        guard halves.count <= 2 else { return nil }
        var groups: [[UInt16]] = []
        for half in halves {
            var values: [UInt16] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: half.isEmpty) {
                guard group.utf8.count <= 4, let value = UInt16(group, radix: 16), group.first?.isHexDigit ?? false
                else {
                    return nil
                }
                values.append(value)
            }
            groups.append(values)
        }
        let count = groups.joined().count
        guard halves.count == 2 ? count < 8 : count == 8 else { return nil }
        let filled = groups[0] + Array(repeating: 0, count: 8 - count) + (groups.count > 1 ? groups[1] : [])
        return filled.reduce(0) { $0 << 16 | UInt128($1) }
    }

    func text(_ address: UInt128) -> String {
        if width == 32 {
            return [24, 16, 8, 0].map { String(UInt8(truncatingIfNeeded: address >> UInt128($0))) }.joined(
                separator: ".")
        }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: address >> UInt128(112 - 16 * $0)) }
        let hex = { (part: ArraySlice<UInt16>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
        // The longest run of at least two zeros is left out, the first one of equals (RFC 5952).
        var longest = 0..<0
        var start = 0
        while start < 8 {
            let run = groups[start...].prefix { $0 == 0 }.count
            if run > max(longest.count, 1) { longest = start..<(start + run) }
            start += max(run, 1)
        }
        guard !longest.isEmpty else { return hex(groups[...]) }
        return hex(groups[..<longest.lowerBound]) + "::" + hex(groups[longest.upperBound...])
    }
}
