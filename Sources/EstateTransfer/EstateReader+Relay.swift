import ManagementClient
import RelayModel

extension EstateReader {
    /// A namespace with everything in it.
    func read(namespace: PortableResource) async throws -> Found {
        let path = try RequestPath(resourceID: namespace.id.path)
        var found = Found(resources: [namespace])
        found.resources += try await portable(at: path.child("networkRuleSets", "default"))
        found.resources += try await portable(path.segment("privateEndpointConnections"))
        found += try await rules(of: path)
        let connections = try await portable(path.segment("hybridConnections"))
        let relays = try await portable(path.segment("wcfRelays"))
        for branch in try await BoundedWork.map(connections + relays, { try await read(entity: $0) }) {
            found += branch
        }
        return found
    }

    /// A hybrid connection or WCF relay.
    private func read(entity: PortableResource) async throws -> Found {
        let path = try RequestPath(resourceID: entity.id.path)
        var found = Found(resources: [entity])
        if entity.kind == .hybridConnection {
            let settings = try path.provider("Causeway.Relay").child("settings", "default")
            found.resources += try await portable(at: settings)
        }
        found += try await rules(of: path)
        return found
    }

    private func rules(of path: RequestPath) async throws -> Found {
        let rules = try await portable(path.segment("authorizationRules"))
        var keys: [AccessKeyPair] = []
        if includesKeys {
            for rule in rules {
                let action = try RequestPath(resourceID: rule.id.path).segment("listKeys")
                keys.append(AccessKeyPair(id: rule.id, try await answer(action)))
            }
        }
        return Found(resources: rules, keys: keys)
    }
}
