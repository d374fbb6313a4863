"""A listener and a sender over `ws` on Node, the library under the vendor's Node packages; skipped where it is not installed."""

import asyncio
import contextlib
import json
import os
import shutil
from pathlib import Path

import pytest

from relay_peer.dialects import mint
from relay_peer.waiting import eventually, within

FOLDER = Path(__file__).parent / "node"
# Where Debian's node-ws is; Node on its own does not look there.
MODULES = "/usr/share/nodejs"
NODE = shutil.which("node")
HAS_WS = bool(NODE) and any(Path(folder, "ws",
    "package.json").exists() for folder in (*os.environ.get("NODE_PATH", "").split(":"), MODULES))

pytestmark = pytest.mark.skipif(not HAS_WS, reason="node with the ws package is not installed (Debian: nodejs, node-ws)")


class Program:
    """A script of the node folder; each line that it prints is a JSON object."""

    def __init__(self, process):
        self.process = process

    @classmethod
    @contextlib.asynccontextmanager
    async def run(cls, script, settings, ca_file):
        environment = {**os.environ, "NODE_PATH": f"{os.environ.get('NODE_PATH', '')}:{MODULES}", "NODE_EXTRA_CA_CERTS": ca_file,
                       "NODE_NO_WARNINGS": "1"}
        process = await asyncio.create_subprocess_exec(
            NODE, str(FOLDER / script), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment)
        process.stdin.write(json.dumps(settings).encode())
        process.stdin.close()
        try:
            yield cls(process)
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def line(self, limit=10):
        text = await within(self.process.stdout.readline(), limit)
        assert text, f"the script ended with {self.process.returncode}"
        return json.loads(text)

    async def expect(self, event, limit=10):
        line = await self.line(limit)
        assert line["event"] == event, line
        return line


@pytest.fixture
def node(server):
    ca_file = server.settings().ca_file
    return lambda script, **settings: Program.run(script, settings, ca_file)


def wire(entity, action):
    """What a script needs: URL, token with the port in its audience as Node makes it, and the port to connect to."""
    secure = entity.over_tls()
    rule = "listen" if action == "listen" else "send"
    return {"url": f"wss://{secure.host}/$hc/{entity.name}?sb-hc-action={action}",
            "httpUrl": f"https://{secure.host}/{entity.name}", "token": mint(secure, rule, "http://{host}:443/{name}")}


async def test_a_listener_on_node_serves_connections(entity, node):
    async with node("listener.js", **wire(entity, "listen")) as listener:
        await listener.expect("listening")
        await eventually(lambda: entity.count() == 1, "it counts", limit=1)
        for raw in (False, True):
            socket = await entity.connect(raw=raw)
            for message in ("text", b"binary", "x" * 300_000):
                await socket.send(message)
                assert await within(socket.receive()) == message
            await socket.close()
        socket = await entity.connect(raw=True, headers=[("Sec-WebSocket-Protocol", "one, two")])
        assert socket.subprotocol == "one"
        await socket.close()
        refused = await entity.refusal(raw=True, suffix="/reject")
        assert (refused.status, refused.reason) == (403, "not today")


async def test_a_listener_on_node_serves_requests(entity, node):
    async with node("listener.js", **wire(entity, "listen")) as listener, await entity.http() as sender:
        await listener.expect("listening")
        for method, size in (("GET", 0), ("HEAD", 0), ("POST", 10), ("POST", 60_000), ("POST", 200_000), ("PUT", 1_000_000)):
            answer = await within(sender.ask(method, "/echo?x=1", body=b"x" * size))
            assert answer.status == 200 and answer.body == b"x" * size, (method, size, answer)
            assert answer.header("X-Target") == f"/{entity.name}/echo?x=1" and answer.header("X-Method") == method


async def test_a_sender_on_node_reaches_a_listener_in_python(entity, node):
    async with entity.over_tls().listener() as listener:
        listener.serve()
        async with node("sender.js", **wire(entity, "connect"), messages=["one", "two", "x" * 200_000],
                requests=[0, 10, 100_000]) as sender:
            for _ in range(3):
                assert (await sender.expect("echo"))["same"]
            assert (await sender.expect("closed"))["code"] == 1000
            for _ in range(3):
                answer = await sender.expect("answer")
                assert answer["status"] == 200 and answer["same"], answer


async def test_node_talks_to_node(entity, node):
    async with node("listener.js", **wire(entity, "listen")) as listener:
        await listener.expect("listening")
        async with node("sender.js", **wire(entity, "connect"), messages=["a"] * 20, requests=[5] * 5) as sender:
            for _ in range(20):
                assert (await sender.expect("echo"))["same"]
            await sender.expect("closed")
            for _ in range(5):
                assert (await sender.expect("answer"))["same"]


async def test_a_refused_sender_on_node_sees_the_reason(entity, node):
    async with node("sender.js", **wire(entity, "connect"), messages=["a"], requests=[]) as sender:
        refused = await sender.expect("refused")
        assert refused["status"] == 404 and refused["reason"].startswith("There are no listeners connected for the endpoint")
