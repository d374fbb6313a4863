import ControlPlane
/// Stand-in.
package enum ResourceRoutes { static func all(_ controlPlane: ControlPlane, _ accessControl: AccessControl) -> [Route] { [] } }
