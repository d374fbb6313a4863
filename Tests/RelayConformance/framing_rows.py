"""Requests that two HTTP parsers could read differently, as rows of a table. H1 to H6."""

from dataclasses import dataclass

CHUNKED = "Transfer-Encoding: chunked\r\n"


@dataclass(frozen=True)
class Row:
    """What is wrong with one request. Statuses are those that a refusal may have."""

    name: str
    headers: str = ""
    body: str = ""
    statuses: tuple = (400,)
    method: str = "POST"
    target: str = "{target}"
    version: str = "HTTP/1.1"
    host: str = "Host: {host}\r\n"
    raw: bytes | None = None
    # Nothing of it may reach a listener, not even its head.
    is_silent: bool = True
    # Where it ends is beyond doubt, so that what follows may be served.
    may_go_on: bool = False

    def encode(self, target, host):
        if self.raw is not None:
            return self.raw
        line = f"{self.method} {self.target} {self.version}\r\n".replace("{target}", target).replace("{host}", host)
        return (line + self.host.replace("{host}", host) + self.headers + "\r\n" + self.body).encode("latin-1")


def lengths():
    for value in ("+2", "-2", "-0", "0x2", "2_0", "2 2", "2\t2", "", "two", "2.0", "2,2", "2, 2", "2;", "\xb2", "2\x0b",
                  "1e1", "'2'",
                  "9223372036854775808", "18446744073709551616", "18446744073709551618", "9" * 400):
        yield Row(f"length {value[:24]!r}", f"Content-Length: {value}\r\n", "{}")
    for first, second in (("2", "3"), ("2", "2"), ("0", "2"), ("2", "")):
        yield Row(f"lengths {first!r} and {second!r}", f"Content-Length: {first}\r\nContent-Length: {second}\r\n", "{}")
    yield Row("length, then encoding", "Content-Length: 5\r\n" + CHUNKED, "0\r\n\r\n")
    yield Row("encoding, then length", CHUNKED + "Content-Length: 5\r\n", "0\r\n\r\n")
    yield Row("encoding and length 0", CHUNKED + "Content-Length: 0\r\n", "0\r\n\r\n")
    yield Row("length and encoding in lower case", "content-length: 5\r\ntransfer-encoding: chunked\r\n", "0\r\n\r\n")
    yield Row("length and an unknown encoding", "Content-Length: 5\r\nTransfer-Encoding: x\r\n", "0\r\n\r\n",
              (400, 501))


def encodings():
    for value in ("gzip", "identity", "chunked, chunked", "gzip, chunked", "chunked, gzip", "xchunked", "chunkedx",
                  "chunked;a=b",
                  '"chunked"', "chunked\x0b", "\x0bchunked", ",", "chunked,", ",chunked", "", "chunked identity"):
        yield Row(f"encoding {value!r}", f"Transfer-Encoding: {value}\r\n", "2\r\n{}\r\n0\r\n\r\n", (400, 501))
    for first, second in (("chunked", "chunked"), ("identity", "chunked"), ("chunked", "identity"), ("chunked", "")):
        yield Row(f"encodings {first!r} and {second!r}",
                  f"Transfer-Encoding: {first}\r\nTransfer-Encoding: {second}\r\n",
                  "2\r\n{}\r\n0\r\n\r\n", (400, 501))
    yield Row("encoding in HTTP/1.0", CHUNKED, "2\r\n{}\r\n0\r\n\r\n", (400, 501, 505), version="HTTP/1.0")


def chunks():
    bodies = {
        "plus": "+2\r\n{}\r\n0\r\n\r\n", "minus": "-2\r\n{}\r\n0\r\n\r\n", "prefix": "0x2\r\n{}\r\n0\r\n\r\n",
        "no digit": "g\r\n{}\r\n0\r\n\r\n",
        "no size": "\r\n{}\r\n0\r\n\r\n", "blank before": " 2\r\n{}\r\n0\r\n\r\n",
        "blank after": "2 \r\n{}\r\n0\r\n\r\n",
        "tab after": "2\t\r\n{}\r\n0\r\n\r\n", "underscore": "0_2\r\n{}\r\n0\r\n\r\n",
        "overflow": "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "largest": "ffffffffffffffff\r\n{}\r\n0\r\n\r\n", "sign bit": "8000000000000000\r\n{}\r\n0\r\n\r\n",
        "many digits": "F" * 400 + "\r\n{}\r\n0\r\n\r\n",
        "too much data": "2\r\n{}x\r\n0\r\n\r\n", "no end of line": "2\r\n{}0\r\n\r\n",
        "LF after size": "2\n{}\r\n0\r\n\r\n",
        "LF after data": "2\r\n{}\n0\r\n\r\n", "CR after size": "2\r{}\r\n0\r\n\r\n",
        "two CR": "2\r\r\n{}\r\n0\r\n\r\n",
        "NUL in extension": "2;a\x00b\r\n{}\r\n0\r\n\r\n", "LF in extension": "2;a\nb\r\n{}\r\n0\r\n\r\n",
        "CR in extension": "2;a\rb\r\n{}\r\n0\r\n\r\n",
        "long extension": "2;" + "x" * 100_000 + "\r\n{}\r\n0\r\n\r\n",
        "trailer without colon": "2\r\n{}\r\n0\r\nnothing\r\n\r\n",
        "trailer with blank": "2\r\n{}\r\n0\r\nA : b\r\n\r\n", "trailer with LF": "2\r\n{}\r\n0\r\nA: b\nC: d\r\n\r\n",
    }
    for name, body in bodies.items():
        yield Row(f"chunk: {name}", CHUNKED, body, is_silent=False)
    for name, trailers in (("many", "A: b\r\n" * 5_000), ("long", "A: " + "b" * 100_000 + "\r\n")):
        yield Row(f"trailers: {name}", CHUNKED, f"2\r\n{{}}\r\n0\r\n{trailers}\r\n", (400, 431), is_silent=False)


