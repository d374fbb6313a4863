"""A firewall that is one: an app that can reach the gateway alone, and a database that can be reached from its own network
alone, each in a network namespace."""

import json
import subprocess
import sys

import pytest

from clients.servers import binary
from clients.waiting import wait_until
from tunnel_peer.namespaces import DOMAIN, GATEWAY_TO_APP, GATEWAY_TO_PRIVATE, PRIVATE, Networks
from tunnel_peer.programs import Program, causeway, succeeded
from tunnel_peer.servers import PostgreSQL

pytestmark = pytest.mark.timeout(400)

ECHO_PORT = 7
ECHO = f"""
import socket, threading
server = socket.create_server(("{PRIVATE}", {ECHO_PORT}))
def serve(connection):
    while part := connection.recv(65536):
        connection.sendall(part)
    connection.close()
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""
ASK = """
import socket, sys
try:
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), 3) as connection:
        connection.sendall(b"hello")
        print(connection.recv(5).decode())
except OSError as error:
    print(type(error).__name__, error)
"""


class Firewalled:
    """The three networks with a server in the middle and a manager in the private one."""

    def __init__(self, networks, folder):
        self.networks, self.folder, self.parts = networks, folder, []
        self.data = folder / "data"
        self.ca_file = self.data / "tls" / "ca.pem"
        self.socket = folder / "hcm.sock"

    def build(self):
        networks, folder = self.networks, self.folder
        names = {"causeway": GATEWAY_TO_APP, "factory__relay": GATEWAY_TO_APP}
        networks.hosts("app", **names)
        networks.hosts("gateway", **names)
        networks.hosts("private", factory__relay=GATEWAY_TO_PRIVATE, db=PRIVATE, echo=PRIVATE)
        self.start("server", "gateway", [
            "serve", "--data-directory", self.data, "--management-address", "0.0.0.0:8443", "--relay-address", "0.0.0.0:9443",
            "--operations-address", "127.0.0.1:9464", "--relay-domain", f"relay.{DOMAIN}",
            "--management-endpoint", f"https://causeway.{DOMAIN}:8443"], lambda: (self.data / "runtime.json").exists())
        self.administer("group", "create", "--name", "factory", "--location", "local")
        self.administer("namespace", "create", "-g", "factory", "--name", "factory", "--location", "local")
        self.administer("plan", "create", "-g", "factory", "--name", "plan", "--sku", "S1")
        self.administer("site", "create", "-g", "factory", "--name", "shop", "--plan", "plan")
        self.manager = self.start("manager", "private", [
            "hcm", "run", "--state-directory", folder / "state", "--socket", self.socket, "--ca-file", self.ca_file])
        return self

    def start(self, name, network, words, is_ready=None):
        program = Program(self.folder / name, [*self.networks.prefix(network), binary(), *words])
        program.has_begun = is_ready or (lambda: "runs." in program.output())
        self.parts.append(program)
        return program.start()

    def administer(self, *arguments):
        return succeeded(causeway(
            *arguments, prefix=self.networks.prefix("gateway"), CAUSEWAY_DATA_DIRECTORY=str(self.data)))

    def offer(self, name, endpoint):
        """Makes a hybrid connection, serves it and binds the app to it."""
        place = ["-g", "factory", "--namespace", "factory"]
        self.administer("hybrid-connection", "create", *place, "--name", name, "--endpoint", endpoint)
        string = self.administer("hybrid-connection", "connection-string", *place, "--name", name).stdout
        assert f"sb://factory.relay.{DOMAIN}:9443/" in string
        succeeded(self.hcm("add", "-", input=string))
        wait_until(lambda: self.status(name)["Status"] == "Connected", f"{name} is served: {self.manager.log()}")
        self.administer(
            "binding", "create", "-g", "factory", "--site", "shop", "--namespace", "factory", "--hybrid-connection", name)

    def hcm(self, *arguments, **options):
        return causeway("hcm", *arguments, CAUSEWAY_HCM_SOCKET=str(self.socket), **options)

    def status(self, name):
        return json.loads(succeeded(self.hcm("show", "-ns", "factory", "-n", name)).stdout)

    def in_app(self, *command):
        """A command in the app's network."""
        return subprocess.run(
            [*self.networks.prefix("app"), *map(str, command)], capture_output=True, text=True, timeout=60,
            env=self.networks.environment())

    def connected(self, command, *arguments, **options):
        """A command of ours in the app's network, with the app's site."""
        start = json.loads((self.data / "bootstrap.json").read_text())
        return causeway(
            command, "--site", "shop", "-g", "factory", *arguments, prefix=self.networks.prefix("app"),
            CAUSEWAY_MANAGEMENT_ENDPOINT=start["managementEndpoint"], CAUSEWAY_TENANT_ID=start["tenantId"],
            CAUSEWAY_CLIENT_ID=start["clientId"], CAUSEWAY_CLIENT_SECRET=start["clientSecret"],
            CAUSEWAY_SUBSCRIPTION_ID=start["subscriptionId"], CAUSEWAY_CA_FILE=str(self.ca_file), **options)

    def end(self):
        for part in reversed(self.parts):
            part.end()


