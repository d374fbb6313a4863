"""Counts and times what the Azure CLI asks in the scenario of docs/azure-tools.md. See README.md."""

import collections
import http.client
import http.server
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

BINARY = os.environ.get("CAUSEWAY_BINARY", ".build/release/causeway")
AZ = os.environ.get("CAUSEWAY_AZ", ".build/compat/bin/az")
ROUNDS = int(os.environ.get("ROUNDS", "5"))
LOOP = 800
FINAL = {None, "Succeeded", "Failed", "Canceled"}
GOALS = {"p99": 10.0, "loop": 4.0}

Asked = collections.namedtuple("Asked", "command method path status milliseconds poll")


class Proxy(http.server.ThreadingHTTPServer):
    """Stands between `az` and the server, with its certificate, and asks the server for its time of each request."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked, self.command, self.waited_for = [], "", set()
        self.one_at_a_time = threading.Lock()

    def serve(self, folder, runtime):
        self.host, self.port = runtime["managementAddress"].rsplit(":", 1)
        self.metrics_address = f"http://{runtime['operationsAddress']}/metrics"
        self.trusted = ssl.create_default_context(cafile=f"{folder}/cert.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/cert.pem", f"{folder}/key.pem")
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def begin(self, command):
        self.command, self.waited_for = command, set()

    def times(self):
        text = urllib.request.urlopen(self.metrics_address).read().decode()
        read = dict(re.findall(r"^causeway_management_request_seconds_(sum|count) (\S+)", text, re.MULTILINE))
        return float(read["sum"]), int(float(read["count"]))

    def forward(self, handler, body):
        """The server's answer, with its own time for it: what its meter grew by."""
        before, count = self.times()
        upstream = http.client.HTTPSConnection("localhost", int(self.port), context=self.trusted)
        upstream.request(handler.command, handler.path, body, dict(handler.headers))
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        after, counted = self.times()
        until = time.monotonic() + 2
        while counted == count and time.monotonic() < until:
            time.sleep(0.001)
            after, counted = self.times()
        if counted != count + 1:
            sys.exit(f"{handler.command} {handler.path}: the meter counted {counted - count} requests")
        self.record(handler, answer, content, (after - before) * 1000)
        return answer, content

    def record(self, handler, answer, content, milliseconds):
        path = handler.path.split("?")[0].lower()
        poll = handler.command == "GET" and path in self.waited_for
        self.asked.append(Asked(self.command, handler.command, path, answer.status, milliseconds, poll))
        for name in ("Location", "Azure-AsyncOperation"):
            if address := answer.headers.get(name):
                self.waited_for.add(re.sub(r"^https://[^/]+", "", address).split("?")[0].lower())
        if handler.command in ("PUT", "PATCH", "DELETE") and state(content) not in FINAL:
            self.waited_for.add(path)


def state(content):
    try:
        return json.loads(content)["properties"]["provisioningState"]
    except (ValueError, KeyError, TypeError):
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))) or None
        with self.server.one_at_a_time:
            answer, content = self.server.forward(self, body)
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in ("connection", "transfer-encoding", "content-length"):
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = do_HEAD = handle_any

    def log_message(self, *_):
        pass


class Client:
    def __init__(self, folder, proxy):
        self.proxy, self.folder = proxy, folder
        self.environment = {
            **os.environ, "AZURE_CONFIG_DIR": f"{folder}/azure", "REQUESTS_CA_BUNDLE": f"{folder}/cert.pem",
            "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_ONLY_SHOW_ERRORS": "true", "NO_PROXY": "localhost"}

    def __call__(self, command, *arguments):
        self.proxy.begin(command)
        words = [AZ, *command.split(), *arguments, "--output", "json"]
        result = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment)
        if result.returncode:
            sys.exit(f"az {command} {' '.join(arguments)}:\n{result.stderr}")
        return json.loads(result.stdout) if result.stdout.strip() else None

    def sign_in(self, bootstrap):
        self("cloud register", "--name", "causeway", "--endpoint-resource-manager", bootstrap["managementEndpoint"])
        self("cloud set", "--name", "causeway")
        self("config set", "core.instance_discovery=false")
        self("login --service-principal", "-u", bootstrap["clientId"], "-p", bootstrap["clientSecret"], "--tenant",
             bootstrap["tenantId"])


def rules(az, level, where):
    rule = f"relay {level} authorization-rule"
    az(f"{rule} create", *where, "-n", "shop", "--rights", "Send", "Listen")
    az(f"{rule} update", *where, "-n", "shop", "--rights", "Send")
    for command in ("show", "keys list"):
        az(f"{rule} {command}", *where, "-n", "shop")
    az(f"{rule} keys renew", *where, "-n", "shop", "--key", "PrimaryKey")
    az(f"{rule} list", *where)
    az(f"{rule} delete", *where, "-n", "shop")


