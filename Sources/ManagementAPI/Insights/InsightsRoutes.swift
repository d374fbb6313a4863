package import ControlPlane
import HTTPTypes

/// The routes of Microsoft.Insights: the activity log.
package enum InsightsRoutes {
    package static func all(_ controlPlane: ControlPlane) -> [Route] {
        let log = ActivityLogController(controlPlane)
        return [
            Route(
                .get, "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values",
                "Microsoft.Insights/eventtypes/values/read", .collection, handler: log.list)
        ]
    }
}
