"""The store: opened only with its own master key, and never short of a write that was acknowledged."""

import base64
import json
import os
import random
import sqlite3
import threading
import uuid
from collections import Counter

import pytest
import requests

from clients.estate import build_estate, difference, picture
from clients.rest import Management
from clients.servers import failed_start
from clients.writers import Writer, activity

KILL_ROUNDS = int(os.environ.get("CAUSEWAY_KILL_ROUNDS", "15"))


# MARK: master key and store


def test_without_its_master_key_a_store_is_not_opened(own_server):
    server = own_server().start()
    token = Management(server.settings()).token
    server.stop()
    rows = picture(server.data)
    key = server.data / "master.key"
    kept = key.read_text()
    key.unlink()
    assert "master" in failed_start(server) and not key.exists(), "a new master key was made over a store that has another"
    key.write_text(base64.b64encode(bytes(32)).decode())
    key.chmod(0o600)
    assert "master key" in failed_start(server)
    for text in ("", "hello", base64.b64encode(bytes(31)).decode(), kept[:-8]):
        key.write_text(text)
        assert "32 bytes" in failed_start(server)
    key.write_text(kept)
    key.chmod(0o644)
    assert "600" in failed_start(server)
    key.chmod(0o600)
    assert difference(rows, picture(server.data)) == []
    assert Management(server.start().settings()).token != token


@pytest.mark.parametrize("kind", ["file", "environment", "command"])
def test_the_master_key_may_come_from_elsewhere(own_server, tmp_path, kind):
    text, path = base64.b64encode(os.urandom(32)).decode(), tmp_path / "elsewhere.key"
    path.write_text(text + "\n")
    path.chmod(0o600)
    arguments = {"file": [f"--master-key-file={path}"], "environment": [],
        "command": [f"--master-key-command=cat '{path}'"]}[kind]
    server = own_server(*arguments, **({"CAUSEWAY_MASTER_KEY": text} if kind == "environment" else {})).start()
    assert not (server.data / "master.key").exists()
    server.stop()
    server.start()
    assert Management(server.settings()).token
    server.stop()
    server.arguments, server.environment = [], {}
    assert "master" in failed_start(server)


@pytest.mark.parametrize("kind", ["absent file", "failing command", "bad environment"])
def test_a_master_key_that_cannot_be_had_is_a_clear_failure(own_server, tmp_path, kind):
    arguments = {"absent file": [f"--master-key-file={tmp_path / 'absent'}"], "failing command": ["--master-key-command=exit 3"],
        "bad environment": []}[kind]
    server = own_server(*arguments, **({"CAUSEWAY_MASTER_KEY": "hello"} if kind == "bad environment" else {}))
    log = failed_start(server)
    assert "aster" in log.lower() and "hello" not in log
    assert not (server.data / "causeway.db").exists()


def change_store(server, statement, *arguments):
    with sqlite3.connect(server.data / "causeway.db") as database:
        database.execute(statement, arguments)
    database.close()


def test_a_store_that_is_newer_than_the_program_is_refused(own_server):
    server = own_server().start()
    server.stop()
    change_store(server, "insert into schema_migration (name, applied_at) values (?, 0)", "9999_from_the_future")
    rows = picture(server.data)
    log = failed_start(server)
    assert "newer" in log and "9999_from_the_future" in log
    assert difference(rows, picture(server.data)) == []
    change_store(server, "delete from schema_migration where name = ?", "9999_from_the_future")
    assert Management(server.start().settings()).token


@pytest.mark.parametrize("content", [b"hello, this is no database" * 100, b"SQLite format 3\x00" + bytes(4000)],
    ids=["text", "a header alone"])
def test_a_store_that_is_none_is_refused(own_server, content):
    server = own_server().start()
    server.stop()
    database = server.data / "causeway.db"
    for ending in ("-wal", "-shm"):
        (server.data / f"causeway.db{ending}").unlink(missing_ok=True)
    database.write_bytes(content)
    assert "causeway.db" in failed_start(server)
    assert database.read_bytes() == content, "a file that is no store was changed"


# MARK: kill -9


class Rotator(threading.Thread):
    """Sets the primary key of a rule to one chosen key after the other."""

    def __init__(self, management, rule):
        super().__init__(daemon=True)
        self.management, self.rule = management, rule
        self.sent = self.acknowledged = management.keys(rule)["primaryKey"]

    def run(self):
        try:
            while True:
                self.sent = base64.b64encode(os.urandom(32)).decode()
                self.management.ask("POST", self.rule + "/regenerateKeys", {"keyType": "PrimaryKey", "key": self.sent})
                self.acknowledged = self.sent
        except requests.RequestException:
            return


