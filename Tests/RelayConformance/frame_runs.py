"""Sends a case from one peer, and judges what both peers see."""

from frame_cases import ALIVE, CLOSED, FAILED, data_frames
from peers.frames import CONTINUATION, PAYLOAD_MAX, TEXT, close, close_code, text

SENTINEL = b"the sentinel after everything else"


def send(case, websocket):
    for frame in case.frames:
        websocket.send(frame, piece=case.piece)


def judge(case, offender, partner=None):
    """Sends the case from the offender and holds what comes against it; the partner is an echo, and may be unknown."""
    send(case, offender)
    outcome = case.outcome
    if case.also:
        offender.send(text(SENTINEL))
        offender.wait(lambda: offender.is_over or offender.messages[-1:] == [(TEXT, SENTINEL)], "either outcome")
        outcome = case.also if FAILED in (case.outcome,
                                          case.also) and has_failed(offender) == (case.also == FAILED) else outcome
    {ALIVE: judge_alive, FAILED: judge_failed, CLOSED: judge_closed}[outcome](case, offender, partner)
    if partner is not None:
        judge_forwarded(case, partner, is_whole=outcome != FAILED)


def has_failed(websocket):
    return close_code(websocket.close_payload or b"") == 1002


def judge_alive(case, offender, partner):
    if not case.also:
        offender.send(text(SENTINEL))
    offender.wait(lambda: offender.is_over or offender.messages[-1:] == [(TEXT, SENTINEL)], "the sentinel's echo", 20)
    assert not offender.is_over, f"the connection ended; {offender}"
    assert same(offender.messages[:-1], case.messages), f"{shown(offender.messages)} instead of {shown(case.messages)}"
    assert offender.pongs == list(case.pongs)
    offender.send(close(1000, "end"))
    assert offender.closed() == close(1000, "end").payload
    judge_end(offender, partner)


def judge_failed(case, offender, partner):
    """The offender is told why, its partner nothing: for it the connection is cut."""
    payload = offender.closed()
    assert close_code(payload) in case.codes, (payload, offender)
    payload[2:].decode()
    if case.late:
        offender.send(case.late)
    assert same(offender.messages, case.messages[:len(offender.messages)]), shown(offender.messages)
    assert offender.pongs == list(case.pongs[:len(offender.pongs)])
    offender.send(close(close_code(payload)))
    offender.peer.ended()
    if partner is not None:
        partner.cut()
        # It may have the beginning of what was wrong, and nothing of it as a whole.
        assert same(partner.messages, case.messages[:len(partner.messages)]), shown(partner.messages)


def judge_closed(case, offender, partner):
    """The Close reaches the partner unchanged, and the partner's echo of it comes back; nothing comes after it."""
    wanted = next(frame for frame in case.frames if frame.opcode == 8).payload
    assert offender.closed() == wanted, offender
    assert same(offender.messages, case.messages), shown(offender.messages)
    if partner is not None:
        assert partner.close_payload == wanted, partner
    judge_end(offender, partner)


def judge_end(offender, partner):
    offender.peer.ended()
    if partner is not None:
        partner.peer.ended()


def judge_forwarded(case, partner, is_whole):
    """Small frames arrive as they were sent; of larger ones the fragments do; no empty frame is added."""
    came = [frame for frame in partner.frames if frame.opcode < 8 and frame.payload != SENTINEL]
    for frame in data_frames(case):
        if not came:
            assert not is_whole, f"the frame with {len(frame.payload)} bytes never arrived"
            return
        first = came.pop(0)
        parts, size = [first], len(first.payload)
        while size < len(frame.payload) > PAYLOAD_MAX and came:
            parts.append(came.pop(0))
            size += len(parts[-1].payload)
        if not is_whole and size < len(frame.payload):
            return
        assert b"".join(part.payload for part in parts) == frame.payload, [len(part.payload) for part in parts]
        assert parts[0].opcode == frame.opcode and all(part.opcode == CONTINUATION for part in parts[1:])
        assert [part.fin for part in parts] == [False] * (len(parts) - 1) + [frame.fin]
        assert len(parts) == 1 or all(part.payload for part in parts), "an empty fragment was made"
    assert not came, f"{len(came)} frames more than were sent"


def same(came, wanted):
    return list(came) == list(wanted)


def shown(messages):
    return [(opcode, len(payload), payload[:24]) for opcode, payload in list(messages)[:12]]
