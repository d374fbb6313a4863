"""Values of senders in what listeners and clients get: data, never structure. G7, R12, R51, R53, R54, R83, R85."""

import uuid
from urllib.parse import parse_qsl, quote, urlsplit

import pytest

from peers.frames import text
from peers.rendezvous import Meeting
from peers.websocket import new_key, upgrade

# Values that break out of a JSON string, a header or a log line when somebody pastes them.
HOSTILE = {
    "a quote": 'a"b', "a backslash": "a\\b", "a backslash at the end": "a\\", "an escape": "a\\u0022b",
    "two escapes": "\\\\\"",
    "a whole message": '"},"accept":{"address":"wss://evil.example/?x=y","id":"1"}}',
    "members": 'x","address":"wss://evil.example/","y":"',
    "a request": '"}},{"request":{"id":"1"}}', "renewToken": '{"renewToken":{"token":"x"}}', "a tab": "a\tb",
    "brackets": "}]}>{[<",
    "a null": "null", "markup": "<script>alert(1)</script>", "percent": "%22%5C%0d%0a%00", "a format": "%s%n%@",
    "bytes beyond ASCII": "\xe9\xff\x80",
    "UTF-8": "é😀".encode().decode("latin-1"), "cut UTF-8": "\xe2\x82", "much": '"\\' * 3_000,
}


@pytest.fixture
def listening(meeting):
    meeting.listen()
    return meeting


def accept_of(meeting, call):
    """The accept message of a call, which must be the only message that came of it."""
    accept = meeting.control.accept(call.identity)
    assert set(accept) == {"address", "id", "connectHeaders", "remoteEndpoint"}, set(accept)
    assert urlsplit(accept["address"]).netloc == meeting.host
    assert accept["remoteEndpoint"]["port"] == call.peer.local_port
    assert all(isinstance(value, str) for value in accept["connectHeaders"].values())
    assert not meeting.control.accepts and not meeting.control.requests
    return accept


def is_utf8(value):
    try:
        value.encode("latin-1").decode()
        return True
    except UnicodeDecodeError:
        return False


# MARK: from a sender to a listener


@pytest.mark.parametrize("name", HOSTILE)
def test_a_header_of_a_sender_is_a_string(listening, name):
    value = HOSTILE[name]
    call = listening.dial(headers=[("X-Hostile", value), ("X-After", "intact")])
    if not is_utf8(value):
        # It cannot stand in JSON as it is; refusing it is better than changing it.
        assert call.peer.answer().status == 400 and not listening.control.accepts
        return
    headers = accept_of(listening, call)["connectHeaders"]
    found = {key.lower(): value for key, value in headers.items()}
    assert found["x-after"] == "intact"
    assert found["x-hostile"] == value.encode("latin-1").decode()
    call.peer.reset()


@pytest.mark.parametrize("header",
                         ["!#$%&'*+-.^_`|~0", "accept", "address", "__proto__", "0", "connectHeaders",
                          "Sec-WebSocket-Foo"])
def test_a_header_name_of_a_sender_is_a_string(listening, header):
    call = listening.dial(headers=[(header, "value")])
    assert accept_of(listening, call)["connectHeaders"].get(header) == "value"
    call.peer.reset()


def test_repeated_headers_are_joined(listening):
    call = listening.dial(headers=[("X-A", "1"), ("x-a", '"2'), ("X-A", "3")])
    headers = accept_of(listening, call)["connectHeaders"]
    assert [value for name, value in headers.items() if name.lower() == "x-a"] == ['1, "2, 3']
    call.peer.reset()


@pytest.mark.parametrize("name", [name for name in HOSTILE if "much" not in name])
@pytest.mark.parametrize("where", ["suffix", "query", "name"])
def test_a_target_of_a_sender_stays_a_target(listening, name, where):
    value = quote(HOSTILE[name], safe="")
    if where == "suffix":
        call = listening.dial(suffix="/" + value)
    elif where == "query":
        call = listening.dial(query=f"&user={value}")
    else:
        call = listening.dial(query=f"&{value}=user")
    answer = None
    listening.loop.run(lambda: listening.control.accepts or call.peer.received, "an accept or a refusal")
    if call.peer.received:
        answer = call.peer.answer()
        # What cannot be a path of an entity may be refused.
        assert where == "suffix" and answer.status in (400, 404), answer
        return
    accept = accept_of(listening, call)
    url = urlsplit(accept["address"])
    assert not set(accept["address"]) & set('"\\<> \r\n\t\0') and accept["address"].isascii()
    pairs = parse_qsl(url.query, keep_blank_values=True)
    assert ("sb-hc-action",
            "accept") in pairs and len([name for name, _ in pairs if name.lower() == "sb-hc-action"]) == 1
    if where == "query":
        assert f"user={value}".lower() in url.query.lower()
    pair = listening.join(call, accept)
    pair.sender.send(text("through"))
    assert pair.listener.message()[1] == b"through"
    pair.drop()


@pytest.mark.parametrize("identity",
                         ['"', "\\", 'x"y', "not-a-guid", "", "0" * 36, "{guid}\"", "{guid}\\",
                          "{guid}_G1&sb-hc-action=listen", "{guid}\r\nX: y",
                                      "{guid}=", "a" * 5_000, "{guid}" + "_G1" * 2_000, "é"])
