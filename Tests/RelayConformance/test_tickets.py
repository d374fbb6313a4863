"""Rendezvous addresses: one use, one moment, one hybrid connection. All that is wrong with one has the same answer.

G6, R51, R53, R56.
"""

import json
import re
import statistics
import time
import uuid
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from peers.frames import text
from peers.rendezvous import Estate, Meeting, doors
from peers.websocket import Echo, new_key, upgrade


@pytest.fixture
def listening(meeting):
    meeting.listen()
    return meeting


def ask(meeting, address, host=None):
    """Opens an address, and gives the answer and how long it took."""
    url = urlsplit(address)
    peer = meeting.peer()
    started = time.monotonic()
    peer.send(upgrade(f"{url.path}?{url.query}", host or url.netloc))
    answer = peer.answer()
    took = time.monotonic() - started
    if answer.status != 101:
        peer.close()
    return answer, took


def altered(address, change):
    """The address with one parameter of its query changed or left out."""
    url = urlsplit(address)
    pairs = [(name, change(name, value)) for name, value in parse_qsl(url.query, keep_blank_values=True)]
    return url._replace(query=urlencode([pair for pair in pairs if pair[1] is not None])).geturl()


def ticket_of(address):
    """The parameter that holds the secret: one of its own, or the id."""
    names = [name for name, _ in parse_qsl(urlsplit(address).query) if name.startswith("sb-hc-")]
    return ({*names} - {"sb-hc-action", "sb-hc-id"} or {"sb-hc-id"}).pop()


def flip(value, position):
    position %= len(value)
    other = "A" if value[position] != "A" else "B"
    return value[:position] + other + value[position + 1:]


@pytest.fixture
def refusal(listening):
    """What a ticket gets that never was one."""
    call = listening.dial()
    address = listening.control.accept(call.identity)["address"]
    secret = ticket_of(address)
    answer, _ = ask(listening,
                    altered(address, lambda name, value: value[::-1].swapcase() if name == secret else value))
    call.peer.reset()
    assert answer.status == 403 and answer.cause
    return answer


def same_refusal(answer, refusal):
    assert (answer.status, answer.cause) == (403, refusal.cause), answer
    cut = lambda body: re.sub(rb"TrackingId.*", b"", body, flags=re.DOTALL)  # noqa: E731
    assert cut(answer.body) == cut(refusal.body)
    names = lambda answer: sorted(name.lower() for name, _ in answer.headers)  # noqa: E731
    assert names(answer) == names(refusal)


def test_an_address_has_at_least_128_random_bits(listening):
    secrets = set()
    for _ in range(20):
        call = listening.dial()
        address = listening.control.accept(call.identity)["address"]
        pairs = dict(parse_qsl(urlsplit(address).query))
        name = ticket_of(address)
        assert re.fullmatch("[A-Za-z0-9_-]{22,}",
                            pairs[name].removeprefix(call.identity)), "shorter than 128 bits, or other characters"
        secrets.add(pairs[name].removeprefix(call.identity))
        assert "SharedAccess" not in address and listening.entity.estate.key not in address
        call.peer.reset()
    assert len(secrets) == 20
    # No position is the same in all of them by more than chance.
    shortest = min(map(len, secrets))
    assert sum(len({secret[position] for secret in secrets}) > 4 for position in range(shortest)) >= 20


@pytest.mark.parametrize("where", [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1])
def test_an_altered_address_is_refused(listening, refusal, where):
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    secret = ticket_of(accept["address"])

    def change(name, value):
        return flip(value, round(where * (len(value) - 1))) if name == secret else value

    answer, _ = ask(listening, altered(accept["address"], change))
    same_refusal(answer, refusal)
    # The right one still works: guessing burns nothing.
    pair = listening.join(call, accept)
    pair.sender.send(text("joined"))
    assert pair.listener.message()[1] == b"joined"


