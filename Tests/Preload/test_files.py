"""The files of the directory: when they change, when they are not there, when they are not in order."""

import contextlib
import os
import threading

import pytest

from conftest import ADDRESS
from preload_peer.gate import Gate, echo
from preload_peer.programs import python

HOST, PORT = "db.contoso.example", 5432


@pytest.fixture
def told(runner):
    """Says what the program finds for a host and a port at this moment."""
    program = runner.start(*python("told"))

    def told(host, port=PORT):
        program.stdin.write(f"{host} {port}\n")
        program.stdin.flush()
        return program.stdout.readline().strip()

    assert runner.run_bare(*python("blocking", HOST, PORT)).stdout == "unresolved\n"
    yield told
    program.communicate()


def test_bindings_change_while_a_program_runs(told, directory, gate):
    gate.answers[ADDRESS, PORT] = gate.answers["127.77.9.9", PORT] = echo
    assert told(HOST) == f"{ADDRESS} 0"
    assert told("new.contoso.example") == "unresolved"

    directory.write_names(new_contoso_example="127.77.9.9")
    assert told(HOST) == "unresolved"
    assert told("new.contoso.example") == "127.77.9.9 0"

    directory.write_endpoints(("127.99.0.5", PORT))
    gate.answers["127.99.0.5", PORT] = echo
    assert told("127.99.0.5") == "127.99.0.5 0"
    directory.write_endpoints()
    assert told("127.99.0.5") == "127.99.0.5 ECONNREFUSED"
    assert gate.requests == [(ADDRESS, PORT), ("127.77.9.9", PORT), ("127.99.0.5", PORT)]


def test_the_gate_changes_while_a_program_runs(told, directory, gate):
    gate.answers[ADDRESS, PORT] = echo
    assert told(HOST) == f"{ADDRESS} 0"
    with contextlib.closing(Gate()) as other:
        other.answers[ADDRESS, PORT] = echo
        directory.write_gate(other.port, other.token)
        assert told(HOST) == f"{ADDRESS} 0"
        assert (other.requests, other.faults) == ([(ADDRESS, PORT)], [])
    assert gate.requests == [(ADDRESS, PORT)]


def test_a_name_is_never_missing_while_the_file_is_replaced(runner, directory):
    stop = threading.Event()

    def replace():
        others = 0
        while not stop.is_set():
            others = (others + 17) % 200
            names = {f"host{number}_example": "127.77.2.1" for number in range(others)}
            directory.write_names(**names, db_contoso_example=ADDRESS)

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        assert runner.python("many_names", HOST, 3000) == "all resolved"
    finally:
        stop.set()
        thread.join()


def test_the_last_of_two_hundred_names_is_found(runner, directory, gate):
    names = {f"host-{'x' * 60}-{number}_contoso_example": "127.77.2.1" for number in range(200)}
    directory.write_names(**names, db_contoso_example=ADDRESS)
    gate.answers[ADDRESS, PORT] = echo
    assert runner.python("blocking", HOST, PORT) == "echo"


def test_the_longest_name_is_found(runner, directory, gate):
    host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert len(host) == 253
    directory.replace("names", f"{host} 127.255.255.254\n")
    gate.answers["127.255.255.254", 65535] = echo
    assert runner.python("blocking", host, 65535) == "echo"
    assert runner.python("blocking", f"{host}.", 65535) == "echo"


@pytest.mark.parametrize("before", [
    "\n", " \n", "db.contoso.example\n", "db.contoso.example \n", "db.contoso.example 999.1.1.1\n",
    "db.contoso.example ::1\n", "db.contoso.example 127.77.1.3 \n", "db.contoso.example  127.77.1.3\n",
    " db.contoso.example 127.77.1.3\n", "\0\n", "x" * 1023 + "\n", "x" * 1024 + "\n", "x" * 1025 + "\n",
    "x" * 5000 + "\n", "x" * 1024 + "db.contoso.example 127.77.1.3\n", "db.contoso.example " + "1" * 5000 + "\n", "db.contoso.example 127.77.1.3\0\n",
])
def test_lines_that_are_not_in_order_are_passed_over(runner, directory, gate, before):
    directory.replace("names", f"{before}db.contoso.example {ADDRESS}\n")
    directory.replace("endpoints", before)
    gate.answers[ADDRESS, PORT] = echo
    assert runner.python("blocking", HOST, PORT) == "echo"


