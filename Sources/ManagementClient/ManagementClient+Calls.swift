package import RelayModel

extension ManagementClient {
    /// Seconds until an operation that runs on at the server must have ended.
    private static let operationSecondsMax = 600

    /// Sends a call that has to succeed, and waits for the end of an operation that runs on.
    /// - Throws: `ManagementError` when the server refuses it, `ClientError` when no answer came.
    @discardableResult
    package func perform(_ request: ManagementRequest) async throws -> ManagementResponse {
        var response = try await send(request)
        let deadline = ContinuousClock.now + .seconds(Self.operationSecondsMax)
        while response.status == 202, let location = response.header("Location") {
            guard ContinuousClock.now < deadline else {
                throw ClientError(.answer, "the operation still runs after \(Self.operationSecondsMax) seconds")
            }
            let seconds = response.header("Retry-After").flatMap { Int($0) } ?? 1
            try await Task.sleep(for: .seconds(min(max(seconds, 1), 30)))
            response = try await send(ManagementRequest("GET", RequestTarget(link: location)))
        }
        guard !response.isFailure else { throw ManagementError(response) }
        return response
    }

    /// The document at a path.
    /// - Throws: `ManagementError` when there is none or the caller may not see it.
    package func get(_ path: RequestPath) async throws -> JSONValue {
        try await perform(ManagementRequest("GET", path)).json()
    }

    /// The document at a path; `nil` when the server answers 404.
    package func getIfPresent(_ path: RequestPath) async throws -> JSONValue? {
        do {
            return try await get(path)
        } catch let error as ManagementError where error.status == 404 {
            return nil
        }
    }

    /// The items of a list, page by page, until the end or until there are `countMax`.
    package func list(_ target: RequestTarget, countMax: Int = .max) async throws -> [JSONValue] {
        var items: [JSONValue] = []
        var next: RequestTarget? = target
        var seen: Set<RequestTarget> = []
        while let target = next, items.count < countMax {
            guard seen.insert(target).inserted else {
                throw ClientError(.answer, "the pages of \(target.path) lead back to one another")
            }
            let page = try await perform(ManagementRequest("GET", target)).json()
            guard let value = page["value"]?.array else {
                throw ClientError(.answer, "the answer at \(target.path) is not a list")
            }
            items += value
            next = page["nextLink"]?.string.flatMap { $0.isEmpty ? nil : RequestTarget(link: $0) }
        }
        return Array(items.prefix(countMax))
    }

    package func list(_ path: RequestPath) async throws -> [JSONValue] {
        try await list(RequestTarget(path))
    }
}
