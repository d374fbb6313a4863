"""Our connector with listeners of others, our manager with senders of others: one WebSocket for each connection, raw bytes,
and the end of a direction as a Close frame."""

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from relay_peer import frames
from relay_peer.sockets import Closed, Lost, Refused
from relay_peer.waiting import eventually, within
from tunnel_peer.endpoints import echo, greeting
from tunnel_peer.sockets import (
    Stream, converse, dial, end_output, free_port, is_answering, read_exactly, read_rest, reset, stays_silent,
)


async def receive_bytes(socket, count):
    """So many bytes out of messages of any size."""
    parts, left = [], count
    while left > 0:
        message = await within(socket.receive(), 20)
        parts.append(message.encode() if isinstance(message, str) else message)
        left -= len(parts[-1])
    return b"".join(parts)


async def ending(socket, limit=5):
    """What still came, and how the connection ended: a close code, or `lost`."""
    parts = []
    while True:
        try:
            parts.append(await within(socket.receive(), limit))
        except Closed as closed:
            return b"".join(parts), closed.code
        except Lost:
            return b"".join(parts), "lost"


# MARK: a listener of others


@pytest.fixture
async def foreign(server):
    """A hybrid connection at which somebody else's program listens; what it does is up to the test."""
    connection = server.hybrid_connection("db.corp.example:5432")
    entity = await connection.entity.ready()
    async with entity.listener(rendezvous_raw=True) as listener:
        yield connection, listener


@pytest.fixture
async def single(foreign, make):
    return await asyncio.to_thread(make.single(foreign[0]).start)


async def joined(single, listener, **options):
    """A connection of an app, and the listener's end of it."""
    app = await asyncio.to_thread(dial, single.address)
    return app, await listener.accept(await listener.next_accept(), **options)


async def test_bytes_pass_both_ways_between_an_app_and_a_listener_of_others(foreign, single):
    app, socket = await joined(single, foreign[1])
    with app:
        there, back = Stream(1, 2_000_000), Stream(2, 2_000_000)

        async def send_back():
            for piece in back.pieces():
                await socket.send(piece)

        sending = asyncio.ensure_future(send_back())
        _, received, _ = await asyncio.gather(
            asyncio.to_thread(there.send, app), receive_bytes(socket, there.length), asyncio.to_thread(back.check, app))
        assert received == b"".join(there.pieces())
        await sending
        # Text, fragments and empty messages are bytes as well.
        await socket.send("grüße")
        await socket.send([b"in ", b"", b"three ", b"parts"])
        await socket.send(b"")
        wanted = "grüße".encode() + b"in three parts"
        assert await asyncio.to_thread(read_exactly, app, len(wanted)) == wanted
        socket.drop()


async def test_the_end_of_an_app_s_half_is_a_close_after_which_the_listener_may_go_on(foreign, single):
    app, socket = await joined(single, foreign[1])
    with app:
        app.sendall(b"question")
        end_output(app)
        assert await ending(socket) == (b"question", 1000)
        for word in (b"an ", b"answer"):
            await socket.send(word)
        await socket.send_close(1000)
        assert await asyncio.to_thread(read_rest, app) == (b"an answer", "end")
        # The gateway ends the connection in order, without another Close.
        assert isinstance(await within(socket.end()), Lost)


async def test_a_close_of_the_listener_is_the_end_of_its_half_alone(foreign, single):
    app, socket = await joined(single, foreign[1])
    with app:
        await socket.send(b"all that I have")
        await socket.send_close(1000)
        assert await asyncio.to_thread(read_rest, app) == (b"all that I have", "end")
        app.sendall(b"thank you")
        end_output(app)
        assert await ending(socket) == (b"thank you", 1000)


async def test_a_listener_that_is_lost_is_a_reset_at_the_app(foreign, single):
    for leave in ("abort", "drop"):
        app, socket = await joined(single, foreign[1])
        with app:
            await socket.send(b"half a")
            assert await asyncio.to_thread(read_exactly, app, 6) == b"half a"
            getattr(socket, leave)()
            assert await asyncio.to_thread(read_rest, app) == (b"", "reset")


async def test_a_reset_of_the_app_is_a_loss_at_the_listener(foreign, single):
    app, socket = await joined(single, foreign[1])
    app.sendall(b"half a")
    assert await receive_bytes(socket, 6) == b"half a"
    reset(app)
    assert await ending(socket) == (b"", "lost")


async def test_twenty_connections_at_once_to_a_listener_of_others(foreign, single):
    connection, listener = foreign
    listener.rendezvous_raw = False
    listener.serve()
    with ThreadPoolExecutor(20) as pool:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(
            loop.run_in_executor(pool, converse, single.address, random.Random(number).randbytes(50_000))
            for number in range(20)))


