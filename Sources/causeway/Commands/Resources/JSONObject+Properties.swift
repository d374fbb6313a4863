import RelayModel

extension JSONObject {
    /// Changes the object that is the member `properties`, which is made when there is none.
    mutating func changeProperties(_ change: (inout JSONObject) throws -> Void) rethrows {
        var properties = self["properties"]?.object ?? JSONObject()
        try change(&properties)
        self["properties"] = .object(properties)
    }
}
