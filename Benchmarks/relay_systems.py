"""What relay.py measures: the gateway, HAProxy and a raw copy, each started on free ports and stopped at the end."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

KEY_NAME = "RootManageSharedAccessKey"
ENTITY = "bench"
LISTENERS_PER_ENTITY = 25


class Unavailable(Exception):
    pass


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port, process, log):
    for _ in range(500):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise Unavailable(f"nothing answers on port {port}: {open(log).read()[-2000:]}")


def make_certificate(folder):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"],
        check=True, capture_output=True,
    )
    with open(f"{folder}/both.pem", "w") as both:
        both.write(open(f"{folder}/cert.pem").read() + open(f"{folder}/key.pem").read())


class System:
    """One system under test. `load` gives the options and the environment that point the load program at it."""

    name = ""

    def __init__(self, folder, binaries, threads):
        self.folder, self.binaries, self.threads = folder, binaries, threads
        self.processes = []

    def launch(self, command, name, **more):
        log = f"{self.folder}/{self.name}-{name}-{time.monotonic_ns()}.log"
        process = subprocess.Popen(command, stdout=open(log, "w"), stderr=subprocess.STDOUT, **more)
        self.processes.append(process)
        return process, log

    @property
    def pids(self):
        return [process.pid for process in self.processes]

    def check(self):
        for process in self.processes:
            if process.poll() is not None:
                raise Unavailable(f"{self.name} ended with {process.returncode}")

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []


class RawRelay(System):
    """A TCP relay in front of the load program's own far end, once without TLS and once with it on both sides."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.fronts, self.backends = {}, {}

    def load(self, tls):
        options = ["--raw", "--to", f"127.0.0.1:{self.fronts[tls]}", "--backend", str(self.backends[tls])]
        if tls:
            options += ["--tls", "--certificate", f"{self.folder}/cert.pem", "--private-key", f"{self.folder}/key.pem"]
        return options, {}

    def choose_ports(self):
        self.fronts = {False: free_port(), True: free_port()}
        self.backends = {False: free_port(), True: free_port()}


class HAProxy(RawRelay):
    name = "haproxy"

    def start(self):
        if not shutil.which("haproxy"):
            raise Unavailable("haproxy is not installed")
        self.choose_ports()
        path = f"{self.folder}/haproxy.cfg"
        with open(path, "w") as file:
            file.write(f"""global
  nosplice
  nbthread {self.threads}
  ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-server-ciphersuites TLS_AES_128_GCM_SHA256
  ssl-default-bind-options ssl-min-ver TLSv1.3
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen plain
  bind 127.0.0.1:{self.fronts[False]}
  server far 127.0.0.1:{self.backends[False]}
listen tls
  bind 127.0.0.1:{self.fronts[True]} ssl crt {self.folder}/both.pem
  server far 127.0.0.1:{self.backends[True]} ssl verify none sni str(localhost) no-ssl-reuse
""")
        process, log = self.launch(["haproxy", "-db", "-f", path], "run")
        wait_for(self.fronts[True], process, log)


class RawCopy(RawRelay):
    name = "raw-copy"

    def start(self):
        binary = f"{self.binaries}/raw-copy-relay"
        if not os.path.exists(binary):
            raise Unavailable(f"{binary} is not there")
        self.choose_ports()
        for tls in (False, True):
            command = [binary, str(self.fronts[tls]), str(self.backends[tls]), str(self.threads)]
            if tls:
                command += [f"{self.folder}/cert.pem", f"{self.folder}/key.pem"]
            process, log = self.launch(command, "tls" if tls else "plain")
            wait_for(self.fronts[tls], process, log)


