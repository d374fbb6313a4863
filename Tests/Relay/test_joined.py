"""The joined connection: statements R69 to R80, and what connectors carry over it (R119 to R122)."""

import asyncio
import os
import random
import time

import pytest

from relay_peer import frames
from relay_peer.sockets import Closed, Lost
from relay_peer.waiting import eventually, stays_pending, within

FRAME_MAXIMUM = 65_536
# Ends that hold little of what they do not read.
LITTLE = {"receive_buffer": 16_384, "read_limit": 16_384}
SMALL = {**LITTLE, "accept_options": LITTLE}
SIZES = [0, 1, 2, 124, 125, 126, 127, 128, 1_000, 4_095, 65_534, 65_535, 65_536, 65_537, 131_072, 131_073, 300_000, 1_048_576]


@pytest.fixture
async def pair(entity):
    """Both ends with frames of our own."""
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        yield pair
        await pair.close()


def ways(pair):
    """Both directions: who sends, who receives."""
    return (pair.sender, pair.listener), (pair.listener, pair.sender)


@pytest.mark.parametrize("raw", [False, True])
async def test_r069_messages_arrive_as_they_were_sent(entity, raw):
    """Text and binary, whole and in fragments, in order, both ways at once; with the library and with frames of our own."""
    generator = random.Random(69)
    messages = ["", "x", "grüße 🌍", b"", b"\x00\xff", "long " * 20_000, bytes(range(256)) * 1_000, ["frag", "men", "ted"],
                [b"a" * 70_000, b"b", b"c" * 100], "last"]
    messages += [generator.randbytes(generator.randrange(2_000)) for _ in range(200)]
    async with entity.listener() as listener:
        pair = await listener.join(raw=raw)

        async def send(socket):
            for message in messages:
                await socket.send(message)

        async def check(socket):
            for message in messages:
                whole = type(message[0])().join(message) if isinstance(message, list) else message
                assert await within(socket.receive()) == whole

        await asyncio.gather(*(work for one, other in ways(pair) for work in (send(one), check(other))))
        await pair.close()


async def test_r070_small_frames_are_neither_split_nor_merged(pair):
    for one, other in ways(pair):
        sizes = [1, 5, 125, 126, 1_000, 65_535, FRAME_MAXIMUM, 3]
        await one.send_bytes(b"".join(frames.encode(frames.BINARY, bytes([index]) * size) for index, size in enumerate(sizes)))
        for index, size in enumerate(sizes):
            frame = await within(other.receive_frame())
            assert (frame.opcode, frame.is_final, len(frame.payload)) == (frames.BINARY, True, size)
            assert frame.payload == bytes([index]) * size


async def test_r070_fragments_stay_fragments(pair):
    for one, other in ways(pair):
        parts = [(frames.TEXT, b"one", False), (frames.CONTINUATION, b"", False), (frames.CONTINUATION, b"two" * 10_000, False),
                 (frames.CONTINUATION, b"", True), (frames.BINARY, b"x", False), (frames.CONTINUATION, b"y", True)]
        for opcode, payload, is_final in parts:
            await one.send_frame(opcode, payload, is_final)
        for opcode, payload, is_final in parts:
            frame = await within(other.receive_frame())
            assert (frame.opcode, frame.payload, frame.is_final) == (opcode, payload, is_final)


@pytest.mark.parametrize("size", [FRAME_MAXIMUM + 1, 2 * FRAME_MAXIMUM, 2 * FRAME_MAXIMUM + 1, 1_048_576, 3_000_001])
async def test_r070_a_large_frame_is_cut_and_its_message_is_whole(pair, size):
    payload = os.urandom(size)
    for one, other in ways(pair):
        await one.send_frame(frames.BINARY, payload)
        received, first = b"", True
        while True:
            frame = await within(other.receive_frame())
            assert frame.opcode == (frames.BINARY if first else frames.CONTINUATION)
            assert 0 < len(frame.payload) <= FRAME_MAXIMUM, "an empty or too large piece"
            received, first = received + frame.payload, False
            if frame.is_final:
                break
        assert received == payload


