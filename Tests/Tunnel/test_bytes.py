"""What passes through a tunnel: every byte, in order, and every end as what it was; over lanes and without them."""

import hashlib
import random
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.waiting import wait_until
from tunnel_peer.endpoints import echo, greeting
from tunnel_peer.sockets import (
    PIECE, Stream, ask, converse, dial, end_output, fill, free_port, read_exactly, read_rest, reset, stays_silent,
)

# Arguments of the connector, arguments of the manager.
MODES = {
    "lanes": ([], []),
    "no lanes at the connector": (["--lanes", "0"], []),
    "no lanes at the manager": ([], ["--lanes", "0"]),
    "without TLS": (["--plaintext"], ["--plaintext"]),
}
MEBIBYTE = 1 << 20
# What may be on its way to somebody who reads nothing. A lane has windows of its own; without them it is what the system
# buffers on four hops, and how much that is depends on the machine.
IN_FLIGHT = {True: 16 * MEBIBYTE, False: 64 * MEBIBYTE}


class Tunnel:
    """A manager and a connector with two hybrid connections: one to an endpoint, one to a port where nobody listens."""

    def __init__(self, make, server, connector_arguments, manager_arguments):
        plaintext = "--plaintext" in manager_arguments
        self.endpoint = make.endpoint()
        self.connection = server.hybrid_connection(self.endpoint.address)
        refused = server.hybrid_connection(f"127.0.0.1:{free_port()}")
        self.manager = make.manager(server, *manager_arguments).start()
        for connection in (self.connection, refused):
            string = connection.string("listen", plaintext)
            assert self.manager.hcm("add", "-", input=string).returncode == 0
            self.manager.wait(connection)
        options = [argument for argument in connector_arguments if argument != "--plaintext"]
        single, self.refused = (
            make.single(each, *options, plaintext=plaintext).start() for each in (self.connection, refused))
        self.address = single.address
        self.in_flight = IN_FLIGHT["--lanes" not in connector_arguments + manager_arguments]

    def dial(self, serve=None):
        """A connection of an app, to an endpoint that does this with it."""
        if serve:
            self.endpoint.serve = serve
        return dial(self.address)


@pytest.fixture(scope="module", params=MODES, ids=[name.replace(" ", "-") for name in MODES])
def every_tunnel(request, make_for_module, server):
    return Tunnel(make_for_module, server, *MODES[request.param])


@pytest.fixture
def tunnel(every_tunnel):
    every_tunnel.endpoint.serve_with(echo)
    yield every_tunnel
    every_tunnel.endpoint.check()


def both(*works):
    """Does things at the same time, and raises what one of them raises."""
    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(work) for work in works]]


# MARK: bytes


@pytest.mark.parametrize("seed", [1, 2])
def test_streams_of_any_pieces_arrive_as_they_were_sent_both_ways_at_once(tunnel, seed):
    there, back = Stream(seed, 3_000_000), Stream(seed + 100, 5_000_000)

    def serve(connection):
        both(lambda: back.send(connection), lambda: there.check(connection))
        end_output(connection)
        tunnel.endpoint.told.put(read_rest(connection))

    with tunnel.dial(serve) as app:
        both(lambda: there.send(app), lambda: back.check(app))
        end_output(app)
        assert read_rest(app) == (b"", "end")
    assert tunnel.endpoint.next() == (b"", "end")


def test_single_bytes_arrive_without_waiting_for_more(tunnel):
    with tunnel.dial() as app:
        ask(app, b"-")
        start = time.monotonic()
        for number in range(200):
            ask(app, bytes([number]))
        assert time.monotonic() - start < 5


def test_a_server_that_speaks_first_is_heard_before_the_app_says_anything(tunnel):
    with tunnel.dial(greeting(b"220 mail.corp.example ready\r\n")) as app:
        assert read_exactly(app, 29) == b"220 mail.corp.example ready\r\n"
        ask(app, b"EHLO app\r\n")


def test_a_connection_without_bytes_that_the_endpoint_ends_at_once_ends_in_order(tunnel):
    def serve(connection):
        end_output(connection)
        tunnel.endpoint.told.put(read_rest(connection))

    for _ in range(10):
        with tunnel.dial(serve) as app:
            app.settimeout(5)
            assert read_rest(app) == (b"", "end")
            end_output(app)
            assert tunnel.endpoint.next() == (b"", "end")


def test_a_connection_without_bytes_that_the_app_ends_at_once_ends_in_order(tunnel):
    def serve(connection):
        connection.settimeout(5)
        tunnel.endpoint.told.put(read_rest(connection))
        end_output(connection)

    for _ in range(10):
        with tunnel.dial(serve) as app:
            end_output(app)
            assert read_rest(app) == (b"", "end")
            assert tunnel.endpoint.next() == (b"", "end")


