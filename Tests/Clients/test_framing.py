"""Raw bytes that two HTTP parsers could read differently: refused, and nothing after them is interpreted.

Every case is followed by a good request on the same connection, which must not be answered, and by a health request.
"""

import json
import os
import socket
import struct
import threading
import time

import pytest

from clients.raw import RawConnection
from clients.rest import error_in
from clients.waiting import wait_until

QUERY = "?api-version=2026-01-01"
CHUNKED = "Transfer-Encoding: chunked\r\n"


class Requests:
    """Builds requests as bytes: PUT of a hybrid connection, unless something else is said."""

    def __init__(self, management, namespace_path, entity):
        self.management = management
        self.token = management.token
        self.entity_path = f"{namespace_path}/hybridConnections/{entity}"
        self.subscription = management.subscription + "?api-version=2022-12-01"
        self.host = management.settings.endpoint.removeprefix("https://")

    def build(self, headers="", body="", method="PUT", target=None, version="HTTP/1.1", host=None, token=None):
        token = self.token if token is None else token
        line = f"{method} {target or self.entity_path + QUERY} {version}\r\n"
        host = f"Host: {self.host}\r\n" if host is None else host
        authorization = f"Authorization: Bearer {token}\r\n" if token else ""
        return (line + host + authorization + headers + "\r\n" + body).encode("latin-1")

    def get(self, headers="", target=None, **keywords):
        return self.build(headers, method="GET", target=target or self.subscription, **keywords)

    def exists(self):
        return self.management.call("GET", self.entity_path).status_code == 200


@pytest.fixture(scope="module")
def namespace_path(management, group, unique):
    path = management.namespace(group, unique("framing"))
    management.put(path, {"location": "westus"})
    return path


@pytest.fixture
def sender(management, namespace_path, unique):
    """Every test has an entity name of its own, so that one wrong acceptance is one failure."""
    return Requests(management, namespace_path, unique("entity"))


def answers_until_closed(settings, data):
    with RawConnection(settings) as connection:
        connection.send_all_that_is_taken(data)
        answers = []
        while (answer := connection.read_answer()) is not None:
            answers.append(answer)
        return answers


def refused(settings, sender, healthy, data, statuses):
    """Exactly one answer, a refusal in Azure's shape, and the end of the connection; nothing was done."""
    answers = answers_until_closed(settings, data + sender.get("Connection: close\r\n"))
    assert [answer.status for answer in answers] in [[status] for status in statuses], [(a.status, a.body[:200]) for a in answers]
    answer = answers[0]
    assert answer.header("content-type").startswith("application/json") and answer.header("x-ms-request-id")
    assert answer.header("connection") == "close"
    error_in(json.loads(answer.body))
    healthy()
    assert not sender.exists(), "a refused request changed something"


# MARK: lengths


def test_a_good_request_is_answered_in_this_way(settings, sender):
    answers = answers_until_closed(settings, sender.get() + sender.get("Connection: close\r\n"))
    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize("lengths", [
    ["2", "3"], ["2", "2"], ["2, 2"], ["2,2"], ["+2"], ["-2"], ["-0"], ["0x2"], ["2_0"], ["2 2"], ["2\t2"], [""], ["two"],
    ["2.0"],
    ["\xb2"], ["9223372036854775808"], ["9223372036854775809"], ["18446744073709551616"], ["18446744073709551618"], ["1" * 400],
], ids=lambda lengths: "/".join(length[:24] for length in lengths) or "none")
def test_doubtful_lengths_are_400(settings, sender, healthy, lengths):
    headers = "".join(f"Content-Length: {length}\r\n" for length in lengths)
    refused(settings, sender, healthy, sender.build(headers, "{}"), {400})


