"""Values of listeners in what senders get, and in what the gateway reads: data, never structure.

G7, R39, R40, R44, R61, R62, R96, R101, R102, R103.
"""

import json
from urllib.parse import quote

import pytest

from peers.frames import binary, close, close_code, text
from peers.rendezvous import Meeting


@pytest.fixture
def listening(meeting):
    meeting.listen()
    return meeting


# MARK: rejections


@pytest.mark.parametrize("spelling", ["sb-hc-status{}", "status{}"])
@pytest.mark.parametrize("description, wanted", [
    ("no entry", "no entry"), ("", None), ("a\r\nX-Injected: yes", None), ("a\nX-Injected: yes", None),
    ("\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", None), ("a\0b\x1b[31m\x7f", None),
    ('say "no" \\ <b>', 'say "no" \\ <b>'), ("grüße €", None), ("x" * 20_000, None),
    ("%0d%0aX-Injected: yes", "%0d%0aX-Injected: yes"), ("\t", None),
])
def test_the_description_of_a_rejection_is_one_line(listening, spelling, description, wanted):
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    addition = f"&{spelling.format('Code')}=403&{spelling.format('Description')}={quote(description, safe='')}"
    peer, _ = listening.answer_accept(accept, addition)
    far = peer.answer()
    if len(description) > 8_000 and far.status in (414, 431):
        # Too long for a request at all: then nothing was decided.
        return
    answer = call.peer.answer()
    assert far.status == 410, far
    assert answer.status == 403 and answer.header("X-Injected") is None and len(answer.reason) < 10_000
    assert answer.reason.isascii() and answer.reason.isprintable()
    assert wanted is None or answer.reason == wanted
    assert not call.peer.received


@pytest.mark.parametrize("code, wanted", [
    ("400", {400}), ("401", {401}), ("418", {418}), ("500", {500}), ("502", {502}), ("599", {599}), ("302", {302}),
    ("399", {399}),
    ("100", {400, 502}), ("101", {400, 502}), ("199", {400, 502}), ("200", {400, 502}), ("204", {400, 502}),
    ("299", {400, 502}),
    ("600", {400, 502}), ("999", {400, 502}), ("1000", {400, 502}), ("0", {400, 502}), ("-1", {400, 502}),
    ("+403", {400, 403, 502}), ("99999999999999999999", {400, 502}),
    ("abc", {400, 502}), ("", {400, 502}), ("4e2", {400, 502}), ("0x190", {400, 502}),
    ("403 Forbidden\r\nX-Injected: yes", {400, 502}), ("403 ", {400, 403, 502}),
    ("٤٠٣", {400, 502}),
])
def test_the_code_of_a_rejection_is_a_refusal(listening, code, wanted):
    """R62"""
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    peer, _ = listening.answer_accept(accept, f"&sb-hc-statusCode={quote(code, safe='')}&sb-hc-statusDescription=why")
    assert peer.answer().status == 410
    answer = call.peer.answer()
    assert answer.status in wanted and answer.header("X-Injected") is None, answer


# MARK: responses


@pytest.fixture
def relayed(loop, ports, estate):
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    meeting.listen()
    return meeting


class Sender:
    """Asks for something, and then for something else on the same connection."""

    def __init__(self, meeting, method="GET"):
        self.peer, self.meeting, self.method = meeting.peer(), meeting, method
        self.request = self.ask(method)

    def ask(self, method="GET"):
        self.peer.send(self.meeting.request("/x", method))
        return self.meeting.control.request()

    def one_answer(self):
        """The one answer, read strictly; the connection either ends or serves the next request.

        An answer that was broken off before its head left is None.
        """
        answer = self.peer.answer(self.method)
        if answer is None:
            assert self.peer.end
            return None
        if answer.is_whole and not self.peer.end:
            assert not self.peer.received, bytes(self.peer.received[:300])
            self.meeting.loop.spend(0.02, unless=lambda: self.peer.end)
        if not self.peer.end:
            request = self.ask()
            self.meeting.control.respond(request, 299, b"the next one")
            following = self.peer.answer()
            assert following is not None and (following.status, following.body) == (299, b"the next one"), following
        return answer


