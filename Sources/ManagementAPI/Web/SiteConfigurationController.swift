import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// What stands below an app's or a slot's `config/`, its publishing profiles, and the runtimes to choose from.
struct SiteConfigurationController: Sendable {
    private let controlPlane: ControlPlane
    private let hostSuffix: String

    /// The suffix is what stands after an app's own label in its host name.
    init(_ controlPlane: ControlPlane, hostSuffix: String) {
        self.controlPlane = controlPlane
        self.hostSuffix = hostSuffix
    }

    /// All that may be read at once, which is the one.
    func list(_ call: Call) async throws -> Answer {
        let configuration = SiteConfigurationDocument.render(try controlPlane.site(call.resourceID))
        return Answer(.ok, ["value": [configuration], "nextLink": .null])
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, SiteConfigurationDocument.render(try controlPlane.site(call.resourceID)))
    }

    /// What is not given stays, as with the configuration in an app's own document.
    func put(_ call: Call) async throws -> Answer {
        let configuration = try SiteConfigurationDocument.parse(await call.body())
        return Answer(.ok, SiteConfigurationDocument.render(try await change(configuration, call)))
    }

    func listApplicationSettings(_ call: Call) async throws -> Answer {
        let (site, settings) = try controlPlane.secretSettings(call.resourceID)
        return Answer(.ok, SiteConfigurationDocument.renderApplicationSettings(site, settings["appSettings"]))
    }

    func putApplicationSettings(_ call: Call) async throws -> Answer {
        let list = try SiteConfigurationDocument.parseTexts(await call.body())
        let site = try await change(["appSettings": list], call)
        return Answer(.ok, SiteConfigurationDocument.renderApplicationSettings(site, list))
    }

    func listMetadata(_ call: Call) async throws -> Answer {
        let (site, settings) = try controlPlane.secretSettings(call.resourceID)
        return Answer(.ok, SiteConfigurationDocument.renderMetadata(site, settings["metadata"]))
    }

    func putMetadata(_ call: Call) async throws -> Answer {
        let list = try SiteConfigurationDocument.parseTexts(await call.body())
        let site = try await change(["metadata": list], call)
        return Answer(.ok, SiteConfigurationDocument.renderMetadata(site, list))
    }

    func listConnectionStrings(_ call: Call) async throws -> Answer {
        let (site, settings) = try controlPlane.secretSettings(call.resourceID)
        return Answer(.ok, SiteConfigurationDocument.renderConnectionStrings(site, settings["connectionStrings"]))
    }

    func putConnectionStrings(_ call: Call) async throws -> Answer {
        let list = try SiteConfigurationDocument.parseConnectionStrings(await call.body())
        let site = try await change(["connectionStrings": list], call)
        return Answer(.ok, SiteConfigurationDocument.renderConnectionStrings(site, list))
    }

    private func change(_ configuration: JSONObject, _ call: Call) async throws -> Versioned<Site> {
        try await controlPlane.patchSite(
            SiteInput(
                location: nil, kind: nil, tags: nil, serverFarmID: nil, isEnabled: nil,
                properties: ["siteConfig": .object(configuration)], identity: nil),
            call.operation)
    }

    func listPublishingCredentials(_ call: Call) async throws -> Answer {
        let (site, password) = try controlPlane.publishingCredentials(call.resourceID)
        let document = SiteChildDocument.renderCredentials(site, password: password.reveal(), hostSuffix: hostSuffix)
        return Answer(.ok, document)
    }

    func listPublishingProfiles(_ call: Call) async throws -> Answer {
        let site = try controlPlane.site(call.resourceID)
        let text = SiteConfigurationDocument.publishingProfiles(site, hostSuffix: hostSuffix)
        return Answer(.ok, bytes: Array(text.utf8), contentType: "application/xml")
    }

    func listRuntimeStacks(_ call: Call) async throws -> Answer {
        guard let text = call.query["stackOsType"], !text.equalsIgnoringCase("All") else {
            return Answer(.ok, RuntimeStackDocument.render(nil))
        }
        let systems = RuntimeStackDocument.System.allCases
        guard let system = systems.first(where: { $0.rawValue.equalsIgnoringCase(text) }) else {
            throw ServiceError(
                .badRequest, "The value '\(NameRule.shown(text))' of stackOsType is none of All, Linux, Windows.",
                target: "stackOsType")
        }
        return Answer(.ok, RuntimeStackDocument.render(system))
    }
}
