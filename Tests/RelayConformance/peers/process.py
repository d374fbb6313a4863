"""What the kernel tells of a process and of its sockets."""

import os
from pathlib import Path


def resident_bytes(pid):
    """Memory of the process itself, without pages of files."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel does not say")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def queues(ports):
    """Bytes in the kernel for each (local port, remote port) of IPv4 that has one of the ports: (to send, to read)."""
    found = {}
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote = (int(end.split(":")[1], 16) for end in fields[1:3])
        if local in ports or remote in ports:
            to_send, to_read = (int(count, 16) for count in fields[4].split(":"))
            found[local, remote] = (to_send, to_read)
    return found
