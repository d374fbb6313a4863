"""`tcpping` and `doctor`: what they say where all is well, and each thing that can be wrong, made wrong once."""

import asyncio
import json
import re
import time

import pytest

from tunnel_peer.manager import steps
from tunnel_peer.programs import causeway, failed, succeeded
from tunnel_peer.sockets import free_port

HOPS = ["Name and port bound", "Key of the binding", "Gateway reached", "Send key accepted", "Listener there",
        "Manager answers", "Endpoint's name at the manager", "Endpoint reached by the manager", "Connection end to end"]
PLACE = "db.corp.example:5432"


class Way:
    """A server, a hybrid connection to an endpoint, and an app for which it is bound as `PLACE`."""

    def __init__(self, make, server, endpoint):
        self.server = server
        self.connection, self.site = server.hybrid_connection(endpoint), server.site()
        self.manager = make.manager(server).start().add(self.connection)
        self.site.bind(self.connection, PLACE)

    def tcpping(self, *arguments, place=PLACE):
        return self.site.causeway("tcpping", place, *arguments, limit=60)

    def end_to_end(self):
        result = self.tcpping("--end-to-end", "--output", "json")
        return result.returncode, steps(result)

    def doctor(self):
        result = self.site.causeway("doctor", "--output", "json", limit=60)
        return result.returncode, steps(result)


def verdicts(found):
    assert list(found) == HOPS, found
    return [verdict for verdict, _ in found.values()]


@pytest.fixture
def way(make, server, echoing):
    """With the server that all share, and a manager of its own."""
    return Way(make, server, echoing.address)


@pytest.fixture
def own_way(make, echoing):
    """With a server of its own, to be taken down."""
    return Way(make, make.server().start(), echoing.address)


def says_unknown(name_and_port):
    """Without the tunnel there is no such name."""
    return "is not known" in causeway("tcpping", name_and_port, "-n", "1").stdout


# MARK: tcpping


def test_tcpping_tells_each_attempt_in_the_words_of_azure_s_and_how_many_there_were(way):
    assert says_unknown(PLACE)
    start = time.monotonic()
    result = succeeded(way.tcpping("-n", "3"))
    assert time.monotonic() - start > 2, "one attempt each second"
    lines = result.stdout.splitlines()
    assert len(lines) == 3
    assert all(re.fullmatch(rf"Connected to {re.escape(PLACE)}, time taken: \d+ms", line) for line in lines), lines
    assert re.fullmatch(
        r"Complete: 3/3 successful attempts \(100%\)\. Average success time: [0-9.]+ms\n", result.stderr), result.stderr
    assert way.manager.show(way.connection)["TotalTunnels"] == 3


@pytest.mark.parametrize("command", [["tcpping", PLACE, "-n", "1"], ["tcpping", PLACE, "--end-to-end"], ["doctor"]])
def test_a_command_ends_when_it_has_told_everything(way, command):
    start = time.monotonic()
    succeeded(way.site.causeway(*command))
    assert time.monotonic() - start < 2


def test_tcpping_makes_four_attempts_when_nothing_is_said(way):
    assert len(succeeded(way.tcpping()).stdout.splitlines()) == 4


def test_tcpping_with_a_connection_string(way, tmp_path):
    (tmp_path / "string").write_text(way.connection.string("send"))
    result = succeeded(way.server.causeway(
        "tcpping", "any.name.example:1", "-n", "1", "--connection-string", f"@{tmp_path / 'string'}"))
    assert result.stdout.startswith("Connected to any.name.example:1, time taken: ")


def test_tcpping_without_an_app_goes_the_way_of_this_machine(echoing):
    result = succeeded(causeway("tcpping", echoing.address, "-n", "1"))
    assert re.fullmatch(rf"Connected to {re.escape(echoing.address)}, time taken: \d+ms\n", result.stdout)
    closed = f"127.0.0.1:{free_port()}"
    result = causeway("tcpping", closed, "-n", "1")
    assert result.returncode == 1 and "Complete: 0/1 successful attempts (0%)." in result.stderr
    assert re.fullmatch(r"Connection attempt failed: .*Connection refused, time taken: \d+ms\n", result.stdout), result.stdout


def test_tcpping_fails_when_one_attempt_fails(make, server):
    endpoint = make.endpoint()
    way = Way(make, server, endpoint.address)
    assert succeeded(way.tcpping("-n", "1"))
    endpoint.close()
    result = way.tcpping("-n", "1")
    assert result.returncode == 1 and "Connection refused" in result.stdout


def test_tcpping_of_what_is_not_bound_says_so(way):
    assert "no binding of the app" in failed(way.tcpping(place="other.corp.example:5432"))
    assert "no binding of the app" in failed(way.tcpping(place="db.corp.example:5433"))


@pytest.mark.parametrize("arguments, reason", [
    (["a:1", "-n", "0"], "-n is 1"), (["a"], "invalid"), (["a:0"], "invalid"), (["a:99999"], "invalid"), ([], "host:port"),
    (["a:1", "--end-to-end"], "--site"), (["a:1", "--site", "x"], "--resource-group"),
    (["a:1", "--site", "x", "--connection-string", "-"], "--site or --connection-string"),
])
def test_a_wrong_command_line_of_tcpping_ends_with_2(server, arguments, reason):
    assert reason in failed(server.causeway("tcpping", *arguments), 2)


# MARK: end to end


