import ArgumentParser

/// One of the two keys of an authorization rule.
enum AccessKeyChoice: String, ExpressibleByArgument, CaseIterable, Sendable {
    case primary
    case secondary

    /// As the management API spells it.
    var keyType: String { self == .primary ? "PrimaryKey" : "SecondaryKey" }

    var connectionStringField: String {
        self == .primary ? "primaryConnectionString" : "secondaryConnectionString"
    }
}
