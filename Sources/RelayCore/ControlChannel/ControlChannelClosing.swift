/// Why the gateway closes a control channel. The edge turns it into a close code and a text.
package enum ControlChannelClosing: Sendable, Hashable, CaseIterable {
    /// The token and its grace are over (R43: 1008).
    case tokenExpired
    /// `renewToken` brought a token that is not good (R44: 1008).
    case renewalInvalid
    /// The key that signed the token is no longer one, or the rule is gone or grants less (1008).
    case ruleRevoked
    /// Messages that nobody understands, one after the other (R39: 1008).
    case policyViolated
    /// Pings or accepts stayed unanswered (1008).
    case unresponsive
    /// A message of more bytes than may be (1009).
    case messageTooBig
    /// Frames that RFC 6455 forbids (1002).
    case protocolViolated
    /// Text that is not UTF-8 (1007).
    case textInvalid
    /// The hybrid connection or its namespace was deleted (R47: 1001).
    case entityDeleted
    /// The gateway ends (1001).
    case draining
    /// A fault of the gateway (R47: 1011).
    case internalFailure
}