@pytest.mark.parametrize("headers", [
    "Content-Length: 5\r\n" + CHUNKED, CHUNKED + "Content-Length: 5\r\n", "Content-Length: 0\r\n" + CHUNKED,
    "content-length: 5\r\ntransfer-encoding: chunked\r\n",
], ids=["length first", "length last", "length 0", "lower case"])
def test_a_length_together_with_an_encoding_is_400(settings, sender, healthy, headers):
    refused(settings, sender, healthy, sender.build(headers, "0\r\n\r\n"), {400})


@pytest.mark.parametrize("encodings", [
    ["gzip"], ["identity"], ["chunked, chunked"], ["chunked", "chunked"], ["gzip, chunked"], ["chunked, gzip"],
    ["identity", "chunked"],
    ["xchunked"], ["chunkedx"], ["chunked;a=b"], ['"chunked"'], ["chunked\x0b"], [","], ["chunked,"], [""],
], ids=lambda encodings: " + ".join(map(repr, encodings)))
def test_an_encoding_other_than_chunked_once_is_refused(settings, sender, healthy, encodings):
    headers = "".join(f"Transfer-Encoding: {encoding}\r\n" for encoding in encodings)
    refused(settings, sender, healthy, sender.build(headers, "2\r\n{}\r\n0\r\n\r\n"), {400, 501})


def test_an_encoding_in_http_1_0_is_refused(settings, sender, healthy):
    refused(settings, sender, healthy, sender.build(CHUNKED, "2\r\n{}\r\n0\r\n\r\n", version="HTTP/1.0"), {400, 501})


# MARK: chunks


