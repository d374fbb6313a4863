/// The SQL of every schema version, in order, embedded in the binary.
package enum Migrations {
    package struct Migration: Sendable {
        /// The file's name without its ending; kept in the database once it is applied.
        package let name: String
        package let sql: String
    }

    package static let all: [Migration] = [
        Migration(name: "0001_control_plane", bytes: PackageResources._001_control_plane_sql),
        Migration(name: "0002_relay_usage", bytes: PackageResources._002_relay_usage_sql),
        Migration(name: "0003_identity", bytes: PackageResources._003_identity_sql),
        Migration(name: "0004_deployments", bytes: PackageResources._004_deployments_sql),
        Migration(name: "0005_relay_metric", bytes: PackageResources._005_relay_metric_sql),
        Migration(name: "0006_links_and_tag_names", bytes: PackageResources._006_links_and_tag_names_sql),
    ]
}

extension Migrations.Migration {
    fileprivate init(name: String, bytes: [UInt8]) {
        self.init(name: name, sql: String(decoding: bytes, as: UTF8.self))
    }
}
