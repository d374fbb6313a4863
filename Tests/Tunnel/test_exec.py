"""Programs under `causeway exec`: what they reach, what they are told, and that they are run as without it."""

import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from clients.servers import binary, clean_environment
from clients.waiting import wait_until
from tunnel_peer.connector import execute, launch, python
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import failed, is_root, succeeded
from tunnel_peer.servers import find, unavailable
from tunnel_peer.sockets import free_port, read_rest, split

# Connects to each `host:port` of its arguments, and prints what came of it and after how many seconds.
ASK = """
import errno, socket, sys, time
for place in sys.argv[1:]:
    start = time.monotonic()
    try:
        with socket.create_connection(place.rsplit(":", 1), timeout=15) as connection:
            connection.sendall(b"ping")
            told = connection.recv(4).decode()
    except socket.gaierror:
        told = "unknown"
    except OSError as error:
        told = errno.errorcode.get(error.errno, str(error))
    print(told, int(time.monotonic() - start), flush=True)
"""
# The same for each line of its input.
ASK_LINES = "import sys\nfor line in sys.stdin:\n    sys.argv[1:] = line.split()\n" + "".join(
    f"    {line}\n" for line in ASK.splitlines())


def asking(*places):
    return [*python(ASK), *places]


def told(result):
    """What the program said of each place; all of it within two seconds."""
    lines = [line.split() for line in succeeded(result).stdout.splitlines()]
    assert all(int(seconds) < 2 for _, seconds in lines), lines
    return [word for word, _ in lines]


def alone(*places):
    """The same without `exec`."""
    return told(subprocess.run(asking(*places), capture_output=True, text=True, timeout=60))


@pytest.fixture
def bound(server, manager, site, echoing):
    """Binds the app to an endpoint, or to a port where nobody listens; gives the hybrid connection and `name:port`."""
    def bind(address=echoing.address, name=None):
        connection = server.hybrid_connection(address)
        manager.add(connection)
        place = f"{name or server.unique('db') + '.corp.example'}:{split(address)[1]}"
        site.bind(connection, place)
        return connection, place
    return bind


# MARK: what programs reach


@pytest.mark.parametrize("lanes", ["4", "0"])
def test_a_program_reaches_a_bound_name_that_it_does_not_know_without(site, bound, lanes):
    connection, place = bound()
    assert alone(place) == ["unknown"]
    assert told(execute(site, asking(place, place.upper(), place.replace(":", ".:")), "--lanes", lanes)) == ["ping"] * 3


def test_a_refusal_at_the_endpoint_is_a_refused_connect_and_comes_at_once(site, bound):
    _, place = bound(f"127.0.0.1:{free_port()}")
    assert alone(place) == ["unknown"]
    for lanes in ("4", "0"):
        assert told(execute(site, asking(place, place), "--lanes", lanes)) == ["ECONNREFUSED"] * 2


def test_another_port_of_a_bound_name_is_refused(site, bound):
    _, place = bound()
    assert told(execute(site, asking(f"{place.split(':')[0]}:{free_port()}", place))) == ["ECONNREFUSED", "ping"]


def test_an_endpoint_that_is_an_address_is_reached_and_its_other_ports_are_not_touched(site, bound, echoing, make):
    # An address of this machine that has a server of its own, so that both ways can be told apart.
    beside = make.endpoint(greeting(b"here"), host="127.0.0.2")
    _, place = bound(name="127.0.0.2")
    assert alone(place, beside.address) == ["ECONNREFUSED", "here"]
    assert told(execute(site, asking(place, beside.address))) == ["ping", "here"]


def test_names_that_are_not_bound_are_as_they_were(site, bound, echoing):
    bound()
    places = [f"localhost:{echoing.port}", f"127.0.0.1:{echoing.port}", "db.corp.invalid:1", f"127.0.0.1:{free_port()}"]
    assert alone(*places) == told(execute(site, asking(*places))) == ["ping", "ping", "unknown", "ECONNREFUSED"]


