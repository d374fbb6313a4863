import ArgumentParser
import RelayModel

/// What every resource of its own has: a place and tags.
struct LocatedFields: ParsableArguments {
    /// The place of what is created without one.
    static let defaultLocation = "local"

    @Option(
        help: ArgumentHelp("Where it is; cannot be changed (default: \(Self.defaultLocation)).", valueName: "location")
    )
    var location: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Tags, which replace all earlier ones.", valueName: "name=value")
    )
    var tags: [NameAndValue] = []

    /// Writes them into a document; the default is for a new resource that is given no place.
    func apply(to document: inout JSONObject, defaultLocation location: String = Self.defaultLocation) {
        if let given = self.location {
            document["location"] = .string(given)
        } else if document["location"] == nil {
            document["location"] = .string(location)
        }
        guard !tags.isEmpty else { return }
        var values = JSONObject()
        for tag in tags { values[tag.name] = .string(tag.value) }
        document["tags"] = .object(values)
    }
}
