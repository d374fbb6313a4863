"""What the table of frames cannot say in one line: order, moments, and what stands inside what."""

import os
import time

import pytest

from conftest import on_one_and_several_loops
from peers.frames import BINARY, CONTINUATION, binary, close, close_code, continuation, ping, text
from peers.rendezvous import Meeting

HALF_SECOND = 0.5
pytestmark = on_one_and_several_loops


@pytest.fixture
def pair(meeting):
    return meeting.pair()


@pytest.fixture(params=["to the listener", "to the sender"])
def way(request, pair):
    """A joined pair: who sends, who receives."""
    return (pair.sender, pair.listener) if request.param == "to the listener" else (pair.listener, pair.sender)


def test_a_large_frame_is_forwarded_while_it_arrives(way):
    """Its end may come much later, or never. R72"""
    source, target = way
    frame = binary(os.urandom(1_048_576), key=b"abcd").encode()
    source.send(frame[:300_000])
    target.wait(lambda: sum(len(f.payload) for f in target.frames) >= 4 * 65_536,
                "four fragments of the unfinished frame")
    source.send(frame[300_000:])
    assert len(target.message()[1]) == 1_048_576
    sizes = [len(frame.payload) for frame in target.frames]
    assert sizes == [65_536] * 16, sizes


def test_frames_that_arrive_together_stay_apart(way):
    """And those that arrive in pieces are not cut at them. R70"""
    source, target = way
    frames = [binary(b"%d" % number * (number % 50)) for number in range(500)]
    source.send(b"".join(frame.encode() for frame in frames))
    source.send(b"".join(frame.encode() for frame in frames), piece=37)
    target.message(1_000)
    assert [(frame.opcode, frame.fin, frame.payload) for frame in target.frames] == [
        (BINARY, True, frame.payload) for frame in frames] * 2


@pytest.mark.parametrize("sizes",
                         [[65_537], [131_072], [131_073], [65_536, 65_537, 1, 0, 200_000, 0], [0, 0, 70_000, 0]],
                         ids=lambda sizes: "-".join(map(str, sizes)))
