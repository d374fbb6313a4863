"""Raw bytes on the relay's ports: one refusal, the end, nothing after it interpreted, and good health. H1 to H8."""

import hashlib
import json
import os
import socket
import struct

import pytest

from framing_rows import CHUNKED, ROWS
from peers.loop import Loop
from peers.process import descriptors
from peers.rendezvous import Meeting
from peers.responder import Responder


@pytest.fixture(scope="module")
def entity(estate):
    return estate.entity("framing", is_open=True)


@pytest.fixture(scope="module")
def served(ports, entity):
    """A listener that answers every request that it ever hears of."""
    loop = Loop()
    responder = Responder(Meeting(loop, ports["plain"], entity).listen())
    yield responder
    loop.close()


@pytest.fixture
def client(served, door):
    """Peers of either door, in the loop of the listener."""
    return Meeting(served.meeting.loop, door, served.meeting.entity)


def good(client, name, headers="", method="GET", body="", close=True):
    ending = "Connection: close\r\n" if close else ""
    return client.request("/" + name, method, headers + ending) + body.encode()


def all_answers(peer):
    answers = []
    while (answer := peer.answer()) is not None:
        answers.append(answer)
    return answers


# MARK: refusals


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_doubtful_is_refused(client, served, healthy, row):
    before = len(served.targets)
    peer = client.peer()
    peer.send(row.encode(f"/{client.entity.name}/doubtful", client.host) + good(client, "after"))
    answers = all_answers(peer)
    goes_on = row.may_go_on and len(answers) == 2 and answers.pop().status == 200
    assert len(answers) <= 1, [answer.status for answer in answers]
    if row.raw is None:
        assert answers, "the connection ended without a refusal"
    for answer in answers:
        assert answer.status in row.statuses, (answer.status, answer.reason, answer.body[:200])
        assert answer.header("Via") is None or answer.status == 200, "only answers of listeners carry Via"
        assert "Swift" not in answer.reason and b".swift" not in answer.body
    assert peer.end, "the connection is open after a framing error"
    heard = served.targets[before:]
    if not goes_on:
        assert not [target for target in heard
                    if target.endswith("after")], "bytes after a framing error were a request"
        assert not row.is_silent or not heard, heard
    healthy(client.door.name)


@pytest.mark.parametrize("row", [row for row in ROWS if row.name.startswith(("header", "host", "version", "target: '%"))
                                 and row.statuses != (431,)], ids=lambda row: row.name)
def test_a_doubtful_handshake_opens_nothing(loop, ports, estate, served, row):
    meeting = Meeting(loop, ports["plain"], served.meeting.entity)
    switch = ("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n")
    peer = meeting.peer()
    line = f"GET {row.target} {row.version}\r\n".replace("{target}", f"/$hc/{meeting.entity.name}/doubtful")
    head = line + row.host + row.headers.replace("Content-Length: 0\r\n", "") + switch + "\r\n"
    peer.send(head.replace("{host}", meeting.host).encode("latin-1"))
    answer = peer.answer()
    assert answer.status in row.statuses, answer
    assert peer.ended()
    assert not served.control.accepts


# MARK: what is fine


def test_good_requests_are_answered_in_this_way(client, served):
    peer = client.peer()
    peer.send(good(client, "first", close=False) + good(client, "second"))
    answers = all_answers(peer)
    assert [answer.status for answer in answers] == [200, 200]
    assert [json.loads(answer.body)["target"].rsplit("/", 1)[1] for answer in answers] == ["first", "second"]
    assert all(answer.header("Via") for answer in answers)


