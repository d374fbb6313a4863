package import RelayModel

/// The refusals, by the order of checks (R117). Texts that published clients look for are kept to the letter.
extension RelayRefusal {
    // MARK: The request itself

    /// 400: the request cannot be understood.
    package static func badRequest(_ text: String) -> RelayRefusal { RelayRefusal(400, text) }

    /// 431: names and values of the sender's header fields do not fit a control message (R37).
    package static let headersTooLarge = RelayRefusal(
        431, "The header fields of the request are larger than \(ControlMessageSize.headerFieldsMax) bytes")

    // MARK: Where it goes

    /// 404: no namespace can be meant by the host name.
    package static let namespaceMissing = RelayRefusal(404, "Endpoint does not exist: no namespace has this host name")

    /// 400: the host name belongs to no namespace, and there are several. Not 404, which ends some listeners for good
    /// (R35) although the operator only has to name the host.
    package static let namespaceAmbiguous = RelayRefusal(
        400, "The host name belongs to no namespace and there are several; name it with the option --relay-host-alias")

    /// 404: there is no such hybrid connection, or it was deleted while the request waited. Listeners give up on it (R35).
    package static let endpointMissing = RelayRefusal(404, "Endpoint does not exist")

    // MARK: Who may

    /// 401: a rule of the namespace denies the address that the request came from. The Hybrid Connection Manager looks
    /// for this text.
    package static let addressPrevented = RelayRefusal(401, "Ip has been prevented to connect to the endpoint")

    /// 401: a token is needed and there is none.
    package static let tokenMissing = RelayRefusal(
        401, "MissingToken: The request has no token; put one into sb-hc-token or ServiceBusAuthorization")

    /// 401: there is a token, and it is neither a signature nor an access token.
    package static let tokenMalformed = RelayRefusal(401, "MalformedToken: The token cannot be read")

    /// 401: also for a rule that does not exist, so that names of rules cannot be found by trying.
    package static let signatureInvalid = RelayRefusal(401, "InvalidSignature: The token has an invalid signature")

    /// 401: the token was signed for something else.
    package static let audienceInvalid = RelayRefusal(
        401, "InvalidAudience: The token was not made for this hybrid connection or its namespace")

    /// 401: the token was good once.
    package static let tokenExpired = RelayRefusal(401, "ExpiredToken: The token has expired")

    /// 401: an access token that is not accepted, for a reason that is no secret.
    package static func bearerInvalid(_ text: String) -> RelayRefusal { RelayRefusal(401, "InvalidToken: \(text)") }

    /// The token is good and does not grant what is asked: 403, and 401 for runtime information, where clients take 403
    /// for a full quota (R114).
    package static func claimMissing(_ right: AccessRights, isRuntimeInformation: Bool = false) -> RelayRefusal {
        let claims = right.names.map { "'\($0)'" }.joined(separator: ", ")
        return RelayRefusal(
            isRuntimeInformation ? 401 : 403,
            "Unauthorized access. \(claims) claim(s) are required to perform this operation")
    }

    // MARK: Whether there is room

    /// 403: the hybrid connection has its 25 listeners. Never 404, which would end the listener for good (R33, R35).
    package static let listenerQuota = RelayRefusal(
        403,
        "MaximumListenersPerEndpoint quota exceeded: \(Limits.listenersPerHybridConnectionMax) listeners are connected")

    /// 503: the namespace has all the connections that it may have. Not 403, because the place of any connection that ends
    /// is free at once: it is worth trying again, which 503 tells HTTP clients and 403 does not.
    package static func connectionQuota(_ max: Int) -> RelayRefusal {
        RelayRefusal(503, "The quota of \(max) connections of the namespace is used up; try again later")
    }

    /// 503: going down, not yet up, or too busy.
    package static let draining = RelayRefusal(503, "The gateway is going down; connect again")
    package static let starting = RelayRefusal(503, "The gateway is starting; connect again")
    package static let overloaded = RelayRefusal(503, "The gateway is overloaded; try again later")

    // MARK: Finding a listener

    /// 404, or 502 where the operator chose so (R66, R106).
    package static func noListeners(status: Int = 404) -> RelayRefusal {
        RelayRefusal(status, "There are no listeners connected for the endpoint")
    }

    /// 404: the sender's choice of listeners leaves none (R67).
    package static let listenersFilteredOut = RelayRefusal(
        404, "None of the connected listeners meet the AllowedListeners/DisallowedListeners criteria")

    // MARK: The rendezvous

    /// 403: an accept or request address that is forged, was used, or came too late. One text for all, so that nothing can
    /// be learned from it (R56).
    package static let rendezvousRefused = RelayRefusal(
        403, "The address of the rendezvous is not valid: it can be used once and for a short time")

    /// 410 to the listener that rejected a sender (R61).
    package static let rejectionDelivered = RelayRefusal(410, "The sender was rejected")

    /// 504: no listener accepted in time. The text has the words of R66 and of the table of errors, because products look
    /// for either.
    package static let acceptTimedOut = RelayRefusal(
        504,
        "There are no listeners connected for the endpoint that accept: the listener did not respond in the required time"
    )

    /// What the sender gets when a listener rejected it: status and text as the listener gave them. What is no refusal
    /// becomes 400, or 502 when it is no number (R62); a missing text becomes the standard one.
    package static func rejected(_ parameters: RejectParameters) -> RelayRefusal {
        let digits = parameters.statusCode.utf8
        let isNumber = (1...9).contains(digits.count) && digits.allSatisfy(ASCII.isDigit)
        let status =
            switch isNumber ? Int(parameters.statusCode) : nil {
            case .some(let code) where (300...599).contains(code): code
            case .some(let code) where code < 300: 400
            default: 502
            }
        let text = ReasonPhrase.sanitised(parameters.statusDescription, max: reasonMax)
        return RelayRefusal(status, text.isEmpty ? ReasonPhrase.standard(status) : text, isTracked: false)
    }

    // MARK: The answer

    /// 504: no head of a response in time (R105).
    package static let responseTimedOut = RelayRefusal(
        504, "The request was routed to the listener but the listener did not respond in the required time")

    /// 502: the listener's connection was lost before it answered.
    package static let listenerLost = RelayRefusal(502, "The connection to the listener was lost before it responded")

    /// 502: the listener answered with something that cannot be passed on.
    package static let listenerBrokeProtocol = RelayRefusal(
        502, "The listener's response is not valid and cannot be passed on")

    /// 500: a fault of the gateway.
    package static let internalFailure = RelayRefusal(500, "The gateway failed")
}
