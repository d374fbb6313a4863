import ArgumentParser

/// A noun: nothing itself, and the place of its verbs.
struct NounCommand<Noun: ResourceNoun>: ParsableCommand {
    static var configuration: CommandConfiguration {
        CommandConfiguration(
            commandName: Noun.commandName,
            abstract: "Manage \(Noun.plural).",
            discussion: Noun.verb("create", "", example: "\(Noun.example.address) \(Noun.example.create)").discussion,
            subcommands: Noun.verbs
        )
    }
}

extension ResourceNoun {
    /// The configuration of one of the noun's verbs.
    static func verb(_ name: String, _ abstract: String, example: String) -> CommandConfiguration {
        let command = "\(words) \(name) \(example)".split(separator: " ").joined(separator: " ")
        return CommandConfiguration(commandName: name, abstract: abstract, discussion: "Example: causeway \(command)")
    }
}