@pytest.mark.parametrize("status, text", [(404, "no such table"), (500, "out of order"), (403, "not for you")])
async def test_a_rejection_is_a_reset_with_status_and_text_in_the_connector_s_log(foreign, single, status, text):
    app = await asyncio.to_thread(dial, single.address)
    with app:
        await foreign[1].reject(await foreign[1].next_accept(), status, text)
        assert await asyncio.to_thread(read_rest, app) == (b"", "reset")
    line = await asyncio.to_thread(single.wait_log, "A connection failed")
    assert text in line and str(status) in line


async def test_an_app_that_waits_for_a_slow_listener_loses_nothing(foreign, single):
    app = await asyncio.to_thread(dial, single.address)
    with app:
        app.sendall(b"patience")
        accept = await foreign[1].next_accept()
        assert await asyncio.to_thread(stays_silent, app)
        socket = await foreign[1].accept(accept)
        assert await receive_bytes(socket, 8) == b"patience"
        socket.drop()


async def test_an_app_that_gives_up_before_the_listener_accepts_takes_its_request_back(foreign, single):
    app = await asyncio.to_thread(dial, single.address)
    accept = await foreign[1].next_accept()
    reset(app)

    async def is_refused():
        try:
            socket = await foreign[1].accept(accept)
        except Refused:
            return True
        return await ending(socket) == (b"", "lost")

    await eventually(is_refused, "nobody waits for the listener any more")


# MARK: a sender of others


@pytest.fixture
async def served(server, manager, make):
    """A hybrid connection that our manager serves, and its endpoint."""
    endpoint = make.endpoint()
    connection = server.hybrid_connection(endpoint.address)
    await asyncio.to_thread(manager.add, connection)
    yield connection, endpoint
    endpoint.check()


async def test_bytes_of_a_sender_of_others_come_back_whatever_its_messages_look_like(served):
    socket = await served[0].entity.connect(raw=True)
    stream = Stream(3, 1_000_000)

    async def send():
        for piece in stream.pieces():
            await socket.send(piece if len(piece) % 2 else [piece[:10], piece[10:]])

    sending = asyncio.ensure_future(send())
    assert await receive_bytes(socket, stream.length) == b"".join(stream.pieces())
    await sending
    await socket.send("grüße")
    assert await receive_bytes(socket, 7) == "grüße".encode()
    await socket.send_frame(frames.PING, b"are you there")
    await socket.send(b"x")
    assert await receive_bytes(socket, 1) == b"x" and socket.pongs == [b"are you there"]
    socket.drop()


async def test_a_close_of_the_sender_is_the_end_of_its_half_alone(served):
    connection, endpoint = served

    def serve(peer):
        endpoint.told.put(read_rest(peer))
        peer.sendall(b"answer")
        end_output(peer)

    endpoint.serve_with(serve)
    socket = await connection.entity.connect(raw=True)
    await socket.send(b"question")
    await socket.send_close(1000)
    assert await asyncio.to_thread(endpoint.next) == (b"question", "end")
    assert await ending(socket) == (b"answer", 1000)


async def test_the_end_of_the_endpoint_s_half_is_a_close_at_the_sender(served):
    connection, endpoint = served

    def serve(peer):
        peer.sendall(b"all that I have")
        end_output(peer)
        endpoint.told.put(read_rest(peer))

    endpoint.serve_with(serve)
    socket = await connection.entity.connect(raw=True)
    assert await ending(socket) == (b"all that I have", 1000)
    await socket.send(b"thank you")
    await socket.send_close(1000)
    assert await asyncio.to_thread(endpoint.next) == (b"thank you", "end")


async def test_losses_are_resets_in_both_directions(served):
    connection, endpoint = served

    def serve(peer):
        word = read_exactly(peer, 5)
        if word == b"reset":
            reset(peer)
        else:
            endpoint.told.put(word)
            endpoint.told.put(read_rest(peer))

    endpoint.serve_with(serve)
    for leave in ("abort", "drop"):
        socket = await connection.entity.connect(raw=True)
        await socket.send(b"hello")
        assert await asyncio.to_thread(endpoint.next) == b"hello"
        await socket.send(b"more")
        getattr(socket, leave)()
        received, how = await asyncio.to_thread(endpoint.next)
        assert how == "reset" and b"more".startswith(received), leave
    socket = await connection.entity.connect(raw=True)
    await socket.send(b"reset")
    assert await ending(socket) == (b"", "lost")


