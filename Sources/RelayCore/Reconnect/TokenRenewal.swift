/// When a listener of ours replaces the token of its control channel.
package enum TokenRenewal {
    /// Before the token's end at most.
    package static let leadMax = Duration.seconds(300)
    /// Between two renewals, however short the tokens are.
    package static let waitMin = Duration.seconds(1)

    /// - Parameter lifetime: of the token that was just attached, from now on.
    /// - Returns: how long to wait: three quarters of the lifetime, or all but five minutes of a long one.
    package static func wait(lifetime: Duration) -> Duration {
        max(lifetime - min(lifetime / 4, leadMax), waitMin)
    }
}
