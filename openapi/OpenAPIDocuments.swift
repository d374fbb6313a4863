/// The OpenAPI documents of everything that the server answers, embedded in the binary.
package enum OpenAPIDocuments {
    /// By file name, in the order in which they are listed.
    package static let all: [(name: String, bytes: [UInt8])] = [
        ("causeway.json", PackageResources.causeway_json),
        ("microsoft-authorization.json", PackageResources.microsoft_authorization_json),
        ("microsoft-insights.json", PackageResources.microsoft_insights_json),
        ("microsoft-relay.json", PackageResources.microsoft_relay_json),
        ("microsoft-resources.json", PackageResources.microsoft_resources_json),
        ("microsoft-web.json", PackageResources.microsoft_web_json),
        ("sign-in.json", PackageResources.sign_in_json),
    ]
}
