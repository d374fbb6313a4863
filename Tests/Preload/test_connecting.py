"""connect(): what goes through the gate, and what a program sees of it."""

import errno
import socket

import pytest

from conftest import ADDRESS
from preload_peer.gate import echo, free_endpoint, greet, late, refuse, send, silent, verdict
from preload_peer.library import compile_library
from preload_peer.programs import Runner, compile_other_library, python

HOST, PORT = "db.contoso.example", 5432
# Ways in which programs connect; each prints "echo", or the name of the error.
WAYS = ["blocking", "timeout", "nonblocking", "polled", "event_loop", "mapped", "corked"]


@pytest.fixture
def answers(gate):
    gate.answers[ADDRESS, PORT] = echo
    return gate.answers


@pytest.mark.parametrize("way", WAYS)
def test_a_connection_goes_through_the_gate(runner, gate, answers, way):
    assert runner.python(way, HOST, PORT) == "echo"
    assert gate.requests == [(ADDRESS, PORT)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [
    errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM,
    errno.ECONNRESET,
])
def test_a_refusal_of_the_far_end_is_the_error_of_connect(runner, gate, answers, way, number):
    answers[ADDRESS, PORT] = refuse(number)
    assert runner.python(way, HOST, PORT) == errno.errorcode[number]
    assert gate.requests == [(ADDRESS, PORT)]


@pytest.mark.parametrize("port", [1, 80, 443, 5433, 65535])
def test_the_gate_decides_about_the_port(runner, gate, answers, port):
    gate.answers[ADDRESS, port] = echo
    assert runner.python("blocking", HOST, port) == "echo"
    assert gate.requests == [(ADDRESS, port)]


def test_an_endpoint_may_speak_first(runner, answers):
    """Its words come together with the verdict, and none is lost."""
    answers[ADDRESS, PORT] = greet(b"220 mail.contoso.example\r\n" * 1000)
    assert runner.python("everything", HOST, PORT).split() == ["220", "mail.contoso.example"] * 1000


@pytest.mark.parametrize("way", ["blocking", "nonblocking"])
def test_an_answer_may_come_late_and_in_pieces(runner, answers, way):
    pieces = [bytes([byte]) for byte in verdict(errno.EHOSTUNREACH)]
    answers[ADDRESS, PORT] = send(pieces, pause=0.1)
    assert runner.python(way, HOST, PORT) == "EHOSTUNREACH"
    answers[ADDRESS, PORT] = late(echo, 0.5)
    assert runner.python(way, HOST, PORT) == "echo"


@pytest.mark.parametrize("pieces", [
    [], [b"\0"], [b"\0\0\0"], [verdict(-1)], [verdict(-errno.ECONNRESET)], [verdict(4096)], [b"HTTP/1.1 400\r\n"],
    [verdict(errno.EINPROGRESS)], [verdict(errno.EISCONN)], [verdict(errno.EINTR)], [verdict(errno.EAGAIN)],
    [verdict(errno.EALREADY)],
])
@pytest.mark.parametrize("way", ["blocking", "nonblocking"])
def test_a_wrong_answer_is_a_refusal(runner, answers, way, pieces):
    answers[ADDRESS, PORT] = send(pieces)
    assert runner.python(way, HOST, PORT) == "ECONNREFUSED"


@pytest.mark.parametrize("way", ["blocking", "nonblocking", "mapped"])
def test_a_gate_that_is_gone_is_a_refusal(runner, directory, way):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        directory.write_gate(port=unused.getsockname()[1])
        assert runner.python(way, HOST, PORT) == "ECONNREFUSED"


@pytest.mark.parametrize("closing", ["is_resetting", "is_closing"])
@pytest.mark.parametrize("slowness", [None, "-DSLOW_BEFORE", "-DSLOW_AFTER"])
def test_a_gate_that_closes_is_a_refusal_without_a_signal(runner, gate, binaries, closing, slowness):
    """At each point of the conversation, as far as it can be made to happen there."""
    setattr(gate, closing, True)
    preload = [compile_other_library("slow", binaries, slowness)] if slowness else []
    assert runner.python("many", HOST, PORT, 5 if slowness else 300, preload=preload) == "ECONNREFUSED none left"
    assert gate.requests == []