def test_kill_9_loses_no_acknowledged_write_and_no_record_of_one(own_server):
    """Rounds of writers that are cut off; what they were told is there after the next start, and told of exactly once."""
    server = own_server("--drain-timeout=1").start()
    generator = random.Random(20261121)
    management = Management(server.settings())
    group, namespace = "kill", management.namespace("kill", "kill-relay")
    management.put(management.group(group), {"location": "westus"})
    management.put(namespace, {"location": "westus"})
    rule = namespace + "/authorizationRules/clients"
    management.put(rule, {"properties": {"rights": ["Send"]}})
    total = 0
    for round_number in range(KILL_ROUNDS):
        counter = threading.Semaphore(0)
        writers = [Writer(management, namespace, f"r{round_number}-w{i}", counter) for i in range(6)]
        rotator = Rotator(management, rule)
        for thread in (*writers, rotator):
            thread.start()
        for _ in range(generator.randint(1, 80)):
            assert counter.acquire(timeout=20), "no write was acknowledged"
        server.kill()
        for thread in (*writers, rotator):
            thread.join(30)
        server.start()
        management = Management(server.settings())
        check_round(management, writers, rotator)
        total += sum(len(ids) for writer in writers for ids in writer.acknowledged.values())
        check_log(management, group, namespace, writers)
    assert total >= KILL_ROUNDS
    with sqlite3.connect(f"file:{server.data / 'causeway.db'}?mode=ro", uri=True) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert database.execute("pragma foreign_key_check").fetchall() == []


def check_round(management, writers, rotator):
    for writer in writers:
        own = f"{writer.namespace}/hybridConnections/{writer.name}"
        for path in writer.acknowledged:
            text = management.get(path)["properties"]["userMetadata"]
            assert text == path.rsplit("-", 1)[1] if path != own else text in (writer.last, writer.sent), (path, text,
                writer.last, writer.sent)
    assert management.keys(rotator.rule)["primaryKey"] in (rotator.acknowledged, rotator.sent)


def check_log(management, group, namespace, writers):
    """One record for each acknowledged write; and none of a write that is not there, acknowledged or not."""
    records = activity(management, group)
    counts = Counter(record["correlationId"] for record in records)
    wrong = {i: counts[i] for writer in writers for ids in writer.acknowledged.values() for i in ids if counts[i] != 1}
    assert not wrong, f"records of acknowledged writes: {wrong}"
    url, there = f"{namespace}/hybridConnections?api-version=2026-01-01&$top=1000", set()
    while url:
        page = management.get(url)
        there |= {entry["id"].lower() for entry in page["value"]}
        url = page.get("nextLink", "").removeprefix(management.settings.endpoint)
    written = [
        record for record in records
        if record["operationName"]["value"].lower().endswith("/hybridconnections/write")
        and record["status"]["value"] == "Succeeded"
    ]
    told = {record["resourceId"].lower() for record in written}
    assert there == told, f"without a record: {sorted(there - told)[:3]}; record without a write: {sorted(told - there)[:3]}"


def test_every_write_and_every_key_read_has_one_record(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    group = estate.names["group"].rsplit("/", 1)[1]
    calls = [
        ("PUT", "{entity}", {}, 1), ("PUT", "{entity}", {}, 1), ("GET", "{entity}", None, 0),
        ("GET", "{namespace}/hybridConnections", None, 0), ("POST", "{rule}/listKeys", None, 1),
        ("POST", "{rule}/regenerateKeys", {"keyType": "PrimaryKey"}, 1), ("POST", "{binding}/listKeys", None, 1),
        ("PUT", "{binding}", estate.body_of_binding(), 1),
        ("POST", "{entity}/providers/Causeway.Relay/rotateSendKey", None, 1), ("PATCH", "{namespace}", {"tags": {"a": "b"}}, 1),
        ("PUT", "{network}", {"properties": {}}, 1),
        ("DELETE", "{legacy}", None, 1), ("PUT", "{plan}", {"location": "westus", "sku": {"name": "S2"}}, 1),
        ("PUT", "{site}", {"location": "westus", "properties": {"serverFarmId": estate.names["plan"]}}, 1),
        ("PUT", "{tags}", {"properties": {"tags": {"c": "d"}}}, 1), ("DELETE", "{lock}", None, 1), ("DELETE", "{relay}", None, 1),
        ("PUT", "{group}", {"location": "westus"}, 1),
    ]
    wanted = {}
    for method, path, body, count in calls:
        correlation = str(uuid.uuid4())
        answer = management.call(method, estate.path(path), body, headers={"x-ms-correlation-request-id": correlation})
        assert answer.status_code == 200, (method, path, answer.text)
        wanted[correlation] = (f"{method} {path}", count)
    records = activity(management, group)
    counts = Counter(record["correlationId"] for record in records)
    assert {name: counts[i] for i, (name, _) in wanted.items()} == dict(wanted.values())
    record = next(record for record in records if record["correlationId"] in wanted)
    assert record["caller"] and record["eventTimestamp"] and record["operationName"]["value"]
    assert record["status"]["value"] == "Succeeded"
    text = json.dumps(records)
    for key in management.keys(estate.names["rule"]).values():
        assert key == "defaultSender" or key not in text