BAD_CHUNKS = {
    "plus": "+2\r\n{}\r\n0\r\n\r\n", "minus": "-2\r\n{}\r\n0\r\n\r\n", "prefix": "0x2\r\n{}\r\n0\r\n\r\n",
    "no digit": "g\r\n{}\r\n0\r\n\r\n",
    "empty size": "\r\n{}\r\n0\r\n\r\n", "blank before": " 2\r\n{}\r\n0\r\n\r\n", "blank after": "2 \r\n{}\r\n0\r\n\r\n",
    "underscore": "0_2\r\n{}\r\n0\r\n\r\n", "overflow of 64 bits": "10000000000000002\r\n{}\r\n0\r\n\r\n",
    "many digits": "F" * 400 + "\r\n{}\r\n0\r\n\r\n", "too much data": "2\r\n{}x\r\n0\r\n\r\n",
    "no end of line": "2\r\n{}0\r\n\r\n",
    "bare LF after size": "2\n{}\r\n0\r\n\r\n", "bare LF after data": "2\r\n{}\n0\r\n\r\n",
    "bare CR after size": "2\r{}\r\n0\r\n\r\n",
    "long extension": "2;" + "x" * 100_000 + "\r\n{}\r\n0\r\n\r\n", "NUL in extension": "2;a\x00b\r\n{}\r\n0\r\n\r\n",
    "bare LF in extension": "2;a\nb\r\n{}\r\n0\r\n\r\n",
    "trailer without colon": "2\r\n{}\r\n0\r\nnothing\r\n\r\n", "trailer with blank": "2\r\n{}\r\n0\r\nA : b\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_a_malformed_chunk_is_400(settings, sender, healthy, name):
    refused(settings, sender, healthy, sender.build(CHUNKED, BAD_CHUNKS[name]), {400})


@pytest.mark.parametrize("trailers", ["A: b\r\n" * 500, "A: " + "b" * 60_000 + "\r\n"], ids=["many", "long"])
def test_trailers_have_a_limit(settings, sender, healthy, trailers):
    refused(settings, sender, healthy, sender.build(CHUNKED, "2\r\n{}\r\n0\r\n" + trailers + "\r\n"), {400, 431})


@pytest.mark.parametrize("name", ["plus", "overflow of 64 bits", "too much data"])
@pytest.mark.parametrize("target", ["/there/is/no/such/path", None], ids=["unknown path", "no token"])
def test_one_request_never_gets_two_answers(settings, sender, healthy, name, target):
    """The refusal of a request may be sent before its body is seen to be malformed; then nothing more is said."""
    data = sender.build(CHUNKED, BAD_CHUNKS[name], target=target, token="" if target is None else None)
    answers = answers_until_closed(settings, data + sender.get("Connection: close\r\n"))
    assert len(answers) == 1 and answers[0].status in (400, 401, 404), [(a.status, a.body[:120]) for a in answers]
    healthy()


def test_chunks_extensions_and_trailers_that_are_well_formed_are_read(settings, sender, management):
    path = sender.entity_path + "-chunked"
    body = '6;name="value"\r\n{"prop\r\n8\r\nerties":\r\n3\r\n{}}\r\n0\r\nAuthorization: Bearer none\r\nX-Trailer: a\r\n\r\n'
    answers = answers_until_closed(
        settings, sender.build(CHUNKED, body, target=path + QUERY) + sender.get("Connection: close\r\n"))
    assert [answer.status for answer in answers] == [200, 200]
    assert management.get(path)["properties"]["requiresClientAuthorization"] is True
    management.delete(path)


def test_a_trailer_is_never_taken_for_a_header(settings, sender):
    body = f"2\r\n{{}}\r\n0\r\nAuthorization: Bearer {sender.token}\r\n\r\n"
    answers = answers_until_closed(settings, sender.build(CHUNKED + "Connection: close\r\n", body, token=""))
    assert [answer.status for answer in answers] == [401]
    assert not sender.exists()


# MARK: headers


BAD_HEADERS = {
    "blank before the colon": "X-A : b\r\n", "tab before the colon": "X-A\t: b\r\n", "no colon": "X-A b\r\n",
    "empty name": ": b\r\n",
    "parenthesis in a name": "X(A): b\r\n", "non-ASCII name": "X\xe9: b\r\n", "NUL in a name": "X\x00A: b\r\n",
    "NUL in a value": "X-A: b\x00c\r\n", "bare CR in a value": "X-A: b\rc\r\n", "bare CR before a header": "X-A: b\rX-B: c\r\n",
    "bell in a value": "X-A: b\x07c\r\n", "DEL in a value": "X-A: b\x7fc\r\n", "folded line": "X-A: b\r\n c\r\n",
    "folded with a tab": "X-A: b\r\n\tc\r\n", "blank at the start of a line": " X-A: b\r\n",
    "bare LF as end of line": "X-A: b\nX-B: c\r\n",
}


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_a_malformed_header_is_400(settings, sender, healthy, name):
    refused(settings, sender, healthy, sender.build(BAD_HEADERS[name] + "Content-Length: 2\r\n", "{}"), {400})


@pytest.mark.parametrize("headers", [
    "".join(f"X-{i}: a\r\n" for i in range(120)), "X-A: " + "b" * 40_000 + "\r\n", "X" * 40_000 + ": b\r\n",
    "".join(f"X-{i}: {'a' * 4000}\r\n" for i in range(12)),
], ids=["120 lines", "long value", "long name", "48 KB in 12 lines"])
def test_a_header_block_has_a_limit(settings, sender, healthy, headers):
    refused(settings, sender, healthy, sender.get(headers), {431})


@pytest.mark.parametrize("host", ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n", "Host: a b\r\n", "Host: a/b\r\n",
    "Host: a@b\r\n"],
                         ids=["none", "two", "the same twice", "with a blank", "with a slash", "with a user"])
def test_there_is_exactly_one_host(settings, sender, healthy, host):
    refused(settings, sender, healthy, sender.get(host=host), {400})


def test_a_long_target_is_414(settings, sender, healthy):
    with RawConnection(settings) as connection:
        connection.send_all_that_is_taken(sender.get(target="/subscriptions?api-version=2022-12-01&a=" + "b" * 12_000))
        answer = connection.read_answer()
    assert answer.status == 414
    error_in(json.loads(answer.body))
    healthy()


