import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A sender's HTTP request that is to be relayed (section 6 of the protocol notes).
struct HTTPArrival {
    private let request: IncomingRequest
    private let attempt: Attempt

    init(_ request: IncomingRequest, _ attempt: Attempt) {
        self.request = request
        self.attempt = attempt
    }

    func run() {
        let gateway = request.gateway
        guard !gateway.isDraining else { return request.refuse(.draining, attempt) }
        guard let (attempt, credentials) = request.admit(attempt, right: .send), let namespace = attempt.namespace,
            let entity = attempt.entity
        else { return }
        let headers = ForwardedFields.requestHeaders(
            request.head.fields, without: credentials, host: attempt.host)
        guard ControlMessageSize.headerFieldsSize(headers) <= ControlMessageSize.headerFieldsMax else {
            return request.refuse(.headersTooLarge, attempt)
        }
        guard gateway.hubs.takePlace(in: namespace.rowID, max: gateway.settings.connectionsPerNamespaceMax) else {
            return request.refuse(.connectionQuota(gateway.settings.connectionsPerNamespaceMax), attempt)
        }
        let exchange = HTTPExchange(
            gateway: gateway, connection: request.connection, head: request.head, attempt: attempt,
            namespace: namespace, entity: entity, headers: headers)
        request.connection.delegate = exchange
        exchange.begin()
    }
}
