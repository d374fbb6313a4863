package import ControlPlane
import HTTPTypes
package import RelayModel

/// The routes of Microsoft.Insights: the activity log and metrics.
package enum InsightsRoutes {
    package static func all(_ controlPlane: ControlPlane, now: @escaping @Sendable () -> Timestamp) -> [Route] {
        let metrics = MetricController(controlPlane, now: now)
        let provider = "{scope}/providers/Microsoft.Insights"
        let log = ActivityLogController(controlPlane)
        return [
            Route(
                .get, "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values",
                "Microsoft.Insights/eventtypes/values/read", .collection, handler: log.list),
            Route(
                .get, "/providers/Microsoft.Insights/eventcategories", "", .collection, handler: log.listCategories),
            Route(
                .get, "\(provider)/metrics", "Microsoft.Insights/metrics/read", .collection, handler: metrics.list),
            Route(
                .get, "\(provider)/metricDefinitions", "Microsoft.Insights/metricDefinitions/read", .collection,
                handler: metrics.listDefinitions),
            Route(
                .get, "\(provider)/metricNamespaces", "Microsoft.Insights/metricNamespaces/read", .collection,
                handler: metrics.listNamespaces),
        ]
    }
}
