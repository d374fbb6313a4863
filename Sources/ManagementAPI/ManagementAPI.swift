package import ControlPlane
package import Identity
package import Logging
package import RelayModel

/// Everything that the REST edge needs, and the table of routes made from it.
package struct ManagementAPI: Sendable {
    package let controlPlane: ControlPlane
    package let accessControl: AccessControl
    package let tokens: AccessTokenVerifier
    package let signIn: SignIn
    package let signingKey: TokenSigningKey
    package let eventFeed: RelayEventFeed
    package let deployments: DeploymentRunner
    package let logger: Logger
    package let settings: Settings
    package let now: @Sendable () -> Timestamp

    package struct Settings: Sendable {
        /// `https://host:port` under which clients reach this API.
        package var endpoint: String
        /// Seconds; 0 is unlimited.
        package var responseDeadlineSeconds: Int
        package var rate: RateLimiter.Rate?
        /// Ranges of proxies whose `X-Forwarded-For` is believed.
        package var trustedProxies: [IPv4Range]
        /// Between two signs of life of an answer that follows events.
        package var heartbeat = Duration.seconds(15)

        package init(
            endpoint: String, responseDeadlineSeconds: Int, rate: RateLimiter.Rate?, trustedProxies: [IPv4Range]
        ) {
            self.endpoint = endpoint
            self.responseDeadlineSeconds = responseDeadlineSeconds
            self.rate = rate
            self.trustedProxies = trustedProxies
        }
    }

    /// `eventFeed` is that of the event log: whoever closes it ends all answers that follow events. `deployments` runs as
    /// long as the server does.
    package init(
        controlPlane: ControlPlane, accessControl: AccessControl, tokens: AccessTokenVerifier, signIn: SignIn,
        signingKey: TokenSigningKey, eventFeed: RelayEventFeed = RelayEventFeed(),
        deployments: DeploymentRunner = DeploymentRunner(), settings: Settings,
        logger: Logger, now: @escaping @Sendable () -> Timestamp
    ) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
        self.tokens = tokens
        self.signIn = signIn
        self.signingKey = signingKey
        self.eventFeed = eventFeed
        self.deployments = deployments
        self.logger = logger
        self.settings = settings
        self.now = now
    }
}
