import ControlPlane
/// Stand-in.
package enum AuthorizationRoutes { static func all(_ controlPlane: ControlPlane, _ accessControl: AccessControl) -> [Route] { [] } }
