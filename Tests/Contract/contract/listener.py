"""A listener of its own: a control channel over a raw TLS socket, which says nothing and is there to be counted."""

import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import time
from pathlib import Path
from urllib.parse import quote

from .server import BOOTSTRAP_FILE


def shared_access_token(uri, rule, key, seconds=3600):
    resource, expiry = quote(uri, safe=""), str(int(time.time() + seconds))
    digest = hmac.new(key.encode(), f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()
    return f"SharedAccessSignature sr={resource}&sig={quote(base64.b64encode(digest), safe='')}&se={expiry}&skn={rule}"


class Relay:
    """Where the data plane is, as `runtime.json` beside `bootstrap.json` says."""

    def __init__(self, settings):
        runtime = json.loads((Path(os.environ[BOOTSTRAP_FILE]).parent / "runtime.json").read_text(encoding="utf-8"))
        host, _, port = runtime["relayAddress"].rpartition(":")
        self.address = (host.strip("[]"), int(port))
        self.domain = runtime["relayDomain"]
        self.tls = ssl.create_default_context(cafile=settings.ca_file)

    def host(self, namespace):
        return f"{namespace}.{self.domain}"

    def exchange(self, namespace, target, *lines):
        """Sends one request. Returns the socket, and the status and the head of the answer."""
        host = self.host(namespace)
        connection = self.tls.wrap_socket(socket.create_connection(self.address, 10), server_hostname=host)
        head = "\r\n".join([f"GET {target} HTTP/1.1", f"Host: {host}:{self.address[1]}", *lines, "", ""])
        connection.sendall(head.encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            part = connection.recv(4096)
            if not part:
                break
            answer += part
        text = answer.partition(b"\r\n\r\n")[0].decode()
        return connection, int(text.split(" ", 2)[1]), text

    def listen(self, namespace, entity, token):
        """Opens a control channel, or says with which status that was refused: the socket is None then."""
        target = f"/$hc/{entity}?sb-hc-action=listen&sb-hc-token={quote(token, safe='')}"
        key = base64.b64encode(os.urandom(16)).decode()
        connection, status, _ = self.exchange(
            namespace, target, "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}"
        )
        if status != 101:
            connection.close()
        return (connection if status == 101 else None), status


def eventually(condition, what, limit=15):
    """Asks until the condition gives something true, and returns that."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {limit} s: {what}"
        time.sleep(0.02)
