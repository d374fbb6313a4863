"""The names of bindings: lines for a hosts file, and the connector's answers to questions over UDP and TCP."""

import contextlib
import os
import socket
import subprocess

import pytest

from clients.servers import clean_environment
from clients.waiting import wait_until
from tunnel_peer.connector import hosts
from tunnel_peer.dns import Upstream, ask_tcp, ask_udp, query
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import failed
from tunnel_peer.servers import require
from tunnel_peer.sockets import converse, dial, end_output, free_port, read_rest

# A look at the bindings is made every two seconds.
FOLLOWED = 6


def test_hosts_prints_a_line_for_each_name_which_leads_to_the_connector(site, bind, connect, make):
    port = free_port()
    places = [bind(make.endpoint(greeting(text)), port=port)[1] for text in (b"one", b"two")]
    lines, connector = hosts(site), connect()
    assert {f"{name}:{port}": f"{address}:{port}" for name, address in lines.items()} == connector.places
    assert set(lines) == {place.split(":")[0] for place in places}


def test_hosts_of_an_app_without_bindings_prints_nothing(site):
    assert hosts(site) == {}


@pytest.fixture
def upstream():
    upstream = Upstream({"www.other.example": "192.0.2.7"})
    yield upstream
    upstream.end()


@pytest.mark.parametrize("how", [ask_udp, ask_tcp])
def test_the_responder_answers_for_bound_names_and_hands_on_all_others(bind, connect, echoing, upstream, how):
    _, place = bind(echoing)
    name, port = place.split(":")
    at = ("127.0.0.1", free_port())
    connector = connect("--dns", f"{at[0]}:{at[1]}", "--dns-upstream", f"127.0.0.1:{upstream.port}")
    address = connector.places[place].split(":")[0]
    for spelling in (name, name.upper(), name.title()):
        answer = how(at, query(spelling))
        assert (answer.code, answer.addresses) == (0, [address])
        # The question comes back as it was put; resolvers compare its case.
        assert answer.name == spelling and answer.is_authoritative
        assert 0 < answer.seconds <= 60
    assert (how(at, query(name, "AAAA")).code, how(at, query(name, "AAAA")).addresses) == (0, [])
    assert (how(at, query(name, "MX")).code, how(at, query(name, "MX")).addresses) == (0, [])
    assert not upstream.asked
    answer = how(at, query("www.other.example"))
    assert (answer.code, answer.addresses) == (0, ["192.0.2.7"])
    assert how(at, query("nowhere.other.example")).code == 3
    # What is only part of a bound name, or more than one, is another name.
    for other in (f"x.{name}", name.split(".", 1)[1]):
        assert how(at, query(other)).code == 3
    assert upstream.asked == ["www.other.example", "nowhere.other.example", f"x.{name}", name.split(".", 1)[1]]
    converse(f"{address}:{port}")


def test_the_responder_says_that_it_failed_when_no_name_server_answers(bind, connect, echoing):
    _, place = bind(echoing)
    at = ("127.0.0.1", free_port())
    connect("--dns", f"{at[0]}:{at[1]}", "--dns-upstream", f"127.0.0.1:{free_port()}")
    assert ask_udp(at, query("www.other.example")).code == 2
    assert len(ask_udp(at, query(place.split(":")[0])).addresses) == 1


def test_the_responder_follows_the_bindings(site, bind, connect, echoing, upstream):
    at = ("127.0.0.1", free_port())
    connector = connect("--dns", f"{at[0]}:{at[1]}", "--dns-upstream", f"127.0.0.1:{upstream.port}")
    connection, place = bind(echoing)
    name = place.split(":")[0]
    wait_until(lambda: ask_udp(at, query(name)).addresses, "the name is known", FOLLOWED)
    assert connector.place(place).startswith(ask_udp(at, query(name)).addresses[0])
    site.unbind(connection)
    wait_until(lambda: ask_udp(at, query(name)).code == 3, "the name is not known any more", FOLLOWED)


def test_the_responder_survives_messages_that_are_no_questions(bind, connect, echoing, upstream):
    _, place = bind(echoing)
    at = ("127.0.0.1", free_port())
    connect("--dns", f"{at[0]}:{at[1]}", "--dns-upstream", f"127.0.0.1:{upstream.port}")
    good = query(place.split(":")[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for length in (0, 1, 11, 12, 13, len(good) - 1):
            sender.sendto(good[:length], at)
        sender.sendto(bytes(12) + b"\xc0\x0c\x00\x01\x00\x01", at)
        sender.sendto(os.urandom(512), at)
    with dial(f"127.0.0.1:{at[1]}") as stream:
        stream.sendall(b"\x00\x03abc")
        end_output(stream)
        read_rest(stream)
    assert len(ask_udp(at, good).addresses) == 1 and len(ask_tcp(at, good).addresses) == 1


def test_a_dns_address_that_cannot_be_used_ends_the_connector_with_the_reason(server, site):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        assert "in use" in failed(server.causeway("connect", *site.options, "--dns", at, limit=20)).lower()


def test_resolvers_of_the_system_find_bound_names_through_the_responder(bind, connect, echoing, upstream):
    (dig,) = require("bind9-dnsutils", "dig")
    _, place = bind(echoing)
    port = free_port()
    connector = connect("--dns", f"127.0.0.1:{port}", "--dns-upstream", f"127.0.0.1:{upstream.port}")
    for how in ("+notcp", "+tcp"):
        told = subprocess.run(
            [dig, "+short", "+tries=1", "+time=5", how, "@127.0.0.1", "-p", str(port), place.split(":")[0]],
            capture_output=True, text=True, timeout=20, env=clean_environment()).stdout
        assert told.strip() == connector.places[place].split(":")[0]


def test_what_is_no_question_does_not_keep_others_from_being_answered(bind, connect, echoing):
    _, place = bind(echoing)
    name = place.split(":")[0]
    at = ("127.0.0.1", free_port())
    connector = connect("--dns", f"{at[0]}:{at[1]}")
    chaos = bytearray(query("version.bind"))
    chaos[-1] = 3
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(1_100):
            for message in (b"", b"x", bytes(chaos)):
                sender.sendto(message, at)

    def answered():
        # The system drops what comes too fast.
        with contextlib.suppress(TimeoutError):
            return ask_udp(at, query(name))

    answer = wait_until(answered, "it answers", 20)
    assert answer.addresses == [connector.places[place].split(":")[0]]


def test_an_address_for_names_that_is_in_use_is_named(site):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        told = failed(site.causeway("connect", "--dns", at))
    assert f"{at}: Address already in use" in told