def test_end_to_end_and_doctor_are_good_where_all_is_well(way, echoing):
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 0 and verdicts(found) == ["OK"] * len(HOPS), found
        assert PLACE in found["Name and port bound"][1] and way.connection.host_name in found["Name and port bound"][1]
        assert found["Listener there"][1] == "1 listener"
        assert echoing.address in found["Manager answers"][1]
    table = succeeded(way.tcpping("--end-to-end", "--output", "table")).stdout.splitlines()
    assert table[0] == PLACE
    assert all(line.startswith("  OK ") and hop in line for hop, line in zip(HOPS, table[1:], strict=True))
    # Times are told where something was done.
    (report,) = json.loads(way.tcpping("--end-to-end", "--output", "json").stdout)
    times = {step["Name"]: step["Milliseconds"] for step in report["Steps"]}
    assert all(times[name] is not None for name in HOPS[2:]), times


def test_what_is_not_bound(way):
    result = way.tcpping("--end-to-end", "--output", "json", place="other.corp.example:1")
    assert result.returncode == 1 and steps(result)["Name and port bound"][0] == "Failed"


def test_an_app_without_bindings_has_nothing_to_check(server):
    result = succeeded(server.site().causeway("doctor"))
    assert "no hybrid connections" in result.stderr


def test_doctor_looks_at_every_binding_and_fails_when_one_is_bad(way):
    bad = way.server.hybrid_connection(f"127.0.0.1:{free_port()}")
    way.manager.add(bad)
    way.site.bind(bad, "cache.corp.example:6379")
    result = way.site.causeway("doctor", "--output", "json", limit=60)
    found = {report["Endpoint"]: report["Healthy"] for report in json.loads(result.stdout)}
    assert result.returncode == 1 and found == {PLACE: True, "cache.corp.example:6379": False}


def test_a_key_that_was_replaced_behind_the_binding_s_back(way):
    way.connection.rotate("--name", "defaultSender", "--key", "primary")
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 1
        assert verdicts(found) == ["OK", "Failed", "OK", "Failed", "Skipped"] + ["Skipped"] * 4, found
        assert "rotate --bindings" in found["Key of the binding"][1] and "InvalidSignature" in found["Send key accepted"][1]
    way.connection.rotate("--bindings")
    assert way.doctor()[0] == 0


def test_a_gateway_that_is_down(own_way, tmp_path):
    (tmp_path / "string").write_text(own_way.connection.string("send"))
    command = ["tcpping", PLACE, "--end-to-end", "--output", "json", "--connection-string", f"@{tmp_path / 'string'}"]
    assert own_way.server.causeway(*command).returncode == 0
    own_way.server.kill()
    result = own_way.server.causeway(*command)
    found = steps(result)
    assert result.returncode == 1 and found["Gateway reached"][0] == "Failed" and "refused" in found["Gateway reached"][1]
    assert {found[hop][0] for hop in HOPS[3:]} == {"Skipped"}


def test_a_server_that_is_down_is_named(own_way):
    own_way.server.kill()
    for command in (["doctor"], ["tcpping", PLACE], ["tcpping", PLACE, "--end-to-end"]):
        told = failed(own_way.site.causeway(*command, limit=60))
        assert own_way.server.runtime()["managementEndpoint"].removeprefix("https://") in told


def test_no_manager(way):
    way.manager.stop()
    way.connection.wait_listeners(0)
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 1 and verdicts(found) == ["OK"] * 4 + ["Failed"] + ["Skipped"] * 4, found
        assert "no manager is connected" in found["Listener there"][1]


def test_a_hybrid_connection_that_is_gone(way):
    way.connection.delete()
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 1 and "servicebus.windows.net" not in json.dumps(found), "it went to somebody else's relay"
        assert found["Key of the binding"][0] != "OK", found


def test_a_name_that_the_manager_does_not_know(way):
    way.connection.update("--endpoint", "db.corp.invalid:5432")
    way.manager.wait(way.connection, Endpoint="db.corp.invalid:5432")
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 1 and verdicts(found) == ["OK"] * 6 + ["Failed", "Skipped", "Failed"], found
        assert "does not resolve at the manager" in found["Endpoint's name at the manager"][1]


def test_an_endpoint_that_refuses(way):
    closed = f"127.0.0.1:{free_port()}"
    way.connection.update("--endpoint", closed)
    way.manager.wait(way.connection, Endpoint=closed)
    for code, found in (way.end_to_end(), way.doctor()):
        assert code == 1 and verdicts(found) == ["OK"] * 7 + ["Failed", "Failed"], found
        assert "refuses" in found["Endpoint reached by the manager"][1]


def test_an_endpoint_that_the_manager_must_not_reach(way):
    way.connection.update("--endpoint", "169.254.169.254:80")
    way.manager.wait(way.connection, Endpoint="169.254.169.254:80")
    code, found = way.end_to_end()
    assert code == 1 and "Failed" in (found["Endpoint's name at the manager"][0], found["Endpoint reached by the manager"][0])
    assert found["Connection end to end"][0] == "Failed" and "metadata" in found["Connection end to end"][1]


def test_what_a_manager_finds_tells_no_addresses_of_its_network(way):
    result = way.tcpping("--end-to-end", "--output", "json")
    found = steps(result)
    assert all("127.0.0.1" not in found[hop][1] for hop in HOPS[6:8]), found


async def test_a_listener_that_is_no_manager_of_ours_cannot_be_asked(server):
    connection, site = server.hybrid_connection("127.0.0.1:1"), server.site()
    site.bind(connection, PLACE)
    await connection.entity.ready()
    async with connection.entity.listener() as listener:
        listener.serve()
        for command in (["tcpping", PLACE, "--end-to-end"], ["doctor"]):
            result = await asyncio.to_thread(site.causeway, *command, "--output", "json", limit=60)
            found = steps(result)
            assert result.returncode == 0 and verdicts(found) == ["OK"] * 5 + ["NotProvable"] * 3 + ["OK"], found
