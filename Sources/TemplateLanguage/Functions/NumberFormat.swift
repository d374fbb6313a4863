/// A numeric form of .NET for whole numbers: `N0`, `D3`, `X`, `P`, `F2`, `E2`, `G`, or digits as `000`.
struct NumberFormat {
    private enum Kind: Character {
        case currency = "C"
        case decimal = "D"
        case fixed = "F"
        case general = "G"
        case grouped = "N"
        case percent = "P"
        case roundTrip = "R"
        case hexadecimal = "X"
        case binary = "B"
    }

    private let kind: Kind
    /// Digits, of which .NET takes up to 999,999,999 and this 100.
    private let precision: Int?
    private let isLowercase: Bool

    init?(_ form: String) {
        guard let first = form.first else {
            kind = .general
            precision = nil
            isLowercase = false
            return
        }
        if form.allSatisfy({ $0 == "0" }), form.count <= Self.precisionMax {
            kind = .decimal
            precision = form.count
            isLowercase = false
            return
        }
        guard first.isASCII, let kind = Kind(rawValue: Character(first.uppercased())) else { return nil }
        let digits = form.dropFirst()
        guard digits.isEmpty || Int(digits).map({ (0...Self.precisionMax).contains($0) }) ?? false else { return nil }
        self.kind = kind
        precision = Int(digits)
        isLowercase = first.isLowercase
    }

    private static let precisionMax = 100

    func text(_ number: Int64) -> String {
        let sign = number < 0 ? "-" : ""
        let digits = String(number.magnitude)
        switch kind {
        case .general, .roundTrip: return String(number)
        case .decimal: return sign + Self.padded(digits, precision ?? 0)
        case .hexadecimal:
            return Self.padded(String(UInt64(bitPattern: number), radix: 16, uppercase: !isLowercase), precision ?? 0)
        case .binary: return Self.padded(String(UInt64(bitPattern: number), radix: 2), precision ?? 0)
        case .fixed: return sign + digits + Self.fraction(precision ?? 2)
        case .grouped: return sign + Self.grouped(digits) + Self.fraction(precision ?? 2)
        case .currency:
            let amount = "$" + Self.grouped(digits) + Self.fraction(precision ?? 2)
            return number < 0 ? "(\(amount))" : amount
        case .percent:
            let hundredfold = number == 0 ? "0" : digits + "00"
            return sign + Self.grouped(hundredfold) + Self.fraction(precision ?? 2) + "%"
        }
    }

    private static func padded(_ digits: String, _ width: Int) -> String {
        String(repeating: "0", count: max(width - digits.utf8.count, 0)) + digits
    }

    private static func fraction(_ count: Int) -> String {
        count == 0 ? "" : "." + String(repeating: "0", count: count)
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }
}
