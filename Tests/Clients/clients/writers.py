"""Callers that write until their server is gone, and the log of what was written."""

import threading
import uuid

import requests


class Writer(threading.Thread):
    """Puts one hybrid connection after the other, and one of its own again and again, until the server is gone."""

    def __init__(self, management, namespace, name, counter):
        super().__init__(daemon=True)
        self.management, self.namespace, self.name, self.counter = management, namespace, name, counter
        # Correlation IDs of acknowledged writes, by path; the last acknowledged and the last sent value of the own one.
        self.acknowledged, self.last, self.sent = {}, None, None

    def run(self):
        number = 0
        while True:
            number += 1
            try:
                self.put(f"{self.namespace}/hybridConnections/{self.name}-{number}", str(number))
                self.sent = str(number)
                self.put(f"{self.namespace}/hybridConnections/{self.name}", str(number))
                self.last = str(number)
            except requests.RequestException:
                return

    def put(self, path, text):
        correlation = str(uuid.uuid4())
        answer = self.management.call("PUT", path, {"properties": {"userMetadata": text}},
            headers={"x-ms-correlation-request-id": correlation})
        assert answer.status_code == 200, answer.text
        self.acknowledged.setdefault(path, []).append(correlation)
        self.counter.release()


def activity(management, group):
    """Every record of the activity log of a group."""
    since = "eventTimestamp ge '2020-01-01T00:00:00Z'"
    url = (f"{management.subscription}/providers/Microsoft.Insights/eventtypes/management/values?api-version=2015-04-01&$top=1000"
           f"&$filter={since} and resourceGroupName eq '{group}'")
    records = []
    while url:
        page = management.get(url)
        records += page["value"]
        url = page.get("nextLink", "").removeprefix(management.settings.endpoint)
    return records
