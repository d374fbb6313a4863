"""Backup, restore, and what a thief of the files can read."""

import base64
import os
import shutil
import sqlite3
import stat
import threading

import pytest

from clients.estate import build_estate, difference, picture
from clients.principals import Principal
from clients.rest import Management
from clients.servers import run
from clients.signing import server_key
from clients.writers import Writer


# MARK: backup and restore


def test_a_backup_beside_writers_has_every_write_that_came_before_it(own_server, tmp_path, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    keys, bootstrap, file = management.keys(estate.names["rule"]), server.bootstrap(), tmp_path / "copy.db"
    writers = [Writer(management, estate.names["namespace"], f"backup-{i}", threading.Semaphore(0)) for i in range(3)]
    for writer in writers:
        writer.start()
        assert writer.counter.acquire(timeout=20)
    before = [path for writer in writers for path in list(writer.acknowledged)]
    result = run("backup", "--data-directory", server.data, file)
    assert result.returncode == 0, result.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    again = run("backup", "--data-directory", server.data, file)
    assert again.returncode == 1 and "exists" in again.stderr
    assert run("restore", "--data-directory", server.data, file).returncode == 1, "a running server's store was replaced"
    assert server.health() == "ready\n" and management.call("GET", estate.names["entity"]).status_code == 200
    server.kill()
    for writer in writers:
        writer.join(30)
    check_restored(own_server, server, tmp_path, file, bootstrap, before, estate, keys)


def check_restored(own_server, server, tmp_path, file, bootstrap, before, estate, keys):
    restored = own_server(folder=tmp_path / "restored")
    restored.data.mkdir(mode=0o700)
    refusal = run("restore", "--data-directory", restored.data, file)
    assert refusal.returncode == 1 and "master key" in refusal.stderr, "a copy was restored under another master key"
    (restored.data / "master.key").unlink(missing_ok=True)
    shutil.copy(server.data / "master.key", restored.data / "master.key")
    result = run("restore", "--data-directory", restored.data, file)
    assert result.returncode == 0, result.stderr
    restored.start()
    copy = Management(restored.settings(bootstrap=bootstrap))
    assert {path: copy.call("GET", path).status_code for path in before} == {path: 200 for path in before}
    after = copy.keys(estate.names["rule"])
    assert (after["primaryKey"], after["secondaryKey"]) == (keys["primaryKey"], keys["secondaryKey"])
    assert copy.get(estate.names["binding"])["properties"]["causeway"]["sendKeyState"] == "Current"
    assert (restored.data / "tls" / "ca.pem").read_bytes() == (server.data / "tls" / "ca.pem").read_bytes()


def test_a_restore_brings_the_old_state_back_and_keeps_the_newer_one_beside(own_server, tmp_path, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate, file = build_estate(management, unique), tmp_path / "copy.db"
    assert run("backup", file, CAUSEWAY_DATA_DIRECTORY=str(server.data)).returncode == 0
    management.put(estate.names["entity"] + "-later", {})
    old_key = management.keys(estate.names["rule"])["primaryKey"]
    management.ask("POST", estate.names["rule"] + "/regenerateKeys", {"keyType": "PrimaryKey"})
    server.stop()
    rows = picture(server.data)
    result = run("restore", file, "--data-directory", server.data)
    assert result.returncode == 0, result.stderr
    kept = [path for path in server.data.iterdir() if "before-restore" in path.name]
    assert len(kept) == 1 and str(kept[0]) in result.stdout and stat.S_IMODE(kept[0].stat().st_mode) == 0o600
    server.start()
    management = Management(server.settings())
    assert management.call("GET", estate.names["entity"] + "-later").status_code == 404
    assert management.keys(estate.names["rule"])["primaryKey"] == old_key
    server.stop()
    assert run("restore", kept[0], "--data-directory", server.data).returncode == 0
    assert difference(rows, picture(server.data)) == []


@pytest.mark.parametrize("kind", ["absent", "empty", "text", "truncated", "damaged", "newer", "another database"])
def test_a_damaged_copy_is_refused_and_nothing_changes(own_server, tmp_path, unique, kind):
    server, file = own_server().start(), tmp_path / "copy.db"
    build_estate(Management(server.settings()), unique)
    assert run("backup", file, "--data-directory", server.data).returncode == 0
    server.stop()
    rows, content = picture(server.data), file.read_bytes()
    if kind == "absent":
        file.unlink()
    elif kind in ("empty", "text", "truncated"):
        file.write_bytes({"empty": b"", "text": b"hello" * 2000, "truncated": content[:len(content) // 2]}[kind])
    elif kind == "damaged":
        file.write_bytes(content[:8192] + os.urandom(len(content) - 16384) + content[-8192:])
    else:
        if kind == "another database":
            file.unlink()
        with sqlite3.connect(file) as database:
            later = "insert into schema_migration values ('9999_later', 0)"
            database.execute("create table a (b)" if kind == "another database" else later)
        database.close()
    result = run("restore", file, "--data-directory", server.data)
    assert result.returncode == 1 and result.stderr and "Fatal" not in result.stderr, (result.returncode, result.stderr)
    assert difference(rows, picture(server.data)) == []
    assert not [path for path in server.data.iterdir() if "restoring" in path.name]
    assert Management(server.start().settings()).token


def test_restores_within_one_second_each_keep_what_was_there(own_server, tmp_path):
    server, file = own_server().start(), tmp_path / "copy.db"
    assert run("backup", file, CAUSEWAY_DATA_DIRECTORY=str(server.data)).returncode == 0
    server.stop()
    for _ in range(5):
        result = run("restore", file, "--data-directory", server.data)
        assert result.returncode == 0, result.stderr
    assert len([path for path in server.data.iterdir() if "before-restore" in path.name]) == 5
    server.start()



def test_backup_of_nothing_makes_nothing(tmp_path):
    result = run("backup", "--data-directory", tmp_path / "none", tmp_path / "copy.db")
    assert result.returncode == 1 and "none" in result.stderr
    assert list(tmp_path.iterdir()) == []


# MARK: secrets at rest


def forms(key):
    """A key in every form in which it might lie in a file."""
    raw = base64.b64decode(key)
    for text in (key, key.rstrip("="), raw.hex(), raw.hex().upper(), base64.urlsafe_b64encode(raw).decode(),
            base64.b64encode(key.encode()).decode().rstrip("="), key.encode().hex()):
        yield text.encode()
    yield key.encode("utf-16-le")
    yield raw
    yield raw[::-1]


def found_in(path, needles):
    content = path.read_bytes()
    return [f"{what} in {path.name}" for what, needle in needles if needle in content]


def test_no_file_but_two_holds_a_key_in_clear(own_server, tmp_path, unique):
    server = own_server("--log-level=trace").start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    keys, texts = collect_keys(management, estate), {}
    texts.update({"secret of a principal": Principal(management, "reader").secret,
        "first secret": server.bootstrap()["clientSecret"], "token": management.token,
                  "master key": (server.data / "master.key").read_text().strip(),
                  "connection string": "SharedAccessKey=legacy-secret-"})
    needles = [(f"key {index}", form) for index, key in enumerate(sorted(keys)) for form in forms(key)]
    needles += [(what, text.encode()) for what, text in texts.items()]
    needles += [("master key", base64.b64decode(texts["master key"]))]
    for name in ("token-signing", "certificate-authority"):
        pem = server_key(server.data, name)
        needles += [(name, line) for line in pem.splitlines() if len(line) > 40]
    assert len(keys) > 20
    assert run("backup", "--data-directory", server.data, tmp_path / "copy.db").returncode == 0
    allowed = {"master.key", "bootstrap.json"}
    files = [path for path in server.data.rglob("*") if path.is_file() and path.name not in allowed]
    files += [tmp_path / "copy.db", server.folder / "out-1", server.folder / "log-1"]
    assert {"causeway.db", "causeway.db-wal", "ca.pem"} <= {path.name for path in files}
    assert [finding for path in files for finding in found_in(path, needles)] == []
    # The search itself: it finds what is there in clear, before and after the write-ahead log is emptied.
    control = [("name", estate.names["namespaceName"].encode())]
    assert found_in(tmp_path / "copy.db", control) and any(found_in(path, control) for path in files[:-3])
    assert found_in(server.data / "bootstrap.json", needles) and found_in(server.data / "master.key", needles)
    assert server.stop() == 0
    assert [finding for path in files if path.exists() for finding in found_in(path, needles)] == []


def collect_keys(management, estate):
    """Keys of rules at all three levels, before and after regenerations, chosen ones, and those of bindings."""
    keys, chosen = set(), lambda: base64.b64encode(os.urandom(32)).decode()
    rules = [estate.names["rule"], estate.names["namespace"] + "/authorizationRules/RootManageSharedAccessKey",
        estate.names["relay"] + "/authorizationRules/clients"]
    management.put(rules[2], {"properties": {"rights": ["Listen"]}})
    for rule in rules:
        for _ in range(2):
            answer = management.keys(rule)
            keys |= {answer["primaryKey"], answer["secondaryKey"]}
            for slot in ("PrimaryKey", "SecondaryKey"):
                key = chosen()
                answer = management.ask("POST", rule + "/regenerateKeys", {"keyType": slot, "key": key})
                keys |= {key, answer["primaryKey"], answer["secondaryKey"]}
            answer = management.ask("POST", rule + "/regenerateKeys", {"keyType": "PrimaryKey"})
            keys |= {answer["primaryKey"], answer["secondaryKey"]}
    foreign = chosen()
    keys.add(foreign)
    path = f"{estate.names['site']}/hybridConnectionNamespaces/foreign-relay/relays/orders"
    management.put(path, {"properties": {"hostname": "a.example", "port": 1, "sendKeyName": "defaultSender",
        "sendKeyValue": foreign}})
    assert management.ask("POST", path + "/listKeys")["properties"]["sendKeyValue"] == foreign
    management.put(estate.names["legacy"], {"properties": {
        "entityName": "old-orders", "hostname": "a.example", "port": 1,
        "entityConnectionString": "Endpoint=sb://a.example/;SharedAccessKey=legacy-secret-1",
        "resourceConnectionString": "Endpoint=sb://a.example/;SharedAccessKey=legacy-secret-2"}})
    management.ask("POST", estate.names["entity"] + "/providers/Causeway.Relay/rotateSendKey")
    keys |= {value for name, value in management.keys(estate.names["rule"]).items() if name in ("primaryKey", "secondaryKey")}
    return keys
