import RelayModel

/// A date form of .NET: a standard one of one letter, or one of the pieces `yyyy`, `MM`, `dd`, `HH`, `mm`, `ss`, ….
struct DateFormat {
    /// What `utcNow()` answers.
    static let compact = "yyyyMMddTHHmmssZ"
    static let iso = "yyyy-MM-ddTHH:mm:ssZ"

    private let form: [Character]

    init?(_ form: String) {
        guard form.count == 1 else {
            guard !form.isEmpty else { return nil }
            self.form = Array(form)
            return
        }
        guard let long = Self.standard[form] else { return nil }
        self.form = Array(long)
    }

    private static let standard = [
        "d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "f": "dddd, dd MMMM yyyy HH:mm",
        "F": "dddd, dd MMMM yyyy HH:mm:ss", "g": "MM/dd/yyyy HH:mm", "G": "MM/dd/yyyy HH:mm:ss", "m": "MMMM dd",
        "M": "MMMM dd", "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ", "O": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
        "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "s": "yyyy-MM-ddTHH:mm:ss",
        "t": "HH:mm", "T": "HH:mm:ss", "u": "yyyy-MM-dd HH:mm:ssZ", "y": "yyyy MMMM", "Y": "yyyy MMMM",
    ]

    /// The form in which a moment was written.
    static func form(of text: String) -> String {
        if text.contains(" ") { return "yyyy-MM-dd HH:mm:ssZ" }
        return text.contains("-") ? iso : compact
    }

    /// Reads ISO 8601 with or without separators.
    static func moment(_ text: String) -> Timestamp? {
        if let moment = Timestamp(iso8601: text) { return moment }
        if text.contains(" "), text.hasSuffix("Z"), let moment = Timestamp(iso8601: text) { return moment }
        let bytes = Array(text.utf8)
        guard bytes.count == 16 || bytes.count == 15, bytes[8] == UInt8(ascii: "T") else { return nil }
        let part = { (start: Int, count: Int) in String(decoding: bytes[start..<(start + count)], as: UTF8.self) }
        let date = "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))"
        return Timestamp(
            iso8601: "\(date)T\(part(9, 2)):\(part(11, 2)):\(part(13, 2))\(bytes.count == 16 ? part(15, 1) : "Z")")
    }

    func text(_ time: CivilTime) -> String {
        var result = ""
        var index = 0
        while index < form.count {
            let character = form[index]
            let run = form[index...].prefix { $0 == character }.count
            switch character {
            case "'", "\"":
                let quoted = form[(index + 1)...].prefix { $0 != character }
                result += String(quoted)
                index += quoted.count + 2
                continue
            case "\\":
                if index + 1 < form.count { result.append(form[index + 1]) }
                index += 2
                continue
            default: result += Self.piece(character, run, time) ?? String(repeating: character, count: run)
            }
            index += run
        }
        return result
    }

    private static func piece(_ character: Character, _ run: Int, _ time: CivilTime) -> String? {
        switch character {
        case "y": run <= 2 ? padded(time.year % 100, run) : padded(time.year, run)
        case "M": run <= 2 ? padded(time.month, run) : name(months[time.month - 1], run)
        case "d": run <= 2 ? padded(time.day, run) : name(days[time.weekday], run)
        case "H": padded(time.hour, min(run, 2))
        case "h": padded((time.hour + 11) % 12 + 1, min(run, 2))
        case "m": padded(time.minute, min(run, 2))
        case "s": padded(time.second, min(run, 2))
        case "f": String((padded(time.millisecond, 3) + "0000").prefix(run))
        case "t": String((time.hour < 12 ? "AM" : "PM").prefix(run))
        case "z": run == 1 ? "+0" : run == 2 ? "+00" : "+00:00"
        case "K": "Z"
        default: nil
        }
    }

    private static func name(_ name: String, _ run: Int) -> String { run == 3 ? String(name.prefix(3)) : name }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
}
