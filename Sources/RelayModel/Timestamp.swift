/// A moment in UTC with a resolution of one millisecond, as the store keeps it and as documents show it.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    public var millisecondsSinceEpoch: Int64

    public init(millisecondsSinceEpoch: Int64) {
        self.millisecondsSinceEpoch = millisecondsSinceEpoch
    }

    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.millisecondsSinceEpoch < right.millisecondsSinceEpoch
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public var secondsSinceEpoch: Int64 {
        let (quotient, remainder) = millisecondsSinceEpoch.quotientAndRemainder(dividingBy: 1000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// A later or earlier moment; what would lie outside of the range is its first or last moment.
    public func adding(seconds: Int64) -> Timestamp {
        let (product, overflows) = seconds.multipliedReportingOverflow(by: 1000)
        let (sum, sumOverflows) = millisecondsSinceEpoch.addingReportingOverflow(product)
        guard overflows || sumOverflows else { return Timestamp(millisecondsSinceEpoch: sum) }
        return Timestamp(millisecondsSinceEpoch: seconds < 0 ? .min : .max)
    }
}

extension Timestamp {
    /// RFC 3339 with seven decimals and `Z`, the form in which the relay's dates are recorded
    /// (`2026-01-31T08:00:00.1230000Z`).
    public var iso8601: String {
        let parts = civil
        let remainder = Int(millisecondsSinceEpoch % 1000)
        let milliseconds = remainder < 0 ? remainder + 1000 : remainder
        return "\(Self.date(parts))T\(Self.time(parts, separator: ":")).\(padded(milliseconds, 3))0000Z"
    }

    /// `yyyyMMddTHHmmssZ`, the form used in routing request IDs.
    public var compact: String {
        let parts = civil
        return
            "\(padded(parts.year, 4))\(padded(parts.month, 2))\(padded(parts.day, 2))T\(Self.time(parts, separator: ""))Z"
    }

    /// Reads RFC 3339 (`2026-01-31T08:00:00[.fraction](Z|±hh:mm)`) or a plain date; `nil` for anything else and for what
    /// lies outside of the years 0000 to 9999 in UTC.
    public init?(iso8601 text: String) {
        guard let milliseconds = Self.parse(Array(text.utf8)), Self.fourDigitYears.contains(milliseconds) else {
            return nil
        }
        self.init(millisecondsSinceEpoch: milliseconds)
    }

    /// 0000-01-01T00:00:00.000Z to 9999-12-31T23:59:59.999Z.
    private static let fourDigitYears: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    private struct Civil {
        var year: Int
        var month: Int
        var day: Int
        var second: Int
    }

    /// Days to year, month and day in the proleptic Gregorian calendar.
    private var civil: Civil {
        let seconds = secondsSinceEpoch
        var days = seconds / 86_400
        var rest = seconds % 86_400
        if rest < 0 {
            rest += 86_400
            days -= 1
        }
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthIndex = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthIndex + 2) / 5 + 1
        let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return Civil(year: Int(year), month: Int(month), day: Int(day), second: Int(rest))
    }

    private static func date(_ parts: Civil) -> String {
        "\(padded(parts.year, 4))-\(padded(parts.month, 2))-\(padded(parts.day, 2))"
    }

    private static func time(_ parts: Civil, separator: String) -> String {
        let hour = padded(parts.second / 3600, 2)
        let minute = padded(parts.second / 60 % 60, 2)
        return "\(hour)\(separator)\(minute)\(separator)\(padded(parts.second % 60, 2))"
    }

    private static func parse(_ bytes: [UInt8]) -> Int64? {
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = number(bytes, 0, 4), let month = number(bytes, 5, 2), let day = number(bytes, 8, 2),
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day)
        else { return nil }
        let midnight = daysFromCivil(year: year, month: month, day: day) * 86_400_000
        if bytes.count == 10 { return midnight }
        guard bytes.count >= 19, bytes[10].asciiLowercased == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = number(bytes, 11, 2), let minute = number(bytes, 14, 2), let second = number(bytes, 17, 2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var position = 19
        let milliseconds = fraction(bytes, &position)
        guard let milliseconds, let offset = zone(bytes, position) else { return nil }
        let seconds = Int64(hour * 3600 + minute * 60 + second - offset * 60)
        return midnight + seconds * 1000 + milliseconds
    }

    private static func fraction(_ bytes: [UInt8], _ position: inout Int) -> Int64? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: ".") else { return 0 }
        position += 1
        var value: Int64 = 0
        var digits = 0
        while position < bytes.count, let digit = digit(bytes[position]) {
            if digits < 3 { value = value * 10 + Int64(digit) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        while digits < 3 {
            value *= 10
            digits += 1
        }
        return value
    }

    /// The offset from UTC in minutes; a missing zone reads as UTC.
    private static func zone(_ bytes: [UInt8], _ position: Int) -> Int? {
        let rest = bytes[position...]
        if rest.isEmpty || rest.elementsEqual([UInt8(ascii: "Z")]) || rest.elementsEqual([UInt8(ascii: "z")]) {
            return 0
        }
        guard rest.count == 6, rest[position + 3] == UInt8(ascii: ":"), let hours = number(bytes, position + 1, 2),
            let minutes = number(bytes, position + 4, 2), hours < 24, minutes < 60
        else { return nil }
        switch rest[position] {
        case UInt8(ascii: "+"): return hours * 60 + minutes
        case UInt8(ascii: "-"): return -(hours * 60 + minutes)
        default: return nil
        }
    }

    private static func number(_ bytes: [UInt8], _ start: Int, _ length: Int) -> Int? {
        var value = 0
        for index in start..<(start + length) {
            guard let digit = digit(bytes[index]) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
    }

    private static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func daysFromCivil(year: Int, month: Int, day: Int) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }
}

private func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}
