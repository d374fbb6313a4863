"""Programs that know nothing of all this."""

import errno
import shutil
import subprocess

import pytest

from conftest import ADDRESS
from preload_peer.gate import echo, refuse, verdict
from preload_peer.programs import PROGRAMS, compile_other_library, run

HOST = "db.contoso.example"


def needs(program):
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def web_page(connection):
    connection.sendall(verdict(0))
    request = b""
    while b"\r\n\r\n" not in request:
        request += connection.recv(4096)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n" + request.split(b" ")[1][-5:])


@needs("curl")
def test_curl(runner, gate):
    command = "curl", "-sS", "--max-time", "30", "--noproxy", "*", f"http://{HOST}:8080/a/greet"
    gate.answers[ADDRESS, 8080] = web_page
    assert runner.run(*command, without="Could not resolve host").stdout == "greet"
    gate.answers[ADDRESS, 8080] = refuse(errno.EHOSTUNREACH)
    assert "Couldn't connect" in runner.run(*command, without="Could not resolve host").stderr
    assert gate.requests == [(ADDRESS, 8080)] * 2


def postgres(connection):
    """Takes the first message and answers that it is an error."""
    connection.sendall(verdict(0))
    connection.recv(4096)
    fields = b"SFATAL\0C28000\0Mthe far end speaks\0\0"
    connection.sendall(b"E" + (4 + len(fields)).to_bytes(4, "big") + fields)


@needs("psql")
def test_psql(runner, gate):
    command = "psql", "--no-password", f"host={HOST} port=5432 dbname=a user=a sslmode=disable connect_timeout=20"
    unknown = "could not translate host name"
    gate.answers[ADDRESS, 5432] = postgres
    assert "the far end speaks" in runner.run(*command, without=unknown).stderr
    gate.answers[ADDRESS, 5432] = refuse(errno.ECONNREFUSED)
    assert "Connection refused" in runner.run(*command, without=unknown).stderr
    gate.answers[ADDRESS, 5432] = refuse(errno.ETIMEDOUT)
    assert "Connection timed out" in runner.run(*command, without=unknown).stderr


NODE = f"""
const socket = require("net").connect(7000, "{HOST}", () => socket.write("hello"));
socket.on("data", data => {{ console.log(data.toString()); socket.end(); }});
socket.on("error", error => console.log(error.code));
"""


@needs("node")
def test_node(runner, gate):
    gate.answers[ADDRESS, 7000] = echo
    assert runner.run("node", "-e", NODE, without="^(ENOTFOUND|EAI_AGAIN)$").stdout == "hello\n"
    gate.answers[ADDRESS, 7000] = refuse(errno.EHOSTUNREACH)
    assert runner.run("node", "-e", NODE, without="^(ENOTFOUND|EAI_AGAIN)$").stdout == "EHOSTUNREACH\n"


@needs("java")
@pytest.mark.skipif(shutil.which("javac") is None, reason="javac is not installed")
def test_java(runner, gate, tmp_path):
    subprocess.run(["javac", "-d", tmp_path, PROGRAMS / "Connect.java"], check=True)
    command = "java", "-cp", tmp_path, "Connect", HOST, 7000
    gate.answers[ADDRESS, 7000] = echo
    assert runner.run(*command).stdout.splitlines() == ["socket hello", "channel hello"]
    gate.answers[ADDRESS, 7000] = refuse(errno.EHOSTUNREACH)
    assert runner.run(*command).stdout.splitlines() == ["socket No route to host", "channel No route to host"]


def test_a_shell_and_what_it_starts(runner, gate):
    gate.answers[ADDRESS, 7000] = echo
    script = f"echo hello >/dev/tcp/{HOST}/7000 && echo connected"
    assert runner.run("bash", "-c", script, without="db.contoso.example: (Name|Temporary)").stdout == "connected\n"
    assert runner.run("getent", "hosts", HOST, without="^$").returncode == 0
    assert runner.run("getent", "ahosts", HOST, without="^$").stdout.split()[0] == ADDRESS


def test_a_library_that_connects_while_it_is_loaded(runner, gate, binaries):
    early = compile_other_library("early", binaries)
    gate.answers[ADDRESS, 5432] = echo
    bare = run(["true"], runner.bare_environment() | {"LD_PRELOAD": str(early)})
    assert bare.stdout == "early unresolved\n"
    assert runner.run_alone("true", preload=[early]).stdout == "early connected\n"