def scenario(az):
    """Every command of `az relay`, and of `az webapp hybrid-connection`, with what they need."""
    group = ["-g", "bench"]
    namespace = [*group, "--namespace-name", "bench-relay"]
    metadata = json.dumps([{"key": "endpoint", "value": "db.corp.example:5432"}])
    az("group create", "-n", "bench", "-l", "local")
    az("relay namespace exists", "-n", "bench-relay")
    az("relay namespace create", *group, "-n", "bench-relay", "-l", "local")
    az("relay namespace update", *group, "-n", "bench-relay", "--tags", "a=b")
    az("relay namespace show", *group, "-n", "bench-relay")
    az("relay namespace list", *group)
    az("relay hyco create", *namespace, "-n", "orders-db", "--user-metadata", metadata)
    az("relay hyco update", *namespace, "-n", "orders-db", "--user-metadata", metadata)
    az("relay hyco show", *namespace, "-n", "orders-db")
    az("relay hyco list", *namespace)
    az("relay wcfrelay create", *namespace, "-n", "billing", "--relay-type", "NetTcp")
    az("relay wcfrelay update", *namespace, "-n", "billing", "--relay-type", "NetTcp")
    az("relay wcfrelay show", *namespace, "-n", "billing")
    az("relay wcfrelay list", *namespace)
    for level, where in (("namespace", []), ("hyco", ["--hybrid-connection-name", "orders-db"]),
                         ("wcfrelay", ["--relay-name", "billing"])):
        rules(az, level, [*namespace, *where])
    az("appservice plan create", *group, "-n", "bench-plan", "--sku", "B1", "-l", "local")
    az("webapp create", *group, "-n", "bench-shop", "-p", "bench-plan", "--runtime", "NODE:22-lts")
    bound = [*group, "-n", "bench-shop", "--namespace", "bench-relay", "--hybrid-connection", "orders-db"]
    az("webapp hybrid-connection add", *bound)
    az("webapp hybrid-connection list", *group, "-n", "bench-shop")
    az("webapp hybrid-connection remove", *bound)
    az("webapp delete", *group, "-n", "bench-shop", "--keep-empty-plan")
    az("relay wcfrelay delete", *namespace, "-n", "billing")
    az("relay hyco delete", *namespace, "-n", "orders-db")
    az("relay namespace delete", *group, "-n", "bench-relay")
    az("group delete", "-n", "bench", "--yes")


def loop(az):
    """A deployment of many hybrid connections from one element of a template; seconds of the server and of `az`."""
    template = {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [{
            "type": "Microsoft.Relay/namespaces/hybridConnections", "apiVersion": "2021-11-01",
            "name": "[concat('many-relay/orders-', copyIndex())]", "copy": {"name": "orders", "count": LOOP},
            "properties": {"userMetadata":
                "[concat('[{\"key\":\"endpoint\",\"value\":\"db-', copyIndex(), '.corp.example:5432\"}]')]"}}],
    }
    path = f"{az.folder}/many.json"
    with open(path, "w") as file:
        json.dump(template, file)
    az("group create", "-n", "many", "-l", "local")
    az("relay namespace create", "-g", "many", "-n", "many-relay", "-l", "local")
    begun = time.monotonic()
    az("deployment group create", "-g", "many", "-n", "many", "-f", path)
    whole = time.monotonic() - begun
    made = len(az("relay hyco list", "-g", "many", "--namespace-name", "many-relay"))
    if made != LOOP:
        sys.exit(f"{made} of {LOOP} hybrid connections were made")
    az("group delete", "-n", "many", "--yes")
    (put,) = [each for each in az.proxy.asked if each.method == "PUT" and each.path.endswith("/deployments/many")][-1:]
    (validate,) = [each for each in az.proxy.asked if each.path.endswith("/deployments/many/validate")][-1:]
    return (put.milliseconds + validate.milliseconds) / 1000, whole


def tell(asked, loops, loop_asked):
    times = sorted(each.milliseconds for each in asked)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    polls = sum(each.poll for each in asked) + sum(each.poll for each in loop_asked)
    commands = len({each.command for each in asked})
    print("\n| what | goal | measured |\n|---|---|---|")
    print(f"| requests of {commands} commands, in each round | | {len(asked) // ROUNDS} |")
    print(f"| polls, deployments included | 0 | {polls} |")
    print(f"| the server's time for a request: p50, p99, slowest | p99 10 ms "
          f"| {statistics.median(times):.2f}, {p99:.2f}, {times[-1]:.2f} ms |")
    server, whole = (statistics.median(each) for each in zip(*loops))
    print(f"| {LOOP} hybrid connections from one loop: server, with az | 4 s | {server:.2f} s, {whole:.2f} s |")
    print("\n| slowest | method | status | ms |\n|---|---|---|---|")
    for each in sorted(asked, key=lambda each: -each.milliseconds)[:8]:
        print(f"| az {each.command} | {each.method} | {each.status} | {each.milliseconds:.2f} |")
    return polls == 0 and p99 < GOALS["p99"] and whole < GOALS["loop"]


def start(folder, proxy):
    data = f"{folder}/data"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:*.relay.localhost",
         "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
    arguments = [BINARY, "serve", "--data-directory", data, "--log-level", "warning", "--management-endpoint",
                 f"https://localhost:{proxy.server_address[1]}", "--tls-certificate", f"{folder}/cert.pem", "--tls-key",
                 f"{folder}/key.pem"]
    for name in ("management", "relay", "operations"):
        arguments += [f"--{name}-address", "127.0.0.1:0"]
    with open(f"{folder}/err", "w") as errors:
        server = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=errors, stdin=subprocess.DEVNULL)
    while not os.path.exists(f"{data}/runtime.json"):
        if server.poll() is not None:
            with open(f"{folder}/err") as errors:
                sys.exit(errors.read())
        time.sleep(0.01)
    with open(f"{data}/runtime.json") as runtime, open(f"{data}/bootstrap.json") as bootstrap:
        proxy.serve(folder, json.load(runtime))
        return server, json.load(bootstrap)


def main():
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy()
        server, bootstrap = start(folder, proxy)
        try:
            az = Client(folder, proxy)
            az.sign_in({**bootstrap, "managementEndpoint": f"https://localhost:{proxy.server_address[1]}"})
            for _ in range(ROUNDS):
                scenario(az)
            asked, proxy.asked = proxy.asked, []
            loops = [loop(az) for _ in range(min(ROUNDS, 3))]
            passed = tell(asked, loops, proxy.asked)
        finally:
            server.terminate()
            server.wait()
    sys.exit(0 if passed else 1)


main()