def test_two_bound_names_with_one_port_lead_to_two_endpoints(server, manager, site, make):
    port, places = free_port(), []
    for text in (b"one.", b"two."):
        connection = server.hybrid_connection(make.endpoint(greeting(text)).address)
        manager.add(connection)
        places.append(f"{server.unique('db')}.corp.example:{port}")
        site.bind(connection, places[-1])
    assert told(execute(site, asking(*places))) == ["one.", "two."]


def test_a_connection_string_and_an_endpoint_are_enough(server, manager, echoing, tmp_path):
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    (tmp_path / "string").write_text(connection.string("send"))
    words = ["exec", "--ca-file", server.ca_file, "--connection-string", f"@{tmp_path / 'string'}"]
    place = "db.corp.example:5432"
    assert told(server.causeway(*words, "--endpoint", place, "--", *asking(place))) == ["ping"]


def test_without_an_endpoint_a_connection_string_leads_to_the_one_that_the_hybrid_connection_names(
        server, manager, echoing, tmp_path):
    connection, without = server.hybrid_connection(echoing.address), server.hybrid_connection()
    manager.add(connection)
    words = ["exec", "--ca-file", server.ca_file, "--connection-string"]
    result = server.causeway(*words, "-", "--", *asking(echoing.address), input=connection.string("send"))
    assert told(result) == ["ping"] and manager.show(connection)["TotalTunnels"] == 1
    assert "names no endpoint" in failed(server.causeway(*words, "-", "--", "true", input=without.string("send")))


def test_children_and_their_children_reach_it_as_well(site, bound):
    _, place = bound()
    shell = ["/bin/sh", "-c", 'sh -c \'"$@"; exit 4\' sh "$@"; exit $?', "sh", *asking(place)]
    result = execute(site, shell)
    assert result.returncode == 4 and result.stdout.split()[0] == "ping"


def test_fifty_connections_of_one_program_stand_at_once(site, bound, manager):
    connection, place = bound()
    code = """
import socket, sys
from concurrent.futures import ThreadPoolExecutor
place = sys.argv[1].split(":")
def open_one(number):
    connection = socket.create_connection(place, 15)
    connection.sendall(b"%06d" % number * 1000)
    return connection
def check(number, connection):
    wanted, got = b"%06d" % number * 1000, b""
    while len(got) < len(wanted): got += connection.recv(65536)
    connection.shutdown(socket.SHUT_WR)
    return got == wanted and connection.recv(1) == b""
with ThreadPoolExecutor(50) as pool:
    connections = list(pool.map(open_one, range(50)))
    print(all(pool.map(check, range(50), connections)))
"""
    assert succeeded(execute(site, [*python(code), place])).stdout == "True\n"
    assert manager.show(connection)["TotalTunnels"] == 50


@pytest.mark.parametrize("lanes", ["4", "0"])
def test_a_program_that_ends_right_after_its_last_write_loses_nothing(site, bound, make, lanes):
    endpoint = make.endpoint()
    endpoint.serve_with(lambda peer: endpoint.told.put(read_rest(peer)))
    _, place = bound(endpoint.address)
    code = "import socket, sys; h, p = sys.argv[1].split(':'); " \
        "socket.create_connection((h, int(p))).sendall(b'x' * int(sys.argv[2]))"
    for length in (10, 3_000_000, 20_000_000):
        succeeded(execute(site, [*python(code), place, length], "--lanes", lanes))
        received, how = endpoint.next()
        assert (len(received), how) == (length, "end")


def test_a_server_that_speaks_first_is_heard(site, bound, make):
    _, place = bound(make.endpoint(greeting(b"220 ")).address)
    assert told(execute(site, asking(place))) == ["220"]