WRONG = {
    "another hybrid connection": lambda address, other: address.replace("/$hc/", f"/$hc/{other}/../", 1),
    "a lengthened secret": lambda address, _: altered(address, lambda n, v: v + "A" if n == ticket_of(address) else v),
    "a shortened secret": lambda address, _: altered(address, lambda n, v: v[:-1] if n == ticket_of(address) else v),
    "an empty secret": lambda address, _: altered(address, lambda n, v: "" if n == ticket_of(address) else v),
    "no secret": lambda address, _: altered(address, lambda n, v: None if n == ticket_of(address) else v),
    "the action request": lambda address, _: altered(address, lambda n, v: "request" if n == "sb-hc-action" else v),
    "a secret of 4,000 characters": lambda address,
    _: altered(address, lambda n, v: "A" * 4_000 if n == ticket_of(address) else v),
    "a secret of other characters": lambda address,
    _: altered(address, lambda n, v: "é\0\r\n\"\\" if n == ticket_of(address) else v),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_moved_or_misused_address_is_refused(listening, refusal, estate, name):
    call = listening.dial()
    address = listening.control.accept(call.identity)["address"]
    answer, _ = ask(listening, WRONG[name](address, "deserted"))
    if name == "another hybrid connection":
        assert answer.status in (400, 403, 404), answer
    else:
        same_refusal(answer, refusal)
    assert not call.peer.received and not call.peer.end, "the sender must not notice"
    call.peer.reset()


def test_an_address_of_another_hybrid_connection_is_refused(loop, ports, estate, listening, refusal):
    """Its path or its host is changed; the secret is a good one."""
    other = Meeting(loop, ports["plain"], estate.entity())
    other.listen()
    call = listening.dial()
    address = listening.control.accept(call.identity)["address"]
    moved = address.replace(f"/$hc/{listening.entity.name}", f"/$hc/{other.entity.name}", 1)
    assert moved != address
    same_refusal(ask(listening, moved)[0], refusal)
    elsewhere = Estate(estate.server)
    elsewhere.entity(listening.entity.name)
    same_refusal(ask(listening, address, host=listening.door.authority(elsewhere.namespace))[0], refusal)
    call.peer.reset()


def test_an_address_is_good_once(listening, refusal):
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    pair = listening.join(call, accept)
    for _ in range(3):
        same_refusal(ask(listening, accept["address"])[0], refusal)
    pair.sender.send(text("undisturbed"))
    assert pair.listener.message()[1] == b"undisturbed"
    pair.drop()
    same_refusal(ask(listening, accept["address"])[0], refusal)


def test_of_two_at_once_one_is_joined(listening, refusal):
    for _ in range(10):
        call = listening.dial()
        url = urlsplit(listening.control.accept(call.identity)["address"])
        peers = [listening.peer() for _ in range(5)]
        for peer in peers:
            peer.send(upgrade(f"{url.path}?{url.query}", url.netloc, key=call.key))
        statuses = sorted(peer.answer().status for peer in peers)
        assert statuses == [101, 403, 403, 403, 403]
        for peer in [*peers, call.peer]:
            peer.reset()


def test_a_rejected_address_is_gone(listening, refusal):
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    peer, _ = listening.answer_accept(accept, "&sb-hc-statusCode=401&sb-hc-statusDescription=no+entry")
    assert peer.answer().status == 410
    answer = call.peer.answer()
    assert (answer.status, answer.reason) == (401, "no entry")
    answer, _ = ask(listening, accept["address"])
    assert answer.status == 410 or same_refusal(answer, refusal) is None


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_an_address_dies_with_its_sender(listening, refusal, how):
    call = listening.dial()
    address = listening.control.accept(call.identity)["address"]
    call.peer.reset() if how == "reset" else call.peer.close()
    answers = []

    def is_refused():
        answers.append(ask(listening, address)[0])
        return answers[-1].status != 101

    # The end of the sender and the accept race each other on two connections.
    listening.loop.run(is_refused, "the address is refused", 1.0)
    assert len(answers) == 1 or answers[0].status == 101
    same_refusal(answers[-1], refusal) if answers[-1].status != 410 else None


def test_an_accept_as_a_sender_or_listener_is_refused(listening, refusal):
    """The secret proves nothing but the one accept."""
    call = listening.dial()
    address = listening.control.accept(call.identity)["address"]
    for action in ("listen", "connect"):
        answer, _ = ask(listening,
                        altered(address, lambda name, value: action if name == "sb-hc-action" else value))  # noqa: B023
        assert answer.status == 401, answer
    call.peer.reset()


def test_a_late_address_is_refused_like_any_other(loop, own_server):
    """And its sender has been told before. R56, R63"""
    server = own_server(accept_timeout=1).start()
    meeting = Meeting(loop, doors(server)["plain"], Estate(server).entity())
    meeting.listen()
    forged = meeting.dial()
    address = meeting.control.accept(forged.identity)["address"]
    secret = ticket_of(address)
    refusal, _ = ask(meeting, altered(address, lambda name, value: flip(value, -1) if name == secret else value))
    started = time.monotonic()
    call = meeting.dial()
    late = meeting.control.accept(call.identity)
    answer = call.peer.answer(limit=5)
    assert answer.status == 504 and 0.7 < time.monotonic() - started < 3, answer
    same_refusal(ask(meeting, late["address"])[0], refusal)
    same_refusal(ask(meeting, address)[0], refusal)
    pair = meeting.pair(is_echo=True)
    pair.sender.send(text("the next is fine"))
    assert pair.sender.message()[1] == b"the next is fine"


@pytest.fixture
def announced(loop, ports, estate):
    """A large request that waits for its rendezvous: the meeting, the sender's peer, the announcement."""
    meeting = Meeting(loop, ports["plain"], estate.entity(is_open=True))
    control = meeting.listen()
    peer = meeting.peer()
    peer.send(meeting.request("/large", "POST", "Content-Length: 100000\r\n") + b"x" * 100_000)
    return meeting, peer, control.request()


def test_the_address_of_a_request_is_good_once(announced, refusal):
    meeting, peer, request = announced
    rendezvous = meeting.joined(*meeting.answer_accept(request))
    rendezvous.message(2)
    for _ in range(3):
        same_refusal(ask(meeting, request["address"])[0], refusal)
    rendezvous.send(text(json.dumps({"response": {"requestId": request["id"], "statusCode": 200, "body": False}})))
    assert peer.answer().status == 200
    same_refusal(ask(meeting, request["address"])[0], refusal)


def test_an_altered_address_of_a_request_is_refused(announced, refusal):
    meeting, peer, request = announced
    secret = ticket_of(request["address"])
    for change in (lambda n, v: flip(v, 0) if n == secret else v, lambda n, v: flip(v, -1) if n == secret else v,
                   lambda n, v: "accept" if n == "sb-hc-action" else v):
        same_refusal(ask(meeting, altered(request["address"], change))[0], refusal)
    rendezvous = meeting.joined(*meeting.answer_accept(request))
    assert len(rendezvous.message(2)[1]) == 100_000


def test_the_address_of_a_request_dies_with_its_sender(announced, refusal):
    meeting, peer, request = announced
    peer.reset()

    def is_refused():
        answer, _ = ask(meeting, request["address"])
        return answer.status != 101 and same_refusal(answer, refusal) is None

    meeting.loop.run(is_refused, "the address is refused", 1.0)


def test_refusals_take_the_same_time(listening):
    """A secret that never was, one that was used, and one that is nearly right."""
    call = listening.dial()
    accept = listening.control.accept(call.identity)
    used = accept["address"]
    pair = listening.join(call, accept)
    waiting = listening.dial()
    address = listening.control.accept(waiting.identity)["address"]
    secret = ticket_of(address)
    kinds = {
        "used": used, "nearly right": altered(address, lambda name,
                                              value: flip(value, -1) if name == secret else value),
        "never was": altered(address, lambda name, value: uuid.uuid4().hex * 2 if name == secret else value),
    }
    times = {name: [] for name in kinds}
    for _ in range(40):
        for name, kind in kinds.items():
            times[name].append(ask(listening, kind)[1])
    medians = {name: statistics.median(values) for name, values in times.items()}
    assert max(medians.values()) < 3 * min(medians.values()) + 0.002, medians
    pair.drop()
    waiting.peer.reset()


def test_a_guesser_does_not_delay_others(listening):
    pair = listening.pair()
    Echo(pair.listener)
    guess = f"/$hc/{listening.entity.name}?sb-hc-action=accept&sb-hc-id="
    slowest = 0.0
    for number in range(100):
        peers = [listening.peer() for _ in range(4)]
        for peer in peers:
            peer.send(upgrade(guess + uuid.uuid4().hex, listening.host, key=new_key()))
        started = time.monotonic()
        pair.sender.send(text("echo"))
        pair.sender.message(number + 1)
        slowest = max(slowest, time.monotonic() - started)
        for peer in peers:
            assert peer.answer().status == 403
            peer.close()
    assert slowest < 0.25, f"{slowest * 1000:.0f} ms"
