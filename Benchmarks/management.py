"""Measures the management API beside a constant answer of the same framework and of nginx. See README.md."""

import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

BINARIES = sys.argv[1]
ROUNDS = int(os.environ.get("ROUNDS", "5"))
SECONDS = os.environ.get("SECONDS_EACH", "4")
HERE = os.path.dirname(os.path.abspath(__file__))


def start(folder, name, environment=None, data="data"):
    arguments = [
        f"{BINARIES}/causeway", "serve", "--data-directory", f"{folder}/{data}", "--management-address", "127.0.0.1:0",
        "--relay-address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0", "--rate-limit", "off",
        "--log-level", "warning",
    ]
    began = time.monotonic()
    process = subprocess.Popen(
        arguments, stdout=open(f"{folder}/{name}.out", "w"), stderr=open(f"{folder}/{name}.err", "w"),
        env={**os.environ, **(environment or {})},
    )
    runtime = f"{folder}/{data}/runtime.json"
    while not os.path.exists(runtime):
        if process.poll() is not None:
            sys.exit(open(f"{folder}/{name}.err").read())
        time.sleep(0.002)
    return process, json.load(open(runtime)), time.monotonic() - began


class Client:
    def __init__(self, folder, runtime, data="data"):
        self.endpoint = runtime["managementEndpoint"]
        bootstrap = json.load(open(f"{folder}/{data}/bootstrap.json"))
        self.subscription = bootstrap["subscriptionId"]
        self.context = ssl.create_default_context(cafile=f"{folder}/{data}/tls/ca.pem")
        form = urllib.parse.urlencode(
            {"grant_type": "client_credentials", "client_id": bootstrap["clientId"],
             "client_secret": bootstrap["clientSecret"]}
        ).encode()
        url = f"{self.endpoint}/{bootstrap['tenantId']}/oauth2/v2.0/token"
        self.token = json.load(urllib.request.urlopen(url, form, context=self.context))["access_token"]

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.endpoint + path, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        return urllib.request.urlopen(request, context=self.context).read()


def wrk(url, connections, token=None, script=None, arguments=()):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency"]
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    if script:
        command += ["-s", script]
    output = subprocess.run(command + [url, "--", *arguments], capture_output=True, text=True, check=True).stdout
    if re.search(r"Non-2xx", output) or re.search(r"errors [1-9]", output):
        sys.exit(f"errors in a run:\n{output}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    value, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    return rate, float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def shown(name, runs):
    rates = [run[0] for run in runs]
    p99 = [run[1] for run in runs]
    print(f"| {name} | {statistics.median(rates):,.0f} | {min(rates):,.0f} to {max(rates):,.0f} "
          f"| {statistics.median(p99):.2f} |")
    return statistics.median(rates), statistics.median(p99)


def nginx(folder, port, body):
    headers = "".join(
        f'add_header {name} "{value}";' for name, value in [
            ("cache-control", "no-cache"), ("pragma", "no-cache"), ("expires", "-1"),
            ("strict-transport-security", "max-age=31536000; includeSubDomains"), ("x-content-type-options", "nosniff"),
            ("x-ms-request-id", "6f5e7a44-5d4d-4a55-9a3c-111111111111"),
            ("x-ms-correlation-request-id", "6f5e7a44-5d4d-4a55-9a3c-111111111111"),
        ]
    )
    text = f"""worker_processes 2; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/cert.pem; ssl_certificate_key {folder}/key.pem;
    ssl_protocols TLSv1.3; default_type "application/json; charset=utf-8"; {headers}
    location / {{ return 200 '{body}'; }} }} }}"""
    open(f"{folder}/nginx.conf", "w").write(text)
    return subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf", "-p", folder], stderr=subprocess.DEVNULL)


def free_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reads(folder, processes):
    server, runtime, _ = start(folder, "server")
    processes.append(server)
    client = Client(folder, runtime)
    group = f"/subscriptions/{client.subscription}/resourceGroups/bench"
    namespace = f"{group}/providers/Microsoft.Relay/namespaces/bench-relay"
    connections = f"{namespace}/hybridConnections"
    version = "?api-version=2021-11-01"
    client.call("PUT", group + version, {"location": "local"})
    client.call("PUT", namespace + version, {"location": "local"})
    client.call("PUT", f"{connections}/hc0{version}", {"properties": {"userMetadata": "a"}})
    body = client.call("GET", f"{connections}/hc0{version}").decode()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, capture_output=True,
    )
    constant_port, nginx_port = free_port(), free_port()
    processes.append(
        subprocess.Popen([f"{BINARIES}/constant-answer", str(constant_port), f"{folder}/cert.pem", f"{folder}/key.pem", body],
                         stderr=subprocess.DEVNULL)
    )
    processes.append(nginx(folder, nginx_port, body.replace("'", "\\'")))
    time.sleep(1)
    targets = {
        "GET, causeway": (f"{client.endpoint}{connections}/hc0{version}", client.token),
        "constant answer, Hummingbird": (f"https://127.0.0.1:{constant_port}/constant", client.token),
        "constant answer, nginx": (f"https://127.0.0.1:{nginx_port}/constant", client.token),
    }
    runs = {name: [] for name in targets}
    for index in range(ROUNDS):
        names = list(targets)
        for name in names if index % 2 == 0 else reversed(names):
            url, token = targets[name]
            runs[name].append(wrk(url, 32, token))
    print("\n| 32 connections | requests/s | spread | p99 ms |\n|---|---|---|---|")
    figures = {name: shown(name, values) for name, values in runs.items()}
    get, constant, peer = figures.values()
    print(f"\nGET / Hummingbird constant: {get[0] / constant[0]:.2f} (goal 0.80); "
          f"p99 / nginx p99: {get[1] / peer[1]:.2f} (goal 3)")
    for process in processes[-2:]:
        process.terminate()
    print("\n| PUT, durable | requests/s | spread | p99 ms |\n|---|---|---|---|")
    script = f"{HERE}/put.lua"
    arguments = (connections, "1000")
    puts = [wrk(client.endpoint, 32, client.token, script, arguments) for _ in range(ROUNDS)]
    shown("32 writers", puts)
    shown("1 writer", [wrk(client.endpoint, 1, client.token, script, arguments) for _ in range(2)])
    server.terminate()
    server.wait()
    slow_disk(folder, processes, connections)
    return connections