async def test_r070_a_large_fragment_is_cut_and_its_message_goes_on(pair):
    for one, other in ways(pair):
        await one.send_frame(frames.TEXT, b"a" * 100_000, False)
        await one.send_frame(frames.CONTINUATION, b"b" * 100_000, True)
        assert await within(other.receive()) == "a" * 100_000 + "b" * 100_000


async def test_r071_empty_frames_come_through_and_none_is_made_up(pair):
    for one, other in ways(pair):
        for opcode in (frames.BINARY, frames.TEXT):
            await one.send_frame(opcode, b"")
            frame = await within(other.receive_frame())
            assert (frame.opcode, frame.payload, frame.is_final) == (opcode, b"", True)
        for size in (1, FRAME_MAXIMUM, 4 * FRAME_MAXIMUM):
            await one.send_frame(frames.BINARY, b"x" * size)
            rest = size
            while rest:
                frame = await within(other.receive_frame())
                assert frame.payload
                rest -= len(frame.payload)
            assert frame.is_final
        await stays_pending(other.receive_frame(), "a frame that nobody sent", limit=0.1)


@pytest.mark.parametrize("size", SIZES)
async def test_r072_messages_of_every_size(pair, size):
    payload = os.urandom(size)
    for one, other in ways(pair):
        await one.send_frame(frames.BINARY, payload)
        assert await within(other.receive()) == payload


async def test_r072_a_message_without_end_flows(pair):
    """64 MiB in one message that is never finished: nobody may wait for its end."""
    piece, count = os.urandom(FRAME_MAXIMUM), 1_024
    one, other = pair.sender, pair.listener

    async def send():
        for index in range(count):
            await one.send_frame(frames.CONTINUATION if index else frames.BINARY, piece, False)

    async def check():
        for _ in range(count):
            assert (await within(other.receive_frame())).payload == piece

    await asyncio.gather(send(), check())


async def test_r072_a_reader_that_stops_stops_the_writer(entity):
    """What is on the way is bounded by buffers of the sockets and a small window, and all of it arrives in the end."""
    async with entity.listener() as listener:
        pair = await listener.join(raw=True, **SMALL)
        piece, sent = os.urandom(16_384), 0

        async def write():
            nonlocal sent
            while sent < 4_096:
                await pair.sender.send_frame(frames.BINARY, piece)
                sent += 1

        writing = asyncio.ensure_future(write())

        async def has_stalled():
            before = sent
            await asyncio.sleep(0.3)
            return sent == before

        await eventually(has_stalled, "the writer is held", limit=10)
        assert sent < 4_096, "64 MiB went nowhere"
        for _ in range(4_096):
            assert await within(pair.listener.receive()) == piece
        await within(writing)
        await pair.close()


async def test_r072_a_stalled_pair_delays_no_other(entity):
    async with entity.listener() as listener:
        stalled = [await listener.join(raw=True, **SMALL) for _ in range(10)]
        writing = [asyncio.ensure_future(flood(pair.sender)) for pair in stalled]
        pair = await listener.join(raw=True)
        worst = 0
        for _ in range(50):
            started = time.monotonic()
            await pair.sender.send("x")
            assert await within(pair.listener.receive()) == "x"
            worst = max(worst, time.monotonic() - started)
        assert worst < 0.5, worst
        for task in writing:
            task.cancel()
        await asyncio.gather(*writing, return_exceptions=True)
        for one in (*stalled, pair):
            await one.close()


async def flood(socket):
    while True:
        await socket.send_frame(frames.BINARY, b"x" * 32_768)


