package import RelayModel
import RelayStore

extension SignIn {
    /// The codes of a sign-in that a device began.
    package struct DeviceCode: Sendable {
        package var deviceCode: Secret<String>
        package var userCode: String
    }

    /// Why a person's answer at the approval page did not count, as a sentence.
    package struct ApprovalRefusal: Error, Sendable, Hashable {
        package var description: String
    }

    /// Begins a sign-in that a person approves elsewhere.
    package func beginDevice(
        tenant: Tenant, client: Client, resource: String?, now: Timestamp
    ) throws -> DeviceCode {
        try Self.check(client)
        let request = DeviceSignIn(
            clientID: client.clientID, address: client.address, startedAt: now,
            tenantID: tenant.isAny ? nil : tenant.tenantID, audience: try audience(resource)
        )
        guard guesses.take(GuessLimiter.newCode(address: client.address), now: now) == nil,
            let codes = deviceCodes.begin(request)
        else {
            throw Refusal(
                error: "temporarily_unavailable",
                description: "Too many sign-ins wait for their approval. Try again in a minute.", code: 90_055)
        }
        return DeviceCode(deviceCode: codes.deviceCode, userCode: codes.userCode)
    }

    /// What the device asks until the person has decided.
    /// - Throws: ``Refusal`` with the errors of RFC 8628 section 3.5.
    package func device(
        tenant: Tenant, client: Client, deviceCode: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        switch deviceCodes.poll(deviceCode, clientID: client.clientID, now: now) {
        case .pending:
            throw Refusal(
                error: "authorization_pending", description: "The sign-in waits for its approval.", code: 70_016)
        case .tooFast:
            throw Refusal(
                error: "slow_down",
                description: "Ask no more often than every \(Limits.deviceCodeInterval) seconds.", code: 70_016)
        case .declined:
            throw Refusal(
                error: "authorization_declined", description: "The sign-in was declined.", code: 70_018)
        case .expired:
            throw Refusal(error: "expired_token", description: "The code has expired. Begin again.", code: 70_019)
        case .unknown:
            throw Refusal(
                error: "invalid_grant", description: "The device code is unknown or was used before.", code: 70_000)
        case .approved(let objectID, let version, let at, let asked):
            let user = try store.read { try $0.directoryUser(objectID: objectID)?.value }
            guard let user, user.isEnabled, user.credentialVersion == version, tenant.admits(user.tenantID) else {
                throw Refusal(
                    error: "invalid_grant", description: "The user was disabled or changed since.", code: 50_173)
            }
            // Most clients name what the token is for when they begin, and not again.
            let audience = if let resource, !resource.isEmpty { try audience(resource) } else { asked }
            return try await grant(user, client, audience, signedInAt: at.secondsSinceEpoch, now)
        }
    }

    /// What waits under a code that a person typed; guesses are counted.
    /// - Throws: ``ApprovalRefusal``.
    package func deviceSignIn(userCode: String, address: String, now: Timestamp) throws(ApprovalRefusal) -> DeviceSignIn
    {
        let budgets = GuessLimiter.userCode(address: address)
        if let seconds = guesses.take(budgets, now: now) {
            throw ApprovalRefusal(description: "There were too many wrong codes. Try again in \(seconds) seconds.")
        }
        guard let request = deviceCodes.request(userCode: userCode, now: now) else {
            throw ApprovalRefusal(description: "This code is not known. It may have expired or been used.")
        }
        guesses.giveBack(budgets, now: now)
        return request
    }

    /// A person says with name and password that the device may sign in for them.
    /// - Throws: ``ApprovalRefusal``.
    package func approve(
        userCode: String, userName: String, password: Secret<String>, address: String, now: Timestamp
    ) throws {
        let request = try deviceSignIn(userCode: userCode, address: address, now: now)
        let user: DirectoryUser
        do {
            user = try self.user(named: userName, password, request.tenantID, address, now)
        } catch let refusal as Refusal {
            throw ApprovalRefusal(description: refusal.description)
        }
        guard deviceCodes.approve(userCode: userCode, user, now: now) else {
            throw ApprovalRefusal(description: "This code has just expired or been used.")
        }
    }

    /// A person says that the device may not sign in.
    /// - Throws: ``ApprovalRefusal``.
    package func decline(userCode: String, address: String, now: Timestamp) throws(ApprovalRefusal) {
        _ = try deviceSignIn(userCode: userCode, address: address, now: now)
        _ = deviceCodes.decline(userCode: userCode, now: now)
    }
}
