"""The few calls of the management API that these tests need."""

import http.client
import json
from urllib.parse import urlencode

GROUP, RELAY, CAUSEWAY = "2025-04-01", "2024-01-01", "2026-01-01"


class Management:
    """The administrator of one server, on one connection."""

    def __init__(self, server):
        self.server = server
        self.connection = None
        bootstrap = server.bootstrap
        self.subscription = f"/subscriptions/{bootstrap['subscriptionId']}"
        form = urlencode({
            "grant_type": "client_credentials", "client_id": bootstrap["clientId"],
            "client_secret": bootstrap["clientSecret"], "scope": server.runtime["managementEndpoint"] + "/.default",
        })
        status, answer = self._send("POST", f"/{bootstrap['tenantId']}/oauth2/v2.0/token", form,
                                    {"Content-Type": "application/x-www-form-urlencoded"})
        assert status == 200, (status, answer)
        self.token = answer["access_token"]

    def call(self, method, path, body=None, version=RELAY, expect=(200, 201, 202, 204)):
        headers = {"Authorization": "Bearer " + self.token}
        if body is not None:
            headers["Content-Type"] = "application/json"
        status, answer = self._send(method, f"{path}?api-version={version}", body and json.dumps(body), headers)
        assert status in expect, f"{method} {path}: {status} {answer}"
        return answer

    def group(self, name):
        path = f"{self.subscription}/resourceGroups/{name}"
        self.call("PUT", path, {"location": "local"}, GROUP)
        return path

    def _send(self, method, target, body, headers):
        """One call; a connection that the server ended between two calls is made anew."""
        for attempt in (1, 2):
            if self.connection is None:
                address = self.server.address("management")
                self.connection = http.client.HTTPSConnection(*address, context=self._context(), timeout=20)
            try:
                self.connection.request(method, target, body, headers)
                answer = self.connection.getresponse()
                content = answer.read()
                return answer.status, json.loads(content) if content else None
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                self.connection = None
                if attempt == 2:
                    raise

    def _context(self):
        context = self.server.trust
        context.check_hostname = False
        return context
