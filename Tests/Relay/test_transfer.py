"""Much data both ways at once, compared by checksum. `CAUSEWAY_TRANSFER_BYTES` says how much goes each way."""

import asyncio
import hashlib
import random

import pytest

from relay_peer.sockets import Closed
from relay_peer.waiting import within

# Nothing moves at less than this on average, in bytes a second; the deadline follows from it.
SLOWEST = 1_000_000


class Stream:
    """Pseudo-random bytes in messages of random sizes, and their checksum."""

    def __init__(self, seed, size):
        self.generator, self.size = random.Random(seed), size
        self.block = self.generator.randbytes(1 << 20)
        self.digest, self.sent = hashlib.sha256(), 0

    async def send(self, socket):
        while self.sent < self.size:
            length = min(self.generator.choice((1, 100, 4_096, 16_384, 65_536, 65_537, 262_144)), self.size - self.sent)
            offset = self.generator.randrange(len(self.block) - length)
            piece = self.block[offset:offset + length]
            self.digest.update(piece)
            self.sent += length
            await socket.send(piece)
        return self.digest.hexdigest()


async def receive(socket, size):
    digest, count = hashlib.sha256(), 0
    while count < size:
        message = await socket.receive()
        digest.update(message)
        count += len(message)
    assert count == size
    return digest.hexdigest()


@pytest.fixture
def limit(request, transfer_bytes):
    seconds = 30 + transfer_bytes // SLOWEST
    request.node.add_marker(pytest.mark.timeout(seconds + 10))
    return seconds


@pytest.mark.timeout(0)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
async def test_both_ways_at_once(entity, transfer_bytes, limit, secure):
    """Plain with the whole size; TLS with a tenth of it."""
    size = transfer_bytes // 10 if secure else transfer_bytes
    peer = entity.over_tls() if secure else entity
    async with peer.listener() as listener:
        pair = await listener.join(raw=True)
        there, back = Stream(1, size), Stream(2, size)
        async with asyncio.timeout(limit):
            sent_there, sent_back, got_there, got_back = await asyncio.gather(
                there.send(pair.sender), back.send(pair.listener), receive(pair.listener, size), receive(pair.sender, size))
        assert (sent_there, sent_back) == (got_there, got_back)
        await pair.sender.send_close(1000)
        assert isinstance(await within(pair.listener.end()), Closed)
        await pair.close()


@pytest.mark.timeout(0)
async def test_an_http_upload_and_download(entity, transfer_bytes, limit):
    """A tenth of the size each way, through one request by rendezvous."""
    size = transfer_bytes // 10
    body = random.Random(3).randbytes(1 << 20) * (size // (1 << 20) + 1)

    async def chunks():
        for offset in range(0, size, 50_000):
            yield body[offset:min(offset + 50_000, size)]

    async def digest_of(listener, request):
        found = hashlib.sha256(request.body).hexdigest().encode()
        pieces = [request.body[offset:offset + 60_000] for offset in range(0, len(request.body), 60_000)]
        await listener.respond(request, 200, fragments=pieces, responseHeaders={"X-Digest": found.decode()})

    async with entity.listener() as listener, entity.httpx() as client, asyncio.timeout(limit):
        listener.serve(digest_of)
        answer = await client.post("/upload", content=chunks())
        assert answer.headers["X-Digest"] == hashlib.sha256(body[:size]).hexdigest()
        assert hashlib.sha256(answer.content).hexdigest() == answer.headers["X-Digest"]
