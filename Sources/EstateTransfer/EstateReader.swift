package import ManagementClient
package import RelayModel

/// Reads a whole subscription over the management API.
package struct EstateReader: Sendable {
    /// What a branch of the subscription holds.
    struct Found: Sendable {
        var resources: [PortableResource] = []
        var keys: [AccessKeyPair] = []

        static func += (left: inout Found, right: Found) {
            left.resources += right.resources
            left.keys += right.keys
        }
    }

    let client: ManagementClient
    let includesKeys: Bool
    let progress: TransferProgress

    package init(_ client: ManagementClient, includesKeys: Bool, progress: TransferProgress) {
        self.client = client
        self.includesKeys = includesKeys
        self.progress = progress
    }

    /// - Throws: `ManagementError` when something may not be read: an export that lacks it would look complete.
    package func read(exportedAt: Timestamp) async throws -> EstateExport {
        let subscriptionID = try client.settings.requiredSubscriptionID()
        let path = try RequestPath.subscription(subscriptionID)
        progress.begin("resources read")
        var found = Found()
        let subscription = try await client.get(path)
        found.resources.append(contentsOf: [subscription].compactMap { PortableResource($0) })
        for provider in try await client.list(path.segment("providers")) where Self.isRegistered(provider) {
            found.resources.append(contentsOf: [provider].compactMap { PortableResource($0) })
        }
        found.resources += try await tagNames(path)
        found.resources += try await portable(path.segment("resourceGroups"))
        let namespaces = try await portable(path.provider("Microsoft.Relay").segment("namespaces"))
        for namespace in namespaces { found += try await read(namespace: namespace) }
        let web = try path.provider("Microsoft.Web")
        found.resources += try await portable(web.segment("serverfarms"))
        let sites = try await portable(web.segment("sites"))
        for branch in try await BoundedWork.map(sites, { try await read(site: $0) }) { found += branch }
        found.resources += try await portable(path.provider("Microsoft.Resources").segment("links"))
        found += try await readAccess(below: path, subscriptionID: subscriptionID)
        return EstateExport(
            subscriptionID: subscriptionID, exportedAt: exportedAt, resources: found.resources, keys: found.keys)
    }

    /// A registration that somebody chose; the others always are.
    private static func isRegistered(_ provider: JSONValue) -> Bool {
        provider["registrationState"]?.string == "Registered"
            && provider["registrationPolicy"]?.string == "RegistrationRequired"
    }

    /// Tag names that nothing has, or with values that nothing has: the others come with what has them.
    private func tagNames(_ path: RequestPath) async throws -> [PortableResource] {
        let names = try await client.list(path.segment("tagNames"))
        progress.step(names.count)
        return names.compactMap { name in
            let unused = (name["values"]?.array ?? []).filter { $0["count"]?["value"]?.integer == 0 }
            guard name["count"]?["value"]?.integer == 0 || !unused.isEmpty else { return nil }
            return PortableResource(tagName: name, values: unused)
        }
    }

    /// Locks, role assignments and roles of our own. What was given above the subscription is not of it.
    private func readAccess(below path: RequestPath, subscriptionID: String) async throws -> Found {
        let scope = ResourceID.subscription(subscriptionID)
        let provider = try path.provider("Microsoft.Authorization")
        let locks = try await portable(provider.segment("locks"))
        let assignments = try await portable(provider.segment("roleAssignments"))
        let definitions = try await client.list(provider.segment("roleDefinitions")).filter {
            $0["properties"]?["type"]?.string == "CustomRole"
        }
        let roles = definitions.compactMap { PortableResource($0) }
        return Found(resources: (locks + assignments + roles).filter { scope.contains($0.id) })
    }

    /// The entries of a list.
    func portable(_ path: RequestPath) async throws -> [PortableResource] {
        let documents = try await client.list(path)
        progress.step(documents.count)
        return documents.compactMap { PortableResource($0) }
    }

    /// The document at a path as it is carried over.
    func portable(at path: RequestPath) async throws -> [PortableResource] {
        let document = try await client.get(path)
        progress.step()
        return [document].compactMap { PortableResource($0) }
    }

    /// The answer of an action that only reads; `nil` when there is nothing to read.
    func answerIfPresent(_ path: RequestPath) async throws -> JSONValue? {
        do {
            return try await answer(path)
        } catch let error as ManagementError where error.status == 404 {
            return nil
        }
    }

    /// The answer of an action that only reads.
    func answer(_ path: RequestPath) async throws -> JSONValue {
        defer { progress.step() }
        do {
            return try await client.perform(ManagementRequest("POST", path)).json()
        } catch let error as ManagementError where error.code == "ScopeLocked" {
            throw ClientError(
                .input,
                "\(path.resourceID) cannot be asked: a ReadOnly lock (\(error.target ?? "above it")) forbids it; take the lock "
                    + "away for the time of the export, or export without keys")
        }
    }
}
