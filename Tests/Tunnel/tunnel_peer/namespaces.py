"""Networks of one's own on this machine: namespaces with cables between them, each with its own hosts file."""

import os
import subprocess
import uuid

from .programs import is_root
from .servers import require, unavailable

DOMAIN = "corp.example"
# Only inside of the namespaces, which have no way out.
GATEWAY_TO_APP, APP = "10.213.1.1", "10.213.1.2"
GATEWAY_TO_PRIVATE, PRIVATE = "10.213.2.1", "10.213.2.2"


class Networks:
    """`app` and `private` have a cable to `gateway` each, and nothing else; the gateway forwards nothing."""

    def __init__(self, folder):
        self.folder, self.names = folder, {}
        if not is_root():
            unavailable("network namespaces need root")
        (self.ip,) = require("iproute2", "ip")
        require("mount", "mount")
        run = uuid.uuid4().hex[:6]
        for name in ("gateway", "app", "private"):
            made = subprocess.run([self.ip, "netns", "add", f"cw-{run}-{name}"], capture_output=True, text=True)
            if made.returncode:
                self.end()
                unavailable(f"network namespaces are not allowed here: {made.stderr.strip()}")
            self.names[name] = f"cw-{run}-{name}"
        try:
            for name, gateway, address in [("app", GATEWAY_TO_APP, APP), ("private", GATEWAY_TO_PRIVATE, PRIVATE)]:
                self._connect(name, gateway, address)
            self.run("gateway", self.ip, "link", "set", "lo", "up", check=True)
        except subprocess.CalledProcessError as error:
            self.end()
            unavailable(f"network namespaces are not allowed here: {error} {error.stderr}")

    def _connect(self, name, gateway, address):
        subprocess.run(
            [self.ip, "link", "add", "cable", "netns", self.names[name], "type", "veth", "peer", "name", f"to-{name}", "netns",
             self.names["gateway"]], check=True, capture_output=True, text=True)
        for namespace, device, own in [(name, "cable", address), ("gateway", f"to-{name}", gateway)]:
            self.run(namespace, self.ip, "address", "add", f"{own}/30", "dev", device, check=True)
            self.run(namespace, self.ip, "link", "set", device, "up", check=True)
        self.run(name, self.ip, "link", "set", "lo", "up", check=True)

    def hosts(self, name, **addresses):
        """The names that are known in a namespace, beside localhost: labels below the domain, with `__` for a dot."""
        lines = ["127.0.0.1 localhost"]
        lines += [f"{address} {label.replace('__', '.')}.{DOMAIN}" for label, address in addresses.items()]
        (self.folder / f"hosts-{name}").write_text("\n".join(lines) + "\n")

    def prefix(self, name):
        """Words before a command that run it in a namespace, with its hosts file. The process keeps its ID."""
        mount = f'mount --bind "{self.folder}/hosts-{name}" /etc/hosts && exec "$@"'
        return [self.ip, "netns", "exec", self.names[name], "/bin/sh", "-c", mount, "sh"]

    def run(self, name, *command, check=False, **options):
        """Runs a command in a namespace, without its hosts file."""
        words = [self.ip, "netns", "exec", self.names[name], *map(str, command)]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, check=check, **options)

    def pull_cable(self, name):
        self.run(name, self.ip, "link", "set", "cable", "down", check=True)

    def plug_in_cable(self, name):
        self.run(name, self.ip, "link", "set", "cable", "up", check=True)

    def end(self):
        for name in self.names.values():
            subprocess.run([self.ip, "netns", "del", name], capture_output=True)

    @staticmethod
    def environment(**variables):
        """Nothing of this machine's settings, and no proxy."""
        kept = {key: value for key, value in os.environ.items() if "CAUSEWAY" not in key and "proxy" not in key.lower()}
        return {**kept, **variables}
