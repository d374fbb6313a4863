/// What one template may have, as ARM documents it.
enum TemplateLimits {
    static let parametersMax = 256
    static let variablesMax = 512
    static let outputsMax = 64
    static let resourcesMax = 800
    /// Bytes of the template after its loops are expanded, and of all parameter values.
    static let sizeMax = 4 * 1024 * 1024
    /// Definitions that refer to one another.
    static let referencesMax = 16

    static func exceeded(_ what: String, _ count: Int, _ limit: Int, at place: TemplatePlace) -> TemplateError {
        .invalid(
            "The number of template \(what) limit exceeded. Limit: '\(limit)' and actual: '\(count)'. "
                + "Please see https://aka.ms/arm-template-limits for usage details.", at: place)
    }
}
