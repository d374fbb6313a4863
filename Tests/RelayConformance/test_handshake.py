"""The opening handshake of every action, and what is no handshake. G1, G11, R1, R3, R10, R11, R12, R57, R59, R60."""

import uuid

import pytest

from peers.answers import Answer
from peers.frames import binary, ping, text
from peers.process import resident_bytes
from peers.rendezvous import Meeting, check_switch
from peers.responder import Responder
from peers.websocket import WebSocket, new_key, upgrade


@pytest.fixture
def listening(meeting):
    meeting.listen()
    return meeting


# What is changed in an otherwise good handshake, and the statuses that its refusal may have.
REFUSED = {
    "POST": ({"method": "POST"}, (400, 404, 405)), "HEAD": ({"method": "HEAD"}, (400, 404, 405)),
    "PUT": ({"method": "PUT"}, (400, 404, 405)), "an unknown method": ({"method": "FOO"}, (400, 404, 405, 501)),
    "a method in lower case": ({"method": "get"}, (400, 404, 405, 501)),
    "HTTP/1.0": ({"version": "HTTP/1.0"}, (400, 426, 505)), "HTTP/2.0": ({"version": "HTTP/2.0"}, (400, 505)),
    "no version": ({"sec_websocket_version": None}, (400, 426)), "version 8": ({"sec_websocket_version": "8"}, (426,)),
    "version 0": ({"sec_websocket_version": "0"}, (426,)), "version 14": ({"sec_websocket_version": "14"}, (426,)),
    "version 013": ({"sec_websocket_version": "013"}, (400, 426)),
    "version 13 and 8": ({"sec_websocket_version": "13, 8"}, (400, 426)),
    "version of words": ({"sec_websocket_version": "new"}, (400, 426)),
    "no key": ({"sec_websocket_key": None}, (400,)), "an empty key": ({"sec_websocket_key": ""}, (400,)),
    "a key of 15 bytes": ({"sec_websocket_key": "AAAAAAAAAAAAAAAAAAAA"}, (400,)),
    "a key of 17 bytes": ({"sec_websocket_key": "AAAAAAAAAAAAAAAAAAAAAAA="}, (400,)),
    "a key that is no base64": ({"sec_websocket_key": "!!!!!!!!!!!!!!!!!!!!!!=="}, (400,)),
    "a key without padding": ({"sec_websocket_key": "AAAAAAAAAAAAAAAAAAAAAA"}, (400,)),
    "a key with a blank": ({"sec_websocket_key": "AAAAAAAAAAA AAAAAAAAAA=="}, (400,)),
    "two keys": ({"headers": [("Sec-WebSocket-Key", "BAAAAAAAAAAAAAAAAAAAAA==")]}, (400,)),
    "two versions": ({"headers": [("Sec-WebSocket-Version", "8")]}, (400, 426)),
    "no Upgrade": ({"upgrade": None}, (400, 404, 426)), "Upgrade to h2c": ({"upgrade": "h2c"}, (400, 404, 426)),
    "Upgrade of another spelling": ({"upgrade": "web socket"}, (400, 404, 426)),
    "no Connection": ({"connection": None}, (400, 404, 426)),
    "Connection: keep-alive": ({"connection": "keep-alive"}, (400, 404, 426)),
    "Connection: close": ({"connection": "close"}, (400, 404, 426)),
    "a body": ({"headers": [("Content-Length", "5")]}, (400,)),
    "a chunked body": ({"headers": [("Transfer-Encoding", "chunked")]}, (400,)),
}
TAKEN = {
    "Upgrade in capitals": {"upgrade": "WebSocket"}, "UPGRADE": {"upgrade": "WEBSOCKET", "connection": "UPGRADE"},
    "a list in Connection": {"connection": "keep-alive, Upgrade"},
    "a list without blanks": {"connection": "keep-alive,upgrade"},
    "header names that are digits": {"headers": [("0", "Sec-WebSocket-Extensions: permessage-deflate")]},
    "an offer of compression": {"headers": [("Sec-WebSocket-Extensions",
                                             "permessage-deflate; client_max_window_bits")]},
    "an empty body": {"headers": [("Content-Length", "0")]},
    "an Origin": {"headers": [("Origin", "https://example.com")]},
    "other headers": {"headers": [("Relay-User-Agent", "x"), ("X-A", "b")]},
}


