public import RelayModel
import RelayStore

/// Reading the directory across its kinds, as Microsoft Graph does.
extension ControlPlane {
    /// The principals of those object IDs that are in the caller's tenant.
    public func principals(_ objectIDs: [String], of caller: Caller) throws -> [DirectoryPrincipal] {
        guard objectIDs.count <= Limits.directoryIDsMax else {
            throw ServiceError(
                .badRequest, "At most \(Limits.directoryIDsMax) IDs can be asked for; \(objectIDs.count) were given.",
                target: "ids"
            )
        }
        return try store.read { transaction in
            try objectIDs.compactMap { try transaction.principal(objectID: $0) }.filter {
                $0.tenantID.equalsIgnoringCase(caller.tenantID)
            }
        }
    }

    /// The resource ID of the service principal that has that object ID or client ID.
    public func servicePrincipalID(objectOrClientID id: String) throws -> ResourceID {
        let clientID = try store.read { try $0.servicePrincipal(objectID: id)?.value.clientID ?? id }
        return ResourceID.tenant.child("providers", "Causeway.Relay").child("servicePrincipals", clientID)
    }
}