@pytest.mark.parametrize("trouble, told_by_connect", [
    ("no manager", "ECONNREFUSED"), ("hybrid connection deleted", "EACCES"), ("stale key", "EACCES"),
    ("gateway down", "EHOSTUNREACH"),
])
def test_what_is_wrong_on_the_way_is_an_error_of_connect(make, echoing, trouble, told_by_connect):
    server = make.server().start()
    connection, site = server.hybrid_connection(echoing.address), server.site()
    site.bind(connection, "db.corp.example:5432")
    if trouble != "no manager":
        make.manager(server).start().add(connection)
    process = launch(site, python(ASK_LINES))
    try:
        def ask():
            process.stdin.write("db.corp.example:5432\n")
            process.stdin.flush()
            return process.stdout.readline().split()[0]

        assert ask() == ("ECONNREFUSED" if trouble == "no manager" else "ping")
        if trouble == "hybrid connection deleted":
            connection.delete()
        elif trouble == "stale key":
            for key in ("primary", "secondary"):
                connection.rotate("--name", "defaultSender", "--key", key)
        elif trouble == "gateway down":
            server.kill()
        wait_until(lambda: ask() == told_by_connect, told_by_connect, 15)
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_bindings_that_are_added_and_removed_while_a_program_runs_are_seen(site, bound):
    process = launch(site, python(ASK_LINES))
    try:
        def ask(place):
            process.stdin.write(f"{place}\n")
            process.stdin.flush()
            return process.stdout.readline().split()[0]

        assert ask("later.corp.example:1") == "unknown"
        connection, place = bound()
        wait_until(lambda: ask(place) == "ping", "the new name is reached", 6, interval=0.2)
        site.unbind(connection)
        wait_until(lambda: ask(place) == "unknown", "the name is gone", 6, interval=0.2)
        process.stdin.close()
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait(10)


# MARK: how programs run


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_the_exit_code_is_that_of_the_program(site, code):
    assert execute(site, ["sh", "-c", f"exit {code}"]).returncode == code


def test_a_program_that_a_signal_ended_gives_128_and_its_number(site):
    assert execute(site, ["sh", "-c", "kill -KILL $$"]).returncode == 128 + signal.SIGKILL
    assert execute(site, ["sh", "-c", "kill -SEGV $$"]).returncode == 128 + signal.SIGSEGV


def test_a_program_that_cannot_be_run_is_said_as_a_shell_says_it(site, tmp_path):
    (tmp_path / "text").write_text("no program")
    assert "not found" in failed(execute(site, ["no-such-program"]), 127)
    assert "not found" in failed(execute(site, [f"{tmp_path}/nowhere"]), 127)
    assert "cannot be executed" in failed(execute(site, [f"{tmp_path}/text"]), 126)


def test_what_is_missing_or_unknown_on_the_command_line_is_said(server, site):
    assert "after --" in failed(site.causeway("exec"), 2)
    assert "--site" in failed(server.causeway("exec", "--", "true"), 2)
    assert "--resource-group" in failed(server.causeway("exec", "--site", "x", "--", "true"), 2)
    assert "nowhere" in failed(server.causeway("exec", "--site", "nowhere", "-g", server.GROUP, "--", "true"), 1)


def test_input_output_and_arguments_are_those_of_the_program(site):
    code = "import sys; print([*sys.argv[1:]]); print('to stderr', file=sys.stderr)"
    result = execute(site, [*python(code), "a b", "", "--site", "$HOME", "*"])
    assert result.stdout == "['a b', '', '--site', '$HOME', '*']\n" and result.stderr == "to stderr\n"
    content = os.urandom(20_000_000)
    copied = subprocess.run(
        [binary(), "exec", *site.options, "--", "cat"], input=content, capture_output=True, timeout=60,
        env=clean_environment(CAUSEWAY_DATA_DIRECTORY=str(site.server.data)))
    assert copied.returncode == 0 and hashlib.sha256(copied.stdout).digest() == hashlib.sha256(content).digest()


def test_the_environment_gets_the_library_and_keeps_the_rest(site):
    code = "import os\nfor name in ('GREETING', 'LD_PRELOAD', 'CAUSEWAY_EXEC_DIRECTORY'): print(os.environ[name])"
    lines = succeeded(execute(site, python(code), GREETING="hello")).stdout.splitlines()
    library = os.path.join(os.path.dirname(os.path.realpath(binary())), "libcauseway-preload.so")
    assert lines[:2] == ["hello", library]
    assert not os.path.exists(lines[2]), "the folder is gone with the program"
    # Another library stays beside it.
    other = find("/lib/x86_64-linux-gnu/libdl.so.2") or find("/lib/*/libdl.so.2") or unavailable("there is no other library")
    lines = succeeded(execute(site, python(code), GREETING="hello", LD_PRELOAD=other)).stdout.splitlines()
    assert lines[1].split(":") == [library, other]


