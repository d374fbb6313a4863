/// Why a sender's connect or request gets no listener. The edge turns it into a status and a text.
package enum SenderRefusal: Sendable, Hashable, CaseIterable {
    /// Nobody listens (R66, R106).
    case noListeners
    /// Somebody listens, but nobody whom the sender's own criteria allow (R67).
    case filteredOut
    /// The listener that was asked neither accepted nor rejected within the window (R63).
    case acceptTimedOut
    /// The listener that was asked went away, and there is no other (R64).
    case listenerLost
    /// The hybrid connection was deleted.
    case entityDeleted
    /// The gateway is about to end; another one, or this one after its restart, will do.
    case draining
}