async def test_r073_frames_of_the_gateway_are_not_masked_and_unmasked_ones_are_refused(pair):
    """`RawSocket` refuses masked frames. The offender is told; its partner sees the connection break."""
    await pair.sender.send("masked")
    assert await within(pair.listener.receive()) == "masked"
    await pair.sender.send_frame(frames.TEXT, b"not masked", is_masked=False)
    end = await within(pair.sender.end())
    assert isinstance(end, Closed) and end.code == 1002, end
    assert isinstance(await within(pair.listener.end()), Lost)


@pytest.mark.parametrize("frame, code", [
    (frames.encode(frames.TEXT, b"x", reserved=4), 1002), (frames.encode(0x3, b"x"), 1002), (frames.encode(0xB, b""), 1002),
    (frames.encode(frames.PING, b"x" * 126), 1002), (frames.encode(frames.PING, b"x", is_final=False), 1002),
    (frames.encode(frames.CONTINUATION, b"x"), 1002), (frames.encode(frames.CLOSE, b"\x03"), 1002),
    (frames.encode(frames.CLOSE, frames.close_payload(1005)), 1002),
    (frames.encode(frames.CLOSE, frames.close_payload(999)), 1002),
    (frames.encode(frames.TEXT, b"\xff"), 1007), (frames.encode(frames.CLOSE, frames.close_payload(1000, b"\xff")), 1007),
])
@pytest.mark.parametrize("from_sender", [True, False])
async def test_r073_who_breaks_the_protocol_is_told_and_the_partner_sees_it_break(pair, frame, code, from_sender):
    offender, partner = ways(pair)[0 if from_sender else 1]
    await offender.send_bytes(frame)
    end = await within(offender.end())
    assert isinstance(end, Closed) and end.code == code, end
    assert isinstance(await within(partner.end()), Lost)


# MARK: ends


@pytest.mark.parametrize("code, reason", [
    *((code, "") for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)),
    (None, ""), (1000, "done"), (1001, "grüße"), (4000, "x" * 123),
])
async def test_r075_codes_and_reasons_pass_unchanged(pair, code, reason):
    await pair.sender.send_close(code, reason)
    end = await within(pair.listener.end())
    assert isinstance(end, Closed) and (end.code, end.reason) == (code, reason), end
    await pair.listener.send_close(code, reason)
    end = await within(pair.sender.end())
    assert isinstance(end, Closed) and (end.code, end.reason) == (code, reason), end
    # Both are through, so the connections end.
    assert await within(pair.sender.connection.rest()) == b"" and await within(pair.listener.connection.rest()) == b""


@pytest.mark.parametrize("from_sender", [True, False])
async def test_r074_a_close_is_the_end_of_one_direction_only(pair, from_sender):
    one, other = ways(pair)[0 if from_sender else 1]
    await one.send("before")
    await one.send_close(1000, "nothing more from me")
    assert await within(other.receive()) == "before"
    with pytest.raises(Closed) as caught:
        await within(other.receive())
    assert (caught.value.code, caught.value.reason) == (1000, "nothing more from me")
    # The gateway does not answer for the other side, which goes on.
    await stays_pending(one.receive_frame(), "the gateway answered the Close itself")
    for size in (1, 1_000, 200_000):
        payload = os.urandom(size)
        await other.send(payload)
        assert await within(one.receive()) == payload
    await other.send_close(1001, "nor from me")
    with pytest.raises(Closed) as caught:
        await within(one.receive())
    assert (caught.value.code, caught.value.reason) == (1001, "nor from me")
    assert await within(one.connection.rest()) == b"" and await within(other.connection.rest()) == b""


async def test_r074_half_open_connections_live_as_long_as_pings_are_answered(impatient):
    async with impatient.listener() as listener:
        pair = await listener.join(raw=True)
        await pair.sender.send_close(1000)
        with pytest.raises(Closed):
            await within(pair.listener.receive())
        readings = [asyncio.ensure_future(side.receive()) for side in pair]
        done, _ = await asyncio.wait(readings, timeout=5)
        assert not done, [task.exception() or task.result() for task in done]
        await pair.listener.send("late")
        assert await within(readings[0]) == "late"
        readings[1].cancel()
        await pair.close()


