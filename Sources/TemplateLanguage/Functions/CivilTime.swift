import RelayModel

/// A moment in UTC as year, month, day and time of day, in the years 1 to 9999.
struct CivilTime: Sendable, Hashable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    var millisecond: Int

    init?(_ moment: Timestamp) {
        guard (Self.first...Self.last).contains(moment.millisecondsSinceEpoch) else { return nil }
        let numbers = moment.iso8601.split { !$0.isASCII || !$0.isNumber }.compactMap { Int($0) }
        guard numbers.count == 7 else { return nil }
        (year, month, day) = (numbers[0], numbers[1], numbers[2])
        (hour, minute, second, millisecond) = (numbers[3], numbers[4], numbers[5], numbers[6] / 10_000)
    }

    /// 0001-01-01T00:00:00.000Z.
    private static let first: Int64 = -62_135_596_800_000
    /// 9999-12-31T23:59:59.999Z.
    private static let last: Int64 = 253_402_300_799_999

    var moment: Timestamp? {
        Timestamp(
            iso8601: "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T\(padded(hour, 2)):\(padded(minute, 2)):"
                + "\(padded(second, 2)).\(padded(millisecond, 3))Z")
    }

    /// Months first, where a day that the month does not have becomes its last, then the rest.
    func adding(_ duration: ISODuration) -> CivilTime? {
        var result = self
        let months = year * 12 + month - 1 + duration.months
        guard (12..<120_000).contains(months) else { return nil }
        result.year = months / 12
        result.month = months % 12 + 1
        while result.moment == nil, result.day > 28 { result.day -= 1 }
        guard let moment = result.moment else { return nil }
        let (sum, overflows) = moment.millisecondsSinceEpoch.addingReportingOverflow(duration.milliseconds)
        return overflows ? nil : CivilTime(Timestamp(millisecondsSinceEpoch: sum))
    }

    /// 0 is Sunday; the first of January 1970 was a Thursday.
    var weekday: Int {
        let seconds = moment?.secondsSinceEpoch ?? 0
        let midnight = seconds - (seconds % 86_400 + 86_400) % 86_400
        return Int((midnight / 86_400 % 7 + 11) % 7)
    }
}

/// `P1Y2M3DT4H5M6S`, with a sign before it when it goes back.
struct ISODuration: Sendable, Hashable {
    private(set) var months = 0
    private(set) var milliseconds: Int64 = 0

    init?(_ text: String) {
        var rest = Substring(text)
        let isNegative = rest.first == "-"
        if isNegative { rest.removeFirst() }
        guard rest.popFirst() == "P", !rest.isEmpty else { return nil }
        var isTime = false
        while let first = rest.first {
            if first == "T", !isTime, rest.count > 1 {
                isTime = true
                rest.removeFirst()
                continue
            }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            // Seven digits reach beyond the year 9999 in every unit but the smallest, and nothing overflows.
            guard let unit = rest.popFirst(), digits.utf8.count <= 12, let number = Int64(digits),
                add(number, unit, isTime: isTime)
            else { return nil }
        }
        if isNegative {
            months.negate()
            milliseconds.negate()
        }
    }

    /// Anything longer than this leaves the calendar.
    private static let secondsMax: Int64 = 400_000_000_000

    private mutating func add(_ number: Int64, _ unit: Character, isTime: Bool) -> Bool {
        switch (unit, isTime) {
        case ("Y", false): return add(months: number, 12)
        case ("M", false): return add(months: number, 1)
        case ("W", false): return add(seconds: number, 604_800)
        case ("D", false): return add(seconds: number, 86_400)
        case ("H", true): return add(seconds: number, 3600)
        case ("M", true): return add(seconds: number, 60)
        case ("S", true): return add(seconds: number, 1)
        default: return false
        }
    }

    private mutating func add(months number: Int64, _ factor: Int) -> Bool {
        guard number <= 120_000 else { return false }
        months += Int(number) * factor
        return months <= 10_000_000
    }

    private mutating func add(seconds number: Int64, _ factor: Int64) -> Bool {
        guard number <= Self.secondsMax / factor else { return false }
        milliseconds += number * factor * 1000
        return milliseconds <= Self.secondsMax * 1000
    }
}

func padded(_ value: Int, _ width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
}
