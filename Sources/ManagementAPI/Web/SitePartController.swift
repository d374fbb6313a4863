import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// One of the parts of apps and slots that are kept as they were sent.
struct SitePartController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl
    private let part: SiteConfigurationPart
    private let now: @Sendable () -> Timestamp

    init(
        _ part: SiteConfigurationPart, _ controlPlane: ControlPlane, _ accessControl: AccessControl,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.part = part
        self.controlPlane = controlPlane
        self.accessControl = accessControl
        self.now = now
    }

    /// With what is secret for callers who may list it, and otherwise without.
    func get(_ call: Call) async throws -> Answer {
        let (site, settings) = try controlPlane.secretSettings(call.resourceID)
        guard let value = part.value(in: settings) else { throw part.missing(site) }
        return answer(site, value, call)
    }

    func put(_ call: Call) async throws -> Answer {
        try await write(part.parse(call.body()), call) { written, _ in written }
    }

    /// Members that are not given stay as they are.
    func patch(_ call: Call) async throws -> Answer {
        try await write(part.parse(call.body()), call) { written, present in
            (present ?? JSONObject()).merging(patch: written)
        }
    }

    /// 200 in any case: clients take nothing else.
    func delete(_ call: Call) async throws -> Answer {
        _ = try await controlPlane.changeSecretSettings(call.operation) { _ = part.remove(from: &$0) }
        return Answer(.ok)
    }

    private func write(
        _ written: JSONObject, _ call: Call,
        _ change: @escaping @Sendable (_ written: JSONObject, _ present: JSONObject?) -> JSONObject
    ) async throws -> Answer {
        let (site, settings) = try await controlPlane.changeSecretSettings(call.operation) { settings in
            try part.write(change(written, part.value(in: settings)), to: &settings, now: now())
        }
        return answer(site, part.value(in: settings) ?? JSONObject(), call)
    }

    private func answer(_ site: Versioned<Site>, _ value: JSONObject, _ call: Call) -> Answer {
        let right = "Microsoft.Web/sites\(site.value.slotOf == nil ? "" : "/slots")/config/list/action"
        let showsSecrets = (try? accessControl.check(call.caller, action: right, at: site.id)) != nil
        return Answer(.ok, part.render(site, value, showsSecrets: showsSecrets), etag: site.etag)
    }
}
