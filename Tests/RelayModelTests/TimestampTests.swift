import RelayModel
import Testing

struct TimestampTests {
    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.0000000Z", "19700101T000000Z"),
        (-1, "1969-12-31T23:59:59.9990000Z", "19691231T235959Z"),
        (-1000, "1969-12-31T23:59:59.0000000Z", "19691231T235959Z"),
        (951_782_399_999, "2000-02-28T23:59:59.9990000Z", "20000228T235959Z"),
        (951_782_400_000, "2000-02-29T00:00:00.0000000Z", "20000229T000000Z"),
        (1_769_846_400_123, "2026-01-31T08:00:00.1230000Z", "20260131T080000Z"),
        (1_769_846_400_007, "2026-01-31T08:00:00.0070000Z", "20260131T080000Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.0000000Z", "21000301T000000Z"),
        (4_107_456_000_000, "2100-02-28T00:00:00.0000000Z", "21000228T000000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.9990000Z", "99991231T235959Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.0000000Z", "00000101T000000Z"),
    ])
    func `a moment has one text in each form`(_ milliseconds: Int64, _ iso8601: String, _ compact: String) {
        let moment = Timestamp(millisecondsSinceEpoch: milliseconds)

        #expect(moment.iso8601 == iso8601)
        #expect(moment.compact == compact)
        #expect(Timestamp(iso8601: iso8601) == moment)
    }

    @Test(arguments: [
        ("2026-01-31", "2026-01-31T00:00:00.0000000Z"), ("2024-02-29", "2024-02-29T00:00:00.0000000Z"),
        ("2000-02-29", "2000-02-29T00:00:00.0000000Z"), ("2026-01-31T08:00:00", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31t08:00:00z", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31 08:00:00Z", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31T08:00:00.1Z", "2026-01-31T08:00:00.1000000Z"),
        ("2026-01-31T08:00:00.0019999Z", "2026-01-31T08:00:00.0010000Z"),
        ("2026-01-31T08:00:00.123456789012345678901234567890Z", "2026-01-31T08:00:00.1230000Z"),
        ("2026-01-31T08:00:00+00:00", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31T08:00:00-00:00", "2026-01-31T08:00:00.0000000Z"),
        ("2026-01-31T08:00:00+05:30", "2026-01-31T02:30:00.0000000Z"),
        ("2026-01-01T00:00:00.5+01:00", "2025-12-31T23:00:00.5000000Z"),
        ("2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.0000000Z"),
        ("2024-02-28T23:59:59-23:59", "2024-02-29T23:58:59.0000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000Z"),
    ])
    func `RFC 3339 and plain dates are read`(_ text: String, _ iso8601: String) {
        #expect(Timestamp(iso8601: text)?.iso8601 == iso8601)
    }

    @Test(arguments: [
        "", "2026", "2026-01", "2026-1-31", "2026-01-31T", "2026-01-31T08", "2026-01-31T08:00", "2026-01-31T08:00Z",
        "2026-00-10", "2026-13-10", "2026-01-00", "2026-01-32", "2026-02-29", "2100-02-29", "1900-02-29", "2026-04-31",
        "2026-01-31T24:00:00Z", "2026-01-31T08:60:00Z", "2026-01-31T08:00:61Z", "2026-01-31T-8:00:00Z",
        "2026-01-31T08:00:00.Z", "2026-01-31T08:00:00.", "2026-01-31T08:00:00,5Z", "2026-01-31T08:00:00ZZ",
        "2026-01-31T08:00:00 Z", "2026-01-31T08:00:00+0530", "2026-01-31T08:00:00+05", "2026-01-31T08:00:00+24:00",
        "2026-01-31T08:00:00+05:60", "2026-01-31T08:00:00*05:30", "2026-01-31T08:00:00 05:30", " 2026-01-31",
        "2026-01-31 ", "2026/01/31", "+026-01-31", "-026-01-31", "20260131T080000Z", "2026-01-31T08-00-00Z",
        "2026-01-31T08:00:00Z\0", "２０２６-01-31", "10000-01-01", "Sat, 31 Jan 2026 08:00:00 GMT",
        "0000-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "9999-12-31T23:59:60Z",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test(arguments: 0..<10)
    func `a moment of four-digit years survives its text`(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var previous: (moment: Timestamp, text: String)?
        for _ in 0..<500 {
            let milliseconds = Int64.random(in: -62_167_219_200_000...253_402_300_799_999, using: &generator)
            let moment = Timestamp(millisecondsSinceEpoch: milliseconds)
            let text = moment.iso8601

            #expect(Timestamp(iso8601: text) == moment, "seed \(seed)")
            #expect(text.utf8.count == 28)
            if let previous { #expect((previous.moment < moment) == (previous.text < text), "seed \(seed)") }
            previous = (moment, text)
        }
    }

    @Test func `each day follows the one before`() {
        var day = Timestamp(millisecondsSinceEpoch: -2_208_988_800_000)
        var dates: Set<String> = []
        for _ in 0..<73_049 {
            dates.insert(String(day.iso8601.prefix(10)))
            day = day.adding(seconds: 86_400)
        }

        #expect(day.iso8601 == "2100-01-01T00:00:00.0000000Z")
        #expect(dates.count == 73_049)
    }

    @Test func `seconds are rounded down on both sides of 1970`() {
        #expect(Timestamp(millisecondsSinceEpoch: 1999).secondsSinceEpoch == 1)
        #expect(Timestamp(millisecondsSinceEpoch: -1).secondsSinceEpoch == -1)
        #expect(Timestamp(millisecondsSinceEpoch: -1000).secondsSinceEpoch == -1)
        #expect(Timestamp(millisecondsSinceEpoch: -1001).secondsSinceEpoch == -2)
    }

    @Test func `moments at the ends of the range have a text and do not overflow`() {
        let first = Timestamp(millisecondsSinceEpoch: .min)
        let last = Timestamp(millisecondsSinceEpoch: .max)

        #expect(first.iso8601.hasSuffix(".1920000Z"))
        #expect(last.iso8601.hasSuffix(".8070000Z"))
        #expect(last.adding(seconds: 1) == last)
        #expect(last.adding(seconds: .max) == last)
        #expect(first.adding(seconds: .min) == first)
        #expect(Timestamp(millisecondsSinceEpoch: 0).adding(seconds: .min) == first)
        #expect(Timestamp(millisecondsSinceEpoch: 5).adding(seconds: -2).millisecondsSinceEpoch == -1995)
    }
}
