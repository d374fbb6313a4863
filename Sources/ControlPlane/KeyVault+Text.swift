import RelayModel
import SharedAccess

extension KeyVault {
    /// Seals one of the texts of a record, for that place alone.
    func seal(text: Secret<String>, bindingID: String, field: String) throws -> [UInt8] {
        try seal(Secret(Array(text.reveal().utf8)), for: .sharedAccessKeys, context: "\(bindingID)/\(field)")
    }

    func open(text bytes: [UInt8], bindingID: String, field: String) throws -> Secret<String> {
        let clear = try open(bytes, for: .sharedAccessKeys, context: "\(bindingID)/\(field)")
        return Secret(String(decoding: clear.reveal(), as: UTF8.self))
    }

    /// Seals the text, or returns the present bytes when they hold the same text: what has not changed stays equal.
    func reseal(text: Secret<String>, over present: [UInt8]?, bindingID: String, field: String) throws -> [UInt8] {
        if let present, try open(text: present, bindingID: bindingID, field: field).matches(text) { return present }
        return try seal(text: text, bindingID: bindingID, field: field)
    }
}

extension Secret<String> {
    /// Whether both are the same text, in a time that depends on their lengths alone.
    func matches(_ other: Secret<String>) -> Bool {
        let left = reveal().utf8
        let right = other.reveal().utf8
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
