import RelayModel

/// What a listener gets to see of a sender's header fields: `connectHeaders` and `requestHeaders`. Each name stands there
/// once, in its first spelling, with the values of its repeats joined.
package enum ForwardedFields {
    /// The fields of an upgrade (R13, R14, R54): all of them, key, version and host included, without the relay's
    /// credentials.
    /// - Parameters:
    ///   - fields: as they came.
    ///   - credentials: names of the fields to leave out; see ``PresentedToken``.
    ///   - hopFields: names of further fields that end at the gateway.
    /// - Returns: the value of `connectHeaders`.
    package static func connectHeaders(
        _ fields: HeaderFields, without credentials: CredentialFields, hopFields: [String] = []
    ) -> HeaderFields {
        joined(
            fields.filter { field in
                !credentials.contains(field.name)
                    && !hopFields.contains { $0.equalsIgnoringCase(field.name) }
            })
    }

    /// The fields of a plain request (R85 to R88), without the relay's credentials, without what belongs to the sender's
    /// own connection, with the gateway in `Via`.
    /// - Parameters:
    ///   - fields: as they came.
    ///   - credentials: names of the fields to leave out; see ``PresentedToken``.
    ///   - host: the namespace's host name, for `Via`.
    /// - Returns: the value of `requestHeaders`.
    package static func requestHeaders(
        _ fields: HeaderFields, without credentials: CredentialFields, host: String
    ) -> HeaderFields {
        let hopByHop = HopByHopFields(fields)
        var kept = joined(
            fields.filter { field in
                !hopByHop.contains(field.name) && !credentials.contains(field.name)
                    && !ASCII.equals(field.name, "content-length") && !ASCII.equals(field.name, "expect")
            })
        addVia(host, to: &kept)
        return kept
    }

    /// Adds `1.1 {host}` at the end of `Via` (R87, R104).
    static func addVia(_ host: String, to fields: inout HeaderFields) {
        if let index = fields.lastIndex(where: { ASCII.equals($0.name, "via") }) {
            fields[index].value += ", 1.1 \(host)"
        } else {
            fields.append(("Via", "1.1 \(host)"))
        }
    }

    private static func joined(_ fields: HeaderFields) -> HeaderFields {
        var result: HeaderFields = []
        result.reserveCapacity(fields.count + 1)
        // Few fields are compared with each other; for many a table is cheaper.
        var places: [String: Int] = [:]
        let usesTable = fields.count > 24
        for field in fields {
            let key = usesTable ? field.name.asciiLowercased : ""
            let place =
                usesTable
                ? places[key] : result.firstIndex { $0.name.equalsIgnoringCase(field.name) }
            guard let place else {
                if usesTable { places[key] = result.count }
                result.append(field)
                continue
            }
            result[place].value += (ASCII.equals(field.name, "cookie") ? "; " : ", ") + field.value
        }
        return result
    }
}
