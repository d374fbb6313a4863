import RelayModel

/// The part of a template that a fault belongs to, in ARM's words.
enum TemplateSubject {
    case parameter(String, TemplatePlace)
    case definition(String, TemplatePlace)
    case variable(String, TemplatePlace)
    case function(String, TemplatePlace)
    /// Before its ID is known: the name as it stands in the template.
    case resource(String, TemplatePlace)
    /// Its properties, once the ID is known.
    case resourceBody(ResourceID, TemplatePlace)
    case output(String, TemplatePlace)

    func error(_ error: EvaluationError) -> TemplateError {
        guard case .failure(let message, let place) = error else {
            // Only places that may wait are evaluated where waiting is possible.
            return .invalid("\(name) needs a value that is only known while resources are deployed.", at: self.place)
        }
        return self.error(message, at: place)
    }

    func error(_ message: String, at place: TemplatePlace? = nil) -> TemplateError {
        let inner = message.hasSuffix(".") ? String(message.dropLast()) : message
        let origin = place ?? self.place
        switch self {
        case .resourceBody(let id, _):
            return TemplateError(
                code: "InvalidTemplate",
                "Unable to process template language expressions for resource '\(id.path)' \(origin.shown). "
                    + "'\(inner).'",
                at: origin)
        case .variable:
            return .invalid("\(name) is not valid: \(inner).", at: origin)
        default: return .invalid("\(name) \(origin.shown) is not valid: \(inner).", at: origin)
        }
    }

    /// Does something that may fail and says whose fault it is.
    func within<Value>(_ body: () throws(EvaluationError) -> Value) throws(TemplateError) -> Value {
        do throws(EvaluationError) {
            return try body()
        } catch {
            throw self.error(error)
        }
    }

    private var name: String {
        switch self {
        case .parameter(let name, _): "The template parameter '\(NameRule.shown(name))'"
        case .definition(let name, _): "The template definition '\(NameRule.shown(name))'"
        case .variable(let name, _): "The template variable '\(NameRule.shown(name))'"
        case .function(let name, _): "The template function '\(NameRule.shown(name))'"
        case .resource(let name, _): "The template resource '\(NameRule.shown(name))'"
        case .resourceBody(let id, _): "The template resource '\(id.path)'"
        case .output(let name, _): "The template output '\(NameRule.shown(name))'"
        }
    }

    private var place: TemplatePlace {
        switch self {
        case .parameter(_, let place), .definition(_, let place), .variable(_, let place), .function(_, let place),
            .resource(_, let place), .resourceBody(_, let place), .output(_, let place):
            place
        }
    }
}
