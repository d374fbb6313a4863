"""What passes through a tunnel: every byte, in order, over lanes and without them."""

import hashlib
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from clients.waiting import wait_until
from tunnel_peer.endpoints import greeting
from tunnel_peer.sockets import PIECE, Stream, ask, dial, end_output, read_exactly, read_rest
from tunnel_peer.tunnel import MEBIBYTE


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

    tunnel.endpoint.serve_with(serve)
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