class Causeway(System):
    """A server with a data directory of its own and `namespaces` namespaces, provisioned over the management API."""

    name = "causeway"

    def __init__(self, *arguments, namespaces=1, entities=0):
        super().__init__(*arguments)
        self.namespaces, self.entities = namespaces, entities
        self.keys = []

    def start(self):
        binary = os.environ.get("CAUSEWAY_BINARY", f"{self.binaries}/causeway")
        if not os.path.exists(binary):
            raise Unavailable(f"{binary} is not there")
        self.data = f"{self.folder}/data-{time.monotonic_ns()}"
        self.plain_port = free_port()
        process, log = self.launch(
            [binary, "serve", "--data-directory", self.data, "--management-address", "127.0.0.1:0",
             "--relay-address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0", "--rate-limit", "off",
             "--relay-plaintext-address", f"127.0.0.1:{self.plain_port}", "--relay-threads", str(self.threads),
             "--connections-per-namespace", "100000", "--log-level", "warning", "--drain-timeout", "0"],
            "serve",
        )
        path = f"{self.data}/runtime.json"
        for _ in range(1000):
            if os.path.exists(path) or process.poll() is not None:
                break
            time.sleep(0.01)
        if not os.path.exists(path):
            raise Unavailable(open(log).read()[-2000:])
        self.runtime = json.load(open(path))
        self.tls_port = int(self.runtime["relayAddress"].rsplit(":", 1)[1])
        self.provision()

    def provision(self):
        bootstrap = json.load(open(f"{self.data}/bootstrap.json"))
        self.context = ssl.create_default_context(cafile=f"{self.data}/tls/ca.pem")
        form = urllib.parse.urlencode(
            {"grant_type": "client_credentials", "client_id": bootstrap["clientId"],
             "client_secret": bootstrap["clientSecret"]}
        ).encode()
        endpoint = self.runtime["managementEndpoint"]
        url = f"{endpoint}/{bootstrap['tenantId']}/oauth2/v2.0/token"
        self.token = json.load(urllib.request.urlopen(url, form, context=self.context))["access_token"]
        group = f"{endpoint}/subscriptions/{bootstrap['subscriptionId']}/resourceGroups/bench"
        self.call("PUT", group, {"location": "local"})
        self.keys = []
        for index in range(self.namespaces):
            namespace = f"{group}/providers/Microsoft.Relay/namespaces/{self.namespace(index)}"
            self.call("PUT", namespace, {"location": "local"})
            for name in [ENTITY] + [f"{ENTITY}{number}" for number in range(self.entities)]:
                self.call("PUT", f"{namespace}/hybridConnections/{name}", {"properties": {}})
            keys = self.call("POST", f"{namespace}/authorizationRules/{KEY_NAME}/listKeys")
            self.keys.append(keys["primaryKey"])

    def namespace(self, index):
        return f"bench-relay{index}"

    def call(self, method, url, body=None):
        request = urllib.request.Request(
            f"{url}?api-version=2021-11-01", method=method, data=json.dumps(body).encode() if body else b"",
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            return json.load(urllib.request.urlopen(request, context=self.context))
        except urllib.error.HTTPError as error:
            raise Unavailable(f"{method} {url}: {error.code} {error.read().decode()[:500]}") from error

    def load(self, tls, namespace=0):
        host = f"{self.namespace(namespace)}.{self.runtime['relayDomain']}"
        port = self.tls_port if tls else self.plain_port
        options = ["--to", f"127.0.0.1:{port}", "--host", host, "--entity", ENTITY, "--key-name", KEY_NAME]
        return options + (["--tls"] if tls else []), {"RELAYLOAD_KEY": self.keys[namespace]}


def memory(pids):
    """Proportional and resident set in KB, of all the processes together."""
    pss = rss = 0
    for pid in pids:
        text = open(f"/proc/{pid}/smaps_rollup").read()
        pss += int(re.search(r"^Pss:\s+(\d+)", text, re.M).group(1))
        rss += int(re.search(r"^Rss:\s+(\d+)", text, re.M).group(1))
    return pss, rss


def descriptors(pid):
    """How many descriptors a process has open, and how many it may have."""
    limits = subprocess.run(
        ["prlimit", "--pid", str(pid), "--nofile", "--noheadings", "--raw", "--output", "SOFT,HARD"],
        check=True, capture_output=True, text=True,
    ).stdout.split()
    return len(os.listdir(f"/proc/{pid}/fd")), int(limits[0]), int(limits[1])