def slow_disk(folder, processes, connections):
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", f"{folder}/slowsync.so", f"{HERE}/slowsync.c", "-ldl"], check=True)
    environment = {"LD_PRELOAD": f"{folder}/slowsync.so", "CAUSEWAY_SLOW_SYNC_US": "2000"}
    server, runtime, _ = start(folder, "slow", environment)
    processes.append(server)
    client = Client(folder, runtime)
    script, arguments = f"{HERE}/put.lua", (connections, "1000")
    one = [wrk(client.endpoint, 1, client.token, script, arguments) for _ in range(3)]
    many = [wrk(client.endpoint, 32, client.token, script, arguments) for _ in range(3)]
    single, _ = shown("1 writer, each flush delayed by 2 ms", one)
    grouped, _ = shown("32 writers, each flush delayed by 2 ms", many)
    print(f"\nGrouped / one flush for each write: {grouped / single:.1f} (goal 8)")
    server.terminate()
    server.wait()


def scale(folder, processes, connections):
    server, runtime, _ = start(folder, "fill")
    processes.append(server)
    client = Client(folder, runtime)
    begun = time.monotonic()
    script = f"{HERE}/put.lua"
    missing = True
    while missing and time.monotonic() - begun < 120:
        wrk(client.endpoint, 32, client.token, script, (connections, "9999"))
        missing = b"nextLink" not in client.call("GET", f"{connections}?api-version=2021-11-01&$top=1000")
        if time.monotonic() - begun > 10:
            break
    count, link = 0, f"{connections}?api-version=2021-11-01&$top=1000"
    while link:
        page = json.loads(client.call("GET", link))
        count += len(page["value"])
        link = page.get("nextLink", "").removeprefix(client.endpoint)
    server.terminate()
    server.wait()
    server, runtime, seconds = start(folder, "scaled")
    processes.append(server)
    client = Client(folder, runtime)
    times, link = [], f"{connections}?api-version=2021-11-01"
    while link:
        begun = time.monotonic()
        page = json.loads(client.call("GET", link))
        times.append((time.monotonic() - begun) * 1000)
        link = page.get("nextLink", "").removeprefix(client.endpoint)
    status = open(f"/proc/{server.pid}/status").read()
    resident = int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024
    print(f"\n{count} hybrid connections: ready after {seconds:.2f} s (goal 3); list pages median "
          f"{statistics.median(times):.1f} ms, slowest {max(times):.1f} ms with a new connection each (goal 20); "
          f"{resident:.0f} MB resident (goal 60)")
    server.terminate()
    server.wait()


def main():
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            connections = reads(folder, processes)
            scale(folder, processes, connections)
        finally:
            for process in processes:
                if process.poll() is None:
                    process.kill()
                    process.wait()


main()