def test_an_app_that_says_all_and_ends_its_half_before_there_is_a_way_is_heard(tunnel):
    def serve(connection):
        tunnel.endpoint.told.put(read_rest(connection))
        connection.sendall(b"goodbye")
        end_output(connection)

    for length in (1, 1_000, 300_000):
        with tunnel.dial(serve) as app:
            app.sendall(b"q" * length)
            end_output(app)
            assert read_rest(app) == (b"goodbye", "end")
        assert tunnel.endpoint.next() == (b"q" * length, "end")


def test_an_endpoint_that_says_all_and_closes_at_once_is_heard(tunnel):
    for length in (1, 1_000, 300_000):
        with tunnel.dial(lambda connection: connection.sendall(b"d" * length)) as app:
            assert read_rest(app) == (b"d" * length, "end")


def test_sixty_four_mebibytes_pass_through_one_connection(tunnel):
    block, count = random.Random(64).randbytes(MEBIBYTE), 64
    wanted = hashlib.sha256(block * count).hexdigest()

    def serve(connection):
        digest = hashlib.sha256()
        while part := connection.recv(PIECE):
            digest.update(part)
        connection.sendall(digest.hexdigest().encode())
        end_output(connection)

    with tunnel.dial(serve) as app:
        for _ in range(count):
            app.sendall(block)
        end_output(app)
        assert read_rest(app) == (wanted.encode(), "end")


# MARK: many


def test_sixty_tunnels_with_half_closes_from_either_side_lose_nothing(tunnel):
    """Each connection says in its first bytes who ends first; the other side answers after that end."""
    generator = random.Random(60)
    plans = [(generator.choice("ape"), generator.randrange(200_000), generator.randrange(200_000)) for _ in range(60)]
    assert {order for order, _, _ in plans} == set("ape")

    def side(connection, mine, theirs, waits):
        """Sends what it has, after the other side's end or at the same time, and ends its half."""
        def send():
            mine.send(connection)
            end_output(connection)

        def receive():
            theirs.check(connection)
            assert connection.recv(1) == b"", "more than was sent"

        if waits:
            receive()
            send()
        else:
            both(send, receive)

    def serve(connection):
        number = int.from_bytes(read_exactly(connection, 2), "big")
        order, there, back = plans[number]
        side(connection, Stream(number + 1_000, back), Stream(number, there), waits=order == "a")
        tunnel.endpoint.told.put(number)

    def app(number):
        order, there, back = plans[number]
        with dial(tunnel.address) as connection:
            connection.sendall(number.to_bytes(2, "big"))
            side(connection, Stream(number, there), Stream(number + 1_000, back), waits=order == "e")

    tunnel.endpoint.serve = serve
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(app, range(60)))
    assert sorted(tunnel.endpoint.next() for _ in range(60)) == list(range(60))


def test_two_hundred_connections_stand_at_once_and_each_has_its_own_bytes(tunnel):
    with ThreadPoolExecutor(50) as pool:
        apps = list(pool.map(lambda _: dial(tunnel.address), range(200)))
        try:
            for turn in range(2):
                list(pool.map(
                    lambda pair: ask(pair[1], f"turn {turn} of connection {pair[0]}".encode()), enumerate(apps)))
            assert tunnel.manager.show(tunnel.connection)["Tunnels"] == 200
        finally:
            for app in apps:
                app.close()
    wait_until(lambda: tunnel.manager.show(tunnel.connection)["Tunnels"] == 0, "the manager has let go of all")


# MARK: ends


def test_a_half_that_ended_leaves_the_other_half_open(tunnel):
    def serve(connection):
        assert read_rest(connection) == (b"question", "end")
        tunnel.endpoint.told.put("heard the end")
        for word in (b"an ", b"answer ", b"afterwards"):
            connection.sendall(word)
        end_output(connection)

    with tunnel.dial(serve) as app:
        app.sendall(b"question")
        end_output(app)
        assert tunnel.endpoint.next() == "heard the end"
        assert read_rest(app) == (b"an answer afterwards", "end")


def test_an_endpoint_that_ends_its_half_first_still_hears_the_app(tunnel):
    def serve(connection):
        connection.sendall(b"all that I have")
        end_output(connection)
        tunnel.endpoint.told.put(read_rest(connection))

    with tunnel.dial(serve) as app:
        assert read_rest(app) == (b"all that I have", "end")
        app.sendall(b"thank you")
        end_output(app)
    assert tunnel.endpoint.next() == (b"thank you", "end")


def test_a_reset_by_the_app_is_a_reset_at_the_endpoint(tunnel):
    def serve(connection):
        connection.sendall(b"ready")
        tunnel.endpoint.told.put(read_rest(connection))

    app = tunnel.dial(serve)
    assert read_exactly(app, 5) == b"ready"
    app.sendall(b"half a sent")
    # What was sent before a reset may be lost, but an end in order would be a lie.
    reset(app)
    received, how = tunnel.endpoint.next(5)
    assert how == "reset" and b"half a sent".startswith(received)


def test_a_reset_by_the_endpoint_is_a_reset_at_the_app(tunnel):
    def serve(connection):
        assert read_exactly(connection, 8) == b"question"
        reset(connection)

    with tunnel.dial(serve) as app:
        app.sendall(b"question")
        assert read_rest(app) == (b"", "reset")


