"""The gateway between lanes of others: answers in one message, rules that are broken, peers that do not read, memory."""

import asyncio
import re
import signal
from dataclasses import replace

import pytest

from relay_peer.sockets import Closed, Lost
from relay_peer.waiting import eventually, within
from tunnel_peer.lanes import (
    ACCEPTED, CLASSIC, DATA, END, OPEN, REFUSED, RESET, WINDOW, ListenerWithLanes, frame, sender_lane,
)

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def gateway(make_for_module):
    """With several threads, so that the two lanes of a stream are often on different ones."""
    return make_for_module.server("--relay-threads", "4").start()


@pytest.fixture
async def entity(gateway):
    connection = await asyncio.to_thread(gateway.hybrid_connection)
    return await connection.entity.ready()


async def answers(lane, streams):
    """The last frame of each of these streams."""
    ends = {}
    while len(ends) < len(streams):
        kind, stream, payload = await lane.next()
        if kind in (REFUSED, RESET, END):
            ends[stream] = kind, payload
    return [ends[stream] for stream in streams]


def connections(gateway, name):
    """Connections of an entity that stand, as the gateway counts them."""
    return gateway.json("hybrid-connection", "connections", "-g", gateway.GROUP, "--namespace", gateway.namespace.name,
                        "--name", name)


async def test_a_stream_carries_bytes_and_ends_in_order(entity):
    async with ListenerWithLanes(entity) as listener:
        lane = await sender_lane(entity)
        stream = await lane.open_stream()
        await lane.send(frame(DATA, stream, b"early"))
        (there,) = listener.lanes
        kind, opened, payload = await there.next()
        assert kind == OPEN and re.fullmatch(rb"[0-9a-f-]{36}_G\d+ 127\.0\.0\.1:\d+", payload), payload
        await there.send(frame(ACCEPTED, opened))
        assert await there.next() == (DATA, opened, b"early")
        assert await lane.next() == (ACCEPTED, stream, b"")
        await there.send(frame(DATA, opened, b"answer"), frame(END, opened))
        assert await lane.next() == (DATA, stream, b"answer")
        assert await lane.next() == (END, stream, b"")
        await lane.send(frame(DATA, stream, b"more"), frame(END, stream))
        assert await there.next() == (DATA, opened, b"more")
        assert await there.next() == (END, opened, b"")
        await lane.close()


async def test_a_reset_in_the_message_of_the_answer_reaches_every_sender(entity):
    """The endpoint took the connection and reset it at once, before the gateway's other thread knew of the answer."""
    async with ListenerWithLanes(entity, count=4) as listener:
        async with listener.answering(lambda stream: (frame(ACCEPTED, stream), frame(RESET, stream, b"gone"))):
            lanes = [await sender_lane(entity) for _ in range(4)]
            for _ in range(50):
                streams = [await lane.open_stream() for lane in lanes]
                for lane, stream in zip(lanes, streams):
                    assert (await answers(lane, [stream]))[0][0] == RESET
            for lane in lanes:
                await lane.close()


@pytest.mark.parametrize("kind", [ACCEPTED, REFUSED, CLASSIC])
async def test_an_answer_of_the_side_that_opened_the_stream_ends_the_lane(gateway, entity, kind):
    """Otherwise a sender could leave connections behind that nobody ends."""
    async with ListenerWithLanes(entity) as listener:
        lane = await sender_lane(entity)
        stream = await lane.open_stream()
        await lane.send(frame(kind, stream, b"\0\0" if kind == REFUSED else b""))
        with pytest.raises(Closed) as closed:
            while True:
                await lane.next()
        assert closed.value.code == 1002
        # A listener that accepts all the same has nobody to talk to.
        (there,) = listener.lanes
        seen = []
        while RESET not in seen:
            seen_kind, opened, _ = await there.next()
            seen.append(seen_kind)
            if seen_kind == OPEN:
                await there.send(frame(ACCEPTED, opened))
        await lane.close()
    await eventually(lambda: connections(gateway, entity.name) == [], "no connection is left")


