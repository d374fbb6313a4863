"""Real servers of Debian, each with its data in a folder of its own, on a free port of loopback, with rights of nobody."""

import getpass
import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from .programs import Program, is_root
from .sockets import dial, free_port

REQUIRE = "CAUSEWAY_REQUIRE_PROGRAMS"


def unavailable(reason):
    """Skips the test, unless it must not be skipped."""
    if os.environ.get(REQUIRE) == "1":
        pytest.fail(f"{reason}, and {REQUIRE} is 1", pytrace=False)
    pytest.skip(reason)


def find(pattern):
    """The newest file of a pattern, or a program of the search path."""
    if "/" in pattern:
        return next(iter(sorted(glob.glob(pattern), reverse=True)), None)
    return shutil.which(pattern, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def require(package, *patterns):
    """Where programs are; installs the Debian package that has them when they are missing and this is root."""
    found = [find(pattern) for pattern in patterns]
    if not all(found) and is_root() and shutil.which("apt-get"):
        # In this run level packages start no services.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", package]
        if subprocess.run(install, capture_output=True, timeout=240, env=environment).returncode != 0:
            # The lists of packages may be older than the packages.
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, timeout=120, env=environment)
            subprocess.run(install, capture_output=True, timeout=240, env=environment)
        found = [find(pattern) for pattern in patterns]
    if not all(found):
        unavailable(f"{package} is not installed: {', '.join(patterns)}")
    return found


def as_user(user):
    """Words before a command that make root somebody else."""
    (setpriv,) = require("util-linux", "setpriv")
    known = pwd.getpwnam(user)
    return [setpriv, "--reuid", str(known.pw_uid), "--regid", str(known.pw_gid), "--clear-groups", "--no-new-privs", "--"]


class OpenFolder:
    """A folder that another user can reach, which those of pytest are not."""

    def __init__(self, owner=None):
        self.path = Path(tempfile.mkdtemp(prefix="causeway-tunnel-"))
        self.path.chmod(0o755)
        self.owner = owner
        self.give(self.path)

    def give(self, path):
        """Makes a folder the owner's."""
        if self.owner and is_root():
            known = pwd.getpwnam(self.owner)
            os.chown(path, known.pw_uid, known.pw_gid)

    def take(self, file):
        """Makes a file readable here that stands where only its owner can go; its new path."""
        path = self.path / os.path.basename(file)
        try:
            os.link(file, path)
        except OSError:
            # Another file system.
            shutil.copy(file, path)
        return path

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class RealServer(Program):
    """A server that is ready when its port takes connections."""

    # How it is asked to end.
    SIGNAL = signal.SIGTERM

    def __init__(self, folder, command, port, host="127.0.0.1"):
        super().__init__(folder, command)
        self.host, self.port = host, port

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def has_begun(self):
        try:
            dial(self.address, 1).close()
        except OSError:
            return False
        return True

    def end(self):
        if self.is_running:
            self.process.send_signal(self.SIGNAL)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


