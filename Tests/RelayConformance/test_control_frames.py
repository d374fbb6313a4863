"""RFC 6455 on the sockets that end at the gateway: control channels, and rendezvous for HTTP requests.

Messages that mean nothing are passed over there; all else is as on a joined pair. R39, R40, R46, R99, R100.
"""

import json

import pytest

from frame_cases import ALIVE, CASES, CLOSED, FAILED
from peers.frames import Frame, binary, close, close_code, continuation, ping, text

# Large messages have a test of their own, and many meaningless ones may end the channel.
KNOWN = [case for case in CASES if not case.name.startswith("9") and sum(len(frame.payload) for frame in case.frames
                                                                         if isinstance(frame, Frame)) < 60_000]


@pytest.fixture(scope="module")
def entity(estate):
    return estate.entity()


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_a_control_channel_keeps_to_the_standard(meeting, case):
    websocket = meeting.listen().websocket
    for frame in case.frames:
        websocket.send(frame, piece=case.piece)
    if case.outcome == ALIVE or case.also:
        websocket.send(ping(b"sentinel"))
        websocket.wait(lambda: websocket.is_over or websocket.pongs[-1:] == [b"sentinel"], "the sentinel's pong")
    outcomes = {case.outcome, case.also}
    if websocket.is_over or case.outcome != ALIVE:
        payload = websocket.closed()
        judge_close(case, payload, outcomes)
        if case.late:
            websocket.send(case.late)
        websocket.send(close(close_code(payload)))
    else:
        assert websocket.pongs == [*case.pongs, b"sentinel"]
        websocket.send(close(1000))
        assert close_code(websocket.closed()) == 1000
    assert websocket.messages == []
    websocket.peer.ended(limit=12)


def judge_close(case, payload, outcomes):
    payload[2:].decode()
    wanted = {1002, 1007} & set(case.codes) if FAILED in outcomes else set()
    if CLOSED in outcomes:
        wanted.add(close_code(next(frame for frame in case.frames if frame.opcode == 8).payload))
    # A Close without a code may be answered without one, or as a normal one.
    if None in wanted:
        wanted.add(1000)
    assert close_code(payload) in wanted, payload


def test_an_ended_control_channel_is_forgotten_before_its_close_is_answered(meeting, entity):
    """No sender is sent to it any more. R46"""
    for _ in range(20):
        control = meeting.listen()
        control.websocket.send(close(1000))
        control.websocket.closed()
        answer = meeting.dial().peer.answer()
        assert answer.status == 404 and "no listeners connected" in answer.reason, answer
        assert not control.accepts


def test_an_abruptly_ended_control_channel_is_forgotten_within_a_second(meeting, loop):
    control = meeting.listen()
    control.websocket.peer.reset()

    def is_refused():
        call = meeting.dial()
        loop.run(lambda: call.peer.received or call.peer.end, "an answer", 1.0)
        return call.peer.answer().status == 404

    loop.run(is_refused, "senders are told that nobody listens", 1.0)


# MARK: rendezvous of a request


@pytest.fixture
def exchange(meeting):
    """A large request that waits for the listener: the sender's peer and the listener's open rendezvous."""
    control = meeting.listen()
    peer = meeting.peer()
    body = b"b" * 100_000
    peer.send(meeting.request("", "POST", f"{meeting.credential_lines()}Content-Length: {len(body)}\r\n") + body)
    announced = control.request()
    assert set(announced) == {"address", "id"}, announced
    rendezvous = meeting.joined(*meeting.answer_accept(announced))
    rendezvous.message(2)
    request = json.loads(rendezvous.messages[0][1])["request"]
    assert request["body"] is True and rendezvous.messages[1][1] == body
    return peer, rendezvous, request


def response(request, **members):
    return text(json.dumps({"response": {"requestId": request["id"], "statusCode": 200, "body": True, **members}}))


