import ManagementClient

/// Where the resources of the command line are.
extension RequestPath {
    static func subscription(of client: ManagementClient) throws -> RequestPath {
        try subscription(try client.settings.requiredSubscriptionID())
    }

    static func resourceGroup(_ name: String, in client: ManagementClient) throws -> RequestPath {
        try subscription(of: client).child("resourceGroups", name)
    }

    /// All namespaces below a subscription or resource group.
    func relayNamespaces() throws -> RequestPath {
        try provider("Microsoft.Relay").segment("namespaces")
    }

    func relayNamespace(_ name: String) throws -> RequestPath {
        try relayNamespaces().segment(name)
    }

    func hybridConnection(_ name: String) throws -> RequestPath {
        try entity("hybridConnections", name)
    }

    func wcfRelay(_ name: String) throws -> RequestPath {
        try entity("wcfRelays", name)
    }

    func authorizationRule(_ name: String) throws -> RequestPath {
        try child("authorizationRules", name)
    }

    func plans() throws -> RequestPath {
        try provider("Microsoft.Web").segment("serverfarms")
    }

    func plan(_ name: String) throws -> RequestPath {
        try plans().segment(name)
    }

    func sites() throws -> RequestPath {
        try provider("Microsoft.Web").segment("sites")
    }

    /// A site, or one of its slots.
    func site(_ name: String, slot: String?) throws -> RequestPath {
        let site = try sites().segment(name)
        guard let slot else { return site }
        return try site.child("slots", slot)
    }
}
