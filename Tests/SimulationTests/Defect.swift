/// Faults that the simulated owner of the machines can have. The simulation has to find each of them.
enum Defect: String, CaseIterable {
    /// Registers the 26th listener.
    case quotaSkipped
    /// Grants a ticket a second time.
    case ticketReusable
    /// Looks a ticket up at every hybrid connection.
    case ticketUnbound
    /// Joins although the ticket was refused because its window is over.
    case windowIgnored
    /// Answers the sender with 101 when it asks the listener.
    case switchingEarly
    /// Forgets to forward the first Close.
    case halfCloseLost
    /// Answers a Close by itself.
    case closeAnswered
    /// Closes both connections after the first Close.
    case halfCloseTakenAsFull
    /// Forwards the first Close at once although it is to be held.
    case holdIgnored
    /// Tells a side that the other one closed when it was lost.
    case lossTakenAsClose
    /// Sends data to the listener of another connection once in a while.
    case wrongPeer
    /// Drops the data that was waiting when a reader was slow.
    case backlogDropped
    /// Lets control channels live on after their token.
    case expiryIgnored
    /// Measures tokens with the time of day instead of the steady clock.
    case expiryByWallClock
    /// Takes any renewal for good.
    case renewalUnchecked
    /// Takes no notice of silence.
    case silenceIgnored
    /// Answers a listener's Close before it is unregistered.
    case unregisteredLate
    /// Lets any listener answer any request.
    case answerUnbound
    /// Ends a response in order although its body broke off.
    case breakTakenAsEnd
    /// Never tells the broker that a request is over.
    case requestNotEnded
    /// Closes no rendezvous when the exchange is complete.
    case rendezvousLeftOpen
}