@pytest.mark.parametrize("body", [
    "5\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0;c\r\n\r\n", "00005\r\nhello\r\n0000\r\n\r\n",
    "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
    "5\r\nhello\r\n0\r\nX-Trailer: a\r\nAuthorization: b\r\nContent-Length: 7\r\n\r\n",
], ids=["one chunk", "extensions", "zeros in front", "two chunks", "trailers"])
@pytest.mark.parametrize("piece", [None, 1], ids=["at once", "1 byte at a time"])
def test_chunks_are_put_together(client, served, body, piece):
    peer = client.peer()
    peer.send(good(client, "chunks", CHUNKED, "POST", body, close=False), piece=piece)
    peer.send(good(client, "next"))
    first, second = all_answers(peer)
    said = json.loads(first.body)
    assert (first.status, said["length"], second.status) == (200, 5, 200)
    assert {name.lower()
            for name in said["headers"]}.isdisjoint({"x-trailer", "authorization", "content-length",
                                                     "transfer-encoding"})


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 3_000_000])
@pytest.mark.parametrize("encoding", ["length", "chunks"])
def test_bodies_of_every_size_are_whole(client, served, size, encoding):
    body = os.urandom(size).hex()[:size]
    if encoding == "length":
        data = good(client, "body", f"Content-Length: {size}\r\n", "POST", body)
    else:
        parts = [body[start:start + 50_000] for start in range(0, size, 50_000)]
        data = good(client, "body", CHUNKED, "POST", "".join(f"{len(p):x}\r\n{p}\r\n" for p in parts) + "0\r\n\r\n")
    peer = client.peer()
    peer.send(data)
    answer = peer.answer(limit=20)
    said = json.loads(answer.body)
    assert (said["length"], said["digest"]) == (size, hashlib.sha256(body.encode()).hexdigest())


def test_pipelined_requests_are_answered_in_order(client, served):
    peer = client.peer()
    data = b""
    for number in range(30):
        size = number * 5_000
        data += good(client, f"order-{number}", f"Content-Length: {size}\r\n", "POST", "x" * size, close=False)
        data += good(client, f"order-{number}-again", close=False)
    peer.send(data + good(client, "end"), piece=7_919)
    answers = all_answers(peer)
    wanted = [name for number in range(30) for name in (f"order-{number}", f"order-{number}-again")] + ["end"]
    assert [json.loads(answer.body)["target"].rsplit("/", 1)[1] for answer in answers] == wanted


def test_the_answer_before_a_malformed_request_comes_first(client, served):
    peer = client.peer()
    peer.send(good(client, "before", close=False) + good(client, "bad", "X-A : b\r\n") + good(client, "after"))
    assert [answer.status for answer in all_answers(peer)] == [200, 400]


def test_the_absolute_form_of_the_own_host_is_served(client, served):
    peer = client.peer()
    peer.send(good(client, "absolute").replace(b" /", f" https://{client.host}/".encode(), 1))
    assert [answer.status for answer in all_answers(peer)] == [200]


def test_a_client_that_asks_may_send_its_body(client, served):
    peer = client.peer()
    peer.send(good(client, "asks", "Expect: 100-continue\r\nContent-Length: 5\r\n", "POST"))
    assert peer.answer().status == 100
    peer.send(b"hello")
    answer = peer.answer()
    assert (answer.status, json.loads(answer.body)["length"]) == (200, 5)


def test_clients_that_reset_in_the_middle_of_a_body_cost_nothing(client, served, server, healthy):
    loop = client.loop
    before = descriptors(server.pid)
    for _ in range(40):
        peer = client.peer()
        peer.send(good(client, "reset", "Content-Length: 1000000\r\n", "POST", "x" * 1_000))
        peer.reset()
    loop.run(lambda: descriptors(server.pid) <= before + 4, "the server has closed its ends", 20)
    healthy()


@pytest.mark.parametrize("data",
                         [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", bytes(200), b"\xff" * 200,
                          b"\x16\x03\x01\xff\xff" + b"a" * 500],
                         ids=["plain HTTP", "zeros", "ones", "a huge record"])
def test_what_is_no_tls_is_cut_off(server, healthy, data):
    with socket.create_connection(server.address("relay"), timeout=8) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := connection.recv(4_096):
                received += more
        except ConnectionResetError:
            pass
    assert b"HTTP/" not in received and len(received) < 100
    healthy("TLS")


def client_hello(version):
    """As clients of TLS 1.0 to 1.2 send it: one version, suites with ECDSA and RSA, groups and signatures."""
    extensions = bytes.fromhex("000a00060004001d0017" "000b00020100" "000d000a0008" "0403080404010201")
    body = b"\x03" + bytes([version]) + bytes(32) + b"\x00" + bytes.fromhex("000ac009c00ac02bc02fc013") + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def test_tls_is_1_2_or_newer(server):
    def first_record(version):
        with socket.create_connection(server.address("relay"), timeout=8) as connection:
            connection.sendall(client_hello(version))
            record = b""
            while len(record) < 7 and (more := connection.recv(4_096)):
                record += more
            return record[:1]

    assert first_record(3) == b"\x16", "this hello is good enough for TLS 1.2"
    for version in (0, 1, 2):
        assert first_record(version) == b"\x15", version
