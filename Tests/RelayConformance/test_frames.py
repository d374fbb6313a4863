"""RFC 6455 through the gateway: each peer of a joined pair in turn sends every case, and the other one is an echo.

To the peer that errs the gateway is a strict echo server. Its partner did nothing wrong: it is cut off without a Close
frame, as by any other loss. What is right arrives frame by frame. R46, R69, R70, R71, R72, R73, R74, R75, R76, R78.
"""

import pytest

from conftest import on_one_and_several_loops
from frame_cases import CASES
from frame_runs import judge
from peers.loop import Loop
from peers.rendezvous import Meeting
from peers.websocket import Echo

# Every seventh case with TLS: enough for each category, and what differs is below the frames.
SECURED = CASES[::7]
pytestmark = on_one_and_several_loops


@pytest.fixture(scope="module")
def listening(ports, entity):
    """For each door a control channel that many pairs share."""
    loop = Loop()
    meetings = {name: Meeting(loop, door, entity) for name, door in ports.items()}
    for meeting in meetings.values():
        meeting.listen()
    yield meetings
    loop.close()


def keep_to_the_standard(pair, case):
    Echo(pair.listener)
    try:
        judge(case, pair.sender, pair.listener)
    finally:
        pair.drop()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_sender_keeps_to_the_standard(listening, case):
    keep_to_the_standard(pair_of(listening["plain"]), case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_listener_keeps_to_the_standard(listening, case):
    keep_to_the_standard(pair_of(listening["plain"]).turned(), case)


@pytest.mark.parametrize("case", SECURED, ids=lambda case: case.name)
def test_with_tls_it_is_the_same(listening, case):
    pair = pair_of(listening["TLS"])
    keep_to_the_standard(pair if SECURED.index(case) % 2 else pair.turned(), case)


def pair_of(meeting):
    """A pair by the meeting's own listener: the hybrid connection has one for each door."""
    call = meeting.dial(headers=[("Microsoft-Relay-AllowedListeners", meeting.control.identity)])
    return meeting.join(call, meeting.control.accept(call.identity))
