"""Programs that exist, unchanged, through a tunnel to servers that exist."""

import filecmp
import os
import re
import smtplib
import subprocess

import pytest

from tunnel_peer.connector import execute
from tunnel_peer.endpoints import mailbox
from tunnel_peer.programs import succeeded
from tunnel_peer.servers import Nginx, PostgreSQL, Redis, SSH
from tunnel_peer.sockets import split

# Where programs are missing they are installed.
pytestmark = pytest.mark.timeout(400)

COPY_BYTES = "CAUSEWAY_COPY_BYTES"
ROW = 100


class Way:
    """A hybrid connection to a server, with an app that calls it by a name and a connector with an address for it."""

    def __init__(self, server, manager, make, endpoint, name):
        self.connection = server.hybrid_connection(endpoint.address)
        self.manager = manager.add(self.connection)
        self.name, self.port = name, endpoint.port
        self.site = server.site().bind(self.connection, f"{name}:{endpoint.port}")
        self.single = make.single(self.connection).start()

    @property
    def connector_port(self):
        return split(self.single.address)[1]

    @property
    def tunnels(self):
        return self.manager.show(self.connection)["TotalTunnels"]

    def execute(self, command, **options):
        return execute(self.site, command, **options)

    def is_unknown_without_exec(self):
        """The name means nothing to this machine by itself."""
        return subprocess.run(["getent", "hosts", self.name], capture_output=True).returncode != 0


@pytest.fixture
def way(server, manager, make):
    """Makes a way to a server, once that is started."""
    def build(endpoint, name):
        way = Way(server, manager, make, endpoint, name)
        assert way.is_unknown_without_exec()
        return way
    return build


@pytest.fixture
def real(make):
    """Starts a real server, which ends with the test."""
    def start(made):
        make.made.append(made)
        return made.start()
    return start


@pytest.fixture(scope="module")
def database():
    postgresql = PostgreSQL()
    try:
        yield postgresql.start()
    finally:
        postgresql.end()


# MARK: PostgreSQL


def test_psql_asks_a_database_by_its_bound_name_under_exec(database, way):
    way = way(database, "db.corp.example")
    command = [*database.client("db.corp.example"), "-c", "select 6 * 7, inet_server_port()"]
    without = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert without.returncode == 2 and "could not translate host name" in without.stderr
    assert succeeded(way.execute(command)).stdout == f"42|{database.port}\n"
    assert way.tunnels == 1


def test_psql_asks_a_database_through_the_connector(database, way):
    way = way(database, "db.corp.example")
    command = [*database.client("127.0.0.1", way.connector_port), "-c", "select 6 * 7, inet_server_port()"]
    assert subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout == f"42|{database.port}\n"
    assert way.tunnels == 1


def test_psql_says_that_the_connection_is_refused_when_the_database_is_down(server, make, way):
    database = PostgreSQL()
    try:
        database.start()
        way = way(database, "db.corp.example")
        command = [*database.client("db.corp.example"), "-c", "select 1"]
        assert succeeded(way.execute(command)).stdout == "1\n"
        database.stop()
        result = way.execute(command)
        assert result.returncode == 2 and "Connection refused" in result.stderr, result
    finally:
        database.end()


def test_many_rows_are_copied_out_under_exec_and_in_through_the_connector(database, way, tmp_path):
    way, file = way(database, "db.corp.example"), tmp_path / "rows"
    rows = int(os.environ.get(COPY_BYTES, 200_000_000)) // ROW
    database.query(
        "drop table if exists here, there; create unlogged table here (id bigint, text text); "
        "create unlogged table there (like here); insert into here select i, "
        f"rpad(md5(i::text) || md5(i::text || 'x'), {ROW - 10}, '.') from generate_series(1, {rows}) i")
    succeeded(way.execute([*database.client(way.name), "-c", f"\\copy here to '{file}'"], limit=180))
    assert file.stat().st_size > rows * ROW * 0.9
    subprocess.run(
        [*database.client("127.0.0.1", way.connector_port), "-c", f"\\copy there from '{file}'"], timeout=180, check=True)
    checksum = "select count(*), sum(hashtextextended(text, id)::numeric) from "
    here, there = database.query(checksum + "here"), database.query(checksum + "there")
    assert here == there and here.startswith(f"{rows}|")
    shown = way.manager.show(way.connection)
    assert min(shown["BytesToEndpoint"], shown["BytesFromEndpoint"]) > rows * ROW * 0.9


