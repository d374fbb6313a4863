import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// The hybrid connections of apps, slots and plans over REST, and the rotation of the keys that they send with.
struct BindingController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    // MARK: Of an app or slot

    /// Everything at once unless the client asks for pages: Azure's own clients take this list for one object and read
    /// no further page.
    func list(_ call: Call) async throws -> Answer {
        let isPaged = call.query["$top"] != nil || call.query["$skipToken"] != nil
        let bindings = try controlPlane.bindings(call.resourceID, page: isPaged ? call.page() : .everything)
        var answer =
            isPaged
            ? try call.list(bindings, name: \.binding.fullName) { render($0) }
            : Answer(.ok, ["value": .array(bindings.map { render($0) })])
        if case .json(.object(var object)) = answer.body {
            if object["nextLink"] == nil { object.append("nextLink", .null) }
            object.append("id", .null)
            answer.body = .json(.object(object))
        }
        return answer
    }

    func get(_ call: Call) async throws -> Answer {
        answer(try controlPlane.binding(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        try await put(call, mustExist: false)
    }

    func patch(_ call: Call) async throws -> Answer {
        try await put(call, mustExist: true)
    }

    func delete(_ call: Call) async throws -> Answer {
        try await controlPlane.deleteBinding(call.operation)
        return Answer(.ok)
    }

    func listKeys(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.listBindingKeys(call.operation))
    }

    // MARK: Of a plan

    func listOfPlan(_ call: Call) async throws -> Answer {
        let connections = try controlPlane.planConnections(call.resourceID, page: call.page())
        return try call.list(connections, name: \.binding.fullName) { render($0) }
    }

    func getOfPlan(_ call: Call) async throws -> Answer {
        answer(try controlPlane.planConnection(call.resourceID))
    }

    func deleteOfPlan(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deletePlanConnection(call.operation))
    }

    func listKeysOfPlan(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.listPlanConnectionKeys(call.operation))
    }

    func listSitesOfPlan(_ call: Call) async throws -> Answer {
        let sites = try controlPlane.planConnectionSites(call.resourceID, page: call.page())
        return try call.list(sites, name: \.value.fullName) { SiteDocument.reference($0) }
    }

    // MARK: Of a hybrid connection

    func rotateSendKey(_ call: Call) async throws -> Answer {
        let rule = try SendKeyRotationDocument.parse(await call.bodyIfPresent())
        let rotation = try await controlPlane.rotateSendKey(ruleName: rule, call.operation)
        return Answer(.ok, SendKeyRotationDocument.render(slot: rotation.slot, bindings: rotation.bindings))
    }

    private func put(_ call: Call, mustExist: Bool) async throws -> Answer {
        let fields = try BindingDocument.parse(await call.body())
        let input = BindingInput(
            relayARMURI: fields.relayARMURI, hostname: fields.hostname, port: fields.port,
            sendKeyName: fields.sendKeyName, sendKey: fields.sendKey
        )
        let caller = call.caller
        let view = try await controlPlane.putBinding(input, mustExist: mustExist, call.operation) { action, rule in
            try accessControl.check(caller, action: action, at: rule)
        }
        return answer(view)
    }

    private func answer(_ view: BindingView) -> Answer {
        Answer(.ok, render(view), etag: view.etag)
    }

    private static func answer(_ key: SendKey) -> Answer {
        Answer(.ok, BindingDocument.renderKey(id: key.id, keyName: key.name, key: key.value.reveal()))
    }

    private func render(_ view: BindingView) -> JSONValue {
        BindingDocument.render(
            view.binding, id: view.id, location: view.location, relayARMURI: view.relayARMURI,
            serviceBusSuffix: controlPlane.relayAddress.serviceBusSuffix,
            own: BindingDocument.Own(
                sendKeyState: view.sendKeyState, relayEndpoint: view.relayEndpoint, etag: view.etag)
        )
    }
}