@pytest.fixture(scope="module")
def firewalled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("n")
    networks = Networks(folder)
    firewalled = Firewalled(networks, folder)
    try:
        yield firewalled.build()
    finally:
        firewalled.end()
        networks.end()


def test_psql_in_the_app_s_network_asks_a_database_that_it_cannot_reach(firewalled):
    database = PostgreSQL(host=PRIVATE, prefix=firewalled.networks.prefix("private"))
    firewalled.parts.append(database)
    database.start()
    firewalled.offer("db", f"db.{DOMAIN}:{database.port}")
    command = [*database.client(f"db.{DOMAIN}"), "-c", "select 6 * 7, inet_server_addr()"]
    # The name is not known there, and the address cannot be reached.
    without = firewalled.in_app(*command)
    assert without.returncode == 2 and "could not translate host name" in without.stderr
    without = firewalled.in_app(*database.client(PRIVATE), "-c", "select 1")
    assert without.returncode == 2 and "unreachable" in without.stderr, without
    assert succeeded(firewalled.connected("exec", "--", *command)).stdout == f"42|{PRIVATE}\n"


def test_a_connection_goes_through_where_no_packet_does(firewalled):
    echo = Program(firewalled.folder / "echo", [*firewalled.networks.prefix("private"), sys.executable, "-c", ECHO])
    firewalled.parts.append(echo.start())
    firewalled.offer("echo", f"echo.{DOMAIN}:{ECHO_PORT}")
    wait_until(lambda: firewalled.hcm("test", f"echo.{DOMAIN}:{ECHO_PORT}").returncode == 0, "the endpoint is there")
    command = [sys.executable, "-c", ASK, f"echo.{DOMAIN}", str(ECHO_PORT)]
    assert "gaierror" in firewalled.in_app(*command).stdout
    assert "unreachable" in firewalled.in_app(sys.executable, "-c", ASK, PRIVATE, str(ECHO_PORT)).stdout
    assert "unreachable" in firewalled.in_app(sys.executable, "-c", ASK, GATEWAY_TO_PRIVATE, "9443").stdout
    assert succeeded(firewalled.connected("exec", "--", *command)).stdout == "hello\n"
    assert "is not known" in causeway(
        "tcpping", f"echo.{DOMAIN}:{ECHO_PORT}", "-n", "1", prefix=firewalled.networks.prefix("app")).stdout
    assert firewalled.connected("tcpping", f"echo.{DOMAIN}:{ECHO_PORT}", "-n", "1").returncode == 0


def test_a_manager_whose_cable_was_pulled_says_so_and_comes_back_when_it_is_plugged_in(firewalled):
    # Needs no endpoint: the manager's control channel is what is looked at.
    firewalled.offer("cable", f"db.{DOMAIN}:1")
    firewalled.networks.pull_cable("private")
    shown = wait_until(lambda: (shown := firewalled.status("cable"))["Status"] != "Connected" and shown, "it was noticed", 20)
    assert shown["Reason"], shown
    firewalled.networks.plug_in_cable("private")
    wait_until(lambda: firewalled.status("cable")["Status"] == "Connected", "it is back", 8)