class PostgreSQL(RealServer):
    # Ends connections and does not wait for clients.
    SIGNAL = signal.SIGINT
    USER = "tunnel"

    def __init__(self, host="127.0.0.1", prefix=()):
        """`prefix`: words before the server's command, as for a network namespace."""
        initdb, postgres, self.psql = require(
            "postgresql", "/usr/lib/postgresql/*/bin/initdb", "/usr/lib/postgresql/*/bin/postgres", "psql")
        owner = "postgres" if is_root() else None
        self.home = OpenFolder(owner)
        words = as_user(owner) if owner else []
        data, port = self.home.path / "data", free_port()
        made = subprocess.run(
            [*words, initdb, "-D", data, "-U", self.USER, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"],
            capture_output=True, text=True, timeout=60, cwd=self.home.path)
        assert made.returncode == 0, made.stderr
        with open(data / "pg_hba.conf", "a") as rules:
            rules.write("host all all all trust\n")
        settings = {"fsync": "off", "max_wal_size": "4GB", "unix_socket_directories": str(self.home.path),
                    "listen_addresses": host, "port": port}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [*prefix, *words, postgres, "-D", data, *options]
        super().__init__(self.home.path / "log", command, port, host)

    def has_begun(self):
        """Asked on its own socket, because its address may be that of another network."""
        return subprocess.run([*self.client(self.home.path), "-c", "select 1"], capture_output=True, timeout=20).returncode == 0

    def query(self, text):
        """Asks the server on its own socket, without a tunnel."""
        return subprocess.run(
            [*self.client(self.home.path), "-c", text], capture_output=True, text=True, timeout=120, check=True).stdout.strip()

    def client(self, host, port=None):
        """A command of psql; what follows is what it does."""
        return [self.psql, "-h", str(host), "-p", str(port or self.port), "-U", self.USER, "-XAtq", "-v", "ON_ERROR_STOP=1",
                "postgres"]

    def end(self):
        super().end()
        self.home.remove()


class Redis(RealServer):
    def __init__(self, folder):
        server, self.benchmark, self.cli = require("redis-server", "redis-server", "redis-benchmark", "redis-cli")
        folder.mkdir()
        port = free_port()
        super().__init__(folder, [
            server, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder], port)

    def commands_processed(self):
        text = subprocess.run(
            [self.cli, "-p", str(self.port), "info", "stats"], capture_output=True, text=True, timeout=10, check=True).stdout
        return int(text.split("total_commands_processed:")[1].split()[0])


class SSH(RealServer):
    """An sshd with keys of its own, for the user who runs the tests."""

    NAME = "host-of-the-tunnel-tests"
    PRIVILEGE_SEPARATION = Path("/run/sshd")

    def __init__(self, folder):
        sshd, self.ssh, self.scp, keygen = require("openssh-server", "sshd", "ssh", "scp", "ssh-keygen")
        folder.mkdir()
        self.made_folder = is_root() and not self.PRIVILEGE_SEPARATION.exists()
        if self.made_folder:
            self.PRIVILEGE_SEPARATION.mkdir(mode=0o755)
        for name in ("host", "user"):
            subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True, timeout=20)
        (folder / "authorized").write_text((folder / "user.pub").read_text())
        (folder / "known").write_text(f"{self.NAME} {(folder / 'host.pub').read_text()}")
        port = free_port()
        lines = [f"Port {port}", "ListenAddress 127.0.0.1", f"HostKey {folder}/host", f"AuthorizedKeysFile {folder}/authorized",
                 "StrictModes no", "UsePAM no", "PidFile none", "Subsystem sftp internal-sftp", "PasswordAuthentication no"]
        (folder / "sshd.conf").write_text("\n".join(lines) + "\n")
        super().__init__(folder, [sshd, "-D", "-e", "-f", folder / "sshd.conf"], port)

    @property
    def user(self):
        return getpass.getuser()

    def options(self):
        """Of ssh and scp: the keys and nothing of the user's own."""
        chosen = {"IdentityFile": self.folder / "user", "UserKnownHostsFile": self.folder / "known", "HostKeyAlias": self.NAME,
                  "StrictHostKeyChecking": "yes", "BatchMode": "yes", "IdentitiesOnly": "yes"}
        return ["-F", "none", *(word for name, value in chosen.items() for word in ("-o", f"{name}={value}"))]

    def end(self):
        super().end()
        if self.made_folder:
            shutil.rmtree(self.PRIVILEGE_SEPARATION, ignore_errors=True)


class Nginx(RealServer):
    def __init__(self, folder):
        nginx, self.curl = require("nginx-light", "nginx", "curl")
        folder.mkdir()
        port = free_port()
        (folder / "page").write_text("from behind the firewall\n")
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "\n".join(f"  {kind}_temp_path {folder}/{kind};" for kind in kinds)
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
            f"http {{\n{paths}\n  access_log {folder}/access;\n"
            f"  server {{ listen 127.0.0.1:{port}; root {folder}; keepalive_timeout 60; }}\n}}\n")
        super().__init__(folder, [nginx, "-c", folder / "nginx.conf", "-p", folder, "-e", "stderr"], port)

    def requests(self):
        path = self.folder / "access"
        return path.read_text().splitlines() if path.exists() else []
