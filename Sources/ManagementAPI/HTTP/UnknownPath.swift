import RelayModel

/// What to say about a path that no route has.
enum UnknownPath {
    private static let providers = [
        "microsoft.relay", "microsoft.web", "microsoft.resources", "microsoft.authorization", "microsoft.insights",
        "causeway.relay",
    ]

    static func error(_ segments: [String]) -> ServiceError {
        guard let index = segments.lastIndex(where: { $0.equalsIgnoringCase("providers") }), index + 2 < segments.count
        else {
            return ServiceError(
                .notFound, "There is nothing at this path. The OpenAPI documents at /openapi list what there is.")
        }
        let provider = NameRule.shown(segments[index + 1])
        guard providers.contains(provider.asciiLowercased) else {
            return ServiceError(.invalidResourceNamespace, "The resource namespace '\(provider)' is invalid.")
        }
        let types = stride(from: index + 2, to: segments.count, by: 2).map { segments[$0] }.joined(separator: "/")
        return ServiceError(
            .invalidResourceType,
            "The resource type '\(NameRule.shown(types))' could not be found in the namespace '\(provider)'."
        )
    }
}