def headers():
    lines = {
        "blank before colon": "X-A : b\r\n", "tab before colon": "X-A\t: b\r\n", "no colon": "X-A b\r\n",
        "empty name": ": b\r\n",
        "parentheses in a name": "X(A): b\r\n", "slash in a name": "X/A: b\r\n",
        "byte beyond ASCII in a name": "X\xe9: b\r\n",
        "NUL in a name": "X\x00A: b\r\n", "NUL in a value": "X-A: b\x00c\r\n", "CR in a value": "X-A: b\rc\r\n",
        "CR between headers": "X-A: b\rX-B: c\r\n", "bell in a value": "X-A: b\x07c\r\n",
        "DEL in a value": "X-A: b\x7fc\r\n",
        "fold with a blank": "X-A: b\r\n c\r\n", "fold with a tab": "X-A: b\r\n\tc\r\n",
        "blank before the first header": " X-A: b\r\n",
        "LF between headers": "X-A: b\nX-B: c\r\n", "two CR": "X-A: b\r\r\n", "escape in a value": "X-A: \x1b[31m\r\n",
        "folded length": "Content-Length:\r\n 2\r\n", "blank before the colon of a length": "Content-Length : 2\r\n",
    }
    for name, line in lines.items():
        yield Row(f"header: {name}", line + "Content-Length: 0\r\n" * ("ength" not in name))
    for name, block in (("120 lines", "".join(f"X-{i}: a\r\n" for i in range(120))),
                        ("a long value", "X-A: " + "b" * 40_000 + "\r\n"),
                        ("a long name", "X" * 40_000 + ": b\r\n"),
                        ("48 KB", "".join(f"X-{i}: {'a' * 4_000}\r\n" for i in range(12))),
                        ("1 MB", "X-A: " + "b" * 1_000_000 + "\r\n")):
        yield Row(f"headers: {name}", block, method="GET", statuses=(431,), may_go_on=True)


def targets():
    for name, host in (("none", ""), ("two", "Host: {host}\r\nHost: other\r\n"),
                       ("the same twice", "Host: {host}\r\nhost: {host}\r\n"),
                       ("empty", "Host: \r\n"), ("with a blank", "Host: {host} x\r\n"),
                       ("with a slash", "Host: {host}/x\r\n"),
                       ("with a user", "Host: a@{host}\r\n"), ("a list", "Host: {host}, {host}\r\n"),
                       ("a port of letters", "Host: localhost:x\r\n"),
                       ("a port beyond 65535", "Host: localhost:65536\r\n")):
        yield Row(f"host: {name}", method="GET", host=host)
    for target in ("{target}%zz", "{target}%4", "{target}%", "{target}?a=%zz", "{target}?%", "noslash", "*",
                   "{target}#fragment", "{target}\x7f", "{target}\xef", "{target}\x00", "{target}\x0b", "{target}?a b",
                   "?sb-hc-action=listen", ""):
        yield Row(f"target: {target.replace('{target}', '')!r}", method="GET", target=target)
    for target in ("http://other.example{target}", "https://other.example{target}", "ftp://{host}{target}", "http://",
                   "https:{target}",
                   "http://other.example:80{target}", "ws://{host}{target}"):
        yield Row(f"target: {target!r}", method="GET", target=target, statuses=(400, 404, 421))
    yield Row("target: long", method="GET", target="{target}?" + "b" * 20_000, statuses=(414,))
    yield Row("target: very long", method="GET", target="{target}?" + "b" * 1_000_000, statuses=(414, 431))


def versions():
    for version in ("HTTP/2.0", "HTTP/3.0", "HTTP/1.2", "HTTP/0.9", "HTTP/1.10", "http/1.1", "HTTP/1", "HTTP/1.1 x",
                    "XTTP/1.1", "HTTP/01.1", ""):
        yield Row(f"version {version!r}", method="GET", version=version, statuses=(400, 505))
    for method, statuses in (("G E T", (400,)), ("", (400,)), ("G\x00T", (400,)), ("GET/x", (400, 405, 501)),
                             ("X" * 70_000, (400, 414, 431, 501)),
                             ("CONNECT", (400, 405, 501))):
        yield Row(f"method {method[:20]!r}", method=method, statuses=statuses)
    for name, data in (("HTTP/0.9", b"GET /x\r\n\r\n"),
                       ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64)),
                       ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ("a long line", b"G" * 70_000),
                       ("zeros", bytes(4_096)),
                       ("two blanks", b"GET  /x HTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("tabs", b"GET\t/x\tHTTP/1.1\r\nHost: x\r\n\r\n"),
                       ("a body alone", b"{}\r\n\r\n"), ("LF alone", b"GET /x HTTP/1.1\nHost: x\n\n"),
                       ("blank lines for ever", b"\r\n" * 5_000),
                       ("a frame", b"\x81\x85\x00\x00\x00\x00Hello\r\n\r\n"),
                       ("PROXY", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n")):
        yield Row(f"no HTTP: {name}", raw=data, statuses=tuple(range(400, 600)))


ROWS = [row for make in (lengths, encodings, chunks, headers, targets, versions) for row in make()]