def test_an_app_that_is_gone_in_the_middle_of_an_answer_stops_the_endpoint(tunnel):
    def serve(connection):
        try:
            while True:
                connection.sendall(b"x" * PIECE)
        except ConnectionError as error:
            tunnel.endpoint.told.put(type(error))

    app = tunnel.dial(serve)
    read_exactly(app, MEBIBYTE)
    # With bytes that were not read, this is a reset.
    app.close()
    assert tunnel.endpoint.next(5) in (ConnectionResetError, BrokenPipeError)


def test_an_endpoint_that_is_gone_in_the_middle_of_an_answer_is_no_end_in_order(tunnel):
    def serve(connection):
        connection.sendall(b"x" * (3 * MEBIBYTE))
        assert read_exactly(connection, 4) == b"half"
        reset(connection)

    with tunnel.dial(serve) as app, tunnel.dial(echo) as other:
        ask(other, b"before")
        tunnel.endpoint.serve = serve
        with dial(tunnel.address) as broken:
            assert len(read_exactly(broken, MEBIBYTE)) == MEBIBYTE
            broken.sendall(b"half")
            rest, how = read_rest(broken)
            assert how == "reset" and set(rest) <= set(b"x")
        ask(other, b"after")
        app.close()


def test_a_refusal_at_the_endpoint_reaches_the_app_quickly_as_a_reset(tunnel):
    for _ in range(3):
        start = time.monotonic()
        with dial(tunnel.refused.address) as app:
            assert read_rest(app) == (b"", "reset")
        assert time.monotonic() - start < 2
    assert "Connection refused" in tunnel.refused.wait_log("A connection failed")


def test_an_endpoint_that_accepts_and_says_nothing_keeps_the_connection(tunnel):
    let_go = threading.Event()
    with tunnel.dial(lambda connection: let_go.wait(20)) as app:
        app.sendall(b"is anybody there?")
        assert stays_silent(app)
        let_go.set()
        assert read_rest(app)[0] == b""


# MARK: back-pressure


def test_an_endpoint_that_stops_reading_stops_the_app_and_nobody_else(tunnel):
    go_on, digest = threading.Event(), hashlib.sha256()

    def serve(connection):
        go_on.wait(20)
        length = 0
        while part := connection.recv(PIECE):
            digest.update(part)
            length += len(part)
        tunnel.endpoint.told.put(length)

    with tunnel.dial(serve) as app:
        wait_until(lambda: tunnel.endpoint.connections, "the endpoint has the connection")
        tunnel.endpoint.serve = echo
        sent = fill(app, 2 * tunnel.in_flight)
        assert PIECE <= sent < tunnel.in_flight, f"{sent} bytes went to somebody who reads nothing"
        for _ in range(5):
            converse(tunnel.address, b"y" * 300_000)
        print(sent)
        go_on.set()
        end_output(app)
        assert tunnel.endpoint.next() == sent
        assert digest.hexdigest() == hashlib.sha256(b"\xa5" * sent).hexdigest()


def test_an_app_that_stops_reading_stops_the_endpoint_and_nobody_else(tunnel):
    def serve(connection):
        tunnel.endpoint.told.put(fill(connection, 2 * tunnel.in_flight))
        end_output(connection)

    with tunnel.dial(serve) as app:
        wait_until(lambda: tunnel.endpoint.connections, "the endpoint has the connection")
        tunnel.endpoint.serve = echo
        for _ in range(5):
            converse(tunnel.address, b"y" * 300_000)
        sent = tunnel.endpoint.next()
        assert PIECE <= sent < tunnel.in_flight, f"{sent} bytes went to somebody who reads nothing"
        received, how = read_rest(app)
        assert how == "end" and len(received) == sent and set(received) == {0xA5}


def test_slow_readers_on_ten_connections_do_not_slow_down_an_eleventh(tunnel):
    let_go = threading.Event()
    apps = []
    try:
        for _ in range(10):
            tunnel.endpoint.serve = lambda connection: let_go.wait(20)
            count = tunnel.endpoint.count
            apps.append(dial(tunnel.address))
            wait_until(lambda: tunnel.endpoint.count > count, "the endpoint has the connection")
        with ThreadPoolExecutor(10) as pool:
            assert all(sent < tunnel.in_flight for sent in pool.map(lambda app: fill(app, 2 * tunnel.in_flight), apps))
        tunnel.endpoint.serve = echo
        start = time.monotonic()
        with dial(tunnel.address) as app:
            for _ in range(20):
                ask(app, b"z" * 10_000)
        assert time.monotonic() - start < 5
    finally:
        let_go.set()
        for app in apps:
            app.close()


def test_keep_alive_of_the_app_is_not_needed_for_an_idle_connection(tunnel):
    with tunnel.dial() as app:
        ask(app, b"before")
        assert app.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 0
        assert stays_silent(app)
        ask(app, b"after")
