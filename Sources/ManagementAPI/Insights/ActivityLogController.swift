import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The activity log over REST.
struct ActivityLogController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let selection = try ActivityEventDocument.selection(call.query["$select"])
        let records = try controlPlane.activities(
            subscription: call.resourceID, filter: call.filter(), page: call.page()
        )
        return try call.list(records, name: { String($0.rowID) }) { record in
            ActivityEventDocument.render(record.event, failure: Self.status(of: record.event), selection: selection)
        }
    }

    func listCategories(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": [["value": "Administrative", "localizedValue": "Administrative"]]])
    }

    private static func status(of event: ActivityEvent) -> ActivityEventDocument.Status? {
        guard let code = event.errorCode.flatMap(ServiceError.Code.init(rawValue:)) else { return nil }
        let status = ErrorEnvelope.status(of: code)
        return ActivityEventDocument.Status(code: status.code, phrase: status.reasonPhrase)
    }
}
