"""How connections through a tunnel end, and what happens when one side is slow; over lanes and without them."""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from clients.waiting import wait_until
from tunnel_peer.sockets import (
    PIECE, ask, converse, end_output, fill, is_reset, read_exactly, read_rest, reset, stays_silent,
)
from tunnel_peer.tunnel import MEBIBYTE


# MARK: ends


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

    with tunnel.dial() as other:
        ask(other, b"before")
        with tunnel.dial(serve) as broken:
            assert len(read_exactly(broken, MEBIBYTE)) == MEBIBYTE
            broken.sendall(b"half")
            rest, how = read_rest(broken)
            assert how == "reset" and set(rest) <= set(b"x")
        ask(other, b"after")


def test_a_refusal_at_the_endpoint_reaches_the_app_quickly_as_a_reset(tunnel):
    for _ in range(3):
        start = time.monotonic()
        assert is_reset(tunnel.refused.address)
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
        sent = fill(app, 2 * tunnel.in_flight)
        assert PIECE <= sent < tunnel.in_flight, f"{sent} bytes went to somebody who reads nothing"
        for _ in range(5):
            converse(tunnel.address, b"y" * 300_000)
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
            count = tunnel.endpoint.count
            apps.append(tunnel.dial(lambda connection: let_go.wait(20)))
            wait_until(lambda: tunnel.endpoint.count > count, "the endpoint has the connection")
        with ThreadPoolExecutor(10) as pool:
            assert all(sent < tunnel.in_flight for sent in pool.map(lambda app: fill(app, 2 * tunnel.in_flight), apps))
        start = time.monotonic()
        with tunnel.dial() as app:
            for _ in range(20):
                ask(app, b"z" * 10_000)
        assert time.monotonic() - start < 5
    finally:
        let_go.set()
        for app in apps:
            app.close()


def test_a_connection_on_which_nothing_is_said_stays(tunnel):
    with tunnel.dial() as app:
        ask(app, b"before")
        assert stays_silent(app)
        ask(app, b"after")
