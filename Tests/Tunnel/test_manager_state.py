"""What a manager keeps over ends and starts, and what of it nobody may see."""

import base64
import os
import time

from clients.servers import binary
from tunnel_peer.programs import is_root, succeeded
from tunnel_peer.servers import as_user
from tunnel_peer.sockets import converse


def forms(secret):
    """How a secret could stand somewhere: its text, its bytes, and both in base64 and hexadecimal digits."""
    for value in (secret.encode(), base64.b64decode(secret)):
        yield value
        yield value.hex().encode()
        yield value.hex().upper().encode()
        # Base64 of the secret within something longer, whatever stands before it.
        for shift in range(3):
            encoded = base64.b64encode(bytes(shift) + value)
            yield encoded[4 if shift else 0:-4]


def test_keys_and_secrets_stand_nowhere_in_clear(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    succeeded(own_manager.hcm("login", CAUSEWAY_DATA_DIRECTORY=str(server.data)))
    connection.rotate("--name", "defaultListener", "--key", "primary")
    own_manager.wait(connection, "Disconnected")
    told = [own_manager.hcm(*command) for command in (
        ["list"], ["list", "--output", "table"], ["show", *connection.names], ["logs"], ["doctor"], ["version"])]
    places = {str(number): (result.stdout + result.stderr).encode() for number, result in enumerate(told)}
    places |= {name: own_manager._read(name).encode() for name in ("out-1", "log-1")}
    places |= {str(path): path.read_bytes() for path in own_manager.state.rglob("*") if path.is_file()}
    places |= {name: (own_manager.process_file(name)) for name in ("cmdline", "environ")}
    assert any(path.endswith("connections.json") for path in places)
    rule, client_secret = connection.rules["listen"], server.bootstrap()["clientSecret"]
    # What is looked for would be found.
    for text in (connection.string().encode(), base64.b64encode(b"xy" + rule.primary.encode() + b"zzz")):
        assert any(form in text for form in forms(rule.primary))
    for name, content in places.items():
        for secret in (rule.primary, rule.secondary):
            assert not any(form in content for form in forms(secret)), name
        assert client_secret.encode() not in content and base64.b64encode(client_secret.encode())[:-4] not in content, name
    modes = {path.name: path.stat().st_mode & 0o777 for path in own_manager.state.rglob("*")}
    assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    assert own_manager.socket.stat().st_mode & 0o777 == 0o600


def test_what_was_added_is_served_again_after_kill_minus_nine_and_a_start(server, own_manager, make, echoing):
    connections = [server.hybrid_connection(echoing.address) for _ in range(3)]
    own_manager.add(*connections)
    succeeded(own_manager.hcm("remove", *connections[1].names))
    before = {each["Name"]: (each["CreatedOn"], each["Endpoint"]) for each in own_manager.list()}
    own_manager.kill()
    own_manager.start()
    after = {each["Name"]: (each["CreatedOn"], each["Endpoint"]) for each in own_manager.list()}
    assert after == before and set(after) == {connections[0].name, connections[2].name}
    for connection in (connections[0], connections[2]):
        own_manager.wait(connection)
        converse(make.single(connection).start().address)


def test_the_key_of_what_is_kept_may_lie_elsewhere(server, make, echoing, tmp_path):
    key = tmp_path / "key"
    key.write_text(base64.b64encode(os.urandom(32)).decode())
    key.chmod(0o600)
    manager = make.manager(server, "--key-file", str(key)).start().add(server.hybrid_connection(echoing.address))
    assert not (manager.state / "hcm.key").exists()
    manager.kill()
    assert len(manager.start().list()) == 1
    manager.stop()
    key.unlink()
    manager.launch()
    assert manager.process.wait(10) == 1 and str(key) in manager.log() and not key.exists()


def test_a_user_without_rights_runs_a_manager_with_what_is_documented(server, make, echoing, open_folder):
    """State and socket go where the user's own files go, and nobody else may open them."""
    connection = server.hybrid_connection(echoing.address)
    home = open_folder("nobody")
    moved = {str(path): str(home.take(path)) for path in (binary(), server.ca_file)}
    state, run = home.path / "state", home.path / "run"
    for folder in (state, run):
        folder.mkdir(mode=0o700)
        home.give(folder)
    manager = make.manager(server, XDG_STATE_HOME=str(state), HOME=str(home.path))
    manager.command = [*(as_user("nobody") if is_root() else []), moved[binary()], "hcm", "run", "--ca-file", moved[server.ca_file],
                       "--allow-loopback"]
    manager.socket, manager.environment["XDG_RUNTIME_DIR"] = run / "causeway-hcm.sock", str(run)
    manager.start().add(connection)
    converse(make.single(connection).start().address)
    assert (state / "causeway-hcm" / "connections.json").exists()
    assert {path.stat().st_mode & 0o77 for path in [*state.rglob("*"), manager.socket]} == {0}


def test_state_that_cannot_be_read_is_an_error_and_is_not_thrown_away(server, own_manager, echoing):
    own_manager.add(server.hybrid_connection(echoing.address))
    assert own_manager.stop() == 0
    file, key = own_manager.state / "connections.json", own_manager.state / "hcm.key"
    content, key_content = file.read_text(), key.read_text()
    for path, text, reason in [
        (file, content[:40], "connections.json"), (file, content.replace('"version": 1', '"version": 99'), "newer version"),
        (key, base64.b64encode(bytes(32)).decode(), "connections.json"), (key, "no key", "hcm.key"),
    ]:
        path.write_text(text)
        own_manager.launch()
        assert own_manager.process.wait(10) == 1 and reason in own_manager.log(), own_manager.log()
        assert path.read_text() == text
        file.write_text(content)
        key.write_text(key_content)
    key.chmod(0o644)
    own_manager.launch()
    assert own_manager.process.wait(10) == 1 and "can be read by others" in own_manager.log()
    key.chmod(0o600)
    assert len(own_manager.start().list()) == 1


def test_sigterm_ends_the_manager_in_order_and_the_gateway_sees_it_at_once(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    connection.wait_listeners(1)
    start = time.monotonic()
    assert own_manager.stop() == 0
    assert time.monotonic() - start < 3 and not own_manager.socket.exists()
    connection.wait_listeners(0, limit=2)
    assert "Stopped" in own_manager.log()


def test_logs_prints_the_newest_lines_and_goes_back_over_starts(server, own_manager, echoing):
    connection = server.hybrid_connection(echoing.address)
    own_manager.add(connection)
    own_manager.kill()
    own_manager.start()
    own_manager.wait(connection)
    lines = succeeded(own_manager.hcm("logs")).stdout.splitlines()
    assert sum(" Connected " in line and connection.name in line for line in lines) == 2
    assert succeeded(own_manager.hcm("logs", "--lines", "1")).stdout.splitlines() == lines[-1:]
