"""The connector: addresses for the bindings of an app, which it follows, and what it says of what it cannot do."""

import re
import socket

import pytest

from clients.servers import binary
from clients.waiting import wait_until
from tunnel_peer.endpoints import greeting
from tunnel_peer.programs import failed, is_root, succeeded
from tunnel_peer.servers import as_user, unavailable
from tunnel_peer.sockets import ask, converse, dial, free_port, is_answering, is_reset, read_exactly

# A look at the bindings is made every two seconds.
FOLLOWED = 6


def is_unknown(name):
    """This machine by itself knows no such name."""
    try:
        socket.gethostbyname(name)
    except OSError:
        return True
    return False


# MARK: bindings


def test_each_bound_name_has_an_address_of_its_own_on_which_its_port_leads_to_its_endpoint(bind, connect, make):
    port = free_port()
    places = [bind(make.endpoint(greeting(text)), port=port)[1] for text in (b"one", b"two")]
    addresses = connect().places
    assert set(addresses) == set(places) and len(set(addresses.values())) == 2
    for place, text in zip(places, (b"one", b"two")):
        address = addresses[place]
        assert re.fullmatch(rf"127\.(6[4-9]|[7-9]\d|1[0-8]\d|19[01])\.\d+\.\d+:{port}", address)
        with dial(address) as app:
            assert read_exactly(app, 3) == text
    assert all(is_unknown(place.split(":")[0]) for place in places)


def test_addresses_are_the_same_after_a_restart(bind, connect, echoing):
    bind(echoing)
    connector = connect()
    before = connector.places
    assert connector.stop() == 0
    assert connector.start().places == before
    converse(*connector.places.values())


def test_bindings_that_are_added_changed_and_removed_are_followed(server, site, bind, connect, make, echoing):
    connector = connect()
    assert connector.places == {}
    connection, place = bind(make.endpoint(greeting(b"one")))
    address = connector.place(place)
    with dial(address) as app:
        assert read_exactly(app, 3) == b"one"
        ask(app, b"before")
        # Another port, under the same name.
        changed = f"{place.split(':')[0]}:{free_port()}"
        site.bind(connection, changed)
        new = connector.place(changed)
        assert new.split(":")[0] == address.split(":")[0]
        with dial(new) as other:
            assert read_exactly(other, 3) == b"one"
        wait_until(lambda: not is_answering(address), "the old port is closed", FOLLOWED)
        site.unbind(connection)
        connector.wait_log(f"endpoint={changed}.*Unbound", FOLLOWED)
        with pytest.raises(ConnectionRefusedError):
            dial(new)
        ask(app, b"what stands stays")


def test_a_binding_of_another_hybrid_connection_under_the_same_name_leads_there(server, site, bind, connect, make):
    connection, place = bind(make.endpoint(greeting(b"one")))
    connector = connect()
    (address,) = connector.places.values()
    site.unbind(connection)
    bind(make.endpoint(greeting(b"two")), *[part.removesuffix(".corp.example") for part in place.split(":")])

    def greets(text):
        with dial(address) as app:
            return read_exactly(app, 3) == text

    def leads_there():
        try:
            return greets(b"two")
        except OSError:
            return False

    wait_until(leads_there, "the new one is reached", FOLLOWED)


def test_while_the_server_is_away_everything_stays_as_it_is(make, echoing):
    server = make.server().start()
    connection, site = server.hybrid_connection(echoing.address), server.site()
    make.manager(server).start().add(connection)
    site.bind(connection, f"db.corp.example:{free_port()}")
    connector = make.connector(server, *site.options).start()
    (address,) = connector.places.values()
    converse(address)
    server.kill()
    connector.wait_log("bindings cannot be read")
    assert is_reset(address)
    assert connector.is_running


def test_when_a_hybrid_connection_is_deleted_the_connector_does_not_go_to_another_relay(bind, connect, echoing):
    """A token of this relay is nobody else's business; the namespace's name may be taken by anybody in Azure."""
    connection, place = bind(echoing)
    connector = connect()
    (address,) = connector.places.values()
    converse(address)
    connection.delete()
    # Once this one is there, the bindings were read after the deletion.
    connector.place(bind(echoing)[1])
    assert not is_answering(address)
    assert "servicebus.windows.net" not in connector.log()


@pytest.mark.parametrize("lanes", ["4", "0"])
def test_an_endpoint_that_refuses_gives_a_reset_and_the_reason_in_the_log(server, manager, site, connect, lanes):
    connection = server.hybrid_connection(f"127.0.0.1:{free_port()}")
    manager.add(connection)
    site.bind(connection, f"{server.unique('db')}.corp.example:{free_port()}")
    connector = connect("--lanes", lanes)
    assert is_reset(*connector.places.values())
    assert "Connection refused" in connector.wait_log("A connection failed")


