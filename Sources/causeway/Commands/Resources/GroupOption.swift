import ArgumentParser

/// The resource group that something is in.
struct GroupOption: ParsableArguments {
    @Option(
        name: [.customShort("g"), .customLong("resource-group")],
        help: ArgumentHelp("The resource group.", valueName: "group")
    )
    var name: String
}

/// The name of what a command is about.
struct NameOption: ParsableArguments {
    @Option(name: [.customShort("n"), .customLong("name")], help: ArgumentHelp("The name.", valueName: "name"))
    var name: String
}

/// A namespace by group and name, for what is in it.
struct NamespaceOptions: ParsableArguments {
    @OptionGroup var group: GroupOption

    @Option(help: ArgumentHelp("The namespace.", valueName: "name"))
    var namespace: String
}
