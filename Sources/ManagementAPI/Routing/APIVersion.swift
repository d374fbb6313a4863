package import RelayModel

/// The api-version of a call: a calendar date with an optional suffix. All dates are served with the current shape; only
/// 2016-07-01 of Microsoft.Relay differs.
package struct APIVersion: Sendable, Hashable {
    package let text: String

    /// The version with which the routes of Microsoft.Relay differ from all later ones.
    package var isLegacyRelay: Bool { text == "2016-07-01" }

    static let none = APIVersion(unchecked: "")

    private static let suffixes = ["", "-preview", "-alpha", "-beta", "-rc", "-privatepreview"]

    private init(unchecked text: String) {
        self.text = text
    }

    /// - Throws: `ServiceError` with `missingApiVersionParameter` or `invalidApiVersionParameter`.
    package init(_ text: String?, now: Timestamp) throws(ServiceError) {
        guard let text, !text.isEmpty else {
            throw ServiceError(
                .missingApiVersionParameter,
                "The api-version query parameter (?api-version=) is required for all requests."
            )
        }
        let earliest = Timestamp(iso8601: "2013-01-01") ?? now
        let latest = now.adding(seconds: 2 * 366 * 86_400)
        guard Self.suffixes.contains(text.dropFirst(10).asciiLowercased), text.utf8.count >= 10,
            let date = Timestamp(iso8601: String(text.prefix(10))), date >= earliest, date <= latest
        else {
            throw ServiceError(
                .invalidApiVersionParameter,
                "The api-version '\(NameRule.shown(text))' is invalid: it must be a calendar date of the form YYYY-MM-DD from "
                    + "2013-01-01 to \(latest.iso8601.prefix(10)), with an optional suffix '-preview', '-alpha', '-beta', "
                    + "'-rc' or '-privatepreview'. The supported versions are '2026-01-01,2024-01-01,2021-11-01,2017-04-01,"
                    + "2016-07-01' and every other date in that range."
            )
        }
        self.text = text
    }
}

extension Substring {
    fileprivate var asciiLowercased: String { String(self).asciiLowercased }
}
