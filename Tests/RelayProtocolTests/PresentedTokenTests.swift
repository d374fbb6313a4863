import RelayModel
import RelayProtocol
import Testing

struct PresentedTokenTests {
    // R13, R14, R15, R16, R112
    @Test(arguments: [
        ("q", "s", "a", true, PresentedToken.Place.query, "q", false),
        ("q", nil, "a", true, .query, "q", false),
        (nil, "s", "a", true, .serviceBusAuthorization, "s", false),
        (nil, nil, "a", true, .authorization, "a", true),
        (nil, "", "a", true, .authorization, "a", true),
        (nil, nil, nil, true, nil, nil, false),
        (nil, nil, "", true, nil, nil, false),
        ("q", "s", "a", false, nil, nil, false),
        (nil, nil, "a", false, nil, nil, false),
        (nil, "s", nil, false, nil, nil, false),
    ])
    func `the first place that has a token counts, and only where one is needed`(
        _ query: String?, _ own: String?, _ standard: String?, _ isRequired: Bool, _ place: PresentedToken.Place?,
        _ token: String?, _ takesAuthorization: Bool
    ) {
        var fields: HeaderFields = [("Host", "h")]
        if let standard { fields.append(("authorization", standard)) }
        if let own { fields.append(("SERVICEBUSAuthorization", own)) }

        let presented = PresentedToken(queryToken: query.map(Secret.init), fields: fields, isRequired: isRequired)

        #expect(presented.place == place)
        #expect(presented.token?.reveal() == token)
        #expect(presented.credentialFields.hasAuthorization == takesAuthorization)
        #expect(presented.credentialFields.contains("ServiceBusAuthorization"))
        #expect(presented.credentialFields.contains("Authorization") == takesAuthorization)
        #expect(!presented.credentialFields.contains("Host"))
        #expect(!"\(presented)".contains("\"s\"") && !String(reflecting: presented).contains("\"q\""))
    }
}