# MARK: others


def test_redis_takes_twenty_thousand_commands_of_fifty_clients(real, way, tmp_path):
    redis = real(Redis(tmp_path / "redis"))
    way = way(redis, "cache.corp.example")
    before = redis.commands_processed()
    result = subprocess.run(
        [redis.benchmark, "-h", "127.0.0.1", "-p", str(way.connector_port), "-n", "20000", "-c", "50", "-t", "set,get", "-q"],
        capture_output=True, text=True, timeout=120, check=True)
    for name in ("SET", "GET"):
        assert re.search(rf"{name}: [0-9.]+ requests per second", result.stdout), result.stdout
    assert redis.commands_processed() - before >= 40_000
    assert way.tunnels >= 50


def test_ssh_runs_a_command_and_scp_copies_a_file_there_and_back(real, way, tmp_path):
    ssh = real(SSH(tmp_path / "ssh"))
    way = way(ssh, "bastion.corp.example")
    who = f"{ssh.user}@bastion.corp.example"
    result = succeeded(way.execute([ssh.ssh, *ssh.options(), "-p", str(ssh.port), who, "echo there; exit 0"]))
    assert result.stdout == "there\n"
    assert way.execute([ssh.ssh, *ssh.options(), "-p", str(ssh.port), who, "exit 7"]).returncode == 7
    here, there, back = (tmp_path / name for name in ("here", "there", "back"))
    here.write_bytes(os.urandom(1_000_000) * 50)
    # scp starts ssh, which inherits the names.
    succeeded(way.execute([ssh.scp, *ssh.options(), "-P", str(ssh.port), here, f"{who}:{there}"], limit=120))
    assert filecmp.cmp(here, there, shallow=False)
    copied = subprocess.run(
        [ssh.scp, *ssh.options(), "-P", str(way.connector_port), f"{ssh.user}@127.0.0.1:{there}", back],
        capture_output=True, text=True, timeout=120)
    assert copied.returncode == 0, copied.stderr
    assert filecmp.cmp(here, back, shallow=False)


def test_curl_sends_two_requests_over_one_connection_that_is_kept_alive(real, way, tmp_path):
    nginx = real(Nginx(tmp_path / "nginx"))
    way = way(nginx, "web.corp.example")
    url = f"http://web.corp.example:{nginx.port}/page"
    command = [nginx.curl, "-sS", "--noproxy", "*", "-w", "%{http_code} %{num_connects}\\n", url, url]
    assert subprocess.run(command, capture_output=True, timeout=30).returncode == 6
    page = "from behind the firewall\n"
    assert succeeded(way.execute(command)).stdout == f"{page}200 1\n{page}200 0\n"
    assert len(nginx.requests()) == 2 and way.tunnels == 1


def test_a_mail_is_sent_to_a_server_that_speaks_first(make, way):
    endpoint = make.endpoint()
    endpoint.serve = mailbox(endpoint.told)
    way, mail = way(endpoint, "mail.corp.example"), b"Subject: order\r\n\r\n" + b"line\r\n" * 10_000
    with smtplib.SMTP("127.0.0.1", way.connector_port, timeout=20) as client:
        client.sendmail("app@shop.example", ["a@corp.example", "b@corp.example"], mail)
    sender, receivers, text = endpoint.next()
    assert (sender, receivers, text) == (b"app@shop.example", [b"a@corp.example", b"b@corp.example"], mail)
    endpoint.check()
