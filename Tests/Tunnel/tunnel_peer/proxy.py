"""An HTTP proxy that wants a user and a password, and lets through what CONNECT asks for."""

import asyncio
import base64
import contextlib
import threading


class Proxy:
    """Runs on a loop of its own thread."""

    USER, PASSWORD = "relay user", "p:a@ss/word%"

    def __init__(self):
        # What was asked for, as pairs of target and answer.
        self.requests = []
        self.loop = asyncio.new_event_loop()
        self.server = None
        started = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self.thread.start()
        started.wait(10)
        self.port = self.server.sockets[0].getsockname()[1]

    def url(self, password="p%3Aa%40ss%2Fword%25"):
        return f"http://relay%20user:{password}@127.0.0.1:{self.port}"

    @property
    def tunnels(self):
        return [target for target, status in self.requests if status == 200]

    def end(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def _run(self, started):
        asyncio.set_event_loop(self.loop)
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        started.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.server.close()
        self.loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(self.loop), return_exceptions=True))
        self.loop.close()

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, target, _ = head.split("\r\n")[0].split(" ")
            assert method == "CONNECT", head
            wanted = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
            is_allowed = f"proxy-authorization: basic {wanted}".lower() in head.lower()
            self.requests.append((target, 200 if is_allowed else 407))
            if not is_allowed:
                writer.write(
                    b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
            else:
                # Names below localhost are loopback.
                other_reader, other = await asyncio.open_connection("127.0.0.1", int(target.rpartition(":")[2]))
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(self._pass(reader, other), self._pass(other_reader, writer))
        writer.close()

    @staticmethod
    async def _pass(reader, writer):
        with contextlib.suppress(OSError):
            while part := await reader.read(65_536):
                writer.write(part)
                await writer.drain()
        writer.close()