@pytest.mark.parametrize("arguments, code, reason", [
    ([], 2, "--site"), (["--site", "x"], 2, "--resource-group"), (["--site", "nowhere", "-g", "{group}"], 1, "nowhere"),
    (["--connection-string", "@/nowhere"], 2, "--listen"), (["--connection-string", "-", "--listen", "a"], 2, "--listen"),
    (["--connection-string", "@/nowhere", "--listen", "127.0.0.1:1"], 1, "/nowhere"),
    (["--site", "x", "-g", "y", "--listen", "127.0.0.1:1"], 2, "HOST:PORT"),
    (["--site", "x", "--connection-string", "-"], 2, "--site or --connection-string"), (["--log-level", "loud"], 2, "loud"),
])
def test_what_cannot_be_run_ends_with_a_reason(server, arguments, code, reason):
    words = [word.replace("{group}", server.GROUP) for word in arguments]
    assert reason in failed(server.causeway("connect", *words, "--ca-file", server.ca_file, limit=20), code)


def test_a_connector_without_a_server_says_which_one_it_did_not_reach(server, site):
    port = free_port()
    told = failed(server.causeway(
        "connect", *site.options, "--management-endpoint", f"https://localhost:{port}", limit=30))
    assert f"localhost:{port}" in told


def test_sigterm_ends_the_connector_in_order(bind, connect, echoing):
    bind(echoing)
    connector = connect()
    (address,) = connector.places.values()
    converse(address)
    assert connector.stop(5) == 0 and "Stopped" in connector.log()
    with pytest.raises(ConnectionRefusedError):
        dial(address)


# MARK: places


def test_a_place_can_be_chosen_for_a_binding_whatever_the_case_of_its_name(bind, connect, echoing):
    _, place = bind(echoing)
    wanted = f"127.0.0.1:{free_port()}"
    connector = connect("--listen", f"{place.upper()}={wanted}")
    assert connector.places == {place: wanted}
    converse(wanted)


def test_an_endpoint_that_is_an_address_is_warned_about_and_reachable_with_listen(server, site, manager, connect, echoing):
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    place = f"10.20.30.40:{free_port()}"
    site.bind(connection, place)
    connector = connect()
    assert f"{place} has no address here: the endpoint is an IP address" in connector.output()
    assert f"--listen {place}=127.0.0.1:PORT" in connector.wait_log("no name is looked up")
    result = succeeded(server.causeway("connect", "hosts", *site.options))
    assert result.stdout == "" and f"{place} is an address" in result.stderr
    wanted = f"127.0.0.1:{free_port()}"
    assert connect("--listen", f"{place}={wanted}").places == {place: wanted}
    converse(wanted)


def test_a_port_that_somebody_else_has_is_said_and_taken_once_it_is_free(bind, connect, echoing):
    _, place = bind(echoing)
    wanted = f"127.0.0.1:{free_port()}"
    with socket.create_server(("127.0.0.1", int(wanted.split(":")[1]))):
        connector = connect("--listen", f"{place}={wanted}")
        assert f"{place} has no address here" in connector.output() and "in use" in connector.output()
    connector.place(place)
    wait_until(lambda: is_answering(wanted), "it listens now", FOLLOWED)


def test_a_single_place_that_somebody_else_has_ends_the_connector_with_the_reason(server, manager, make, echoing):
    connection = server.hybrid_connection(echoing.address)
    single = make.single(connection)
    with socket.create_server(("127.0.0.1", int(single.address.split(":")[1]))):
        single.launch()
        assert single.process.wait(10) == 1
    assert f"cannot listen on {single.address}" in single.log() and "Fatal" not in single.log()


def test_a_privileged_port_without_the_right_is_explained(server, manager, site, make, echoing, open_folder):
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
        if int(file.read()) < 2:
            unavailable("this machine gives all ports to everybody")
    connection = server.hybrid_connection(echoing.address)
    manager.add(connection)
    site.bind(connection, f"{server.unique('db')}.corp.example:1")
    bootstrap, home = server.bootstrap(), open_folder()
    connector = make.connector(
        server, *site.options, "--management-endpoint", bootstrap["managementEndpoint"], "--tenant-id", bootstrap["tenantId"],
        "--client-id", bootstrap["clientId"], "--subscription", bootstrap["subscriptionId"],
        CAUSEWAY_CLIENT_SECRET=bootstrap["clientSecret"])
    if is_root():
        moved = {str(path): str(home.take(path)) for path in (binary(), server.ca_file)}
        connector.command = as_user("nobody") + [moved.get(word, word) for word in connector.command]
    del connector.environment["CAUSEWAY_DATA_DIRECTORY"]
    connector.start()
    assert "no right to listen on port 1" in connector.output()
    line = connector.wait_log("no right to listen")
    assert "CAP_NET_BIND_SERVICE" in line and "--listen" in line and "causeway exec" in line
