"""Leaving and coming: `causeway export`, `import` and `import-azure`, with the program between two servers."""

import base64
import copy
import hashlib
import hmac
import json
import os
import socket
import ssl
import stat
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest

from clients.principals import Principal
from clients.rest import Management
from clients.servers import binary, clean_environment, run
from clients.waiting import wait_until

PASSPHRASE = "correct horse battery staple"
PLACES = ["orders", "plant~line1", "open", "slow"]


class Rich:
    """An estate with everything that an export carries, in every form that it has."""

    def __init__(self, management):
        self.management = management
        self.group, self.other = management.group("factory"), management.group("Offices")
        self.namespace = management.namespace("factory", "factory-relay")
        self.second = management.namespace("Offices", "office-relay")
        self.plan, self.site = management.plan("factory", "shop-plan"), management.site("Offices", "factory-shop")
        self.slot = self.site + "/slots/staging"

    def put(self, path, body=None, **properties):
        return self.management.put(path, {"properties": properties, **(body or {})})

    def build(self):
        management = self.management
        tags = management.subscription + "/providers/Microsoft.Resources/tags/default"
        management.put(tags, {"properties": {"tags": {"cost": "42"}}})
        management.put(self.group, {"location": "westeurope", "tags": {"plant": "north", "Owner": "ü"}})
        management.put(self.other, {"location": "local"})
        for path in (self.namespace, self.second):
            self.put(path, {"location": "westeurope", "tags": {"a": "b"}}, minimumTlsVersion="1.3")
        self.put(self.namespace + "/networkRuleSets/default", defaultAction="Allow",
            ipRules=[{"ipMask": "203.0.113.0/24", "action": "Allow"}, {"ipMask": "127.0.0.1", "action": "Allow"}])
        self.put(self.namespace + "/privateEndpointConnections/plant", privateEndpoint={
            "id": self.group + "/providers/Microsoft.Network/privateEndpoints/plant"},
            privateLinkServiceConnectionState={"status": "Rejected", "description": "not yet"})
        self.put(self.namespace + "/authorizationRules/operators", rights=["Listen", "Send"])
        for name in PLACES:
            self.put(f"{self.namespace}/hybridConnections/{name}", requiresClientAuthorization=name != "open",
                userMetadata='[{"key":"endpoint","value":"db.corp.example:5432"}]')
            for rule, right in (("defaultSender", "Send"), ("defaultListener", "Listen")):
                self.put(f"{self.namespace}/hybridConnections/{name}/authorizationRules/{rule}", rights=[right])
        settings = "/providers/Causeway.Relay/settings/default"
        self.put(f"{self.namespace}/hybridConnections/slow{settings}", responseDeadlineSeconds=300)
        self.put(self.second + "/hybridConnections/without-metadata")
        self.put(self.namespace + "/wcfRelays/billing", relayType="Http", requiresTransportSecurity=False,
            requiresClientAuthorization=False, userMetadata="old")
        self.put(self.namespace + "/wcfRelays/billing/authorizationRules/clients", rights=["Manage", "Send", "Listen"])
        self.build_web()
        self.build_access()
        return self

    def build_web(self):
        self.management.put(self.plan, {"location": "westeurope", "kind": "linux", "tags": {"x": "y"},
            "sku": {"name": "P1v3", "capacity": 2}, "properties": {"reserved": True, "perSiteScaling": True}})
        self.put(self.site, {"location": "westeurope", "kind": "app,linux", "tags": {"app": "shop"},
            "identity": {"type": "SystemAssigned"}}, serverFarmId=self.plan, httpsOnly=True, clientAffinityEnabled=False,
            siteConfig={"linuxFxVersion": "NODE|22-lts", "alwaysOn": True})
        self.put(self.slot, {"location": "westeurope"}, serverFarmId=self.plan, enabled=False)
        for parent, word in ((self.site, "live"), (self.slot, "staged")):
            self.put(parent + "/config/appsettings", MODE=word, SECRET="setting-secret-" + word)
            self.put(parent + "/config/connectionstrings", db={"value": "Server=db;Password=" + word, "type": "SQLAzure"})
            self.put(f"{parent}/hybridConnectionNamespaces/factory-relay/relays/orders", sendKeyName="defaultSender",
                relayArmUri=self.namespace + "/hybridConnections/orders")
        self.put(f"{self.site}/hybridConnectionNamespaces/elsewhere-relay/relays/foreign", hostname="far.example", port=77,
            sendKeyName="theirs", sendKeyValue="foreign-key-that-nobody-else-has")
        self.put(self.site + "/hybridconnection/old-orders", entityName="old-orders", hostname="old.example", port=1433)
        self.build_parts()

    def build_parts(self):
        """What is kept for an app and has no effect, and the state of an app."""
        self.put(self.site + "/config/authsettings", enabled=True, clientId="older", clientSecret="secret-of-the-older")
        self.put(self.site + "/config/authsettingsV2", platform={"enabled": True, "runtimeVersion": "~1"},
            globalValidation={"requireAuthentication": True})
        self.put(self.slot + "/config/authsettingsV2", platform={"enabled": True})
        self.put(self.slot + "/config/authsettings", enabled=True, clientId="counts")
        self.put(self.slot + "/config/metadata", CURRENT_STACK="node")
        self.put(self.site + "/config/backup", storageAccountUrl="https://files.example/b?sig=secret-of-the-backup", backupName="b")
        self.put(self.site + "/config/azurestorageaccounts", media={"type": "AzureFiles", "accountName": "files",
            "shareName": "media", "mountPath": "/media", "accessKey": "secret-of-the-share"})
        self.put(self.site + "/config/pushsettings", isPushEnabled=True)
        self.put(self.slot + "/config/logs", httpLogs={"azureBlobStorage": {"enabled": True, "sasUrl": "secret-of-the-logs"}})
        self.put(self.site + "/sourcecontrols/web", repoUrl="https://git.example/shop", branch="main")
        self.put(self.slot + "/basicPublishingCredentialsPolicies/ftp", allow=False)
        assert self.management.call("POST", self.site + "/stop").status_code == 200

    def build_access(self):
        names = self.management.subscription + "/tagNames/"
        for path in ("line", "line/tagValues/assembly", "line/tagValues/a%20b%2Fc", "plant", "plant/tagValues/south", "plant/tagValues/north"):
            self.management.put(names + path, None)
        self.put(self.site + "/providers/Microsoft.Resources/links/relay", targetId=self.namespace, notes="sends")
        locks = "/providers/Microsoft.Authorization/locks/"
        self.management.put(self.second + locks + "keep", {"properties": {"level": "CanNotDelete", "notes": "ours"}})
        self.management.put(self.site + locks + "keep", {"properties": {"level": "CanNotDelete"}})


