"""Where the server differs from the published schemas on purpose: `deviations.json`, one entry per reason."""

import json
from fnmatch import fnmatchcase
from pathlib import Path

PATH = Path(__file__).resolve().parents[1] / "deviations.json"
KEYS = {"kind", "documents", "operations", "at", "evidence"}


class Deviations:
    """Every pattern of every entry must explain something; `unused` names those that did not."""

    def __init__(self, entries):
        self.entries = entries
        self.used = set()

    @classmethod
    def load(cls):
        return cls(json.loads(PATH.read_text(encoding="utf-8")))

    def explains(self, finding):
        explained = False
        for index, entry in enumerate(self.entries):
            if entry["kind"] != finding.kind:
                continue
            matching = {
                "documents": [p for p in entry["documents"] if fnmatchcase(finding.document, p)],
                "operations": [p for p in entry["operations"] if fnmatchcase(finding.operation, p)],
                "at": [p for p in entry["at"] if p == finding.at],
            }
            if all(matching.values()):
                explained = True
                self.used.update((index, key, pattern) for key, patterns in matching.items() for pattern in patterns)
        return explained

    def unused(self):
        return [
            f"entry {index} ({entry['kind']}): {key} '{pattern}'"
            for index, entry in enumerate(self.entries) for key in ("documents", "operations", "at") for pattern in entry[key]
            if (index, key, pattern) not in self.used
        ]
