import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a connection that we wanted does not stand, or an answer did not come.
package struct DialFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The host name is not known, or its name servers do not answer.
        case nameUnknown
        /// Somebody is there and refuses.
        case refused
        /// There is no way to the address.
        case unreachable
        case timedOut
        /// TLS could not be agreed on, or the certificate is not trusted.
        case tls
        /// The proxy does not let us through.
        case proxy
        /// What came is not the protocol that was expected.
        case protocolBroken
        /// The connection ended before there was an answer.
        case closed
        /// The connection was not begun: a rule of ours forbids the address.
        case forbidden
    }

    package var kind: Kind
    /// A sentence without the full stop that names host and cause; never a secret.
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    /// Reads what the sockets and TLS report. `place`: `host:port`, for the sentence.
    package init(_ error: any Error, at place: String) {
        switch error {
        case let failure as DialFailure: self = failure
        case let error as IOError: self.init(errorNumber: error.errnoCode, at: place)
        case ChannelError.connectTimeout: self.init(.timedOut, "\(place) did not answer in time")
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            self.init(.tls, "the certificate of \(place) is for another host name")
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            self.init(.tls, Self.tlsMessage(String(describing: error), place))
        default: self.init(.closed, "the connection to \(place) failed: \(error)")
        }
    }

    package init(errorNumber code: CInt, at place: String) {
        let kind: Kind =
            switch code {
            case ECONNREFUSED: .refused
            case ETIMEDOUT: .timedOut
            case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT: .unreachable
            case EACCES, EPERM: .forbidden
            default: .closed
            }
        self.init(kind, "no connection to \(place): \(String(cString: strerror(code)))")
    }

    private static func tlsMessage(_ text: String, _ place: String) -> String {
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "the certificate of \(place) is not from an authority that is trusted here; give its CA file"
        }
        if text.contains("WRONG_VERSION_NUMBER") { return "\(place) does not speak TLS" }
        return "TLS with \(place) failed: \(text.prefix(300))"
    }
}