def export(server, *arguments, passphrase=None, **environment):
    environment["CAUSEWAY_DATA_DIRECTORY"] = str(server.data)
    if passphrase:
        environment["CAUSEWAY_EXPORT_PASSPHRASE"] = passphrase
    result = run("export", *arguments, limit=600, **environment)
    assert result.returncode == 0, result.stderr
    return result.stdout


def bring(server, command, file, *arguments, code=0, passphrase=PASSPHRASE):
    """Runs an import; its report."""
    result = run(command, *([file] if not isinstance(file, list) else file), *arguments, "--output", "json", limit=600,
        CAUSEWAY_DATA_DIRECTORY=str(server.data), CAUSEWAY_EXPORT_PASSPHRASE=passphrase)
    assert result.returncode == code, (result.returncode, result.stdout[-3000:], result.stderr)
    return json.loads(result.stdout) if result.stdout else result.stderr


def plain(document, subscription):
    """An export without what must be another: time and subscription."""
    document = json.loads(document)
    text = json.dumps({**document, "exportedAt": "then"})
    return json.loads(text.replace(document["subscriptionId"], subscription))


def counts(report):
    return {name: report[name] for name in ("created", "updated", "unchanged", "skipped", "failed", "notDone") if report[name]}


def failures(report):
    return [entry for entry in report["resources"] if entry["outcome"] in ("failed", "notDone")]


@pytest.fixture
def two(own_server):
    return own_server().start(), own_server().start()


def rules_of(management):
    """Every authorization rule of a subscription, with its keys."""
    found = {}

    def add(parent):
        for rule in management.get(parent + "/authorizationRules")["value"]:
            found[rule["id"].split("/", 3)[3]] = {
                name: value for name, value in management.keys(rule["id"]).items() if not name.endswith("String")}

    for namespace in management.get(management.subscription + "/providers/Microsoft.Relay/namespaces")["value"]:
        add(namespace["id"])
        for kind in ("hybridConnections", "wcfRelays"):
            for entity in management.get(f"{namespace['id']}/{kind}")["value"]:
                add(entity["id"])
    return found


# MARK: export