def test_larger_frames_are_cut_at_65536_bytes(way, sizes):
    """The rest follows in a continuation; no other cut is made, and no empty frame is added or lost. R70, R71"""
    source, target = way
    values = [os.urandom(size) for size in sizes]
    for index, value in enumerate(values):
        source.send((continuation if index else binary)(value, fin=index == len(values) - 1))
    assert target.message(limit=20)[1] == b"".join(values)
    wanted = [part for size in sizes
              for part in ([65_536] * (size // 65_536) + ([size % 65_536] if size % 65_536 else []) or [0])]
    assert [len(frame.payload) for frame in target.frames] == wanted
    assert [frame.opcode for frame in target.frames] == [BINARY] + [CONTINUATION] * (len(wanted) - 1)


def test_both_ways_at_once(pair):
    to_listener, to_sender = os.urandom(3_000_000), os.urandom(3_000_000)
    for start in range(0, 3_000_000, 50_000):
        pair.sender.send(binary(to_listener[start:start + 50_000]))
        pair.listener.send(binary(to_sender[start:start + 50_000]))
    for websocket, wanted in ((pair.listener, to_listener), (pair.sender, to_sender)):
        websocket.message(60, limit=30)
        assert b"".join(payload for _, payload in websocket.messages) == wanted


# MARK: what a frame that is under way must keep out


def half_sent(way, size=60_000):
    """Sends the first half of a frame and waits until the target has some, if the gateway forwards halves at all."""
    source, target = way
    payload = os.urandom(size)
    frame = binary(payload).encode()
    source.send(frame[:size // 2])
    source.peer.loop.spend(0.1, unless=lambda: len(target.reader.buffer) > size // 4)
    return payload, frame[size // 2:]


def test_a_pong_waits_for_the_end_of_a_frame_that_is_under_way(way):
    source, target = way
    payload, rest = half_sent(way)
    target.send(ping(b"answer me"), ping(b"me too"))
    source.peer.loop.spend(0.2, unless=lambda: target.pongs)
    source.send(rest)
    assert target.message()[1] == payload
    target.wait(lambda: len(target.pongs) == 2, "the pongs")
    assert target.pongs == [b"answer me", b"me too"]


def test_a_breach_while_a_frame_is_under_way_does_not_garble_it(way):
    """The offender's own incoming frame is unfinished; a Close frame cannot stand inside of it."""
    source, target = way
    payload, _ = half_sent(way)
    target.send(text("offence", rsv=7))
    source.cut()
    target.peer.ended()
    rest = bytes(target.reader.buffer)
    assert payload.startswith(rest[4:]), f"{len(rest)} bytes, of which not all are the frame's"


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_frame_that_is_cut_short_ends_the_partner_abruptly(way, how):
    source, target = way
    payload, _ = half_sent(way)
    source.peer.reset() if how == "reset" else source.peer.close()
    target.cut()
    assert payload.startswith(bytes(target.reader.buffer)[4:])


def test_a_close_inside_a_fragmented_message_is_forwarded(way):
    source, target = way
    source.send(text("never whole", fin=False), ping(b"1"), close(1001, "gone"))
    assert target.closed() == close(1001, "gone").payload
    assert [frame.payload for frame in target.frames[:1]] == [b"never whole"]


# MARK: ends


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_an_abrupt_end_stays_abrupt_and_is_told_within_half_a_second(way, how):
    """R76, R77"""
    source, target = way
    source.send(binary(b"before"))
    target.message()
    started = time.monotonic()
    source.peer.reset() if how == "reset" else source.peer.close()
    target.cut(limit=HALF_SECOND)
    assert time.monotonic() - started < HALF_SECOND
    assert target.peer.end == ("reset" if how == "reset" else "closed")


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_an_abrupt_end_with_data_on_its_way_delivers_a_prefix(way, how):
    source, target = way
    value = os.urandom(1_000_000)
    for start in range(0, len(value), 10_000):
        source.send(binary(value[start:start + 10_000]))
    source.peer.reset() if how == "reset" else (source.peer.sent_all(), source.peer.close())
    target.cut()
    came = b"".join(payload for _, payload in target.messages)
    assert value.startswith(came)


def test_a_close_is_not_answered_by_the_gateway(way):
    """Only the other peer's own Close comes back, and data of that peer before it. R74"""
    source, target = way
    source.send(binary(b"last"), close(1000, "half"))
    assert target.closed() == close(1000, "half").payload
    assert source.peer.loop.spend(0.5, unless=lambda: source.is_over or target.peer.end)
    for number in range(50):
        target.send(binary(b"%d" % number * 1_000))
    source.message(50)
    assert not source.is_over
    target.send(close(1001, "other half"))
    assert source.closed() == close(1001, "other half").payload
    source.peer.ended()
    target.peer.ended()


def test_closes_that_cross_reach_both(pair):
    pair.sender.send(close(3001, "from the sender"))
    pair.listener.send(close(4001, "from the listener"))
    assert pair.listener.closed() == close(3001, "from the sender").payload
    assert pair.sender.closed() == close(4001, "from the listener").payload
    pair.sender.peer.ended()
    pair.listener.peer.ended()


def test_pings_are_answered_in_a_half_closed_connection(way):
    source, target = way
    source.send(close(1000))
    target.closed()
    target.send(ping(b"still there?"))
    target.wait(lambda: target.pongs, "the pong")
    assert not target.peer.end


def test_what_follows_a_close_is_dropped_and_costs_the_other_way_nothing(way):
    """A connection that is closed with bytes unread is reset, and what was on its way the other way is lost."""
    source, target = way
    source.send(close(1000))
    target.closed()
    for _ in range(20):
        source.send(binary(b"nobody wants this" * 1_000))
    value = os.urandom(2_000_000)
    for start in range(0, len(value), 40_000):
        target.send(binary(value[start:start + 40_000]))
    target.send(close(1000, "all sent"))
    assert source.closed(limit=20) == close(1000, "all sent").payload
    assert b"".join(payload for _, payload in source.messages) == value
    assert len(target.messages) == 0


def test_half_a_frame_after_a_close_does_not_keep_the_close_back(way):
    """All in one segment, so that the gateway sees the Close and what follows it at once."""
    source, target = way
    source.send(binary(b"last").encode() + close(1000, "done").encode() + binary(b"junk" * 1_000).encode()[:-5])
    assert target.closed() == close(1000, "done").payload
    assert [payload for _, payload in target.messages] == [b"last"]
    target.send(close(1000))
    assert source.closed() == close(1000).payload
    source.peer.ended()
    target.peer.ended()


def test_a_peer_that_ends_its_direction_after_its_close_still_gets_the_rest(way):
    """Some clients end their sending side with the Close frame."""
    source, target = way
    source.send(close(1000))
    target.closed()
    source.peer.finish_sending()
    value = os.urandom(500_000)
    target.send(binary(value), close(1000))
    assert source.closed() == close(1000).payload
    assert source.messages == [(BINARY, value)]


@pytest.mark.parametrize("role", ["sender", "listener"])
def test_deleting_the_hybrid_connection_closes_both(loop, ports, estate, role):
    """With 1001; a frame that is under way is not garbled by it. R80"""
    entity = estate.entity()
    meeting = Meeting(loop, ports["plain"], entity)
    pair, half = meeting.pair(), meeting.pair()
    source, target = (half.sender, half.listener) if role == "sender" else (half.listener, half.sender)
    half_sent((source, target))
    entity.delete()
    for websocket in (pair.sender, pair.listener, meeting.control.websocket):
        assert close_code(websocket.closed()) == 1001
    assert close_code(source.closed()) == 1001
    target.wait(lambda: target.is_over, "the end")
