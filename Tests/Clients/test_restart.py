"""Start, stop, kill, restart, backup: what was acknowledged is there, and no file but two tells a secret."""

import base64
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import stat
import threading
import uuid
from collections import Counter

import pytest
import requests

from clients.certificates import OwnCertificate, shown_certificate
from clients.estate import Estate, difference, picture
from clients.raw import RawConnection
from clients.rest import Management
from clients.servers import FREE_ADDRESSES, run, without
from clients.signing import server_key
from clients.waiting import wait_until
from contract.server import resolve_localhost_names

KILL_ROUNDS = int(os.environ.get("CAUSEWAY_KILL_ROUNDS", "15"))


@pytest.fixture(scope="module", autouse=True)
def names_are_loopback():
    resolve_localhost_names()


def build_estate(management, unique):
    group = unique("restart")
    management.put(management.group(group), {"location": "westus", "tags": {"kept": "yes"}})
    return Estate(management, group, unique).build()


def ready(server):
    session = requests.Session()
    session.trust_env = False
    return session.get(f"http://{server.runtime()['operationsAddress']}/health/ready", timeout=10).text


# MARK: restart


def test_a_restart_keeps_everything(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    rows, files = picture(server.data), {name: (server.data / name).read_bytes() for name in ("bootstrap.json", "master.key", "tls/ca.pem")}
    paths = ("{group}", "{namespace}", "{namespace}/hybridConnections", "{rule}", "{relay}", "{network}", "{plan}", "{site}", "{binding}", "{lock}")
    answers = {path: management.get(estate.path(path)) for path in paths}
    keys, runtime = management.keys(estate.names["rule"]), server.runtime()
    assert server.stop() == 0
    # Addresses stand in tokens and documents, so the second run has those of the first.
    server.arguments += [f"--{name}-address={runtime[name + 'Address']}" for name in ("management", "relay")]
    server.start()
    management.threads = threading.local()
    assert {path: management.get(estate.path(path)) for path in paths} == answers, "the token of before is still good, and so are all answers"
    assert management.keys(estate.names["rule"]) == keys
    assert {name: (server.data / name).read_bytes() for name in files} == files
    assert difference(rows, picture(server.data)) == []
    assert Management(server.settings()).get(management.subscription)["state"] == "Enabled"
    assert server.stop() == 0


def test_the_first_start_makes_what_is_promised_and_for_its_user_only(own_server):
    server = own_server().start()
    assert server.mode("") == 0o700
    for name in ("bootstrap.json", "master.key", "causeway.db", "causeway.db-wal", "lock"):
        assert server.mode(name) == 0o600, name
    bootstrap, runtime = server.bootstrap(), server.runtime()
    assert {"tenantId", "subscriptionId", "clientId", "clientSecret", "managementEndpoint", "relayEndpoint", "caFile"} <= set(bootstrap)
    assert set(runtime) == {"version", "pid", "startedAt", "managementAddress", "managementEndpoint", "relayAddress", "relayDomain", "operationsAddress"}
    assert runtime["pid"] == server.process.pid and bootstrap["managementEndpoint"] == runtime["managementEndpoint"]
    assert bootstrap["caFile"] == str(server.data / "tls" / "ca.pem") and len(base64.b64decode((server.data / "master.key").read_text())) == 32
    assert runtime["managementEndpoint"] in server.output() and "bootstrap.json" in server.output()
    told = server.output() + server.log() + "".join((server.process_file(name) for name in ("cmdline", "environ")))
    assert bootstrap["clientSecret"] not in told and (server.data / "master.key").read_text().strip() not in told
    assert ready(server) == "ready\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_signal_ends_with_0_and_removes_runtime_json(own_server, number):
    server = own_server().start()
    Management(server.settings())
    server.process.send_signal(number)
    assert server.process.wait(10) == 0
    assert not (server.data / "runtime.json").exists()
    assert (server.data / "bootstrap.json").exists()


def half_a_request(server, management):
    """A connection whose request has a head and half of a body, and what is missing."""
    connection = RawConnection(server.settings())
    body = '{"location":"westus"}'
    head = (f"PUT {management.group('half')}?api-version=2025-04-01 HTTP/1.1\r\nHost: {connection.host}\r\n"
            f"Authorization: Bearer {management.token}\r\nContent-Length: {len(body)}\r\n\r\n")
    connection.send((head + body[:5]).encode())
    return connection, body[5:].encode()


def test_a_request_under_way_is_finished_before_the_end(own_server):
    server = own_server().start()
    management = Management(server.settings())
    connection, rest = half_a_request(server, management)
    with connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping" in server.log(), "the server begins to stop")
        connection.send(rest)
        assert connection.read_answer().status == 201
        assert server.process.wait(10) == 0
    server.start()
    assert Management(server.settings()).get(management.group("half"))["name"] == "half"


def test_idle_connections_do_not_hold_the_end_up(own_server):
    server = own_server().start()
    management = Management(server.settings())
    idle = [RawConnection(server.settings()) for _ in range(5)]
    management.get(management.subscription)
    assert server.stop(limit=8) == 0
    assert all(connection.is_closed() for connection in idle)


def test_a_request_that_never_ends_is_cut_after_the_drain_timeout(own_server):
    server = own_server("--drain-timeout=1").start()
    connection, _ = half_a_request(server, Management(server.settings()))
    with connection:
        assert server.stop(limit=15) in (0, 1)
    assert not (server.data / "runtime.json").exists()


def test_a_second_signal_ends_at_once(own_server):
    server = own_server("--drain-timeout=60").start()
    connection, _ = half_a_request(server, Management(server.settings()))
    with connection:
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "Stopping" in server.log(), "the server begins to stop")
        wait_until(lambda: server.process.poll() is not None or server.process.send_signal(signal.SIGTERM), "the second signal ends it", limit=5)
    server.start()
    assert ready(server) == "ready\n"


