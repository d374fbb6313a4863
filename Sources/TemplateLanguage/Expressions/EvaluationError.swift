/// Why an expression has no value.
enum EvaluationError: Error {
    /// A text for people, and the string of the template that has the expression, once that is known.
    case failure(String, TemplatePlace? = nil)
    /// It needs the answer of a runtime function that has not been asked yet.
    case pending

    /// The same fault with the place, unless a deeper one is known.
    func placed(_ place: TemplatePlace) -> EvaluationError {
        guard case .failure(let message, nil) = self else { return self }
        return .failure(message, place)
    }

    /// A fault that the caller may find in its value for the function.
    static func function(_ name: String, _ rule: String) -> EvaluationError {
        .failure(
            "Unable to evaluate template language function '\(name)': \(rule). "
                + "Please see https://aka.ms/arm-resource-functions/#\(name) for usage details.")
    }

    /// More work or more memory than one deployment may ask for.
    static func limit(_ what: String) -> EvaluationError {
        .failure(
            "The template language expressions exceed the limit for \(what). "
                + "Please see https://aka.ms/arm-template-limits for usage details.")
    }
}