BREACHES = {
    "a reserved bit": text("x", rsv=4), "a reserved opcode": Frame(3, b"x"), "a long ping": ping(b"x" * 126),
    "no mask": binary(b"x", is_masked=False), "a continuation of nothing": continuation(b"x"),
    "a cut ping": ping(b"", fin=False), "a wrong close": close(999),
    "a length of 2^63": binary(b"x", declared=1 << 63, form=64),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_before_a_response_is_502(exchange, name):
    peer, rendezvous, _ = exchange
    rendezvous.send(BREACHES[name])
    assert close_code(rendezvous.closed()) == 1002
    answer = peer.answer()
    assert answer.status == 502 and answer.header("Via") is None, answer


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_in_the_middle_of_a_body_breaks_the_response(exchange, name):
    peer, rendezvous, request = exchange
    rendezvous.send(response(request), binary(b"begun", fin=False))
    peer.loop.run(lambda: b"begun" in peer.received, "the body begins")
    rendezvous.send(text("x") if name == "a continuation of nothing" else BREACHES[name])
    assert close_code(rendezvous.closed()) == 1002
    answer = peer.answer()
    assert answer.status == 200 and not answer.is_whole, answer
    assert peer.ended()


@pytest.mark.parametrize("piece", [None, 1], ids=["at once", "1 byte at a time"])
def test_a_body_in_fragments_with_pings_between_is_whole(exchange, piece):
    peer, rendezvous, request = exchange
    rendezvous.send(response(request), binary(b"one,", fin=False), ping(b"1"), continuation(b"two,", fin=False),
                    ping(b"2"),
                    continuation(b"", fin=False), continuation(b"three"), piece=piece)
    answer = peer.answer()
    assert (answer.status, answer.body, answer.is_whole) == (200, b"one,two,three", True)
    rendezvous.wait(lambda: len(rendezvous.pongs) == 2, "the pongs")
    assert rendezvous.pongs == [b"1", b"2"]


def test_a_normal_close_ends_a_body_without_an_end(exchange):
    peer, rendezvous, request = exchange
    rendezvous.send(response(request), binary(b"f" * 80_000, fin=False), close(1000))
    answer = peer.answer()
    assert (answer.status, len(answer.body), answer.is_whole) == (200, 80_000, True)
    assert close_code(rendezvous.closed()) == 1000


@pytest.mark.parametrize("name", BREACHES)
def test_after_a_close_there_is_no_second_one(exchange, name):
    """Neither on a rendezvous that is done, nor on a control channel that was closed."""
    peer, rendezvous, request = exchange
    rendezvous.send(response(request), binary(b"all"))
    assert peer.answer().body == b"all"
    assert close_code(rendezvous.closed()) == 1000
    rendezvous.send(BREACHES[name])
    rendezvous.peer.ended()
    assert [frame.opcode for frame in rendezvous.frames if frame.opcode == 8] == [8]


@pytest.mark.parametrize("name", BREACHES)
def test_after_a_close_there_is_no_second_one_on_a_control_channel(meeting, name):
    websocket = meeting.listen().websocket
    websocket.send(text(json.dumps({"renewToken": {"token": "garbage"}})))
    assert close_code(websocket.closed()) == 1008
    websocket.send(BREACHES[name])
    websocket.peer.ended(limit=12)
    assert [frame.opcode for frame in websocket.frames] == [8]


@pytest.mark.parametrize("how", ["cut", "reset", "close 1011"])
def test_any_other_end_breaks_the_response(exchange, how):
    peer, rendezvous, request = exchange
    rendezvous.send(response(request), binary(b"begun", fin=False))
    peer.loop.run(lambda: b"begun" in peer.received, "the body begins")
    if how == "close 1011":
        rendezvous.send(close(1011))
    elif how == "cut":
        rendezvous.peer.close()
    else:
        rendezvous.peer.reset()
    answer = peer.answer()
    assert answer.status == 200 and not answer.is_whole, answer
