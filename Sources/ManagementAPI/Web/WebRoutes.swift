import ControlPlane
/// Stand-in.
package enum WebRoutes { static func all(_ controlPlane: ControlPlane) -> [Route] { [] } }