def action(meeting, name):
    """Target and credentials of a handshake of this kind, and what undoes it."""
    if name == "accept":
        call = meeting.dial()
        accept = meeting.control.accept(call.identity)
        path = accept["address"].split("://", 1)[1].split("/", 1)[1]
        return "/" + path, []
    identity = str(uuid.uuid4())
    return meeting.target(name, sb_hc_id=identity), meeting.credentials()


def shake(meeting, name, changes):
    target, credentials = action(meeting, name)
    changes = dict(changes)
    headers = changes.pop("headers", []) + credentials
    key = changes.get("sec_websocket_key") or new_key()
    peer = meeting.peer()
    peer.send(upgrade(target, meeting.host, headers, key=key, **changes))
    return peer, key


@pytest.mark.parametrize("name", ["listen", "connect", "accept"])
@pytest.mark.parametrize("change", REFUSED)
def test_a_wrong_handshake_is_refused(listening, entity, name, change):
    changes, statuses = REFUSED[change]
    peer, _ = shake(listening, name, changes)
    answer = peer.answer("HEAD" if changes.get("method") == "HEAD" else "GET")
    assert isinstance(answer, Answer) and answer.status in statuses, answer
    if answer.status == 426:
        assert answer.header("Sec-WebSocket-Version") == "13", answer.headers
    if answer.status == 405:
        assert answer.header("Allow") == "GET", answer.headers
    assert entity.listener_count == 1 and not listening.control.accepts


@pytest.mark.parametrize("name", ["listen", "connect", "accept"])
@pytest.mark.parametrize("change", TAKEN)
def test_an_unusual_handshake_is_taken(listening, name, change):
    peer, key = shake(listening, name, TAKEN[change])
    if name == "connect":
        listening.loop.run(lambda: listening.control.accepts, "the accept")
        _, accept = listening.control.accepts.popitem()
        listening.answer_accept(accept)
    answer = peer.answer()
    check_switch(answer, key)
    assert answer.header("Sec-WebSocket-Extensions") is None and answer.header("Sec-WebSocket-Protocol") is None


@pytest.mark.parametrize("query, status", [
    ("?sb-hc-action=unknown", 400), ("?sb-hc-action=", None), ("?sb-hc-action=Listen%00", 400),
    ("?sb-hc-action=request", 403),
    ("?sb-hc-action=accept", 403), ("?sb-hc-action=accept&sb-hc-id=", 403),
    ("?sb-hc-action=listen&sb-hc-action=connect", None),
])
def test_an_action_that_is_none_is_refused(listening, query, status):
    peer = listening.peer()
    peer.send(upgrade(f"/$hc/{listening.entity.name}{query}", listening.host, listening.credentials()))
    if status:
        assert peer.answer().status == status
        return
    # Without a value it may mean `connect`, and of two it may take either, or refuse them; what it must not do is fail.
    listening.loop.run(lambda: listening.control.accepts or peer.received, "something comes of it")
    assert not peer.received or peer.answer().status in (101, 400)


def test_a_plain_request_of_a_websocket_path_is_refused(listening):
    peer = listening.peer()
    peer.send(f"GET {listening.target('connect')} HTTP/1.1\r\nHost: {listening.host}\r\n\r\n".encode())
    assert peer.answer().status in (400, 404, 426)
    assert not listening.control.accepts and not listening.control.requests


def test_an_upgrade_of_a_request_path_is_not_relayed_as_an_upgrade(loop, ports, estate):
    """R111"""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    responder = Responder(meeting.listen())
    peer = meeting.peer()
    peer.send(upgrade(f"/{meeting.entity.name}/path", meeting.host))
    answer = peer.answer()
    assert answer.status != 101
    assert all("/path" in target for target in responder.targets)


def test_a_hybrid_connection_can_be_used_as_soon_as_it_is_made(loop, ports, estate):
    """A 404 ends some listeners for good. R35"""
    for _ in range(30):
        meeting = Meeting(loop, ports["plain"], estate.entity())
        pair = meeting.pair()
        pair.drop()
        meeting.control.websocket.peer.reset()


# MARK: what comes before the answer