def test_nobody_else_is_sent_the_token(runner, gate, answers, binaries):
    """Another thread connects the socket to somebody else in the middle of the call."""
    slow = compile_other_library("slow", binaries, "-DSLOW_AFTER")
    assert runner.python("raced", HOST, PORT, preload=[slow]) == "EISCONN\nnothing received"
    assert gate.requests == []


def test_refusals_leave_no_descriptor_open(runner, gate):
    assert runner.python("many", HOST, PORT, 100) == "ECONNREFUSED none left"
    assert gate.requests == [(ADDRESS, PORT)] * 100


@pytest.mark.parametrize("family", ["4", "6"])
@pytest.mark.parametrize("host, port", [(HOST, PORT), ("web.contoso.example", 80)])
def test_a_socket_can_be_used_again_through_the_gate_after_a_refusal(runner, answers, family, host, port):
    answers["127.77.1.3", 80] = echo
    printed = runner.python("again", HOST, 1, host, port, family)
    assert printed.split("\n") == ["ECONNREFUSED", "SO_ERROR 0", "echo"]


@pytest.mark.parametrize("family, host", [("4", "127.0.0.1"), ("6", "127.0.0.1"), ("6", "::1")])
def test_a_socket_can_be_used_again_without_the_gate_after_a_refusal(runner, family, host):
    with free_endpoint(host) as server:
        printed = runner.python("again", HOST, 1, host, server.getsockname()[1], family)
    assert printed.split("\n") == ["ECONNREFUSED", "SO_ERROR 0", "echo"]


@pytest.mark.parametrize("answer, name", [(echo, "0"), (refuse(errno.EACCES), "EACCES")])
def test_what_was_set_on_a_socket_is_kept(runner, answers, answer, name):
    answers[ADDRESS, PORT] = answer
    assert runner.python("kept", HOST, PORT) == f"{name} kept"


def test_a_program_may_choose_its_own_address(runner, answers):
    assert runner.python("source", HOST, PORT) == "127.0.0.9\necho"


@pytest.mark.parametrize("mode", ["blocking", "nonblocking"])
def test_a_second_connect_finds_the_socket_connected(runner, gate, answers, mode):
    assert runner.python("twice", HOST, PORT, mode) == "0 EISCONN"
    assert gate.requests == [(ADDRESS, PORT)]


def test_a_socket_that_is_not_free_gets_the_answer_of_the_kernel(runner, gate, answers):
    assert runner.python("elsewhere", HOST, PORT).split("\n") == [
        "connected EISCONN", "nothing received", "just connected 0", "listening EISCONN", "connecting EALREADY"]
    assert gate.requests == []


def test_datagrams_pass_by(runner, gate):
    assert runner.python("datagram", HOST, PORT) == f"{ADDRESS} {PORT}"
    assert gate.requests == []


def test_a_connection_without_connect_is_not_caught(runner, gate, answers):
    """Documented: it goes to the address itself, where nobody listens."""
    assert runner.python("fast_open", HOST, PORT) in ("ECONNREFUSED", "EOPNOTSUPP")
    assert gate.requests == []


def test_signals_do_not_end_the_wait(runner, answers):
    answers[ADDRESS, PORT] = late(echo, 0.5)
    assert runner.python("interrupted", HOST, PORT) == "0 interrupted"


@pytest.mark.parametrize("mode", ["blocking", "nonblocking", "nonblocking-sndtimeo"])
def test_the_wait_has_an_end(binaries, directory, answers, mode):
    library = binaries / "one-second.so"
    if not library.exists():
        compile_library(library, "-DCAUSEWAY_GATE_SECONDS=1")
    answers[ADDRESS, PORT] = silent
    assert Runner(library, directory).python("limited", HOST, PORT, mode, 1) == "ETIMEDOUT in time"


def test_a_time_that_the_program_set_bounds_the_wait(runner, answers):
    answers[ADDRESS, PORT] = silent
    assert runner.python("limited", HOST, PORT, "sndtimeo", 0.3) == "ETIMEDOUT in time"


def test_errno_is_kept_when_connect_succeeds(runner, caller, answers):
    assert runner.run(caller, "errno", HOST, PORT).stdout == "0\n"
    answers[ADDRESS, PORT] = refuse(errno.EHOSTUNREACH)
    assert runner.run(caller, "errno", HOST, PORT).stdout == "EHOSTUNREACH\n"