@pytest.mark.parametrize("target", [
    "/subscriptions/%zz{q}", "/subscriptions/%4{q}", "/subscriptions/%{q}", "/subscriptions/%ff{q}", "/subscriptions/%c0%af{q}",
    "/subscriptions{q}&a=%zz", "/subscriptions{q}&a=%4", "subscriptions{q}", "*", "http://other.example/subscriptions{q}",
    "https://other.example/subscriptions{q}", "//other.example/subscriptions{q}", "ftp://{host}/subscriptions{q}",
    "/sub\x7fscriptions{q}",
    "/subscr\xefptions{q}", "/subscriptions{q}#fragment",
])
def test_a_doubtful_target_is_never_served(settings, sender, healthy, target):
    target = target.replace("{q}", "?api-version=2022-12-01").replace("{host}", sender.host)
    with RawConnection(settings) as connection:
        connection.send_all_that_is_taken(sender.get(target=target))
        answer = connection.read_answer()
    assert answer.status in ((400, 404) if target.startswith("//") else (400,)), answer.body[:300]
    error_in(json.loads(answer.body))
    healthy()


def test_the_absolute_form_of_our_own_host_is_served(settings, sender):
    target = f"https://{sender.host}/subscriptions?api-version=2022-12-01"
    assert [a.status for a in answers_until_closed(settings, sender.get("Connection: close\r\n", target=target))] == [200]


@pytest.mark.parametrize("line", ["HTTP/2.0", "HTTP/3.0", "HTTP/1.2", "HTTP/0.9", "HTTP/1.10", "http/1.1", "HTTP/1", "HTTP/1.1 x",
    "XTTP/1.1"])
def test_another_version_of_http_is_refused(settings, sender, healthy, line):
    refused(settings, sender, healthy, sender.get(version=line), {400, 505})


@pytest.mark.parametrize("data", [
    b"GET /subscriptions\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"G" * 70_000, b"\x00" * 4096, b"GET  /subscriptions HTTP/1.1\r\n\r\n", b"GET\t/subscriptions\tHTTP/1.1\r\n\r\n",
    b"{}\r\n\r\n",
], ids=["HTTP/0.9", "TLS in TLS", "HTTP/2 preface", "endless method", "zeros", "two blanks", "tabs", "a body alone"])
def test_what_is_no_http_is_refused(settings, sender, healthy, data):
    answers = answers_until_closed(settings, data + sender.get("Connection: close\r\n"))
    assert len(answers) <= 1 and all(400 <= answer.status < 600 for answer in answers), [a.status for a in answers]
    healthy()


# A ClientHello as clients of TLS 1.0 to 1.2 send it: one version, suites with ECDSA and RSA, groups and signatures.
def client_hello(version):
    extensions = bytes.fromhex("000a00060004001d0017" "000b00020100" "000d000a0008" "0403080404010201")
    body = b"\x03" + bytes([version]) + bytes(32) + b"\x00" + bytes.fromhex("000ac009c00ac02bc02fc013") + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    message = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def first_record(settings, data):
    """Type and first two bytes of the record that a server answers to raw bytes."""
    with socket.create_connection(("127.0.0.1", int(settings.endpoint.rsplit(":", 1)[1])), timeout=8) as connection:
        connection.sendall(data)
        record = b""
        while len(record) < 7 and (more := connection.recv(4096)):
            record += more
        return record[:1], record[5:7]


def test_tls_is_1_2_or_newer(settings, healthy):
    assert first_record(settings, client_hello(3))[0] == b"\x16", "this hello is good enough for TLS 1.2"
    for version in (1, 2, 0):
        # 70 is protocol_version, 40 handshake_failure.
        kind, alert = first_record(settings, client_hello(version))
        assert kind == b"\x15" and alert in (b"\x02\x46", b"\x02\x28"), (version, kind, alert)
    healthy()


