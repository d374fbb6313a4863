/// Why a shared access signature is refused. Holds nothing of the token.
public enum SignatureFailure: Error, Sendable, Hashable, CaseIterable {
    /// Not of the form `SharedAccessSignature sr=…&sig=…&se=…&skn=…`.
    case malformed
    /// No authorization rule of that name is in reach. To be answered like ``invalidSignature``.
    case unknownRule
    /// Neither key of the rule made it.
    case invalidSignature
    /// Its time is over.
    case expired
    /// It was made for another address.
    case invalidAudience
}