def test_a_line_without_an_end_is_no_line(runner, directory):
    directory.replace("names", f"db.contoso.example {ADDRESS}")
    assert runner.python("blocking", HOST, PORT) == "unresolved"


def test_what_lies_beyond_a_mebibyte_is_not_read(runner, directory, gate):
    gate.answers[ADDRESS, PORT] = echo
    line = f"{'a' * 240}.example 127.77.2.1\n"
    count = (1 << 20) // len(line)
    directory.replace("names", line * (count - 1) + f"db.contoso.example {ADDRESS}\n")
    assert runner.python("blocking", HOST, PORT) == "echo"
    directory.replace("names", line * (count + 8) + f"db.contoso.example {ADDRESS}\n")
    assert runner.python("blocking", HOST, PORT) == "unresolved"


def test_without_names_nothing_resolves(runner, directory, gate):
    os.remove(directory.path / "names")
    assert runner.python("blocking", HOST, PORT) == "unresolved"
    assert gate.requests == []


@pytest.mark.parametrize("text", [
    None, "", "80\n", "80\n\n", "{port}\n{token}", "{port}\n{token}0\n", "{port} {token}\n", "0\n{token}\n",
    "65536\n{token}\n", "+{port}\n{token}\n", "{port}\n" + "g" * 64 + "\n", "{token}\n{port}\n", "\n{port}\n{token}\n",
])
def test_without_a_gate_a_connection_takes_its_own_way(runner, directory, gate, text):
    """Nobody listens there. The gate hears nothing, also not of a wrong token."""
    if text is None:
        os.remove(directory.path / "gate")
    else:
        directory.replace("gate", text.format(port=gate.port, token=gate.token))
    gate.answers[ADDRESS, PORT] = echo
    assert runner.python("blocking", HOST, PORT) == "ECONNREFUSED"
    assert gate.requests == []


@pytest.mark.parametrize("path", [None, "", "exec", "./exec", "/proc/self/no-such-folder", "/" + "x/" * 3000])
def test_without_a_directory_the_library_does_nothing(runner, directory, monkeypatch, path):
    """A path that is relative is none, although it leads to the directory here."""
    environment = runner.environment()
    environment.pop("CAUSEWAY_EXEC_DIRECTORY")
    if path is not None:
        environment["CAUSEWAY_EXEC_DIRECTORY"] = path
    monkeypatch.setattr(runner, "environment", lambda *_: environment)
    assert runner.python("blocking", HOST, PORT, folder=directory.path.parent) == "unresolved"


def test_a_program_may_empty_its_environment(runner, gate):
    gate.answers[ADDRESS, PORT] = echo
    assert runner.python("forgets", HOST, PORT) == "echo"


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_program_that_may_not_read_the_files_is_on_its_own(runner, gate):
    gate.answers[ADDRESS, PORT] = echo
    assert runner.python("blocking", HOST, PORT) == "echo"
    assert runner.python("unreadable", HOST, PORT) == "unresolved"


def test_the_token_is_nowhere_to_be_seen(runner, gate):
    gate.answers[ADDRESS, PORT] = echo
    done = runner.run(*python("blocking", HOST, PORT))
    assert gate.token not in done.stdout + done.stderr
    assert gate.token not in " ".join(runner.environment().values())
    shown = runner.run_alone("env")
    assert "CAUSEWAY_EXEC_DIRECTORY" in shown.stdout
    assert gate.token not in shown.stdout