async def test_a_listener_that_redirects_a_stream_that_stands_loses_it(gateway, entity):
    async with ListenerWithLanes(entity) as listener:
        lane = await sender_lane(entity)
        stream = await lane.open_stream()
        (there,) = listener.lanes
        _, opened, _ = await there.next()
        await there.send(frame(ACCEPTED, opened), frame(CLASSIC, opened))
        assert (await answers(lane, [stream]))[0][0] == RESET
        await lane.close()
    await eventually(lambda: connections(gateway, entity.name) == [], "no connection is left")


async def test_a_sender_that_reads_no_answers_is_cut_off(entity):
    lane = await sender_lane(entity, receive_buffer=8192)
    lane.socket.connection.reader._limit = 1
    number = 0

    async def ask():
        nonlocal number
        while True:
            await lane.send(*(frame(OPEN, number + index) for index in range(1, 501)))
            number += 500

    with pytest.raises(Lost):
        await within(ask(), 120)
    assert number > 1_000
    lane.socket.connection.drop()


async def test_a_listener_that_vanishes_with_credit_on_its_lips_takes_nothing_with_it(gateway, entity):
    """The gateway finds out within the write that the credit allows."""
    plain = replace(entity, endpoint=gateway.relay.plain)
    for _ in range(5):
        async with ListenerWithLanes(plain) as listener:
            lane = await sender_lane(plain)
            stream = await lane.open_stream()
            (there,) = listener.lanes
            _, opened, _ = await there.next()
            await there.send(frame(ACCEPTED, opened))
            window = b"x" * 65_536
            await lane.send(*(frame(DATA, stream, window) for _ in range(4)))
            got = 0
            while got < 4 * len(window):
                _, _, payload = await there.next()
                got += len(payload)
            # Its credit is used up: what comes now stays in the gateway.
            allowed = 0
            while allowed < 4 * len(window):
                kind, _, payload = await lane.next()
                if kind == WINDOW:
                    allowed += int.from_bytes(payload, "big")
            await lane.send(*(frame(DATA, stream, window) for _ in range(allowed // len(window))))
            # Both wait for the gateway when it looks.
            gateway.process.send_signal(signal.SIGSTOP)
            await there.send(frame(WINDOW, opened, (8 << 20).to_bytes(4, "big")))
            there.socket.connection.abort()
            # The socket is closed by the loop's next turn.
            await there.socket.connection.writer.wait_closed()
            gateway.process.send_signal(signal.SIGCONT)
            assert (await answers(lane, [stream]))[0][0] == RESET
            await lane.close()
    assert gateway.process.poll() is None


async def test_streams_that_are_over_leave_nothing_behind(gateway, entity):
    """In order, by resets, and refused; each kind many times."""
    def resident():
        with open(f"/proc/{gateway.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1))

    answer = {
        0: lambda stream: (frame(ACCEPTED, stream), frame(DATA, stream, b"bytes"), frame(END, stream)),
        1: lambda stream: (frame(ACCEPTED, stream), frame(RESET, stream)),
        2: lambda stream: (frame(REFUSED, stream, b"\x01\xf6no"),),
    }
    async with ListenerWithLanes(entity, count=2) as listener:
        async with listener.answering(lambda stream: answer[stream % 3](stream)):
            lanes = [await sender_lane(entity) for _ in range(2)]

            async def use(lane, count):
                for _ in range(count // 50):
                    streams = [await lane.open_stream() for _ in range(50)]
                    await lane.send(*(frame(END, stream) for stream in streams))
                    await answers(lane, streams)

            async def use_all(count):
                await asyncio.gather(*(use(lane, count // len(lanes)) for lane in lanes))

            await use_all(4_000)
            before = resident()
            await use_all(12_000)
            growth = resident() - before
            for lane in lanes:
                await lane.close()
    # What was kept of each stream was some 4 KB.
    assert growth < 12_000, f"{growth} KB for 12,000 streams"