@pytest.mark.parametrize("code", [1001, 1011, 4000])
async def test_a_close_that_tells_of_trouble_is_no_end_in_order(served, code):
    """What was sent until then would pass for all there is."""
    connection, endpoint = served
    endpoint.serve_with(lambda peer: endpoint.told.put(read_rest(peer)))
    socket = await connection.entity.connect(raw=True)
    await socket.send(b"half of it")
    await socket.send_close(code, "trouble")
    received, how = await asyncio.to_thread(endpoint.next)
    assert how == "reset" and b"half of it".startswith(received)
    socket.drop()


async def test_a_refusal_names_no_address_of_the_private_network(server, manager):
    connection = server.hybrid_connection(f"localhost:{free_port()}")
    await asyncio.to_thread(manager.add, connection)
    refused = await connection.entity.refusal(raw=True)
    assert "127.0.0.1" not in refused.reason.split("TrackingId")[0], refused.reason
    shown = await asyncio.to_thread(manager.show, connection)
    assert "127.0.0.1" in shown["LastError"] or "::1" in shown["LastError"]


async def test_a_refusal_at_the_endpoint_refuses_the_sender_with_the_reason_at_once(server, manager):
    connection = server.hybrid_connection(f"127.0.0.1:{free_port()}")
    await asyncio.to_thread(manager.add, connection)
    start = time.monotonic()
    refused = await connection.entity.refusal(raw=True)
    assert refused.status == 502 and "Connection refused" in refused.reason
    assert time.monotonic() - start < 2


async def test_senders_in_the_browser_s_way_and_of_the_library_are_served(served):
    connection, endpoint = served
    endpoint.serve_with(greeting(b"hello"))
    for options in ({"place": "query"}, {"headers": [("X-Mine", "1")], "suffix": "/deeper/path", "query": [("a", "b")]}):
        socket = await connection.entity.connect(**options)
        assert await receive_bytes(socket, 5) == b"hello"
        await socket.close()


async def test_an_http_request_to_a_manager_is_answered_that_it_carries_none(served):
    connection, endpoint = served
    async with await connection.entity.http() as http:
        for body in (b"", b"x" * 200_000):
            answer = await http.ask("POST", "/orders", body=body)
            assert answer.status == 501 and "HTTP" in answer.text, answer
    assert endpoint.count == 0


async def test_thirty_senders_of_others_at_once(served):
    connection, endpoint = served
    endpoint.serve_with(echo)

    async def talk(number):
        socket = await connection.entity.connect()
        data = random.Random(number).randbytes(20_000)
        await socket.send(data)
        assert await receive_bytes(socket, len(data)) == data
        await socket.close()

    await asyncio.gather(*(talk(number) for number in range(30)))


# MARK: both at once


@pytest.mark.parametrize("lanes", ["4", "0"])
async def test_a_manager_and_a_listener_of_others_share_what_a_connector_asks(server, manager, make, lanes):
    endpoint = make.endpoint()
    connection = server.hybrid_connection(endpoint.address)
    entity = await connection.entity.ready()
    await asyncio.to_thread(manager.add, connection)
    async with entity.listener() as listener:
        listener.serve()
        await asyncio.to_thread(connection.wait_listeners, 2)
        single = await asyncio.to_thread(make.single(connection, "--lanes", lanes).start)
        with ThreadPoolExecutor(10) as pool:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*(
                loop.run_in_executor(pool, converse, single.address, b"%d" % number * 5_000) for number in range(40)))
        ours = manager.show(connection)["TotalTunnels"]
        assert 0 < ours < 40 and endpoint.count == ours, f"{ours} of 40 went to the manager"
    # When the other one goes, ours takes all.
    await asyncio.to_thread(connection.wait_listeners, 1)
    assert all([await asyncio.to_thread(is_answering, single.address) for _ in range(20)])
    await asyncio.to_thread(single.stop)


async def test_a_connector_with_lanes_goes_on_when_a_manager_takes_the_place_of_a_listener_of_others(server, make):
    endpoint = make.endpoint()
    connection = server.hybrid_connection(endpoint.address)
    entity = await connection.entity.ready()
    async with entity.listener() as listener:
        listener.serve()
        single = await asyncio.to_thread(make.single(connection).start)
        await asyncio.to_thread(converse, single.address)
    manager = await asyncio.to_thread(make.manager(server).start)
    await asyncio.to_thread(manager.add, connection)
    await asyncio.to_thread(converse, single.address)
    assert endpoint.count == 1
    await asyncio.to_thread(manager.kill)
    async with entity.listener() as listener:
        listener.serve()
        await eventually(lambda: is_answering(single.address), "the listener of others is reached", 10)
    assert endpoint.count == 1
