"""The directory of a run of `causeway exec`, with the files that the connector writes."""

import os


class Directory:
    def __init__(self, path, gate):
        self.path, self.gate = path, gate
        path.mkdir(mode=0o700)
        self.write_gate()

    def replace(self, name, text):
        """As the connector does it: a reader sees the old file or the new one."""
        new = self.path / f"{name}.new"
        new.write_text(text)
        os.replace(new, self.path / name)

    def write_names(self, **addresses):
        """`db_example="127.77.1.2"` binds `db.example`."""
        self.replace("names", "".join(
            f"{name.replace('_', '.')} {address}\n" for name, address in addresses.items()))

    def write_endpoints(self, *endpoints):
        self.replace("endpoints", "".join(f"{address} {port}\n" for address, port in endpoints))

    def write_gate(self, port=None, token=None):
        self.replace("gate", f"{port or self.gate.port}\n{token or self.gate.token}\n")
