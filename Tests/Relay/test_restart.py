"""What a stop, a kill and a restart leave: usage that was counted, and listeners that are served again at once."""

import asyncio
import threading

import pytest

from relay_peer.estate import Relay
from relay_peer.listener import Listener
from relay_peer.sockets import Closed, Lost, Refused
from relay_peer.waiting import eventually, within


def usage(entity):
    page = entity.namespace.relay.management.get(entity.path + "/providers/Causeway.Relay/usage")
    (one,) = [each for each in page["value"] if each["id"].lower() == entity.path.lower()]
    return one["bytesToListener"], one["bytesToSender"], one["connections"], one["requests"]


async def transfer(entity, listener, to_listener, to_sender):
    """One connection with an orderly end."""
    pair = await listener.join(raw=True)
    await pair.sender.send(b"x" * to_listener)
    await within(pair.listener.receive())
    await pair.listener.send(b"y" * to_sender)
    await within(pair.sender.receive())
    await pair.sender.send_close(1000)
    await within(pair.listener.end())
    await pair.listener.send_close(1000)
    await within(pair.sender.end())


def stay_at_the_same_addresses(server):
    """Later runs of the server have the ports of the first one."""
    runtime = server.runtime()
    for name, key in (("management", "managementAddress"), ("relay", "relayAddress"),
            ("relay-plaintext", "relayPlaintextAddress")):
        server.arguments = [argument for argument in server.arguments if not argument.startswith(f"--{name}-address")]
        server.arguments.append(f"--{name}-address={runtime[key]}")
    server.management.threads = threading.local()


async def started(own_server, *arguments):
    server = own_server(*arguments)
    await asyncio.to_thread(server.start)
    entity = await (await asyncio.to_thread(server.namespace().entity, "orders")).ready()
    stay_at_the_same_addresses(server)
    return server, entity


async def test_usage_survives_a_restart_and_goes_on(own_server):
    server, entity = await started(own_server)
    async with entity.listener() as listener:
        await transfer(entity, listener, 1_000_000, 500)
    assert await asyncio.to_thread(server.stop) == 0
    await asyncio.to_thread(server.start)
    assert usage(entity) == (1_000_000, 500, 1, 0)
    async with entity.listener() as listener:
        await transfer(entity, listener, 7, 11)
    await eventually(lambda: usage(entity) == (1_000_007, 511, 2, 0), "the second run adds to the first", limit=3)


async def test_usage_that_was_shown_survives_kill_9_and_is_not_counted_twice(own_server):
    server, entity = await started(own_server)
    total = 0
    for _ in range(3):
        async with entity.listener() as listener:
            await transfer(entity, listener, 10_000, 0)
            total += 10_000
            await eventually(lambda: usage(entity)[0] == total, "usage is shown", limit=3)
        await asyncio.sleep(1.2)
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        assert usage(entity)[0] == total


class Reconnecting:
    """A listener that comes back after 0, 1, 2, 5 s, as .NET and Java do, and that a 404 ends for good (R35)."""

    DELAYS = [0, 0.1, 0.2, 0.5, 0.5]

    def __init__(self, entity):
        self.entity, self.has_given_up, self.statuses = entity, False, []
        self.task = asyncio.ensure_future(self.run())

    async def run(self):
        attempt = 0
        while True:
            await asyncio.sleep(self.DELAYS[min(attempt, len(self.DELAYS) - 1)])
            attempt += 1
            listener = Listener(self.entity)
            try:
                await listener.open()
            except Refused as error:
                self.statuses.append(error.status)
                self.has_given_up = error.status == 404
                if self.has_given_up:
                    return
                continue
            except (Lost, OSError):
                continue
            attempt = 0
            listener.serve()
            (serving,) = [task for task in listener.tasks]
            await serving

    async def end(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.mark.parametrize("how", ["kill", "stop"])
async def test_r035_listeners_that_come_back_are_served_at_once(own_server, how):
    server, entity = await started(own_server, "--drain-timeout=1")
    listeners = [Reconnecting(entity) for _ in range(5)]
    try:
        await eventually(lambda: entity.count() == 5, "all listen", limit=5)
        for _ in range(2):
            socket = await entity.connect()
            await asyncio.to_thread(getattr(server, how))
            assert isinstance(await within(socket.end()), (Closed, Lost))
            server.management.threads = threading.local()
            await asyncio.to_thread(server.start)
            entity.namespace.relay.management = server.management
            await eventually(lambda: entity.count() == 5, "all listen again", limit=5)
            for number in range(10):
                socket = await within(entity.connect())
                await socket.send(str(number))
                assert await within(socket.receive()) == str(number)
                await socket.close()
        assert not any(listener.has_given_up for listener in listeners)
        assert {status for listener in listeners for status in listener.statuses} <= {503}
    finally:
        await asyncio.gather(*(listener.end() for listener in listeners))


async def test_a_second_relay_description_of_a_restarted_server_is_the_same(own_server):
    """Keys, entities and addresses are those of before; a token made before the restart is good after it."""
    server, entity = await started(own_server)
    token = entity.token("listen")
    assert await asyncio.to_thread(server.stop) == 0
    await asyncio.to_thread(server.start)
    assert Relay(server.management, server.runtime(), server.settings().ca_file).plain == entity.endpoint
    async with entity.listener(token=token) as listener:
        await (await listener.join()).close()
