/// The version of this program.
enum CausewayVersion {
    static let text = "0.1.0"
}
