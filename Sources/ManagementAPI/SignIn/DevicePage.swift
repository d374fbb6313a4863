import Identity
import RelayModel

/// The HTML of the approval page. Everything that comes from outside is escaped; there is no script.
enum DevicePage {
    static func askForCode(problem: String?) -> String {
        page(
            "Sign in a device",
            """
            \(warning(problem))<form method="post" action="/devicelogin">
            <label>The code that the device shows
            <input name="code" autocomplete="off" autocapitalize="characters" spellcheck="false" required autofocus></label>
            <button name="action" value="look">Next</button>
            </form>
            """
        )
    }

    static func askForPassword(code: String, _ request: DeviceSignIn, problem: String?) -> String {
        page(
            "Sign in a device",
            """
            \(warning(problem))<p>The program <b>\(escaped(request.clientID))</b> at the address \
            <b>\(escaped(request.address))</b> asked at \(escaped(request.startedAt.iso8601)) to be signed in as you. \
            Go on only if you started it yourself.</p>
            <form method="post" action="/devicelogin">
            <input type="hidden" name="code" value="\(escaped(code))">
            <label>User name <input name="username" autocomplete="username" autofocus></label>
            <label>Password <input name="password" type="password" autocomplete="current-password"></label>
            <button name="action" value="approve">Sign in</button>
            <button name="action" value="decline">Decline</button>
            </form>
            """
        )
    }

    static func message(_ title: String, _ text: String) -> String { page(title, "<p>\(escaped(text))</p>") }

    private static func page(_ title: String, _ body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>\(escaped(title)) - Causeway</title>
        <style>body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem}\
        label{display:block;margin:1rem 0}input{display:block;width:100%;font:inherit;padding:.4rem;box-sizing:border-box}\
        button{font:inherit;padding:.4rem 1rem;margin-right:.5rem}.problem{color:#a00}</style></head>
        <body><h1>\(escaped(title))</h1>
        \(body)
        </body></html>

        """
    }

    private static func warning(_ problem: String?) -> String {
        problem.map { "<p class=\"problem\" role=\"alert\">\(escaped($0))</p>\n" } ?? ""
    }

    /// Scalar by scalar, as a browser reads: a quotation mark with an accent is one character, and still a quotation mark.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(300) {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