SPLITTING = {
    "a line in a value": {"X-A": "b\r\nX-Injected: yes"}, "a bare LF in a value": {"X-A": "b\nX-Injected: yes"},
    "a bare CR in a value": {"X-A": "b\rX-Injected: yes"},
    "a NUL in a value": {"X-A": "b\0c"},
    "an answer in a value": {"X-A": "b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
    "a fold": {"X-A": "b\r\n c"},
    "a line in a name": {"X-A: b\r\nX-Injected": "yes"}, "a colon in a name": {"X-Injected: yes\r\nX-A": "b"},
    "an empty name": {"": "b"}, "a blank in a name": {"X A": "b"},
    "a name beyond ASCII": {"X-é": "b"}, "a NUL in a name": {"X\0A": "b"}, "a control character": {"X-A": "b\x1b[31m"},
    "DEL": {"X-A": "b\x7f"}, "a value beyond ASCII": {"X-A": "é€😀"},
    "U+010D U+010A": {"X-A": "bčĊX-Injected: yes"}, "U+2028": {"X-A": "b\u2028X-Injected: yes"},
    "U+0085": {"X-A": "b\x85X-Injected: yes"},
    "Transfer-Encoding": {"Transfer-Encoding": "chunked"}, "two encodings": {"transfer-encoding": "gzip, chunked"},
    "Connection": {"Connection": "close, X-A", "X-A": "b"},
    "Upgrade": {"Upgrade": "websocket", "Connection": "Upgrade"}, "Trailer": {"Trailer": "X-Injected"},
    "Keep-Alive": {"Keep-Alive": "timeout=0"}, "TE": {"TE": "trailers"},
    "Proxy-Authenticate": {"Proxy-Authenticate": "Basic"}, "an object": {"X-A": {"a": "b"}},
    "a list": {"X-A": ["a", "b"]}, "null": {"X-A": None}, "a number": {"X-A": 12.5}, "true": {"X-A": True},
    "a huge value": {"X-A": "b" * 60_000}, "many": {f"X-{number}": "b" for number in range(3_000)},
}
HOP_BY_HOP = ("transfer-encoding", "upgrade", "trailer", "te", "proxy-authenticate", "keep-alive", "x-injected")


@pytest.mark.parametrize("name", SPLITTING)
def test_headers_of_a_listener_cannot_split_an_answer(relayed, name):
    sender = Sender(relayed)
    relayed.control.respond(sender.request, 200, b"the body", headers={**SPLITTING[name], "X-Kept": "yes"})
    answer = sender.one_answer()
    assert answer.status in (200, 502), answer
    if answer.status == 200:
        assert answer.body == b"the body" and answer.header("X-Kept") == "yes"
        kept = {key.lower() for key, _ in answer.headers}
        assert kept.isdisjoint(set(HOP_BY_HOP) - {"transfer-encoding"}), answer.headers
        assert len(answer.all("Transfer-Encoding")) + len(answer.all("Content-Length")) == 1
    else:
        assert answer.header("Via") is None and b"the body" not in answer.body


@pytest.mark.parametrize("description",
                         ["fine", "a\r\nX-Injected: yes", "a\nX-Injected: yes", "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                          "a\0b", "é€", "\x1b[31m", "x" * 60_000, " ", "č\u010a", None, 5, {"a": 1}, ["a"]],
                         ids=lambda value: repr(value)[:24])
def test_the_description_of_a_response_is_one_line(relayed, description):
    sender = Sender(relayed)
    relayed.control.respond(sender.request, 200, b"the body", statusDescription=description)
    answer = sender.one_answer()
    assert answer.status in (200, 502) and answer.header("X-Injected") is None and answer.reason.isascii()
    assert description != "fine" or answer.reason == "fine"


@pytest.mark.parametrize("status, wanted", [
    (200, {200}), (204, {204}), (304, {304}), (418, {418}), (450, {450}), (502, {502}), (504, {504}), (599, {599}),
    ("201", {201}),
    (100, {502}), (101, {502}), (199, {502}), (600, {502}), (999, {502}), (0, {502}), (-1, {502}), (1 << 31, {502}),
    (1 << 63, {502}), (1 << 64, {502}), (1e300, {502}),
    (200.5, {502}), (200.0, {200, 502}), ("2e2", {502}), ("abc", {502}), ("", {502}), ("200\r\nX-Injected: yes", {502}),
    (None, {502}), (True, {502}), ([200], {502}), ("0200", {200, 502}), ("٢٠٠", {502}),
], ids=repr)
def test_the_status_of_a_response_is_from_200_to_599(relayed, status, wanted):
    """R39, R101"""
    sender = Sender(relayed)
    relayed.control.respond(sender.request, status, b"the body")
    answer = sender.one_answer()
    assert answer.status in wanted and answer.header("X-Injected") is None, answer
    assert not relayed.control.websocket.is_over


@pytest.mark.parametrize("length",
                         ["8", "7", "9", "0", "-8", "8, 8", "8\r\nX-Injected: yes", "1e1", "9223372036854775808",
                          "18446744073709551624", "", " 8 ", 8, 9])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_length_of_a_listener_is_honoured_or_the_answer_broken(relayed, length, method):
    """Eight bytes come; what was announced must not make the sender take bytes of the next answer for this one. R102"""
    sender = Sender(relayed, method)
    relayed.control.respond(sender.request, 200, b"the body", headers={"Content-Length": length})
    answer = sender.one_answer()
    if answer is None:
        assert str(length).strip() in ("7", "0", "9")
        return
    assert answer.status in (200, 502) and answer.header("X-Injected") is None
    if method == "GET" and answer.status == 200 and str(length).strip() == "8":
        assert answer.body == b"the body" and answer.is_whole
    elif method == "GET" and answer.status == 200 and answer.is_whole:
        # Either the announcement was dropped, or it was kept and broken off.
        assert answer.body == b"the body" and str(length).strip() not in ("7", "0", "9"), answer


@pytest.mark.parametrize("status", [204, 304])
def test_a_body_where_none_may_be_is_not_sent(relayed, status):
    """R103"""
    sender = Sender(relayed)
    relayed.control.respond(sender.request, status, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert sender.one_answer().status == status


def test_a_body_that_looks_like_an_answer_is_a_body(relayed):
    sender = Sender(relayed)
    body = b"0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    relayed.control.respond(sender.request, 200, body)
    assert sender.one_answer().body == body


# MARK: messages to the gateway


MALFORMED = {
    "no JSON": "}{", "nothing": "", "a list": "[]", "a number": "1", "null": "null", "no member": "{}",
    "another member": '{"foo":{}}', "a name twice": '{"response":{},"response":{}}',
    "response is no object": '{"response":[]}', "an accept": '{"accept":{"address":"wss://x/","id":"x"}}',
    "a request": '{"request":{"id":"x"}}', "injectFault": '{"injectFault":{}}',
    "no id": '{"response":{"statusCode":200,"body":false}}',
    "an unknown id": '{"response":{"requestId":"x","statusCode":200,"body":false}}',
    "an id that is a number": '{"response":{"requestId":5,"statusCode":200}}',
    "a lone surrogate": '{"response":{"requestId":"\\ud800"}}', "NaN": '{"response":{"statusCode":NaN}}',
    "deep": "[" * 30_000, "deep objects": '{"a":' * 10_000, "a BOM": '\ufeff{"foo":{}}', "text after": '{"foo":{}} x',
    "escapes": '{"\\u0072esponse":{"requestId":"\\/"}}',
    "a huge number": '{"response":{"statusCode":' + "9" * 10_000 + "}}", "renewal of nothing": '{"foo":{"token":""}}',
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_message_is_passed_over(relayed, healthy, name):
    """Or ends the channel with 1008 when there are many. R39"""
    sender = Sender(relayed)
    relayed.control.websocket.send(text(MALFORMED[name]))
    relayed.control.respond(sender.request, 200, b"the answer")
    assert sender.one_answer().body == b"the answer"
    healthy()


@pytest.mark.parametrize("body",
                         [{"renewToken": {"token": "garbage"}}, {"renewToken": {"token": ""}}, {"renewToken": {}},
                          {"renewToken": {"token": 5}}])
def test_a_bad_renewal_closes_the_channel_with_1008(relayed, body):
    """R44"""
    relayed.control.websocket.send(text(json.dumps(body)))
    payload = relayed.control.websocket.closed()
    assert close_code(payload) == 1008 and len(payload) <= 125
    relayed.control.websocket.send(close(1008))
    relayed.control.websocket.peer.ended()


def test_one_listener_cannot_answer_for_another(relayed, loop, ports, estate):
    """The id of a request counts on the channel that got it. R96"""
    sender = Sender(relayed)
    other = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    stranger = other.listen()
    stranger.respond(sender.request, 200, b"from a stranger")
    second = relayed.listen()
    second.respond(sender.request, 200, b"from the other listener")
    assert loop.spend(0.2, unless=lambda: sender.peer.received), "somebody else answered"
    relayed.control.respond(sender.request, 200, b"from the right one")
    assert sender.peer.answer().body == b"from the right one"


def test_a_second_response_is_ignored(relayed):
    sender = Sender(relayed)
    relayed.control.respond(sender.request, 200, b"first")
    relayed.control.respond(sender.request, 201, b"second")
    assert sender.one_answer().body == b"first"


def test_a_stray_binary_message_belongs_to_nobody(relayed):
    """R40"""
    sender = Sender(relayed)
    relayed.control.websocket.send(binary(b"stray"), binary(b""))
    relayed.control.respond(sender.request, 200, b"mine")
    assert sender.one_answer().body == b"mine"
