import RelayProtocol
import Testing

struct AgreementTests {
    // R58
    @Test(arguments: [
        (["a, b"], ["a"], "a"), (["a, b"], ["b"], "b"), (["a", "b"], ["b"], "b"), (["a, b"], ["a, b"], "a"),
        (["b, a"], ["x, a, b"], "a"), (["a"], ["x"], nil), (["a"], [], nil), ([], ["a"], nil), ([], [], nil),
        (["a"], [""], nil), (["Soap"], ["soap"], nil), ([" a ,\tb"], ["  b  "], "b"), (["a b"], ["a b"], nil),
        (["a,,b"], [",b"], "b"), (["a\r\nX: y"], ["a\r\nX: y"], nil), (["wamp.2.json"], ["wamp.2.json"], "wamp.2.json"),
    ])
    func `the subprotocol is the listener's first that the sender offered`(
        _ offered: [String], _ accepted: [String], _ agreed: String?
    ) {
        #expect(Subprotocols.agreed(offered: offered, accepted: accepted) == agreed)
    }

    // R59, R60
    @Test(arguments: [
        (["permessage-deflate"], ["permessage-deflate"]),
        (["permessage-deflate; client_max_window_bits"], ["permessage-deflate; client_max_window_bits"]),
    ])
    func `no extension is agreed unless the gateway lets compressed frames pass`(
        _ offered: [String], _ accepted: [String]
    ) {
        #expect(ExtensionAnswer.agreed(offered: offered, accepted: accepted) == nil)
    }

    // R59
    @Test(arguments: [
        ("permessage-deflate", "permessage-deflate", true),
        ("x-other, permessage-deflate; client_max_window_bits", "permessage-deflate", true),
        ("permessage-deflate", "PerMessage-Deflate", true),
        (
            "permessage-deflate",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover", true
        ),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10", true
        ),
        (
            "permessage-deflate; client_max_window_bits=12; server_max_window_bits=12",
            "permessage-deflate; server_max_window_bits=11 ;client_max_window_bits=11", true
        ),
        // An ordinary offer of the listener's library.
        ("permessage-deflate; client_max_window_bits", "permessage-deflate; client_max_window_bits", false),
        ("permessage-deflate", "permessage-deflate, permessage-deflate; client_max_window_bits", false),
        ("permessage-deflate", "permessage-deflate, x-other", false),
        // No legal answer.
        ("permessage-deflate", "permessage-deflate; client_max_window_bits=10; server_max_window_bits=10", false),
        (
            "permessage-deflate; client_max_window_bits; server_max_window_bits=9",
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10", false
        ),
        ("permessage-deflate; server_max_window_bits=9", "permessage-deflate", false),
        ("permessage-deflate; server_no_context_takeover", "permessage-deflate", false),
        ("permessage-deflate; server_no_context_takeover=1", "permessage-deflate", false),
        ("x-other", "permessage-deflate", false),
        ("", "permessage-deflate", false),
        ("permessage-deflate", "", false),
        ("x-other", "x-other", false),
        // What would mean another thing in each direction.
        ("permessage-deflate", "permessage-deflate; server_no_context_takeover", false),
        (
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; server_max_window_bits=10; client_max_window_bits=11", false
        ),
        // Hostile.
        ("permessage-deflate", "permessage-deflate; x", false),
        ("permessage-deflate", "permessage-deflate; server_max_window_bits=7; client_max_window_bits=7", false),
        ("permessage-deflate", "permessage-deflate; server_max_window_bits=+9; client_max_window_bits=+9", false),
        (
            "permessage-deflate",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover; client_no_context_takeover",
            false
        ),
        ("permessage-deflate", "permessage-deflate\r\nX: y", false),
        ("permessage-deflate", "permessage-deflate;", false),
    ])
    func `an extension is agreed when the listener's value is an answer to the sender's offer`(
        _ offered: String, _ accepted: String, _ isAgreed: Bool
    ) {
        let agreed = ExtensionAnswer.agreed(offered: [offered], accepted: [accepted], isAllowed: true)

        #expect(agreed == (isAgreed ? accepted : nil))
    }
}