def test_bad_arguments_get_the_answer_of_the_kernel(runner, caller, gate, answers):
    assert runner.run(caller, "arguments", HOST, PORT).stdout.splitlines() == [
        "null EFAULT", "nowhere EFAULT", "half EFAULT", "short EINVAL", "empty EINVAL", "long EINVAL", "closed EBADF",
        "file ENOTSOCK", "unaligned 0"]
    assert gate.requests == [(ADDRESS, PORT)]


def test_connect_in_a_signal_handler(runner, caller, answers):
    assert runner.run(caller, "handler", HOST, PORT).stdout == "all connected\n"


def test_twenty_threads_at_once(runner, gate, answers):
    assert runner.python("threads", HOST, PORT, 20) == "20 of 20"
    assert gate.requests == [(ADDRESS, PORT)] * 20


def test_children_connect_too(runner, gate, answers):
    assert runner.python("children", HOST, PORT) == "echo\necho"
    assert gate.requests == [(ADDRESS, PORT)] * 2


class TestEndpoints:
    """Addresses that are bound as such. Nobody listens there, so without the library a connection is refused."""

    @pytest.mark.parametrize("listed, asked", [
        ("127.99.0.5", "127.99.0.5"), ("127.99.0.5", "::ffff:127.99.0.5"), ("::1", "::1"),
        ("0:0:0:0:0:0:0:1", "::1"), ("::ffff:127.99.0.5", "127.99.0.5"),
    ])
    def test_an_endpoint_goes_through_the_gate(self, runner, gate, directory, free_port, listed, asked):
        """The gate is told the address as the file has it."""
        directory.write_endpoints(("192.0.2.99", free_port), (listed, free_port))
        gate.answers[listed, free_port] = echo
        assert runner.run(*self.literal(asked, free_port), without="ECONNREFUSED").stdout == "echo\n"
        assert gate.requests == [(listed, free_port)]

    def test_an_endpoint_that_no_route_leads_to_goes_through_the_gate(self, runner, gate, directory):
        directory.write_endpoints(("10.0.0.5", 1433), ("fd00:99::5", 1433))
        gate.answers["10.0.0.5", 1433] = gate.answers["fd00:99::5", 1433] = echo
        for address in ("10.0.0.5", "fd00:99::5"):
            assert runner.run_alone(*self.literal(address, 1433)).stdout == "echo\n"

    def test_a_socket_for_ipv6_alone_reaches_the_gate(self, runner, gate, directory, free_port):
        directory.write_endpoints(("::1", free_port))
        gate.answers["::1", free_port] = echo
        command = self.literal("::1", free_port, "only")
        assert runner.run(*command, without="ECONNREFUSED").stdout == "echo\n"
        gate.answers["::1", free_port] = refuse(errno.EACCES)
        assert runner.run(*command, without="ECONNREFUSED").stdout == "EACCES\nIPV6_V6ONLY 1\n"

    def test_a_socket_for_ipv6_alone_does_not_reach_ipv4(self, runner, gate, directory, free_port):
        directory.write_endpoints(("127.99.0.5", free_port))
        gate.answers["127.99.0.5", free_port] = echo
        command = self.literal("::ffff:127.99.0.5", free_port, "only")
        assert runner.run(*command, without="ENETUNREACH").stdout == "ENETUNREACH\nIPV6_V6ONLY 1\n"
        assert gate.requests == []

    def test_other_ports_and_addresses_pass_by(self, runner, gate, directory, free_port):
        directory.write_endpoints(("127.99.0.5", 1), ("127.99.0.6", free_port), ("127.99.0.5", f"{free_port}0"))
        assert runner.run(*self.literal("127.99.0.5", free_port), without="ECONNREFUSED").stdout == "ECONNREFUSED\n"
        assert gate.requests == []

    @staticmethod
    def literal(*arguments):
        return python("literal", *arguments)

    @pytest.fixture
    def free_port(self):
        """A port that is reserved, and that nobody listens at."""
        with socket.socket(socket.AF_INET6) as reserved:
            reserved.bind(("::", 0))
            yield reserved.getsockname()[1]
