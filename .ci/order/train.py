"""Runs a server, a manager and a connector under trace.c, sends something through them, and writes which functions were
called: those of all three first, then those of both ends, then the others."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 90


def symbols(program, path):
    """The functions of the program and where they stand in it."""
    listing = subprocess.run(["nm", "-S", "--defined-only", program], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in listing.splitlines()]
    path.write_text("".join(f"{line[0]} {line[3]}\n" for line in lines if len(line) == 4 and line[2] in "tTwW"))


def wait_until(is_true, what):
    end = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > end:
            raise RuntimeError(f"not in time: {what}")
        time.sleep(0.05)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def serve_echo():
    server = socket.create_server(("127.0.0.1", 0))

    def echo(connection):
        with connection:
            while part := connection.recv(65536):
                connection.sendall(part)

    def accept():
        while True:
            threading.Thread(target=echo, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    return server.getsockname()[1]


def exchange(port, size):
    """Sends so many bytes, ends, and reads them all back."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        threading.Thread(target=lambda: (connection.sendall(bytes(size)), connection.shutdown(socket.SHUT_WR))).start()
        received = 0
        while part := connection.recv(65536):
            received += len(part)
    return received == size


class Training:
    def __init__(self, trace, program, folder):
        self.trace, self.program, self.folder = trace, program, folder
        self.symbols = folder / "symbols"
        symbols(program, self.symbols)
        self.data = folder / "data"
        self.running = []

    def start(self, name, *words):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(
            [self.trace, self.symbols, self.folder / name, self.program, *words], stdout=log, stderr=log)
        self.running.append(process)
        return process

    def command(self, *words):
        environment = {**os.environ, "CAUSEWAY_DATA_DIRECTORY": str(self.data)}
        return subprocess.run([self.program, *words], capture_output=True, check=True, env=environment).stdout

    def strings(self, endpoint):
        place = ["-g", "g", "--namespace", "train-relay"]
        self.command("group", "create", "--name", "g", "--location", "local")
        self.command("namespace", "create", "-g", "g", "--name", "train-relay", "--location", "local")
        self.command("hybrid-connection", "create", *place, "--name", "h", "--endpoint", f"127.0.0.1:{endpoint}")
        listener, sender = self.folder / "listener", self.folder / "sender"
        listener.write_bytes(self.command("hybrid-connection", "connection-string", *place, "--name", "h"))
        sender.write_bytes(
            self.command("hybrid-connection", "connection-string", *place, "--name", "h", "--rule", "defaultSender"))
        return listener, sender

    def run(self):
        self.start(
            "server", "serve", "--data-directory", self.data, "--management-address", "127.0.0.1:0",
            "--relay-address", "127.0.0.1:0", "--operations-address", "127.0.0.1:0")
        wait_until((self.data / "runtime.json").exists, "the server")
        listener, sender = self.strings(serve_echo())
        authority = ["--ca-file", self.data / "tls" / "ca.pem"]
        for lanes in ("4", "0"):
            port = free_port()
            self.start(
                f"manager-{lanes}", "hcm", "run", "--connection-string", f"@{listener}", *authority, "--allow-loopback",
                "--socket", self.folder / f"m{lanes}", "--lanes", lanes)
            self.start(
                f"connector-{lanes}", "connect", "--connection-string", f"@{sender}", *authority, "--listen",
                f"127.0.0.1:{port}", "--lanes", lanes)
            wait_until(lambda: self.works(port), f"a connection with {lanes} lanes")
            if not all(exchange(port, size) for size in (5, 70_000, 3_000_000)):
                raise RuntimeError("bytes were lost")
        self.end()
        names = ["manager-4", "connector-4", "manager-0", "connector-0", "server"]
        manager, connector, *others = [(self.folder / name).read_text().splitlines() for name in names]
        server = set(others[-1])
        both = [name for name in manager if name in set(connector)]
        order = [name for name in both if name in server] + both + manager + connector
        for more in others:
            order += more
        return list(dict.fromkeys(order))

    def works(self, port):
        try:
            return exchange(port, 5)
        except OSError:
            return False

    def end(self):
        for process in reversed(self.running):
            for child in pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
                os.kill(int(child), signal.SIGINT)
        for process in self.running:
            process.wait(PATIENCE)


def main():
    trace, program, output = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        training = Training(trace, os.path.abspath(program), pathlib.Path(folder))
        try:
            order = training.run()
        finally:
            # What is still there was not asked to end; its programs end with it.
            for process in training.running:
                process.kill()
    pathlib.Path(output).write_text("".join(f"{name}\n" for name in order))
    print(f"{len(order)} functions stand first.")


main()
