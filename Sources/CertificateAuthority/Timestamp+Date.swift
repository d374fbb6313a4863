import RelayModel

import struct Foundation.Date

extension Timestamp {
    /// Certificates count whole seconds; what is below is dropped.
    var date: Date { Date(timeIntervalSince1970: Double(secondsSinceEpoch)) }

    init(_ date: Date) {
        self.init(millisecondsSinceEpoch: Int64(date.timeIntervalSince1970) * 1000)
    }
}
