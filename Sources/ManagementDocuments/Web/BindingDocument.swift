package import RelayModel

/// The JSON body of a hybrid connection as an app, a slot or a plan has it.
package enum BindingDocument {
    /// The names of namespace and relay stand in the URL; those in a body are ignored, and so is the suffix, which
    /// clients send as a constant.
    package struct Fields: Sendable {
        package var relayARMURI: String?
        package var hostname: String?
        package var port: Int?
        package var sendKeyName: String?
        /// `nil` also when an empty one was sent: a GET followed by a PUT does so.
        package var sendKey: Secret<String>?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            relayARMURI: try properties.filledString("relayArmUri"), hostname: try properties.filledString("hostname"),
            port: try properties.int("port"), sendKeyName: try properties.filledString("sendKeyName"),
            sendKey: try properties.filledString("sendKeyValue").map(Secret.init)
        )
    }

    /// What this server says of a binding beyond Azure's fields.
    package struct Own: Sendable {
        package var sendKeyState: HybridConnectionBinding.SendKeyState
        /// `host:port` of the hybrid connection, when it is of this server.
        package var relayEndpoint: String?
        /// Changes with the binding, its key included; `nil` at a plan.
        package var etag: String?

        package init(
            sendKeyState: HybridConnectionBinding.SendKeyState, relayEndpoint: String? = nil, etag: String? = nil
        ) {
            self.sendKeyState = sendKeyState
            self.relayEndpoint = relayEndpoint
            self.etag = etag
        }
    }

    /// The key is never shown here. The ID is that of the binding, or of the connection at a plan; the resource ID of the
    /// relay is left out when it is not known; the suffix is this server's own, with a leading dot.
    package static func render(
        _ binding: HybridConnectionBinding, id: ResourceID, location: Location, relayARMURI: String?,
        serviceBusSuffix: String, own: Own
    ) -> JSONValue {
        var object = JSONObject(id: id, type: type(of: id))
        object.append("location", .string(location.name))
        var properties: JSONObject = [
            "serviceBusNamespace": .string(binding.namespaceName), "relayName": .string(binding.relayName),
        ]
        properties.append("relayArmUri", ifPresent: relayARMURI)
        properties.append("hostname", .string(binding.endpoint.host))
        properties.append("port", JSONValue(binding.endpoint.port))
        properties.append("sendKeyName", .string(binding.sendKeyName))
        properties.append("sendKeyValue", "")
        properties.append("serviceBusSuffix", .string(serviceBusSuffix))
        var causeway: JSONObject = ["sendKeyState": .string(own.sendKeyState.rawValue)]
        causeway.append("relayEndpoint", ifPresent: own.relayEndpoint)
        causeway.append("etag", ifPresent: own.etag)
        properties.append("causeway", .object(causeway))
        object.append("properties", .object(properties))
        return .object(object)
    }

    /// The answer of listKeys.
    package static func renderKey(id: ResourceID, keyName: String, key: String) -> JSONValue {
        var object = JSONObject(id: id, type: type(of: id))
        object.append("properties", ["sendKeyName": .string(keyName), "sendKeyValue": .string(key)])
        return .object(object)
    }

    private static func type(of id: ResourceID) -> String {
        let parent =
            id.value(of: "serverfarms") != nil ? "serverfarms" : id.value(of: "slots") != nil ? "sites/slots" : "sites"
        return "Microsoft.Web/\(parent)/hybridConnectionNamespaces/relays"
    }
}

/// The bodies of rotateSendKey.
package enum SendKeyRotationDocument {
    /// The name of the rule.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> String {
        guard let body else { return HybridConnectionBinding.sendKeyNameDefault }
        return try DocumentReader(body).filledString("authorizationRuleName")
            ?? HybridConnectionBinding.sendKeyNameDefault
    }

    package static func render(slot: KeySlot, bindings: [ResourceID]) -> JSONValue {
        ["keyType": .string(slot.rawValue), "bindings": .array(bindings.map { .string($0.path) })]
    }
}

extension DocumentReader {
    /// A text; `nil` also when it is empty.
    func filledString(_ name: String) throws(ServiceError) -> String? {
        let text = try string(name)
        return text?.isEmpty ?? true ? nil : text
    }
}