@pytest.mark.parametrize("data", [b"GET /subscriptions HTTP/1.1\r\nHost: localhost\r\n\r\n", bytes(200), b"\xff" * 200,
    b"\x16\x03\x01\xff\xff" + b"a" * 500],
    ids=["plain HTTP", "zeros", "ones", "a huge record"])
def test_what_is_no_tls_is_cut_off(settings, healthy, data):
    with socket.create_connection(("127.0.0.1", int(settings.endpoint.rsplit(":", 1)[1])), timeout=8) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while more := connection.recv(4096):
                received += more
        except ConnectionResetError:
            pass
    assert b"HTTP/" not in received and len(received) < 100
    healthy()


# MARK: verbs


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "OPTIONS", "PROPFIND", "MKCOL", "PATCH", "POST", "DELETE", "get", "FOO",
    "M-SEARCH"])
def test_a_verb_that_a_path_lacks_is_refused(settings, sender, healthy, method):
    target = "/subscriptions?api-version=2022-12-01" if method != "CONNECT" else "localhost:22"
    with RawConnection(settings) as connection:
        connection.send(sender.build("Content-Length: 0\r\n" if method != "CONNECT" else "", method=method, target=target))
        answer = connection.read_answer()
    known = method in ("TRACE", "OPTIONS", "PROPFIND", "PATCH", "POST", "DELETE")
    assert answer.status in ((405,) if known else (400, 405, 501)), (answer.status, answer.body[:300])
    error_in(json.loads(answer.body))
    if answer.status == 405:
        assert answer.header("allow") == "GET"
    healthy()


def test_head_has_no_body(settings, sender, group):
    head = sender.build(method="HEAD", target=f"{sender.management.group(group)}?api-version=2025-04-01")
    absent = sender.build(method="HEAD", target=f"{sender.management.group(group)}-not?api-version=2025-04-01")
    other = sender.build(method="HEAD", target="/subscriptions?api-version=2022-12-01")
    with RawConnection(settings) as connection:
        for data, statuses in ((head, {204}), (absent, {404}), (other, {204})):
            connection.send(data)
            assert connection.read_answer("HEAD").status in statuses
        connection.send(sender.get("Connection: close\r\n"))
        assert connection.read_answer().status == 200
        assert connection.is_closed()


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"])
def test_a_verb_cannot_be_changed_by_a_header(management, sender, name):
    path = sender.entity_path + "-override"
    management.put(path, {})
    assert management.call("GET", path, headers={name: "DELETE"}).status_code == 200
    assert management.call("POST", path, headers={name: "DELETE"}).status_code == 405
    assert management.call("GET", path).status_code == 200
    management.delete(path)


# MARK: order, expectations, resets


def test_pipelined_requests_are_answered_in_order(settings, sender, management):
    names = [f"order-{i}" for i in range(20)]
    path = sender.entity_path.rsplit("/", 1)[0]
    data = b""
    for name in names:
        body = json.dumps({"properties": {"userMetadata": name}})
        data += sender.build(f"Content-Length: {len(body)}\r\n", body, target=f"{path}/{name}{QUERY}")
        data += sender.get(target=f"{path}/{name}{QUERY}")
        data += sender.get(target=f"{path}/{name}-not{QUERY}")
    answers = answers_until_closed(settings, data + sender.get("Connection: close\r\n"))
    assert [answer.status for answer in answers] == [200, 200, 404] * len(names) + [200]
    for index, name in enumerate(names):
        put, get = (json.loads(answer.body) for answer in answers[3 * index:3 * index + 2])
        assert put["name"] == get["name"] == name and get["properties"]["userMetadata"] == name
        management.delete(f"{path}/{name}")


def test_the_answer_before_a_malformed_request_comes_first(settings, sender):
    answers = answers_until_closed(settings, sender.get() + sender.get("X-A : b\r\n") + sender.get())
    assert [answer.status for answer in answers] == [200, 400]


