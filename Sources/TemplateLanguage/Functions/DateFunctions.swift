import RelayModel

/// Moments as text, and seconds since 1970.
enum DateFunctions {
    static let all: [BuiltInFunction] = [
        .special("utcNow", 0...1) { (evaluator, call) throws(EvaluationError) in
            try TextFunctions.requireDefault(evaluator, call)
            let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
            let form = arguments.count > 0 ? try arguments.string(0) : DateFormat.compact
            return .string(try text(evaluator.scope.context.now, form, arguments))
        },
        .plain("dateTimeToEpoch", 1...1) { (arguments) throws(EvaluationError) in
            .integer(try moment(arguments, 0).secondsSinceEpoch)
        },
        .plain("dateTimeFromEpoch", 1...1) { (arguments) throws(EvaluationError) in
            let (milliseconds, overflows) = try arguments.integer(0).multipliedReportingOverflow(by: 1000)
            let moment = Timestamp(millisecondsSinceEpoch: overflows ? .max : milliseconds)
            guard !overflows, let fields = CivilTime(moment) else {
                throw arguments.failure("the moment lies outside of the years 1 to 9999")
            }
            return .string(try text(fields, DateFormat.iso, arguments))
        },
        .plain("dateTimeAdd", 2...3, dateTimeAdd),
    ]

    private static func dateTimeAdd(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let base = try moment(arguments, 0)
        let duration = try arguments.string(1)
        guard let span = ISODuration(duration) else {
            throw arguments.failure("the duration '\(NameRule.shown(duration))' is not in ISO 8601 format")
        }
        guard let fields = CivilTime(base)?.adding(span) else {
            throw arguments.failure("the moment lies outside of the years 1 to 9999")
        }
        let form = arguments.count > 2 ? try arguments.string(2) : DateFormat.form(of: try arguments.string(0))
        return .string(try text(fields, form, arguments))
    }

    private static func moment(_ arguments: Arguments, _ index: Int) throws(EvaluationError) -> Timestamp {
        let text = try arguments.string(index)
        guard let moment = DateFormat.moment(text) else {
            throw arguments.failure("the value '\(NameRule.shown(text))' is not a date in ISO 8601 format")
        }
        return moment
    }

    private static func text(
        _ moment: Timestamp, _ form: String, _ arguments: Arguments
    ) throws(EvaluationError) -> String {
        guard let fields = CivilTime(moment) else {
            throw arguments.failure("the moment lies outside of the years 1 to 9999")
        }
        return try text(fields, form, arguments)
    }

    private static func text(
        _ fields: CivilTime, _ form: String, _ arguments: Arguments
    ) throws(EvaluationError) -> String {
        guard form.utf8.count <= 1024, let text = DateFormat(form)?.text(fields) else {
            throw arguments.failure("the date format '\(NameRule.shown(form))' is not supported")
        }
        return text
    }
}