async def test_r074_closing_at_the_same_time_ends_both(pair):
    await asyncio.gather(pair.sender.send_close(1000, "a"), pair.listener.send_close(1000, "b"))
    ends = await asyncio.gather(within(pair.sender.end()), within(pair.listener.end()))
    assert [(end.code, end.reason) for end in ends] == [(1000, "b"), (1000, "a")]


async def test_r074_nothing_sent_before_a_close_is_lost(entity):
    """A mebibyte and a Close in one go, read slowly."""
    payload = os.urandom(1_048_576)
    async with entity.listener() as listener:
        for from_sender in (True, False):
            pair = await listener.join(raw=True, **SMALL)
            one, other = ways(pair)[0 if from_sender else 1]
            writing = asyncio.ensure_future(one.send_bytes(b"".join(
                frames.encode(frames.BINARY, payload[offset:offset + 4_096]) for offset in range(0, len(payload), 4_096))
                + frames.encode(frames.CLOSE, frames.close_payload(1000, "all"))))
            received = bytearray()
            with pytest.raises(Closed) as caught:
                while True:
                    received += await within(other.receive())
            assert bytes(received) == payload and caught.value.reason == "all"
            await within(writing)
            await pair.close()


async def test_r074_both_ends_of_the_library_close_cleanly(entity):
    async with entity.listener() as listener:
        for from_sender in (True, False):
            pair = await listener.join()
            one, other = ways(pair)[0 if from_sender else 1]
            closing = asyncio.ensure_future(one.close(1000, "done"))
            end = await within(other.end())
            assert isinstance(end, Closed) and (end.code, end.reason) == (1000, "done")
            await within(closing, 2)


@pytest.mark.parametrize("end", ["drop", "abort"])
@pytest.mark.parametrize("from_sender", [True, False])
async def test_r076_r077_a_loss_is_a_loss_on_the_other_side_within_500_ms(pair, end, from_sender):
    one, other = ways(pair)[0 if from_sender else 1]
    await one.send("last words")
    assert await within(other.receive()) == "last words"
    getattr(one, end)()
    started = time.monotonic()
    seen = await within(other.end())
    assert isinstance(seen, Lost), f"a clean end: {seen}"
    assert time.monotonic() - started < 0.5


async def test_r076_a_loss_after_a_half_close_is_a_loss(pair):
    await pair.sender.send_close(1000)
    with pytest.raises(Closed):
        await within(pair.listener.receive())
    pair.listener.drop()
    assert isinstance(await within(pair.sender.end(), 1), Lost)


async def test_r077_a_close_is_seen_within_500_ms(pair):
    started = time.monotonic()
    await pair.listener.send_close(1000)
    assert isinstance(await within(pair.sender.end()), Closed) and time.monotonic() - started < 0.5


async def test_r078_pings_end_at_the_gateway(pair):
    for one, other in ways(pair):
        for payload in (b"", b"probe", b"x" * 125):
            await one.send_frame(frames.PING, payload)
            frame = await within(one.receive_any_frame())
            assert (frame.opcode, frame.payload) == (frames.PONG, payload)
        # Between fragments as well.
        await one.send_frame(frames.TEXT, b"first ", False)
        await one.send_frame(frames.PING, b"between")
        await one.send_frame(frames.CONTINUATION, b"second")
        assert await within(other.receive()) == "first second"
        frame = await within(one.receive_any_frame())
        assert (frame.opcode, frame.payload) == (frames.PONG, b"between")
        assert not other.pings


async def test_r079_an_idle_connection_stays_as_long_as_pings_are_answered(impatient):
    """Five intervals of the impatient server's pings."""
    async with impatient.listener() as listener:
        pair = await listener.join(raw=True)
        readings = [asyncio.ensure_future(side.receive()) for side in pair]
        done, _ = await asyncio.wait(readings, timeout=5)
        assert not done
        assert pair.sender.pings and pair.listener.pings
        await pair.sender.send("awake")
        assert await within(readings[1]) == "awake"
        readings[0].cancel()
        await pair.close()