def test_a_client_that_asks_may_send_its_body(settings, sender, management):
    path = sender.entity_path + "-expect"
    with RawConnection(settings) as connection:
        connection.send(sender.build("Expect: 100-continue\r\nContent-Length: 2\r\n", target=path + QUERY))
        assert connection.read_answer().status == 100
        connection.send(b"{}")
        assert connection.read_answer().status == 200
    management.delete(path)


def test_a_client_that_does_not_wait_is_served_too(settings, sender, management):
    path = sender.entity_path + "-expect"
    with RawConnection(settings) as connection:
        connection.send(sender.build("Expect: 100-continue\r\nContent-Length: 2\r\n", "{}", target=path + QUERY))
        statuses = [connection.read_answer().status]
        if statuses == [100]:
            statuses.append(connection.read_answer().status)
    assert statuses in ([100, 200], [200])
    management.delete(path)


@pytest.mark.parametrize("token, wanted", [(None, 413), ("", 401)], ids=["with a token", "without a token"])
def test_a_body_that_would_be_refused_is_not_asked_for(settings, sender, token, wanted):
    with RawConnection(settings) as connection:
        connection.send(sender.build("Expect: 100-continue\r\nContent-Length: 67108864\r\n", token=token))
        assert connection.read_answer().status == wanted


def test_clients_that_reset_in_the_middle_of_a_body_cost_nothing(settings, sender, server_process, healthy):
    before = descriptors(server_process)
    for _ in range(40):
        with RawConnection(settings) as connection:
            connection.send(sender.build("Content-Length: 1000000\r\n", '{"properties":'))
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_until(lambda: descriptors(server_process) <= before + 4, f"the server has closed its ends (it had {before} before)")
    healthy()
    assert not sender.exists()


def descriptors(process):
    return len(os.listdir(f"/proc/{process}/fd"))


# MARK: slow peers


class SlowPeer(threading.Thread):
    """Sends a request byte by byte until it is told to stop or is cut off."""

    def __init__(self, settings, data, stop):
        super().__init__(daemon=True)
        self.connection = RawConnection(settings)
        self.data, self.stop, self.sent = data, stop, 0

    def run(self):
        with self.connection as connection:
            for position in range(len(self.data)):
                if self.stop.wait(0.05):
                    return
                connection.send_all_that_is_taken(self.data[position:position + 1])
                self.sent += 1


def test_a_body_that_does_not_come_on_is_cut_off(settings, sender, healthy):
    """After ten seconds at less than 240 bytes a second."""
    with RawConnection(settings, timeout=20) as connection:
        connection.send(sender.build("Content-Length: 100000\r\n", '{"properties":'))
        started = time.monotonic()
        answer = connection.read_answer()
        assert answer is None or answer.status == 408
        assert 5 < time.monotonic() - started < 16
    healthy()


@pytest.mark.parametrize("kind", ["headers", "body"])
def test_slow_peers_do_not_delay_others(settings, sender, healthy, kind):
    """Twenty of them for three seconds; a health request takes less than 100 ms all the while."""
    data = sender.get() if kind == "headers" else b"x" * 4096
    stop = threading.Event()
    peers = [SlowPeer(settings, data, stop) for _ in range(20)]
    if kind == "body":
        for peer in peers:
            peer.connection.send(sender.build("Content-Length: 100000\r\n"))
    healthy()
    try:
        for peer in peers:
            peer.start()
        wait_until(lambda: all(peer.sent for peer in peers), "every slow peer has begun")
        slowest, end = 0.0, time.monotonic() + 3
        while time.monotonic() < end:
            start = time.monotonic()
            healthy()
            slowest = max(slowest, time.monotonic() - start)
    finally:
        stop.set()
        for peer in peers:
            peer.join(10)
    assert all(peer.sent > 10 for peer in peers), "the peers were cut off too early to be a load"
    assert slowest < 0.1, f"the slowest health request took {slowest * 1000:.0f} ms"
    assert sender.management.call("GET", sender.subscription).status_code == 200
