/// Both keys of an authorization rule; a key that cannot be decrypted is `nil` and matches nothing.
public struct SigningKeys: Sendable {
    public var primary: SharedAccessKey?
    public var secondary: SharedAccessKey?

    public init(primary: SharedAccessKey?, secondary: SharedAccessKey?) {
        self.primary = primary
        self.secondary = secondary
    }
}