@pytest.mark.parametrize("from_sender", [True, False])
async def test_r079_a_side_that_fell_silent_is_dropped(impatient, from_sender):
    async with impatient.listener() as listener:
        pair = await listener.join(raw=True)
        one, other = ways(pair)[0 if from_sender else 1]
        one.answers_pings = False
        gone = asyncio.ensure_future(one.end())
        assert isinstance(await within(other.end(), 8), Lost)
        await within(gone, 8)


async def test_r079_back_pressure_is_not_silence(impatient):
    """Whoever waits for the other side's buffer cannot answer pings; the connection is not dropped for that."""
    async with impatient.listener() as listener:
        pair = await listener.join(raw=True, **SMALL)
        writing = asyncio.ensure_future(flood(pair.sender))
        await asyncio.sleep(5)
        assert not writing.done(), writing
        for _ in range(100):
            assert await within(pair.listener.receive()) == b"x" * 32_768
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await pair.close()


async def test_r080_a_joined_connection_outlives_token_and_control_channel(impatient):
    async with impatient.listener() as listener:
        pair = await listener.join(token=impatient.token(seconds=1))
        await listener.channel.close()
        await asyncio.sleep(2.5)
        for one, other in ways(pair):
            await one.send("still")
            assert await within(other.receive()) == "still"
        await pair.close()


async def test_r080_deleting_the_entity_closes_both_sides_with_1001(make_entity):
    entity = await make_entity()
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        await asyncio.to_thread(entity.delete)
        for side in pair:
            end = await within(side.end(), 2)
            assert isinstance(end, Closed) and end.code == 1001, end
            assert len(end.reason.encode()) <= 123


async def test_half_close_held_back_for_peers_that_stop_reading(servers):
    """`--half-close hold` (C2 of the decisions): a Close reaches the other side when nothing more comes back."""
    server = servers("--half-close=hold")
    entity = await (await asyncio.to_thread(server.namespace().entity, server.unique("hyco"))).ready()
    async with entity.listener() as listener:
        pair = await listener.join(raw=True)
        await pair.sender.send("request")
        await pair.sender.send_close(1000, "sent all")
        assert await within(pair.listener.receive()) == "request"
        await pair.listener.send("answer")
        assert await within(pair.sender.receive()) == "answer"
        await pair.listener.send_close(1000, "answered")
        end = await within(pair.sender.end())
        assert (end.code, end.reason) == (1000, "answered")
        assert isinstance(await within(pair.listener.end()), (Closed, Lost))


# MARK: what is carried


async def test_r119_r120_raw_bytes_come_through_without_a_preamble(pair):
    """The published manager copies bytes in binary messages of up to 16 KiB, and closes with 1000."""
    for one, other in ways(pair):
        stream = os.urandom(100_000)
        for offset in range(0, len(stream), 16_384):
            await one.send(stream[offset:offset + 16_384])
        received = b""
        while len(received) < len(stream):
            received += await within(other.receive())
        assert received == stream
    await pair.sender.send_close(1000)
    assert (await within(pair.listener.end())).code == 1000


@pytest.mark.parametrize("preamble", [[b"\x01\x00\x00\x05", b"mysql"], [b"\x01\x00\x00\x05mysql"], [b"\x01\x00\x01\x043306"]])
async def test_r121_r122_the_preamble_of_azbridge_passes_as_it_is(pair, preamble):
    for message in preamble:
        await pair.sender.send(message)
    for message in preamble:
        assert await within(pair.listener.receive()) == message
    answer = b"\x01\x00" + preamble[0][2:3]
    await pair.listener.send(answer)
    assert await within(pair.sender.receive()) == answer
    datagram = b"\x00\x04ping"
    await pair.sender.send(datagram)
    assert await within(pair.listener.receive()) == datagram
