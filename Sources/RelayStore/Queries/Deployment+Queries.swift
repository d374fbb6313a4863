public import RelayModel

extension StoreTransaction {
    private static var selectDeployment: String {
        """
        select id, scope, name, location, tags, state, started_at, ended_at, template, properties, etag, created_at,
            updated_at
        from deployment
        """
    }

    public func deployment(_ name: String, at scope: ResourceID) throws -> Versioned<Deployment>? {
        try first("\(Self.selectDeployment) where scope_key = ? and name = ?", [scope.key, name]) {
            try $0.deployment()
        }
    }

    /// Deployments of exactly that scope, ordered by name.
    public func deployments(at scope: ResourceID, page: Page) throws -> [Versioned<Deployment>] {
        try all(
            "\(Self.selectDeployment) where scope_key = ? and name > ? order by name limit ?",
            [scope.key, page.after, page.limit]
        ) { try $0.deployment() }
    }

    public func runningDeployments() throws -> [Versioned<Deployment>] {
        try all("\(Self.selectDeployment) where state = 'Running' order by id", []) { try $0.deployment() }
    }

    /// A deployment of exactly one of those scopes that has not ended.
    public func runningDeployment(atAny scopes: [ResourceID]) throws -> Versioned<Deployment>? {
        for scope in scopes {
            let found = try first("\(Self.selectDeployment) where state = 'Running' and scope_key = ?", [scope.key]) {
                try $0.deployment()
            }
            if let found { return found }
        }
        return nil
    }

    /// Writes the deployment in the place of one of the same name, whose operations are forgotten.
    public func replace(_ deployment: Deployment) throws -> Versioned<Deployment> {
        try execute(
            "delete from deployment where scope_key = ? and name = ?", [deployment.scope.key, deployment.name])
        let etag = newETag()
        let rowID = try insert(
            """
            insert into deployment
                (scope, scope_key, name, location, tags, state, started_at, ended_at, template, properties, etag,
                created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                deployment.scope.path, deployment.scope.key, deployment.name, deployment.location,
                deployment.tags.stored, deployment.state.rawValue, deployment.startedAt.millisecondsSinceEpoch,
                deployment.endedAt?.millisecondsSinceEpoch, deployment.template,
                JSONValue.object(deployment.properties).text, etag, now.millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: deployment.id, value: deployment, etag: etag, createdAt: now, updatedAt: now
        )
    }

    /// Changes how the deployment stands; what was deployed where never changes.
    public func update(_ deployment: Versioned<Deployment>, to value: Deployment) throws -> Versioned<Deployment> {
        let etag = newETag()
        try execute(
            """
            update deployment set state = ?, ended_at = ?, tags = ?, properties = ?, etag = ?, updated_at = ?
            where id = ?
            """,
            [
                value.state.rawValue, value.endedAt?.millisecondsSinceEpoch, value.tags.stored,
                JSONValue.object(value.properties).text, etag, now.millisecondsSinceEpoch, deployment.rowID,
            ]
        )
        return deployment.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ deployment: Versioned<Deployment>) throws {
        try execute("delete from deployment where id = ?", [deployment.rowID])
    }

    /// Deletes all deployments of the scope and of what lies below it.
    public func deleteDeployments(atOrBelow scope: ResourceID) throws {
        try execute(
            """
            delete from deployment
            where scope_key = ?1 or (scope_key >= ?1 || '/' and scope_key < ?1 || '0')
            """, [scope.key])
    }

    /// Deletes the oldest ended deployments of the scope until at most that many are left.
    public func deleteOldDeployments(at scope: ResourceID, keeping count: Int) throws {
        try execute(
            """
            delete from deployment
            where scope_key = ?1 and state <> 'Running'
                and id in (select id from deployment where scope_key = ?1 order by id desc limit -1 offset ?2)
            """,
            [scope.key, count])
    }

    /// Adds operations, or replaces those of the same ID.
    public func put(_ operations: [DeploymentOperation], of deployment: Versioned<Deployment>) throws {
        for operation in operations {
            try execute(
                """
                insert into deployment_operation (deployment_id, operation_id, properties)
                select id, ?2, ?3 from deployment where id = ?1
                on conflict (deployment_id, operation_id) do update set properties = excluded.properties
                """,
                [deployment.rowID, operation.operationID, JSONValue.object(operation.properties).text]
            )
        }
    }

    /// In the order in which they were recorded.
    public func operations(of deployment: Versioned<Deployment>) throws -> [DeploymentOperation] {
        try all(
            "select operation_id, properties from deployment_operation where deployment_id = ? order by id",
            [deployment.rowID]
        ) { try $0.deploymentOperation() }
    }

    public func operation(
        _ operationID: String, of deployment: Versioned<Deployment>
    ) throws -> DeploymentOperation? {
        try first(
            """
            select operation_id, properties from deployment_operation where deployment_id = ? and operation_id = ?
            """,
            [deployment.rowID, operationID]
        ) { try $0.deploymentOperation() }
    }
}

extension ColumnReader {
    fileprivate mutating func deployment() throws -> Versioned<Deployment> {
        let rowID = int64()
        let scope = try ResourceID(string())
        let deployment = Deployment(
            name: string(), scope: scope, location: stringIfPresent(), tags: tags(), state: try stored(string()),
            startedAt: timestamp(), endedAt: timestampIfPresent(), template: string(),
            properties: try JSONObject(stored: string())
        )
        return versioned(rowID: rowID, id: deployment.id, deployment)
    }

    fileprivate mutating func deploymentOperation() throws -> DeploymentOperation {
        DeploymentOperation(operationID: string(), properties: try JSONObject(stored: string()))
    }
}
