"""HTTP/1.1 answers, read without any leniency: what a server may not send is a `Breach`."""

import re
from dataclasses import dataclass

from .frames import Breach

STATUS_LINE = re.compile(rb"HTTP/1\.1 ([1-5][0-9]{2}) ([\x20-\x7e]*)")
HEADER_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)")
HEAD_MAX = 70_000


@dataclass(frozen=True)
class Answer:
    status: int
    reason: str
    headers: tuple
    body: bytes
    is_whole: bool = True

    def header(self, name):
        """The value of a header that comes at most once."""
        values = self.all(name)
        assert len(values) <= 1, f"{name} comes {len(values)} times: {values}"
        return values[0] if values else None

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def cause(self):
        """The text without what is different in each answer."""
        return self.reason.split("TrackingId")[0]


class AnswerReader:
    """Reads one answer out of a growing buffer."""

    def __init__(self, method="GET"):
        self.method = method
        self.done = None

    def read(self, buffer, is_ended):
        """The answer when it is whole, or cut short by the end; else None. Takes what it used out of the buffer."""
        if self.done is None:
            self.done = self._read(buffer, is_ended)
        return self.done

    def _read(self, buffer, is_ended):
        end = buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(buffer) > HEAD_MAX:
                raise Breach(f"a head without an end: {bytes(buffer[:200])!r}")
            if is_ended and buffer:
                raise Breach(f"a head that is cut short: {bytes(buffer[:200])!r}")
            return None
        status, reason, headers = self._head(bytes(buffer[:end]))
        body, used, is_whole = self._body(buffer, end + 4, status, headers, is_ended)
        if body is None:
            return None
        del buffer[:used]
        return Answer(status, reason, tuple(headers), body, is_whole)

    @staticmethod
    def _head(head):
        first, *lines = head.split(b"\r\n")
        match = STATUS_LINE.fullmatch(first)
        if not match:
            raise Breach(f"a status line that is none: {first[:300]!r}")
        headers = []
        for line in lines:
            header = HEADER_LINE.fullmatch(line)
            if not header:
                raise Breach(f"a header line that is none: {line[:300]!r}")
            headers.append((header[1].decode(), header[2].decode("latin-1").strip()))
        return int(match[1]), match[2].decode(), headers

    def _body(self, buffer, start, status, headers, is_ended):
        """The body, where the answer ends, and whether it is whole; None for what has not come yet."""
        lengths = [value for name, value in headers if name.lower() == "content-length"]
        encodings = [value for name, value in headers if name.lower() == "transfer-encoding"]
        if len(lengths) + len(encodings) > 1:
            raise Breach(f"more than one framing: {headers}")
        if self.method == "HEAD" or status < 200 or status in (204, 304):
            return b"", start, True
        if encodings:
            return self._chunks(buffer, start, is_ended)
        if lengths:
            if not re.fullmatch("[0-9]{1,18}", lengths[0]):
                raise Breach(f"a length that is none: {lengths[0]}")
            end = start + int(lengths[0])
            if len(buffer) >= end:
                return bytes(buffer[start:end]), end, True
        if is_ended:
            return bytes(buffer[start:]), len(buffer), not lengths
        return None, 0, False

    @staticmethod
    def _chunks(buffer, start, is_ended):
        body, position = b"", start
        while (end := buffer.find(b"\r\n", position)) >= 0:
            size = bytes(buffer[position:end])
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
                raise Breach(f"a chunk size that is none: {size[:60]!r}")
            count = int(size, 16)
            if len(buffer) < end + 2 + count + 2:
                break
            body += buffer[end + 2:end + 2 + count]
            position = end + 2 + count + 2
            if bytes(buffer[position - 2:position]) != b"\r\n":
                raise Breach("a chunk without its end of line")
            if count == 0:
                return body, position, True
        return (body, len(buffer), False) if is_ended else (None, 0, False)