def test_two_exports_are_equal_but_for_the_time(own_server):
    server = own_server().start()
    Rich(Management(server.settings())).build()
    first, second = json.loads(export(server)), json.loads(export(server))
    assert first["exportedAt"] != second["exportedAt"]
    lines = [json.dumps({**document, "exportedAt": ""}) for document in (first, second)]
    assert lines[0] == lines[1]
    assert list(first) == ["format", "version", "exportedAt", "subscriptionId", "resources"]
    assert "keys" not in first and "sendKeyValue" not in lines[0] and "setting-secret" not in lines[0]
    assert "secret-of" not in lines[0]
    types = {resource.get("type") for resource in first["resources"]}
    assert {"Microsoft.Relay/Namespaces", "Microsoft.Web/sites/slots", "Microsoft.Authorization/locks",
        "Causeway.Relay/settings", "Microsoft.Web/sites/hybridconnection"} <= types
    ids = [resource["id"].lower().split("/") for resource in first["resources"]]
    assert ids == sorted(ids), "parents come before what is in them"


def test_an_export_with_keys_shows_none(two, tmp_path):
    server = two[0]
    rich = Rich(Management(server.settings())).build()
    file = tmp_path / "estate.json"
    export(server, "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    document = json.loads(text)
    assert list(document) == ["format", "version", "exportedAt", "subscriptionId", "encryption", "body"]
    assert document["encryption"]["keyDerivation"] == "scrypt" and document["encryption"]["rounds"] == 131072
    clear = text + base64.b64decode(document["body"]).decode("latin-1")
    for keys in rules_of(rich.management).values():
        assert keys["primaryKey"] not in clear and keys["secondaryKey"] not in clear
    assert "setting-secret" not in clear and "secret-of" not in clear and "foreign-key" not in clear and "Password=" not in clear
    assert list(tmp_path.glob("*.tmp")) == []
    result = run("export", "--with-keys", CAUSEWAY_DATA_DIRECTORY=str(server.data))
    assert result.returncode == 2 and result.stdout == "" and "never written in clear" in result.stderr


# MARK: import


def test_everything_comes_to_another_server(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    Rich(old).build()
    file = tmp_path / "estate.json"
    export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
    dry = bring(two[1], "import", file, "--dry-run")
    assert dry["dryRun"] and dry["created"] > 40 and not dry["failed"]
    assert new.get(new.subscription + "/resourceGroups")["value"] == []
    report = bring(two[1], "import", file)
    assert failures(report) == [] and report["created"] > 40
    subscription = new.settings.subscription_id
    assert plain(export(two[1]), subscription) == plain(export(two[0]), subscription)
    assert rules_of(new) == rules_of(old) and len(rules_of(new)) == 12
    check_secrets(old, new)
    again = bring(two[1], "import", file)
    assert set(counts(again)) == {"unchanged"}, failures(again)


def check_secrets(old, new):
    for parent in ("", "/slots/staging"):
        for name in ("appsettings", "connectionstrings"):
            answers = [server.ask("POST", f"{server.site('Offices', 'factory-shop')}{parent}/config/{name}/list")
                for server in (old, new)]
            assert answers[0]["properties"] == answers[1]["properties"] and answers[1]["properties"]
    for path in ("", "/config/authsettingsV2/list", "/slots/staging"):
        answers = [server.get(server.site("Offices", "factory-shop") + path)["properties"] for server in (old, new)]
        assert answers[0].get("state") == answers[1].get("state") and answers[0].get("enabled") == answers[1].get("enabled")
        assert answers[0].get("platform") == answers[1].get("platform")
    for parent, name in (("", "authsettings"), ("", "backup"), ("", "azurestorageaccounts"), ("", "pushsettings"),
                         ("/slots/staging", "authsettings"), ("/slots/staging", "metadata")):
        answers = [server.ask("POST", f"{server.site('Offices', 'factory-shop')}{parent}/config/{name}/list")["properties"]
            for server in (old, new)]
        assert answers[0] == answers[1] and len(answers[1]) > 0, name
    uses = [{name["tagName"]: sorted(value["tagValue"] for value in name["values"])
        for name in server.get(server.subscription + "/tagNames")["value"]} for server in (old, new)]
    assert uses[0] == uses[1] and uses[1]["line"] == ["a b/c", "assembly"]
    (link,) = new.get(new.subscription + "/providers/Microsoft.Resources/links")["value"]
    assert link["properties"] == {"sourceId": new.site("Offices", "factory-shop"), "notes": "sends",
        "targetId": new.namespace("factory", "factory-relay")}
    for name in ("factory-relay/relays/orders", "elsewhere-relay/relays/foreign"):
        path = f"/hybridConnectionNamespaces/{name}/listKeys"
        keys = [server.ask("POST", server.site("Offices", "factory-shop") + path)["properties"] for server in (old, new)]
        assert keys[0] == keys[1] and keys[1]["sendKeyValue"]
    binding = new.get(new.site("Offices", "factory-shop") + "/hybridConnectionNamespaces/factory-relay/relays/orders")
    assert binding["properties"]["causeway"]["sendKeyState"] == "Current"
    assert new.subscription in binding["properties"]["relayArmUri"]


def test_the_form_of_authentication_that_counts_comes_along(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    app, file = Rich(old).build().site, tmp_path / "estate.json"
    there = new.site("Offices", "factory-shop")

    def version(management, path):
        return management.ask("POST", path + "/config/authsettings/list")["properties"]["configVersion"]

    def bring_again():
        file.unlink(missing_ok=True)
        export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
        assert not failures(bring(two[1], "import", file, "--on-conflict", "update"))
        assert set(counts(bring(two[1], "import", file))) == {"unchanged"}

    bring_again()
    assert (version(new, there), version(new, there + "/slots/staging")) == ("v2", "v1")
    # Only the older form differs, and the newer one goes on to count.
    new.put(there + "/config/authsettings", {"properties": {"enabled": True, "clientId": "another"}})
    assert version(new, there) == "v1"
    bring_again()
    assert version(new, there) == version(old, app) == "v2"
    # Only the newer form differs, and the older one goes on to count.
    old.put(app + "/config/authsettings", {"properties": {"enabled": True, "clientId": "older"}})
    bring_again()
    new.put(there + "/config/authsettingsV2", {"properties": {"platform": {"enabled": False, "x": 1}}})
    new.put(there + "/config/authsettings", {"properties": {"enabled": True, "clientId": "older", "configVersion": "v1"}})
    bring_again()
    assert version(new, there) == version(old, app) == "v1"


def test_tokens_of_old_keys_are_good_at_the_new_server(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    rich = Rich(old).build()
    rules = rich.namespace + "/hybridConnections/orders/authorizationRules/"
    listen, send = old.keys(rules + "defaultListener"), old.keys(rules + "defaultSender")
    file = tmp_path / "estate.json"
    export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
    bring(two[1], "import", file)
    for name in ("primaryKey", "secondaryKey"):
        assert listener_status(two[1], "defaultListener", listen[name]) == 101
        # There is nobody who listens; a token that is none is not even told that.
        assert sender_status(two[1], "defaultSender", send[name]) == 404
    assert listener_status(two[1], "defaultListener", base64.b64encode(os.urandom(32)).decode()) == 401
    assert sender_status(two[1], "defaultSender", listen["primaryKey"]) == 401


def host_and_port(server):
    return f"factory-relay.{server.runtime()['relayDomain']}", int(server.runtime()["relayAddress"].rpartition(":")[2])


def token(host, rule, key):
    resource, end = urllib.parse.quote(f"http://{host}/orders", safe=""), int(time.time()) + 600
    digest = hmac.new(key.encode(), f"{resource}\n{end}".encode(), hashlib.sha256).digest()
    signature = urllib.parse.quote(base64.b64encode(digest).decode(), safe="")
    return f"SharedAccessSignature sr={resource}&sig={signature}&se={end}&skn={rule}"


def first_status(server, request):
    """The status of the answer to a request as it stands."""
    host, port = host_and_port(server)
    context = ssl.create_default_context(cafile=server.settings().ca_file)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain_socket:
        with context.wrap_socket(plain_socket, server_hostname=host) as connection:
            connection.sendall(request.encode())
            return int(connection.recv(4096).split()[1])


def listener_status(server, rule, key):
    host, _ = host_and_port(server)
    query = urllib.parse.urlencode({"sb-hc-action": "listen", "sb-hc-token": token(host, rule, key)})
    nonce = base64.b64encode(os.urandom(16)).decode()
    return first_status(server, f"GET /$hc/orders?{query} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {nonce}\r\nSec-WebSocket-Version: 13\r\n\r\n")


def sender_status(server, rule, key):
    host, _ = host_and_port(server)
    return first_status(server, f"GET /orders HTTP/1.1\r\nHost: {host}\r\n"
        f"ServiceBusAuthorization: {token(host, rule, key)}\r\n\r\n")


# MARK: what is refused


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """A sealed export of a server that is gone."""
    from clients.servers import OwnServer

    folder = tmp_path_factory.mktemp("sealed")
    server = OwnServer(folder).start()
    try:
        Rich(Management(server.settings())).build()
        return json.loads(export(server, "--with-keys", passphrase=PASSPHRASE))
    finally:
        server.end()


def altered(document, kind):
    document = copy.deepcopy(document)
    body = bytearray(base64.b64decode(document["body"]))
    if kind == "body":
        body[len(body) // 2] ^= 1
    elif kind == "cut":
        del body[-20:]
    elif kind == "empty":
        body.clear()
    elif kind == "time":
        document["exportedAt"] = "2020-01-01T00:00:00.0000000Z"
    elif kind == "subscription":
        document["subscriptionId"] = "11111111-1111-1111-1111-111111111111"
    elif kind == "more":
        document["encryption"]["comment"] = "trust me"
    elif kind == "salt":
        document["encryption"]["salt"] = base64.b64encode(bytes(16)).decode()
    elif kind == "memory":
        document["encryption"]["rounds"] = 1 << 40
    elif kind == "cheap":
        document["encryption"]["rounds"] = 2
    elif kind == "version":
        document["version"] = 2
    elif kind == "format":
        document["format"] = "another"
    document["body"] = base64.b64encode(bytes(body)).decode()
    return document


@pytest.mark.parametrize("kind", ["body", "cut", "empty", "time", "subscription", "more", "salt", "memory", "cheap",
    "version", "format"])
def test_an_altered_document_is_refused_and_nothing_is_done(own_server, tmp_path, sealed, kind):
    file = tmp_path / "estate.json"
    file.write_text(json.dumps(altered(sealed, kind)))
    refused_without_a_call(tmp_path, file, PASSPHRASE)


def test_another_passphrase_is_refused_and_nothing_is_done(tmp_path, sealed):
    file = tmp_path / "estate.json"
    file.write_text(json.dumps(sealed))
    assert "the passphrase is another one, or the document was altered" in refused_without_a_call(
        tmp_path, file, PASSPHRASE + "r")
    assert "--passphrase-file" in refused_without_a_call(tmp_path, file, "")
    assert "fewer than 12" in refused_without_a_call(tmp_path, file, "short")


def refused_without_a_call(tmp_path, file, passphrase):
    """The program does not even ask for a server: there is none at that address."""
    result = run("import", file, CAUSEWAY_EXPORT_PASSPHRASE=passphrase, CAUSEWAY_MANAGEMENT_ENDPOINT="https://127.0.0.1:9",
        CAUSEWAY_TENANT_ID="t", CAUSEWAY_CLIENT_ID="c", CAUSEWAY_CLIENT_SECRET="s", CAUSEWAY_SUBSCRIPTION_ID="s")
    assert result.returncode == 1 and result.stdout == "" and "Fatal" not in result.stderr, result.stderr
    assert "no connection" not in result.stderr
    return result.stderr


def test_a_key_file_takes_the_place_of_a_passphrase(two, tmp_path):
    Rich(Management(two[0].settings())).build()
    key, file, other = tmp_path / "key", tmp_path / "estate.json", tmp_path / "other"
    key.write_bytes(os.urandom(32))
    other.write_bytes(os.urandom(32))
    export(two[0], "--with-keys", "--key-file", key, "--output-file", file)
    assert "key file is another one" in bring(two[1], "import", file, "--key-file", other, code=1)
    assert "not with a passphrase" in bring(two[1], "import", file, code=1)
    assert bring(two[1], "import", file, "--key-file", key)["failed"] == 0


# MARK: what is there already


def test_conflicts_are_left_changed_or_refused(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    Rich(old).build()
    file = tmp_path / "estate.json"
    export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
    bring(two[1], "import", file)
    orders = new.namespace("factory", "factory-relay") + "/hybridConnections/orders"
    rule = orders + "/authorizationRules/defaultListener"
    new.put(orders, {"properties": {"userMetadata": "changed"}})
    new.ask("POST", rule + "/regenerateKeys", {"keyType": "SecondaryKey"})
    new.delete(new.namespace("factory", "factory-relay") + "/hybridConnections/slow")
    before = rules_of(new)
    report = bring(two[1], "import", file, code=1)
    assert {entry["id"].rpartition("/")[2] for entry in failures(report) if entry["outcome"] == "failed"} == {
        "orders", "listKeys"}
    assert report["created"] == report["updated"] == 0 and report["notDone"] >= 5
    assert "Nothing was written" in report["notes"][0] and rules_of(new) == before
    assert any("properties.userMetadata" in (entry["reason"] or "") for entry in failures(report))
    report = bring(two[1], "import", file, "--on-conflict", "skip")
    assert report["skipped"] == 2 and report["created"] >= 5
    assert new.get(orders)["properties"]["userMetadata"] == "changed"
    report = bring(two[1], "import", file, "--on-conflict", "update")
    assert counts(report)["updated"] == 2 and rules_of(new) == rules_of(old)
    assert new.get(orders)["properties"]["userMetadata"] != "changed"


def test_a_name_that_is_taken_is_told_and_nothing_is_written(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    Rich(old).build()
    file = tmp_path / "estate.json"
    export(two[0], "--output-file", file)
    new.put(new.group("elsewhere"), {"location": "local"})
    new.put(new.namespace("elsewhere", "FACTORY-relay"), {"location": "local"})
    report = bring(two[1], "import", file, code=1)
    assert report["created"] == 0 and new.get(new.subscription + "/resourceGroups")["value"][0]["name"] == "elsewhere"
    failed = [entry for entry in failures(report) if entry["outcome"] == "failed"]
    assert "factory-relay" in failed[0]["reason"] and all("/factory-relay" in entry["id"] for entry in failed)
    report = bring(two[1], "import", file, "--on-conflict", "skip", code=1)
    # One more is the link from the app to the namespace that could not be made.
    assert new.get(new.site("Offices", "factory-shop")) and report["failed"] == len(failed) + 1


def test_an_import_that_was_interrupted_is_finished_by_another(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    rich = Rich(old).build()
    for index in range(200):
        rich.put(f"{rich.second}/hybridConnections/many-{index}")
        rich.put(f"{rich.second}/hybridConnections/many-{index}/authorizationRules/defaultSender", rights=["Send"])
    file = tmp_path / "estate.json"
    export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE)
    environment = {"CAUSEWAY_DATA_DIRECTORY": str(two[1].data), "CAUSEWAY_EXPORT_PASSPHRASE": PASSPHRASE}
    process = subprocess.Popen([binary(), "import", str(file)], env=clean_environment(**environment))
    last = new.namespace("Offices", "office-relay") + "/hybridConnections/many-150/authorizationRules/defaultSender"
    wait_until(lambda: new.call("GET", last).status_code == 200, "a part of the estate is there")
    process.kill()
    process.wait(20)
    assert bring(two[1], "import", file, "--on-conflict", "update")["failed"] == 0
    assert rules_of(new) == rules_of(old)
    assert plain(export(two[1]), new.settings.subscription_id) == plain(export(two[0]), new.settings.subscription_id)
    assert set(counts(bring(two[1], "import", file))) == {"unchanged"}


def test_a_server_that_is_lost_in_the_middle_is_told(two, tmp_path):
    rich = Rich(Management(two[0].settings())).build()
    new = Management(two[1].settings())
    for index in range(200):
        rich.put(f"{rich.second}/hybridConnections/many-{index}")
    file = tmp_path / "estate.json"
    export(two[0], "--output-file", file)
    process = subprocess.Popen([binary(), "import", str(file), "-o", "json"], stdout=subprocess.PIPE, text=True,
        env=clean_environment(CAUSEWAY_DATA_DIRECTORY=str(two[1].data)))
    first = new.namespace("Offices", "office-relay") + "/hybridConnections/many-0"
    wait_until(lambda: new.call("GET", first).status_code == 200, "a part of the estate is there")
    two[1].kill()
    report = json.loads(process.communicate(timeout=60)[0])
    assert process.returncode == 1 and report["notDone"] and report["created"] > 0
    assert "The import stopped" in report["notes"][0]
    two[1].start()
    assert bring(two[1], "import", file, "--on-conflict", "update")["failed"] == 0


# MARK: who may do what


def test_role_assignments_come_to_other_principals(two, tmp_path):
    old, new = (Management(server.settings()) for server in two)
    rich, reader = Rich(old).build(), Principal(old, "reader")
    name = "/providers/Microsoft.Authorization/roleAssignments/0b3a4c1e-0000-4000-8000-000000000001"
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    rich.put(rich.namespace + name, roleDefinitionId=old.subscription + role, principalId=reader.object_id)
    file = tmp_path / "estate.json"
    export(two[0], "--output-file", file)
    report = bring(two[1], "import", file, code=1)
    assert [entry["what"] for entry in failures(report)] == ["role assignment"]
    assert "--map-principal" in failures(report)[0]["reason"]
    assert set(counts(bring(two[1], "import", file, "--without-role-assignments"))) == {"unchanged"}
    other = Principal(new, "their-reader")
    report = bring(two[1], "import", file, "--map-principal", f"{reader.object_id}={other.object_id}")
    assert counts(report)["created"] == 1 and failures(report) == []
    made = new.get(new.namespace("factory", "factory-relay") + name)["properties"]
    assert made["principalId"] == other.object_id and made["roleDefinitionId"] == new.subscription + role


def test_a_read_only_lock_is_told(two, tmp_path):
    old = Management(two[0].settings())
    rich = Rich(old).build()
    lock = rich.second + "/providers/Microsoft.Authorization/locks/frozen"
    file = tmp_path / "estate.json"
    old.put(lock, {"properties": {"level": "ReadOnly"}})
    result = run("export", "--with-keys", CAUSEWAY_DATA_DIRECTORY=str(two[0].data), CAUSEWAY_EXPORT_PASSPHRASE=PASSPHRASE)
    assert result.returncode == 1 and "locks/frozen" in result.stderr and result.stdout == ""
    export(two[0], "--output-file", file)
    assert bring(two[1], "import", file)["failed"] == 0
    assert set(counts(bring(two[1], "import", file))) == {"unchanged"}


def test_who_may_not_read_everything_exports_nothing(own_server):
    server = own_server().start()
    management = Management(server.settings())
    rich, reader = Rich(management).build(), Principal(management, "reader")
    role = "/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    rich.put(management.subscription + "/providers/Microsoft.Authorization/roleAssignments/"
        "0b3a4c1e-0000-4000-8000-000000000002", roleDefinitionId=management.subscription + role,
        principalId=reader.object_id)
    environment = {"CAUSEWAY_DATA_DIRECTORY": str(server.data), "CAUSEWAY_CLIENT_ID": reader.name,
        "CAUSEWAY_CLIENT_SECRET": reader.secret, "CAUSEWAY_EXPORT_PASSPHRASE": PASSPHRASE}
    assert run("export", **environment).returncode == 0
    result = run("export", "--with-keys", **environment)
    assert result.returncode == 1 and "AuthorizationFailed" in result.stderr and result.stdout == ""


# MARK: from the real service

AZURE = Path(__file__).parent / "azure"
EVERYTHING = ["groups", "namespaces", "hyco", "wcfrelay", "rules", "keys", "plans", "webapps", "webapp-connections",
    "resources", "rest", "locks"]


def azure(*names):
    return [AZURE / f"{name}.json" for name in names]


def printed_keys():
    """The keys in the file, as `keys list` printed them one after the other."""
    decoder, text, found = json.JSONDecoder(), (AZURE / "keys.json").read_text().strip(), []
    while text:
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:].strip()
    return found


def test_what_az_prints_becomes_an_estate(own_server):
    server = own_server().start()
    new = Management(server.settings())
    dry = bring(server, "import-azure", azure(*EVERYTHING), "--dry-run")
    assert dry["created"] and not dry["failed"] and new.get(new.subscription + "/resourceGroups")["value"] == []
    report = bring(server, "import-azure", azure(*EVERYTHING))
    assert failures(report) == []
    skipped = {entry["id"].rpartition("/providers/")[2]: entry["reason"] for entry in report["resources"]
        if entry["outcome"] == "skipped"}
    assert set(skipped) == {"Microsoft.Storage/storageAccounts/factorystore", "Microsoft.Authorization/locks/keep"}
    namespace = new.namespace("factory", "factory-relay")
    assert new.get(namespace)["location"] == "westeurope" and new.get(namespace)["tags"] == {"x": "y"}
    orders, telemetry = (new.get(f"{namespace}/hybridConnections/{name}")["properties"] for name in ("orders-db", "telemetry"))
    assert "db.corp.example:5432" in orders["userMetadata"] and "userMetadata" not in telemetry
    assert telemetry["requiresClientAuthorization"] is False
    assert new.get(namespace + "/wcfRelays/billing")["properties"]["relayType"] == "NetTcp"
    assert new.get(namespace + "/authorizationRules/ops")["properties"]["rights"] == ["Listen", "Send"]
    owners = [namespace, namespace + "/hybridConnections/orders-db", namespace + "/wcfRelays/billing"]
    for owner, keys in zip(owners, printed_keys()):
        found = new.keys(f"{owner}/authorizationRules/{keys['keyName']}")
        assert [found[name] for name in ("primaryKey", "secondaryKey")] == [keys[name] for name in ("primaryKey", "secondaryKey")]
        assert "servicebus.windows.net" not in found["primaryConnectionString"]
    site = new.get(new.site("factory", "factory-shop"))
    assert site["properties"]["serverFarmId"] == new.plan("factory", "factory-plan")
    assert new.get(new.site("factory", "factory-shop") + "/config/web")["properties"]["linuxFxVersion"] == "NODE|22-lts"
    binding = new.site("factory", "factory-shop") + "/hybridConnectionNamespaces/factory-relay/relays/orders-db"
    assert new.get(binding)["properties"]["causeway"]["sendKeyState"] == "Current"
    assert new.ask("POST", binding + "/listKeys")["properties"]["sendKeyValue"] == printed_keys()[1]["primaryKey"]
    assert new.get(namespace + "/providers/Microsoft.Authorization/locks/keep")["properties"]["level"] == "CanNotDelete"
    again = bring(server, "import-azure", azure(*EVERYTHING))
    assert counts(again).keys() == {"unchanged", "skipped"}, failures(again)


def test_what_is_missing_above_is_made_and_said(own_server):
    server = own_server().start()
    new = Management(server.settings())
    report = bring(server, "import-azure", azure("hyco", "webapps", "webapp-connections"))
    made = {entry["what"]: entry["reason"] for entry in report["resources"] if entry["reason"]}
    assert {"resource group", "namespace", "App Service plan"} <= set(made) and "none of the files" in made["namespace"]
    assert new.get(new.namespace("factory", "factory-relay"))["location"] == "westeurope"
    assert new.get(new.plan("factory", "factory-plan"))["sku"]["name"] == "S1"
    again = bring(server, "import-azure", azure("hyco", "webapps", "webapp-connections"))
    assert set(counts(again)) == {"unchanged"}


def test_what_cannot_be_made_is_refused_and_nothing_is_written(own_server):
    server = own_server().start()
    new = Management(server.settings())
    report = bring(server, "import-azure", azure("webapp-connections"), code=1)
    assert any("neither in the files nor on this server" in entry["reason"] for entry in failures(report) if entry["reason"])
    report = bring(server, "import-azure", azure("resources"), code=1)
    assert any("az webapp list" in entry["reason"] for entry in failures(report) if entry["reason"])
    report = bring(server, "import-azure", azure("keys"), code=1)
    assert all("az relay namespace list" in entry["reason"] for entry in failures(report))
    assert new.get(new.subscription + "/resourceGroups")["value"] == []
    report = bring(server, "import-azure", azure("keys"), "-g", "plant", "--on-conflict", "skip", code=1)
    assert [entry["id"] for entry in failures(report)] == ["factory-relay/billing/clients"]
    rule = new.namespace("plant", "factory-relay") + "/hybridConnections/orders-db/authorizationRules/defaultSender"
    assert new.keys(rule)["secondaryKey"] == printed_keys()[1]["secondaryKey"]


def test_a_template_of_a_resource_group(own_server):
    server = own_server().start()
    new = Management(server.settings())
    assert "add --resource-group" in bring(server, "import-azure", azure("template"))["resources"][0]["reason"]
    report = bring(server, "import-azure", azure("template"), "--resource-group", "plant")
    assert counts(report)["skipped"] == 2 and failures(report) == []
    site = new.site("plant", "plant-site")
    assert new.ask("POST", site + "/config/appsettings/list")["properties"] == {"MODE": "live"}
    binding = new.get(site + "/hybridConnectionNamespaces/plant-relay/relays/scada")["properties"]
    assert (binding["hostname"], binding["port"], binding["causeway"]["sendKeyState"]) == ("scada.corp.example", 502, "Current")
    scada = new.get(new.namespace("plant", "plant-relay") + "/hybridConnections/scada")["properties"]
    assert scada["userMetadata"].startswith('[{"key"')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_as_shells_write_them(own_server, tmp_path, encoding):
    server, file = own_server().start(), tmp_path / "all.json"
    file.write_text("\r\n".join((AZURE / f"{name}.json").read_text() for name in ("keys", "rules", "wcfrelay", "hyco")),
        encoding=encoding)
    report = bring(server, "import-azure", file)
    assert report["failed"] == 0 and report["created"] > 8
    file.write_text("WARNING: this command is in preview\n[]\n")
    result = run("import-azure", file, CAUSEWAY_DATA_DIRECTORY=str(server.data))
    assert result.returncode == 1 and "line 1" in result.stderr


# MARK: many


@pytest.mark.skipif("CAUSEWAY_MANY" not in os.environ, reason="takes minutes; set CAUSEWAY_MANY to how many")
def test_many_hybrid_connections(two, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    old, new = (Management(server.settings()) for server in two)
    old.put(old.group("many"), {"location": "local"})
    namespace = old.namespace("many", "many-relay")
    old.put(namespace, {"location": "local"})

    def make(index):
        path = f"{namespace}/hybridConnections/connection-{index:05}"
        old.put(path, {"properties": {"userMetadata": '[{"key":"endpoint","value":"db.corp.example:5432"}]'}})
        old.put(path + "/authorizationRules/defaultSender", {"properties": {"rights": ["Send"]}})

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(make, range(int(os.environ["CAUSEWAY_MANY"]))))
    file, took = tmp_path / "estate.json", []
    for work in (
        lambda: export(two[0], "--with-keys", "--output-file", file, passphrase=PASSPHRASE),
        lambda: bring(two[1], "import", file), lambda: bring(two[1], "import", file),
    ):
        start = time.monotonic()
        result = work()
        took.append(f"{time.monotonic() - start:.0f} s")
    print(f"export, import, import again: {', '.join(took)}; {file.stat().st_size / 1e6:.1f} MB")
    assert set(counts(result)) == {"unchanged"}
