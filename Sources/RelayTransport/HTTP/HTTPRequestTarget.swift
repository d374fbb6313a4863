/// The forms of a request target that a server which is no proxy understands (RFC 9112 section 3.2).
enum HTTPRequestTarget {
    /// Throws ``HTTPRefusal`` unless the target is a path, `*` of an `OPTIONS`, or an absolute URL of `host`.
    static func check(_ target: String, method: String, host: String?) throws(HTTPRefusal) {
        guard method != "CONNECT" else {
            throw HTTPRefusal(status: 405, reason: "CONNECT is refused: this is not a proxy.")
        }
        guard hasPlainBytes(target) else {
            throw .malformed("The target is empty, or has a blank, a '#', or a byte that is not visible ASCII.")
        }
        guard hasValidEscapes(target) else { throw .malformed("The target has an invalid percent escape.") }
        if target.utf8.first == UInt8(ascii: "/") || target == "*" && method == "OPTIONS" { return }
        guard let authority = authority(of: target) else {
            throw .malformed("The target is neither a path nor an absolute URL of http or https.")
        }
        guard let host, ASCII.isEqualIgnoringCase(target.utf8[authority], host.utf8) else {
            throw .malformed("The target is an absolute URL of another host than the one in the Host header.")
        }
    }

    /// A target that was checked, without its scheme and authority.
    static func originForm(of target: String) -> String {
        guard let authority = authority(of: target) else { return target }
        let rest = target[authority.upperBound...]
        return rest.utf8.first == UInt8(ascii: "/") ? String(rest) : "/" + rest
    }

    /// Where the authority stands in an absolute URL; `nil` in every other form.
    private static func authority(of target: String) -> Range<String.Index>? {
        for scheme in ["http://", "https://"] {
            let prefix = target.utf8.prefix(scheme.utf8.count)
            guard ASCII.isEqualIgnoringCase(prefix, scheme.utf8) else { continue }
            let rest = target.utf8[prefix.endIndex...]
            let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
            return prefix.endIndex..<end
        }
        return nil
    }

    private static func hasPlainBytes(_ target: String) -> Bool {
        !target.isEmpty && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") }
    }

    private static func hasValidEscapes(_ target: String) -> Bool {
        var digits = 0
        for byte in target.utf8 {
            if digits > 0 {
                guard ASCII.hexadecimalValue(byte) != nil else { return false }
                digits -= 1
            } else if byte == UInt8(ascii: "%") {
                digits = 2
            }
        }
        return digits == 0
    }
}
