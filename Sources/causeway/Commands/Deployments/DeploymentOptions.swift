import ArgumentParser
import ManagementClient
import RelayModel
import TemplateLanguage

/// Where a deployment goes.
struct DeploymentPlace: ParsableArguments {
    @Option(
        name: [.customShort("g"), .customLong("resource-group")],
        help: ArgumentHelp("The resource group (default: the subscription).", valueName: "group"))
    var group: String?

    func deployments(in client: ManagementClient) throws -> RequestPath {
        let scope: RequestPath =
            if let group { try .resourceGroup(group, in: client) } else { try .subscription(of: client) }
        return try scope.provider("Microsoft.Resources").segment("deployments")
    }
}

/// A deployment that there is.
struct DeploymentAddress: ParsableArguments {
    @OptionGroup var place: DeploymentPlace
    @OptionGroup var name: NameOption

    func path(in client: ManagementClient) throws -> RequestPath {
        try place.deployments(in: client).segment(name.name)
    }
}

/// A template with everything that a deployment of it needs.
struct TemplateOptions: ParsableArguments {
    enum Mode: String, ExpressibleByArgument, CaseIterable, Sendable {
        case incremental = "Incremental"
        case complete = "Complete"
    }

    @OptionGroup var place: DeploymentPlace

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The name (default: that of the file without its ending).", valueName: "name"))
    var name: String?

    @Option(
        name: [.customShort("f"), .customLong("template-file")],
        help: ArgumentHelp("The template, or - for the standard input.", valueName: "file"))
    var templateFile: String

    @Option(
        name: [.customShort("p"), .customLong("parameters")],
        help: ArgumentHelp(
            "NAME=VALUE, @FILE with a parameters file, or its JSON; may be repeated, the last one wins.",
            valueName: "parameters"))
    var parameters: [String] = []

    @Option(
        help: ArgumentHelp(
            "Complete deletes what the template does not have (default: Incremental).", valueName: "mode"))
    var mode: Mode = .incremental

    @Option(
        name: [.customShort("l"), .customLong("location")],
        help: ArgumentHelp("Where a deployment to the subscription is recorded (default: local).", valueName: "place"))
    var location: String?

    func path(in client: ManagementClient) throws -> RequestPath {
        try place.deployments(in: client).segment(name ?? Self.name(of: templateFile))
    }

    private static func name(of file: String) -> String {
        let last = file.split(separator: "/").last.map(String.init) ?? file
        guard file != "-" else { return "deployment" }
        return last.lastIndex(of: ".").map { $0 == last.startIndex ? last : String(last[..<$0]) } ?? last
    }

    /// The body as text. The template goes into it as it stands in its file, with its comments, so that the server's
    /// errors name the lines that a person sees.
    func body() throws -> [UInt8] {
        let bytes =
            templateFile == "-" ? try FileContents.readStandardInput() : try FileContents.read(templateFile)
        let template = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        let types = (try? TemplateText(utf8: template))?["parameters"]
        let values = try values { types?[$0]?["type"]?.value.string }
        var head: JSONObject = ["mode": .string(mode.rawValue), "parameters": .object(values)]
        head.append("template", .null)
        let place: JSONValue = place.group == nil ? .string(location ?? "local") : .null
        let text = JSONValue.object(head).text
        let start = #"{"location":\#(place.text),"properties":"# + text.dropLast("null}".count)
        return Array(start.utf8) + template + Array("}}".utf8)
    }

    /// The values of the parameters; `type` tells that of a parameter, as the template declares it.
    private func values(_ type: (String) -> String?) throws -> JSONObject {
        var values = JSONObject()
        for text in parameters {
            if text.hasPrefix("@") || text.hasPrefix("{") {
                let json =
                    text.hasPrefix("@") ? try FileContents.read(String(text.dropFirst())) : Array(text.utf8)
                let document = try Self.document(json, text)
                for member in (document["parameters"]?.object ?? document).members {
                    values[member.name] = member.value
                }
            } else if let pair = NameAndValue(argument: text) {
                let isText = type(pair.name).map { $0.asciiLowercased.hasSuffix("string") } ?? false
                let json = isText ? nil : try? JSONValue(text: pair.value)
                values[pair.name] = ["value": json ?? .string(pair.value)]
            } else {
                throw ClientError(.input, "'\(TerminalText.escaped(text))' is neither NAME=VALUE nor @FILE nor JSON")
            }
        }
        return values
    }

    private static func document(_ bytes: [UInt8], _ source: String) throws -> JSONObject {
        let name = source.hasPrefix("@") ? String(source.dropFirst()) : "the parameters"
        do throws(ServiceError) {
            guard let object = try JSONValue(utf8: bytes).object else {
                throw ServiceError(.invalidRequestContent, "it must be a JSON object")
            }
            return object
        } catch {
            throw ClientError(.input, "\(name) cannot be read: \(error.message)")
        }
    }
}

enum DeploymentColumns {
    static let deployment = [
        Column.name, Column("STATE", path: "properties", "provisioningState"),
        Column("TIME", path: "properties", "timestamp"), Column("DURATION", path: "properties", "duration"),
    ]

    static let operation = [
        Column("OPERATION", path: "properties", "provisioningOperation"),
        Column("STATE", path: "properties", "provisioningState"),
        Column("TYPE", path: "properties", "targetResource", "resourceType"),
        Column("NAME", path: "properties", "targetResource", "resourceName"),
        Column("ERROR", path: "properties", "statusMessage", "error", "message"),
    ]

    static let change = [Column("CHANGE", path: "changeType"), Column("RESOURCE", path: "resourceId")]
}