def test_names_and_keys_are_where_only_the_user_can_read_them(site, bound):
    _, place = bound()
    code = """
import os
folder = os.environ["CAUSEWAY_EXEC_DIRECTORY"]
for path in [folder, *(f"{folder}/{name}" for name in os.listdir(folder))]:
    print(oct(os.stat(path).st_mode & 0o77), "" if path == folder else open(path).read())
"""
    output = succeeded(execute(site, python(code))).stdout
    assert "0o0" in output and set(word for word in output.split() if word.startswith("0o")) == {"0o0"}
    assert place.split(":")[0] in output and "SharedAccess" not in output


HANDLER = """
import signal, sys, time
def on_signal(number, frame):
    print("got", signal.Signals(number).name, flush=True)
    sys.exit(7)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, on_signal)
print("ready", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_exec_reaches_the_program_whose_exit_code_counts(site, number):
    process = launch(site, python(HANDLER))
    try:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == f"got {number.name}\n"
        assert process.wait(10) == 7
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_control_c_in_a_terminal_is_for_the_program(site):
    """A terminal sends it to all processes of the group."""
    process = launch(site, python(HANDLER), start_new_session=True)
    try:
        assert process.stdout.readline() == "ready\n"
        os.killpg(process.pid, signal.SIGINT)
        assert process.stdout.readline() == "got SIGINT\n"
        assert process.wait(10) == 7
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_a_program_that_is_linked_statically_is_warned_about_and_run(site, tmp_path):
    compiler = find("gcc") or unavailable("gcc is not installed")
    (tmp_path / "hello.c").write_text('#include <stdio.h>\nint main(void) { puts("hello"); return 3; }\n')
    built = subprocess.run(
        [compiler, "-static", "-o", tmp_path / "hello", tmp_path / "hello.c"], capture_output=True, text=True)
    if built.returncode:
        unavailable(f"static programs cannot be linked: {built.stderr[-200:]}")
    result = execute(site, [tmp_path / "hello"])
    assert (result.returncode, result.stdout) == (3, "hello\n")
    assert "linked statically" in result.stderr and "--dns" in result.stderr
    assert execute(site, [sys.executable, "-c", ""]).stderr == ""


def test_a_program_with_the_rights_of_another_user_is_warned_about(site, open_folder):
    """The loader preloads nothing into it."""
    if not is_root():
        unavailable("only root can make such a program here")
    own = open_folder().path / "own"
    shutil.copy(find("id"), own)
    os.chown(own, pwd.getpwnam("nobody").pw_uid, -1)
    own.chmod(0o4755)
    result = execute(site, [own, "-un"])
    if result.stdout != "nobody\n":
        unavailable("this file system runs no such programs")
    assert "set-user-ID" in result.stderr


def test_another_program_cannot_use_the_way_of_exec_without_its_secret(site, bound):
    """The gate of `exec` is a port of loopback, which others on this machine can reach."""
    _, place = bound()
    code = "import os; d = os.environ['CAUSEWAY_EXEC_DIRECTORY']; print(open(f'{d}/gate').readline().strip(), flush=True); " \
        "print(open(f'{d}/names').read().split()[1], flush=True); input()"
    process = launch(site, python(code))
    try:
        port, address = int(process.stdout.readline()), process.stdout.readline().strip()
        for line in (f"CAUSEWAY1 {'0' * 64} {address} {split(place)[1]}\n", "GET / HTTP/1.1\r\n\r\n", "x" * 2_000):
            with socket.create_connection(("127.0.0.1", port), 10) as connection:
                connection.settimeout(15)
                connection.sendall(line.encode())
                with pytest.raises(ConnectionResetError):
                    assert connection.recv(1) == b""
                    raise AssertionError("an end in order")
        process.communicate("\n", timeout=10)
        assert process.returncode == 0
    finally:
        process.kill()
        process.wait(10)
