import GRDB
import RelayModel

extension StoreTransaction {
    /// Whether the directory has a service principal, a user or a group of that object ID.
    public func hasPrincipal(objectID: String) throws -> Bool {
        try first(
            """
            select 1 from service_principal where object_id = ?1
            union all select 1 from directory_user where object_id = ?1
            union all select 1 from directory_group where object_id = ?1
            limit 1
            """,
            [objectID]
        ) { $0.int64() } != nil
    }
}