def test_a_second_server_on_one_directory_is_refused(own_server):
    first = own_server().start()
    runtime = first.runtime()
    second = own_server(folder=first.folder)
    second.runs = 10
    second.launch()
    assert second.process.wait(10) == 1
    assert "in use" in second.log() and str(first.process.pid) in second.log() and str(first.data) in second.log()
    assert second.output() == "" and first.runtime() == runtime and ready(first) == "ready\n"
    first.kill()
    assert own_server(folder=first.folder).start().is_ready(), "a lock outlives the process that held it"


def test_a_port_in_use_is_a_clear_failure(own_server):
    first = own_server().start()
    for name in ("management", "relay", "operations"):
        address = first.runtime()[f"{name}Address"]
        second = own_server(f"--{name}-address={address}")
        second.launch()
        assert second.process.wait(10) == 1
        assert f"{name}-address" in second.log() and address in second.log()
        assert not (second.data / "runtime.json").exists()


def test_a_first_start_that_failed_does_not_lose_the_secret(own_server):
    """The port is in use, the operator frees it and starts again: the administrator must be able to sign in."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = own_server(f"--management-address=127.0.0.1:{taken.getsockname()[1]}")
        server.launch()
        assert server.process.wait(10) == 1
    server.start()
    assert Management(server.settings()).token


def test_a_first_start_that_is_killed_at_any_moment_does_not_lose_the_secret(own_server, tmp_path):
    """Killed as soon as a file of the first start appears, for each of them; the second start must let the administrator in."""
    for index, name in enumerate(["master.key", "causeway.db", "causeway.db-wal", "bootstrap.json", "tls/ca.pem"]):
        folder = tmp_path / f"killed-{index}"
        server = own_server(folder=folder)
        server.launch()
        wait_until(lambda: (server.data / name).exists() or server.process.poll() is not None, f"{name} appears", interval=0.001)
        server.kill()
        server.start()
        assert Management(server.settings()).token, f"killed when {name} appeared"
        server.kill()


# MARK: bootstrap variables


def test_bootstrap_variables_are_honoured(own_server):
    tenant, subscription, secret = str(uuid.uuid4()), str(uuid.uuid4()), "chosen-" + uuid.uuid4().hex
    variables = {"CLIENT_ID": "admin", "CLIENT_SECRET": secret, "TENANT_ID": tenant, "SUBSCRIPTION_ID": subscription}
    server = own_server(**{f"CAUSEWAY_BOOTSTRAP_{name}": value for name, value in variables.items()}).start()
    bootstrap = server.bootstrap()
    assert (bootstrap["clientId"], bootstrap["clientSecret"], bootstrap["tenantId"], bootstrap["subscriptionId"]) == ("admin", secret, tenant, subscription)
    management = Management(server.settings(client_id="admin", client_secret=secret, tenant_id=tenant, subscription_id=subscription))
    assert management.get(f"/subscriptions/{subscription}")["tenantId"] == tenant
    assert secret not in server.output() + server.log()
    server.stop()
    server.environment = {"CAUSEWAY_BOOTSTRAP_CLIENT_SECRET": "another", "CAUSEWAY_BOOTSTRAP_CLIENT_ID": "somebody"}
    server.start()
    assert Management(server.settings()).get(f"/subscriptions/{subscription}"), "a later start changed the administrator"
    with pytest.raises(requests.HTTPError):
        Management(server.settings(client_secret="another"))


@pytest.mark.parametrize("name, value", [("TENANT_ID", "x"), ("SUBSCRIPTION_ID", "not-a-guid"), ("CLIENT_ID", "a b"), ("CLIENT_ID", "a/b"), ("CLIENT_ID", "x" * 200)])
def test_bad_bootstrap_values_are_usage_errors(own_server, name, value):
    server = own_server(**{f"CAUSEWAY_BOOTSTRAP_{name}": value})
    server.launch()
    assert server.process.wait(10) == 2
    assert f"CAUSEWAY_BOOTSTRAP_{name}" in server.log()
    server.environment = {}
    assert Management(server.start().settings()).token


# MARK: configuration


def test_a_flag_wins_over_the_environment_over_the_file_over_the_default(own_server, tmp_path):
    config = tmp_path / "causeway.yaml"
    config.write_text("relay-domain: file.example\ndrain-timeout: 5\n")
    layers = [
        ([], {}, "relay.localhost"), ([f"--config={config}"], {}, "file.example"), ([], {"CAUSEWAY_CONFIG": str(config)}, "file.example"),
        ([f"--config={config}"], {"CAUSEWAY_RELAY_DOMAIN": "environment.example"}, "environment.example"),
        ([f"--config={config}", "--relay-domain=flag.example"], {"CAUSEWAY_RELAY_DOMAIN": "environment.example"}, "flag.example"),
    ]
    server = own_server()
    for arguments, environment, wanted in layers:
        server.arguments, server.environment = arguments, environment
        server.start()
        assert server.runtime()["relayDomain"] == wanted
        management = Management(server.settings())
        management.put(management.group("layers"), {"location": "westus"})
        path = management.namespace("layers", "layers-relay")
        management.put(path, {"location": "westus"})
        assert f"sb://layers-relay.{wanted}:" in management.keys(path + "/authorizationRules/RootManageSharedAccessKey")["primaryConnectionString"]
        assert server.stop() == 0


def test_the_file_has_all_the_settings_that_the_flags_have(own_server, tmp_path):
    config = tmp_path / "causeway.yaml"
    config.write_text(
        f"data-directory: {tmp_path / 'elsewhere'}\nmanagement-address: 127.0.0.1:0\nrelay-address: 127.0.0.1:0\noperations-address: 127.0.0.1:0\n"
        "relay-domain: relay.example\nmanagement-endpoint: https://management.example\nrelay-endpoint: relay.example:443\nresponse-deadline: 30\n"
        "rate-limit: off\ndrain-timeout: 5\nlog-level: warning\ntrusted-proxy: 10.0.0.0/8\n"
        "plan-limits:\n  Basic: {maximum: 2, scope: plan}\n  Standard:\n    maximum: 3\n    scope: site\n"
    )
    server = own_server()
    server.data = tmp_path / "elsewhere"
    server.command = lambda: [os.environ["CAUSEWAY_BINARY"], "serve", "--config", str(config)]
    server.start()
    address = server.runtime()["managementAddress"]
    assert server.runtime()["managementEndpoint"] == "https://management.example"
    management = Management(server.settings(endpoint="https://localhost:" + address.rsplit(":", 1)[1]))
    group = "file"
    management.put(management.group(group), {"location": "westus"})
    management.put(management.namespace(group, "file-relay"), {"location": "westus"})
    keys = management.keys(management.namespace(group, "file-relay") + "/authorizationRules/RootManageSharedAccessKey")
    assert keys["primaryConnectionString"].startswith("Endpoint=sb://file-relay.relay.example/;"), "443 stands in no connection string"
    for sku, maximum in (("B1", 2), ("S1", 3), ("P1v3", 200)):
        plan = management.plan(group, f"plan-{sku}")
        management.put(plan, {"location": "westus", "sku": {"name": sku}})
        assert management.get(plan + "/hybridConnectionPlanLimits/limit")["properties"]["maximum"] == maximum


BAD_FILES = {
    "unknown key": "nonsense: 1\n", "underscore": "data_directory: x\n", "camel case": "dataDirectory: x\n", "a list": "- a\n- b\n", "a text": "hello\n", "no YAML": "a: [\n",
    "wrong value": "drain-timeout: soon\n", "a mapping for a text": "relay-domain: {a: b}\n", "unknown tier": "plan-limits: {Golden: {maximum: 1}}\n",
    "wrong maximum": "plan-limits: {Basic: {maximum: many}}\n", "wrong scope": "plan-limits: {Basic: {maximum: 1, scope: world}}\n", "limits as text": "plan-limits: lots\n",
    "unknown field of a limit": "plan-limits: {Basic: {maximum: 1, scoop: plan}}\n", "the same key twice": "log-level: info\nlog-level: debug\n", "binary": "\x00\x01\x02",
    "a list of limits": "plan-limits: [1]\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_a_usage_error(tmp_path, name):
    config = tmp_path / "causeway.yaml"
    config.write_text(BAD_FILES[name])
    refused_usage(tmp_path, f"--config={config}")


def refused_usage(tmp_path, *arguments, **environment):
    variables = [name.removeprefix("CAUSEWAY_").lower().replace("_", "-") for name in environment]
    addresses = without(FREE_ADDRESSES, [*arguments, *(f"--{name}" for name in variables)])
    result = run("serve", f"--data-directory={tmp_path / 'data'}", *addresses, *arguments, limit=10, **environment)
    assert result.returncode == 2, (result.returncode, result.stderr)
    assert result.stdout == "" and "rror" in result.stderr
    assert not (tmp_path / "data").exists(), "something was made before the options were checked"
    return result.stderr


BAD_OPTIONS = [
    ("management-address", value) for value in ("nowhere", ":", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536", ":8443", "a b:1", "")
] + [
    ("relay-address", "127.0.0.1:99999"), ("operations-address", "http://127.0.0.1:1"), ("relay-domain", "-a.example"), ("relay-domain", "a..b"), ("relay-domain", "a b"),
    ("relay-domain", "x" * 64 + ".example"), ("relay-domain", "é.example"), ("management-endpoint", "http://a.example"), ("management-endpoint", "a.example"),
    ("management-endpoint", "https://a.example/path"), ("management-endpoint", "https://"), ("relay-endpoint", "a.example"), ("response-deadline", "-1"),
    ("response-deadline", "soon"), ("response-deadline", "1.5"), ("drain-timeout", "-1"), ("drain-timeout", "99999999999999999999"), ("rate-limit", "5"), ("rate-limit", "0,0"),
    ("rate-limit", "a,b"), ("rate-limit", "1,2,3"), ("log-level", "loud"), ("log-level", ""), ("trusted-proxy", "10.0.0.0/33"), ("trusted-proxy", "everywhere"),
    ("plan-limits", "Basic"), ("plan-limits", "Basic=x"), ("plan-limits", "Golden=1"), ("plan-limits", "Basic=-1"), ("plan-limits", "Basic=1:world"), ("plan-limits", "Basic=1:plan:x"),
    ("tls-certificate", "only-one.pem"), ("tls-key", "only-one.pem"), ("config", "not-there.yaml"),
]


@pytest.mark.parametrize("name, value", BAD_OPTIONS)
def test_a_bad_option_is_a_usage_error_that_names_it(tmp_path, name, value):
    message = refused_usage(tmp_path, f"--{name}={value}")
    assert name in message or value in message
    if value and name != "config":
        refused_usage(tmp_path, **{"CAUSEWAY_" + name.upper().replace("-", "_"): value})


@pytest.mark.parametrize("arguments", [["serve", "--nonsense"], ["serve", "extra"], ["nonsense"], ["backup"], ["restore"]])
def test_a_wrong_command_line_is_a_usage_error(arguments, tmp_path):
    result = run(*arguments, cwd=tmp_path)
    assert result.returncode == 2 and result.stdout == "" and "Usage" in result.stderr
    assert list(tmp_path.iterdir()) == []


# MARK: certificates


def test_an_own_certificate_is_shown_and_a_changed_one_too(own_server, tmp_path):
    certificate_path, key_path = tmp_path / "server.pem", tmp_path / "server.key"
    first, second, third = OwnCertificate(), OwnCertificate(), OwnCertificate()
    first.write(certificate_path, key_path)
    server = own_server(f"--tls-certificate={certificate_path}", f"--tls-key={key_path}").start()
    addresses = [server.runtime()[name] for name in ("managementAddress", "relayAddress")]
    assert [shown_certificate(address) for address in addresses] == [first.der] * 2
    management = Management(server.settings(ca_file=str(certificate_path)))
    with RawConnection(server.settings(ca_file=str(certificate_path))) as old:
        second.write(certificate_path, key_path)
        for address in addresses:
            wait_until(lambda: shown_certificate(address) == second.der, f"{address} shows the new certificate", limit=15, interval=0.1)
        old.send(f"GET {management.subscription}?api-version=2022-12-01 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {management.token}\r\n\r\n".encode())
        assert old.read_answer().status == 200, "a connection of before the change was dropped"
    assert Management(server.settings(ca_file=str(certificate_path))).token
    certificate_path.write_bytes(b"-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    wait_until(lambda: "cannot be reloaded" in server.log(), "the broken file is noticed", limit=15, interval=0.1)
    assert shown_certificate(addresses[0]) == second.der and ready(server) == "ready\n"
    third.write(certificate_path, key_path)
    wait_until(lambda: shown_certificate(addresses[0]) == third.der, "the repaired file is taken", limit=15, interval=0.1)


@pytest.mark.parametrize("kind", ["absent", "mismatched", "no certificate", "no key", "swapped"])
def test_a_certificate_that_cannot_be_used_is_a_clear_failure(own_server, tmp_path, kind):
    certificate_path, key_path = tmp_path / "server.pem", tmp_path / "server.key"
    OwnCertificate().write(certificate_path, key_path)
    {
        "absent": certificate_path.unlink, "mismatched": lambda: key_path.write_bytes(OwnCertificate().key_pem), "no certificate": lambda: certificate_path.write_text("hello"),
        "no key": lambda: key_path.write_text("hello"), "swapped": lambda: certificate_path.write_bytes(key_path.read_bytes()),
    }[kind]()
    server = own_server(f"--tls-certificate={certificate_path}", f"--tls-key={key_path}")
    server.launch()
    assert server.process.wait(10) in (1, 2)
    assert any(word in server.log().lower() for word in ("certificate", "key")) and "Fatal" not in server.log()
    assert not (server.data / "runtime.json").exists()


def test_the_own_authority_signs_for_all_names_that_clients_use(own_server):
    server = own_server("--relay-domain=relay.example").start()
    from cryptography import x509
    certificate = x509.load_der_x509_certificate(shown_certificate(server.runtime()["relayAddress"]))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "relay.example", "*.relay.example"} <= set(names.get_values_for_type(x509.DNSName))
    assert {"127.0.0.1", "::1"} <= {str(address) for address in names.get_values_for_type(x509.IPAddress)}


# MARK: master key and store


def failed_start(server):
    server.launch()
    code = server.process.wait(10)
    assert code == 1, (code, server.log())
    assert "Fatal" not in server.log() and not (server.data / "runtime.json").exists()
    return server.log()


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
    arguments = {"file": [f"--master-key-file={path}"], "environment": [], "command": [f"--master-key-command=cat '{path}'"]}[kind]
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
    arguments = {"absent file": [f"--master-key-file={tmp_path / 'absent'}"], "failing command": ["--master-key-command=exit 3"], "bad environment": []}[kind]
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


@pytest.mark.parametrize("content", [b"hello, this is no database" * 100, b"SQLite format 3\x00" + bytes(4000)], ids=["text", "a header alone"])
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


class Writer(threading.Thread):
    """Puts one hybrid connection after the other, and one of its own again and again, until the server is gone."""

    def __init__(self, management, namespace, name, counter):
        super().__init__(daemon=True)
        self.management, self.namespace, self.name, self.counter = management, namespace, name, counter
        # Correlation IDs of acknowledged writes, by path; the last acknowledged and the last sent value of the own one.
        self.acknowledged, self.last, self.sent = {}, None, None

    def run(self):
        number = 0
        while True:
            number += 1
            try:
                self.put(f"{self.namespace}/hybridConnections/{self.name}-{number}", str(number))
                self.sent = str(number)
                self.put(f"{self.namespace}/hybridConnections/{self.name}", str(number))
                self.last = str(number)
            except requests.RequestException:
                return

    def put(self, path, text):
        correlation = str(uuid.uuid4())
        answer = self.management.call("PUT", path, {"properties": {"userMetadata": text}}, headers={"x-ms-correlation-request-id": correlation})
        assert answer.status_code == 200, answer.text
        self.acknowledged.setdefault(path, []).append(correlation)
        self.counter.release()


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


def activity(management, group):
    """Every record of the activity log of a group."""
    since = "eventTimestamp ge '2020-01-01T00:00:00Z'"
    url = (f"{management.subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$top=1000"
           f"&$filter={since} and resourceGroupName eq '{group}'")
    records = []
    while url:
        page = management.get(url)
        records += page["value"]
        url = page.get("nextLink", "").removeprefix(management.settings.endpoint)
    return records


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
            assert text == path.rsplit("-", 1)[1] if path != own else text in (writer.last, writer.sent), (path, text, writer.last, writer.sent)
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
    told = {record["resourceId"].lower() for record in records if record["operationName"]["value"].lower().endswith("/hybridconnections/write")
            and record["status"]["value"] == "Succeeded"}
    assert there == told, f"without a record: {sorted(there - told)[:3]}; record without a write: {sorted(told - there)[:3]}"


def test_every_write_and_every_key_read_has_one_record(own_server, unique):
    server = own_server().start()
    management = Management(server.settings())
    estate = build_estate(management, unique)
    group = estate.names["group"].rsplit("/", 1)[1]
    calls = [
        ("PUT", "{entity}", {}, 1), ("PUT", "{entity}", {}, 1), ("GET", "{entity}", None, 0), ("GET", "{namespace}/hybridConnections", None, 0), ("POST", "{rule}/listKeys", None, 1),
        ("POST", "{rule}/regenerateKeys", {"keyType": "PrimaryKey"}, 1), ("POST", "{binding}/listKeys", None, 1), ("PUT", "{binding}", estate.body_of_binding(), 1),
        ("POST", "{entity}/providers/Causeway.Relay/rotateSendKey", None, 1), ("PATCH", "{namespace}", {"tags": {"a": "b"}}, 1), ("PUT", "{network}", {"properties": {}}, 1),
        ("DELETE", "{legacy}", None, 1), ("PUT", "{plan}", {"location": "westus", "sku": {"name": "S2"}}, 1), ("PUT", "{site}", {"location": "westus", "properties": {"serverFarmId": estate.names["plan"]}}, 1),
        ("PUT", "{tags}", {"properties": {"tags": {"c": "d"}}}, 1), ("DELETE", "{lock}", None, 1), ("DELETE", "{relay}", None, 1), ("PUT", "{group}", {"location": "westus"}, 1),
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
    assert record["caller"] and record["eventTimestamp"] and record["operationName"]["value"] and record["status"]["value"] == "Succeeded"
    text = json.dumps(records)
    for key in management.keys(estate.names["rule"]).values():
        assert key == "defaultSender" or key not in text


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
    assert ready(server) == "ready\n" and management.call("GET", estate.names["entity"]).status_code == 200
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
            database.execute("create table a (b)" if kind == "another database" else "insert into schema_migration values ('9999_later', 0)")
        database.close()
    result = run("restore", file, "--data-directory", server.data)
    assert result.returncode == 1 and result.stderr and "Fatal" not in result.stderr, (result.returncode, result.stderr)
    assert difference(rows, picture(server.data)) == []
    assert not [path for path in server.data.iterdir() if "restoring" in path.name]
    assert Management(server.start().settings()).token


def test_backup_of_nothing_makes_nothing(tmp_path):
    result = run("backup", "--data-directory", tmp_path / "none", tmp_path / "copy.db")
    assert result.returncode == 1 and "none" in result.stderr
    assert list(tmp_path.iterdir()) == []


# MARK: secrets at rest


def forms(key):
    """A key in every form in which it might lie in a file."""
    raw = base64.b64decode(key)
    for text in (key, key.rstrip("="), raw.hex(), raw.hex().upper(), base64.urlsafe_b64encode(raw).decode(), base64.b64encode(key.encode()).decode().rstrip("="), key.encode().hex()):
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
    secret = management.put("/providers/Causeway.Relay/servicePrincipals/reader", {"properties": {"displayName": "reader"}}) and management.ask(
        "POST", "/providers/Causeway.Relay/servicePrincipals/reader/addSecret")["clientSecret"]
    texts.update({"secret of a principal": secret, "first secret": server.bootstrap()["clientSecret"], "token": management.token,
                  "master key": (server.data / "master.key").read_text().strip(), "connection string": "SharedAccessKey=legacy-secret-"})
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
    rules = [estate.names["rule"], estate.names["namespace"] + "/authorizationRules/RootManageSharedAccessKey", estate.names["relay"] + "/authorizationRules/clients"]
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
    management.put(path, {"properties": {"hostname": "a.example", "port": 1, "sendKeyName": "defaultSender", "sendKeyValue": foreign}})
    assert management.ask("POST", path + "/listKeys")["properties"]["sendKeyValue"] == foreign
    management.put(estate.names["legacy"], {"properties": {
        "entityName": "old-orders", "hostname": "a.example", "port": 1, "entityConnectionString": "Endpoint=sb://a.example/;SharedAccessKey=legacy-secret-1",
        "resourceConnectionString": "Endpoint=sb://a.example/;SharedAccessKey=legacy-secret-2"}})
    management.ask("POST", estate.names["entity"] + "/providers/Causeway.Relay/rotateSendKey")
    keys |= {value for name, value in management.keys(estate.names["rule"]).items() if name in ("primaryKey", "secondaryKey")}
    return keys