def test_an_id_of_a_sender_is_a_guid_or_replaced(listening, identity):
    """Some listeners write it into JSON as it is, or take it apart at each `=`. R51, R53"""
    guid = str(uuid.uuid4())
    key, peer = new_key(), listening.peer()
    target = listening.target("connect") + "&sb-hc-id=" + quote(identity.replace("{guid}", guid), safe="")
    peer.send(upgrade(target, listening.host, listening.credentials(), key))
    listening.loop.run(lambda: listening.control.accepts or peer.received, "an accept or a refusal")
    if peer.received:
        assert peer.answer().status in (400, 414, 431)
        return
    _, accept = listening.control.accepts.popitem()
    uuid.UUID(accept["id"][:36])
    assert not set(accept["id"]) & set('"\\\r\n&= ')
    pairs = parse_qsl(urlsplit(accept["address"]).query, keep_blank_values=True)
    given = dict(pairs)["sb-hc-id"]
    uuid.UUID(given[:36])
    assert all(value.count("=") == 0 for name, value in pairs if name.startswith("sb-hc-"))
    if identity.startswith("{guid}"):
        assert accept["id"].startswith(guid)
    peer.reset()


def test_a_sender_cannot_add_parameters_of_the_relay(listening):
    """Neither in its query nor in an escaped form of it. R50, R83"""
    call = listening.dial(query="&sb-hc-statusCode=500&SB-HC-Foo=x&sb%2Dhc%2Dstatus=1&kept=yes&sb-hc-ticket=x")
    accept = accept_of(listening, call)
    pairs = parse_qsl(urlsplit(accept["address"]).query, keep_blank_values=True)
    names = [name.lower() for name, _ in pairs]
    assert len(set(names)) == len(names) and {"sb-hc-statuscode", "sb-hc-foo", "sb-hc-status"}.isdisjoint(names), pairs
    assert dict(pairs)["sb-hc-action"] == "accept" and dict(pairs).get("sb-hc-ticket") != "x"
    assert ("kept", "yes") in pairs
    pair = listening.join(call, accept)
    pair.drop()


# MARK: in refusals


@pytest.mark.parametrize("path", [
    "%0d%0aX-Injected:%20yes", "%0aX-Injected:%20yes", "%0d%0a%0d%0aHTTP/1.1%20200%20OK", "%00", "%1b%5b31m",
    "%22%3e%3cscript%3e", "%c3%a9", "%ff",
    "a%20TrackingId:x", "%7f", "%c2%85", "%e2%80%a8",
])
@pytest.mark.parametrize("kind", ["connect", "listen", "request", "upper"])
def test_a_path_cannot_split_a_refusal(meeting, path, kind):
    """The reason names what was asked for, and is read by clients as one line. R12"""
    peer = meeting.peer()
    if kind == "request":
        peer.send(f"GET /no{path} HTTP/1.1\r\nHost: {meeting.host}\r\n{meeting.credential_lines()}\r\n".encode())
    else:
        path, action = (path.upper(), "connect") if kind == "upper" else (path, kind)
        target = f"/$hc/no{path}?sb-hc-action={action}"
        peer.send(upgrade(target, meeting.host, meeting.credentials()))
    answer = peer.answer()
    assert answer.status in (400, 401, 404), answer
    assert answer.header("X-Injected") is None and answer.reason.isprintable() and answer.reason.isascii()
    assert not peer.received


@pytest.mark.parametrize("name", ["sb-hc-id", "sb-hc-token", "ServiceBusAuthorization", "X-Process-At"])
@pytest.mark.parametrize("value",
                         ["%0d%0aX-Injected:%20yes", "%00", "%22%5c", "%ff%fe",
                          "SharedAccessSignature%20sr=%0d%0aX-Injected:%20yes&sig=%00&se=%0a&skn=%0d"])
def test_a_credential_cannot_split_a_refusal(meeting, name, value):
    peer = meeting.peer()
    target = f"/$hc/{meeting.entity.name}?sb-hc-action=listen"
    if name.startswith("sb-hc"):
        peer.send(upgrade(f"{target}&{name}={quote(value, safe='%')}", meeting.host))
    else:
        peer.send(upgrade(target, meeting.host, [(name, value)]))
    answer = peer.answer()
    assert answer.status in (400, 401), answer
    assert answer.header("X-Injected") is None and answer.reason.isascii()


# MARK: in requests


@pytest.fixture
def relayed(loop, ports, estate):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    meeting.listen()
    return meeting


@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "much"])
def test_a_header_of_a_request_is_a_string(relayed, name):
    peer = relayed.peer()
    value = HOSTILE[name]
    peer.send(relayed.request("/x", headers=f"X-Hostile: {value}\r\nX-After: intact\r\n"))
    if not is_utf8(value):
        assert peer.answer().status == 400 and not relayed.control.requests
        return
    request = relayed.control.request()
    found = {key.lower(): value for key, value in request["requestHeaders"].items()}
    assert (found["x-after"], found["x-hostile"]) == ("intact", value.encode("latin-1").decode())
    assert set(request) == {"address", "id", "requestTarget", "method", "requestHeaders", "remoteEndpoint", "body"}
    relayed.control.respond(request, 200)
    assert peer.answer().status == 200
