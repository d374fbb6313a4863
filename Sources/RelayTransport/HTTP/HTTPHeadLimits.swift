/// What the header lines of one message may take.
enum HTTPHeadLimits {
    /// Bytes of all header lines with their line breaks. Above the 32 KiB of headers that may be relayed, so that who
    /// passes those on can say so in its own words.
    static let fieldBytesMax = 64 * 1024
    static let fieldsMax = 100
    static let tooLarge = HTTPRefusal(
        status: 431,
        reason: "The header lines are more than \(fieldsMax), or longer than \(fieldBytesMax) bytes in all."
    )
}