@pytest.mark.parametrize("piece", [None, 1], ids=["at once", "1 byte at a time"])
def test_frames_that_are_sent_with_the_handshake_are_not_lost(listening, piece):
    """A client should wait for the 101, and some do not; what they sent follows the join, in order. R57"""
    identity, key = str(uuid.uuid4()), new_key()
    early = b"".join(binary(b"early %d" % number).encode() for number in range(20))
    peer = listening.peer()
    peer.send(upgrade(listening.target("connect", sb_hc_id=identity), listening.host, listening.credentials(),
                      key) + early, piece)
    accept = listening.control.accept(identity)
    far_peer, far_key = listening.answer_accept(accept)
    far = listening.joined(far_peer, far_key)
    near = listening.joined(peer, key)
    near.send(binary(b"late"))
    far.message(21)
    assert [payload for _, payload in far.messages] == [b"early %d" % number for number in range(20)] + [b"late"]


def test_frames_that_are_sent_with_the_accept_are_not_lost(listening):
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    path = accept["address"].split("://", 1)[1].split("/", 1)[1]
    key, peer = new_key(), listening.peer()
    peer.send(upgrade("/" + path, listening.host, key=key) + text("first").encode() + text("second").encode())
    listening.joined(peer, key)
    near = listening.joined(call.peer, call.key)
    near.message(2)
    assert [payload for _, payload in near.messages] == [b"first", b"second"]


def test_frames_that_are_sent_with_the_listen_handshake_are_read(listening):
    key, peer = new_key(), listening.peer()
    peer.send(upgrade(listening.target("listen"), listening.host, listening.credentials(),
                      key) + ping(b"at once").encode())
    websocket = listening.joined(peer, key)
    websocket.wait(lambda: websocket.pongs, "the pong")
    assert websocket.pongs == [b"at once"]


def test_a_sender_that_sends_much_before_it_is_joined_is_held_back(listening, server):
    """Nobody reads it yet; the gateway takes what its own buffers hold and no more."""
    before = resident_bytes(server.pid)
    calls = [listening.dial() for _ in range(10)]
    for call in calls:
        for _ in range(320):
            call.peer.send(binary(bytes(65_536), key=b"abcd").encode())
    listening.loop.spend(1.0)
    assert all(call.peer.unsent > 0 for call in calls), "20 MiB went somewhere"
    assert resident_bytes(server.pid) - before < 24 << 20
    for call in calls:
        call.peer.reset()


@pytest.mark.parametrize("name", ["listen", "connect", "accept"])
def test_a_handshake_that_arrives_byte_by_byte_is_taken(listening, name):
    target, credentials = action(listening, name)
    key, peer = new_key(), listening.peer()
    peer.send(upgrade(target, listening.host, credentials, key), piece=1)
    if name == "connect":
        listening.loop.run(lambda: listening.control.accepts, "the accept")
        listening.answer_accept(listening.control.accepts.popitem()[1])
    WebSocket(listening.joined(peer, key).peer)


# MARK: no open proxy


@pytest.mark.parametrize("line", [
    "CONNECT {operations} HTTP/1.1", "CONNECT {host} HTTP/1.1", "CONNECT localhost:22 HTTP/1.1",
    "CONNECT /entity HTTP/1.1",
    "GET http://{operations}/health/live HTTP/1.1", "POST http://{operations}/ HTTP/1.1",
    "GET https://example.com/ HTTP/1.1",
    "GET http://[::1]:1/ HTTP/1.1", "GET //{operations}/health/live HTTP/1.1", "OPTIONS * HTTP/1.1",
])
@pytest.mark.parametrize("host", ["{host}", "{operations}", "example.com"])
def test_it_is_no_open_proxy(meeting, server, door, healthy, line, host):
    operations = server.runtime["operationsAddress"]
    meeting = Meeting(meeting.loop, door, meeting.entity)
    peer = meeting.peer()
    fill = lambda value: value.replace("{operations}", operations).replace("{host}", meeting.host)  # noqa: E731
    peer.send(f"{fill(line)}\r\nHost: {fill(host)}\r\n\r\n".encode())
    answer = peer.answer()
    assert 400 <= answer.status < 500 or answer.status == 501, answer
    assert b"alive" not in answer.body and b"ready" not in answer.body
    healthy(door.name)
