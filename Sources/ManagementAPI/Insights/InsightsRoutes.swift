import ControlPlane
/// Stand-in.
package enum InsightsRoutes { static func all(_ controlPlane: ControlPlane) -> [Route] { [] } }
