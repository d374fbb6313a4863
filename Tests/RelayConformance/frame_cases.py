"""The frames that a peer may and may not send, from RFC 6455: one table for every kind of socket.

The numbers in front are the categories of the Autobahn test suite, so that results can be compared: 1 lengths, 2 pings
and pongs, 3 reserved bits, 4 opcodes, 5 fragments, 6 UTF-8, 7 closing, 9 sizes. 10 is about masks and forms of lengths.
"""

from dataclasses import dataclass

from peers.frames import BINARY, CONTINUATION, TEXT, Frame, binary, close, continuation, ping, pong, text

ALIVE, FAILED, CLOSED = "alive", "failed", "closed"
PROTOCOL_ERROR, BAD_PAYLOAD = 1002, 1007


@dataclass(frozen=True)
class Case:
    """What is sent, and what must come of it.

    `messages` and `pongs` come back in a case that ends `alive` or `closed`; of one that has `failed`, some may.
    `also` is another outcome that the standard permits.
    """

    name: str
    frames: tuple
    outcome: str = ALIVE
    messages: tuple = ()
    pongs: tuple = ()
    codes: tuple = (PROTOCOL_ERROR,)
    piece: int | None = None
    also: str | None = None
    # Sent after a pause in which the failure must be told already.
    late: bytes = b""
    is_known_to_reference: bool = True


def alive(name, *frames, messages=(), pongs=(), **keywords):
    return Case(name, frames, ALIVE, tuple(messages), tuple(pongs), **keywords)


def failed(name, *frames, messages=(), pongs=(), code=PROTOCOL_ERROR, **keywords):
    return Case(name, frames, FAILED, tuple(messages), tuple(pongs), (code,), **keywords)


def closed(name, *frames, messages=(), **keywords):
    return Case(name, frames, CLOSED, tuple(messages), **keywords)


def pieces(value, size):
    return [value[start:start + size] for start in range(0, len(value), size)] or [value]


def fragments(opcode, value, size):
    """A message in fragments of so many bytes."""
    parts = pieces(value, size)
    return [Frame(CONTINUATION if index else opcode, part, fin=index == len(parts) - 1) for index,
            part in enumerate(parts)]


# MARK: 1, lengths


SIZES = (0, 1, 125, 126, 127, 128, 65_535, 65_536, 65_537, 131_072, 131_073, 1_048_576)


def lengths():
    for make, opcode, kind, fill in ((text, TEXT, "text", b"*"), (binary, BINARY, "binary", b"\xfe")):
        for size in SIZES:
            yield alive(f"1 {kind} of {size} bytes", make(fill * size), messages=[(opcode, fill * size)])
        for size, piece in ((0, 1), (1, 1), (125, 1), (126, 1), (127, 1), (128, 1), (3_000, 1), (65_535, 1_000),
                            (65_536, 997),
                            (65_537, 1_000), (262_144, 4_096)):
            yield alive(f"1 {kind} of {size} bytes, {piece} at a time", make(fill * size), piece=piece,
                        messages=[(opcode, fill * size)])


# MARK: 2, pings and pongs


def pings():
    for value, name in ((b"", "nothing"), (b"Hello", "text"), (bytes(range(125)), "125 bytes"),
                        (b"\x00\xff\xfe\xfd\x80", "no UTF-8")):
        yield alive(f"2 ping with {name}", ping(value), pongs=[value])
        yield alive(f"2 ping with {name}, 1 byte at a time", ping(value), pongs=[value], piece=1)
        yield alive(f"2 unasked pong with {name}", pong(value))
    for size in (126, 127, 65_535, 65_536):
        yield failed(f"2 ping with {size} bytes", ping(b"*" * size))
        yield failed(f"2 pong with {size} bytes", pong(b"*" * size))
    yield alive("2 pong, then ping", pong(b"unasked"), ping(b"asked"), pongs=[b"asked"])
    ten = [b"payload-%d" % number for number in range(10)]
    for piece in (None, 1):
        yield alive(f"2 ten pings in pieces of {piece}", *map(ping, ten), pongs=ten, piece=piece)
    yield alive("2 pings between messages", ping(b"1"), text("a"), ping(b"2"), binary(b"b"), ping(b"3"),
                messages=[(TEXT, b"a"), (BINARY, b"b")], pongs=[b"1", b"2", b"3"])
    yield failed("2 fragmented ping", ping(b"a", fin=False), continuation(b"b"))
    yield failed("2 fragmented pong", pong(b"a", fin=False), continuation(b"b"))
    yield failed("2 fragmented ping without an end", ping(b"", fin=False))


# MARK: 3, reserved bits


def reserved_bits():
    for bits in range(1, 8):
        yield failed(f"3 text with the reserved bits {bits}", text("Hello", rsv=bits))
        yield failed(f"3 ping with the reserved bits {bits}", ping(b"Hello", rsv=bits))
    for bits in (1, 2, 4):
        yield failed(f"3 second message with the reserved bits {bits}", text("first"), text("second", rsv=bits), ping(),
                     messages=[(TEXT, b"first")])
        yield failed(f"3 close with the reserved bits {bits}", close(1000, rsv=bits))
        yield failed(f"3 continuation with the reserved bits {bits}", text("a", fin=False),
                     continuation(b"b", rsv=bits))
        yield failed(f"3 empty binary with the reserved bits {bits}, 1 byte at a time", binary(rsv=bits), piece=1)


# MARK: 4, opcodes


def opcodes():
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        kind = "control" if opcode > 7 else "data"
        yield failed(f"4 {kind} opcode {opcode}", Frame(opcode))
        yield failed(f"4 {kind} opcode {opcode} with payload", Frame(opcode, b"reserved"))
        yield failed(f"4 {kind} opcode {opcode} after a message", text("first"), Frame(opcode, b"x"), ping(),
                     messages=[(TEXT, b"first")])
        yield failed(f"4 {kind} opcode {opcode} inside a message, 1 byte at a time", text("first", fin=False),
                     Frame(opcode, b"x"),
                     continuation(b"last"), piece=1)
        yield failed(f"4 {kind} opcode {opcode} without FIN", Frame(opcode, b"x", fin=False))


# MARK: 5, fragments


def fragmentation():
    for opcode, kind in ((TEXT, "text"), (BINARY, "binary")):
        first = Frame(opcode, b"fragment1", fin=False)
        whole = [(opcode, b"fragment1fragment2")]
        for piece in (None, 1):
            how = f"{kind}, in pieces of {piece}"
            yield alive(f"5 two fragments of {how}", first, continuation(b"fragment2"), messages=whole, piece=piece)
            yield alive(f"5 two fragments of {how}, a ping between", first, ping(b"between"),
                        continuation(b"fragment2"),
                        messages=whole, pongs=[b"between"], piece=piece)
        yield alive(f"5 two fragments of {kind}, a pong between", first, pong(b"between"), continuation(b"fragment2"),
                    messages=whole)
        yield failed(f"5 {kind} begins inside {kind}", first, Frame(opcode, b"fragment2"))
        yield failed(f"5 fragmented text begins inside {kind}", first, text("fragment2", fin=False))
        yield failed(f"5 binary begins inside {kind}, after a ping", first, ping(b"1"), binary(b"fragment2"),
                     pongs=[b"1"])
        yield alive(f"5 empty fragments of {kind}", Frame(opcode, fin=False), continuation(fin=False), continuation(),
                    messages=[(opcode, b"")])
        yield alive(f"5 empty first and last fragment of {kind}", Frame(opcode, fin=False),
                    continuation(b"x", fin=False),
                    continuation(), messages=[(opcode, b"x")])
        yield alive(f"5 a hundred fragments of {kind}", *fragments(opcode, b"0123456789" * 10, 1),
                    messages=[(opcode, b"0123456789" * 10)])
        yield alive(f"5 large fragments of {kind}", *fragments(opcode, b"y" * 200_000, 70_000),
                    messages=[(opcode, b"y" * 200_000)])
    for frame, name in ((continuation(b"x"), "last"), (continuation(b"x", fin=False), "not the last"),
                        (continuation(), "empty")):
        yield failed(f"5 continuation of nothing, {name}", frame, text("after"))
        yield failed(f"5 continuation after a whole message, {name}", text("whole"), frame, messages=[(TEXT, b"whole")])
        yield failed(f"5 continuation after fragments, {name}", text("a", fin=False), continuation(b"b"), frame,
                     messages=[(TEXT, b"ab")])
    parts = [text("f1", fin=False), ping(b"1"), continuation(b"f2", fin=False), ping(b"2"), pong(b"3"),
             continuation(b"f3", fin=False),
             ping(b"4"), continuation(b"f4")]
    for piece in (None, 1):
        yield alive(f"5 control frames in every gap, in pieces of {piece}", *parts, messages=[(TEXT, b"f1f2f3f4")],
                    pongs=[b"1", b"2", b"4"], piece=piece)
    yield closed("5 a message that a Close leaves unfinished", text("never whole", fin=False), close(1000),
                 is_known_to_reference=False)


# MARK: 6, UTF-8


KOSME = "κόσμε".encode()
VALID = {
    "U+0000": b"\x00", "U+007F": b"\x7f", "U+0080": b"\xc2\x80", "U+07FF": b"\xdf\xbf", "U+0800": b"\xe0\xa0\x80",
    "U+D7FF": b"\xed\x9f\xbf", "U+E000": b"\xee\x80\x80", "U+FFFD": b"\xef\xbf\xbd", "U+FFFE": b"\xef\xbf\xbe",
    "U+FFFF": b"\xef\xbf\xbf", "U+10000": b"\xf0\x90\x80\x80", "U+3FFFF": b"\xf0\xbf\xbf\xbf",
    "U+10FFFF": b"\xf4\x8f\xbf\xbf",
    "Greek": KOSME, "a mixture": "Hello-µ@ßöäüàá-UTF-8!! 𝄞 한글 🂡".encode(),
}
INVALID = {
    "a lone continuation": b"\x80", "the last continuation": b"\xbf", "two continuations": b"\x80\xbf",
    "every continuation": bytes(range(0x80, 0xC0)), "0xC0": b"\xc0 ", "0xC1": b"\xc1 ", "0xF5": b"\xf5 ",
    "0xF8": b"\xf8 ",
    "0xFC": b"\xfc ", "0xFE": b"\xfe", "0xFF": b"\xff", "a lead of 2 alone": b"\xc2 ", "a lead of 3 alone": b"\xe1 ",
    "2 of 3 bytes": b"\xe1\x80 ", "a lead of 4 alone": b"\xf1 ", "3 of 4 bytes": b"\xf1\x80\x80 ",
    "overlong slash in 2": b"\xc0\xaf", "overlong slash in 3": b"\xe0\x80\xaf",
    "overlong slash in 4": b"\xf0\x80\x80\xaf",
    "overlong slash in 5": b"\xf8\x80\x80\x80\xaf", "overlong slash in 6": b"\xfc\x80\x80\x80\x80\xaf",
    "largest overlong in 2": b"\xc1\xbf", "largest overlong in 3": b"\xe0\x9f\xbf",
    "largest overlong in 4": b"\xf0\x8f\xbf\xbf",
    "overlong zero": b"\xc0\x80", "surrogate D800": b"\xed\xa0\x80", "surrogate DBFF": b"\xed\xaf\xbf",
    "surrogate DC00": b"\xed\xb0\x80", "surrogate DFFF": b"\xed\xbf\xbf",
    "a pair of surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "U+110000": b"\xf4\x90\x80\x80", "U+1FFFFF": b"\xf7\xbf\xbf\xbf", "5 bytes": b"\xf8\x88\x80\x80\x80",
    "6 bytes": b"\xfd\xbf\xbf\xbf\xbf\xbf",
}
TRUNCATED = {"2": b"\xce", "3": b"\xe2\x82", "3 after its lead": b"\xe2", "4": b"\xf0\x9d\x84",
             "4 after two": b"\xf0\x9d",
             "4 after its lead": b"\xf0"}


def utf8():
    for name, value in VALID.items():
        whole = [(TEXT, KOSME + value + b"!")]
        message = KOSME + value + b"!"
        yield alive(f"6 valid: {name}", text(message), messages=whole)
        yield alive(f"6 valid: {name}, 1 byte at a time", text(message), messages=whole, piece=1)
        yield alive(f"6 valid: {name}, in fragments of 1 byte", *fragments(TEXT, message, 1), messages=whole)
    for name, value in INVALID.items():
        message = KOSME + value + b"edited"
        yield failed(f"6 invalid: {name}", text(message), code=BAD_PAYLOAD)
        yield failed(f"6 invalid: {name}, 1 byte at a time", text(message), code=BAD_PAYLOAD, piece=1)
        yield failed(f"6 invalid: {name}, in fragments of 1 byte", *fragments(TEXT, message, 1), code=BAD_PAYLOAD)
    for name, value in TRUNCATED.items():
        yield failed(f"6 ends inside a character of {name}", text(KOSME + value), code=BAD_PAYLOAD)
        yield failed(f"6 ends inside a character of {name}, in fragments", *fragments(TEXT, KOSME + value, 1),
                     code=BAD_PAYLOAD)
        yield failed(f"6 ends inside a character of {name}, empty last fragment", text(value, fin=False),
                     continuation(),
                     code=BAD_PAYLOAD)
    sentence = "ein Ärger, два, 三 𝄞"
    encoded = sentence.encode()
    for position in range(len(encoded)):
        wrong = encoded[:position] + b"\xff" + encoded[position + 1:]
        yield failed(f"6 wrong byte {position}", text(wrong), code=BAD_PAYLOAD)
    for size in (2, 3, 5, 7):
        yield alive(f"6 fragments of {size} bytes with pings between",
                    *(frame for part in fragments(TEXT, encoded, size) for frame in (ping(b"p"), part)),
                    messages=[(TEXT, encoded)], pongs=[b"p"] * len(pieces(encoded, size)))
    yield alive("6 what is no UTF-8 in binary", binary(b"\xff\xfe\xed\xa0\x80"),
                messages=[(BINARY, b"\xff\xfe\xed\xa0\x80")])
    yield alive("6 a new message begins anew", binary(b"\xe2\x82"), text("€"),
                messages=[(BINARY, b"\xe2\x82"), (TEXT, "€".encode())])
    yield failed("6 a good message before a bad one", text("good"), text(b"\xff"), messages=[(TEXT, b"good")],
                 code=BAD_PAYLOAD)
    yield failed("6 an early failure between fragments", text(KOSME, fin=False), continuation(b"\xf4\x90", fin=False),
                 code=BAD_PAYLOAD, late=continuation(b"\x80\x80").encode(), is_known_to_reference=False)
    for name, value in (("0xFF", b"\xff"), ("a surrogate", b"\xed\xa0"), ("beyond U+10FFFF", b"\xf4\x90"),
                        ("overlong", b"\xe0\x80")):
        frame = text(KOSME + value + b"x" * 80).encode()
        yield failed(f"6 an early failure inside a frame: {name}", frame[:6 + len(KOSME + value)],
                     late=frame[6 + len(KOSME + value):],
                     code=BAD_PAYLOAD, is_known_to_reference=False)


# MARK: 7, closing


def closing():
    yield closed("7 close without a code", close())
    yield closed("7 close with a code", close(1000))
    yield closed("7 close with a code and a reason", close(1000, "finished: 済"))
    yield closed("7 close, 1 byte at a time", close(1001, "going"), piece=1)
    yield closed("7 close with a reason of 123 bytes", close(1000, "r" * 123))
    yield failed("7 close with a reason of 124 bytes", close(1000, "r" * 124))
    yield failed("7 close with one byte", Frame(8, b"\x03"))
    yield failed("7 fragmented close", close(1000, fin=False))
    yield closed("7 close after a message", text("first"), close(1000), messages=[(TEXT, b"first")],
                 is_known_to_reference=False)
    yield closed("7 two closes", close(1000, "first"), close(1001, "second"))
    yield closed("7 a ping after a close", close(1000), ping(b"after"))
    yield closed("7 a message after a close", close(1000), text("after"))
    yield closed("7 a wrong frame after a close", close(1000), Frame(3, b"after"))
    yield closed("7 much after a close", close(1000), *[binary(b"z" * 65_536)] * 8)
    for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
        yield closed(f"7 the code {code}", close(code, "why"))
    for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999):
        yield failed(f"7 the code {code}", close(code, "why"))
        yield failed(f"7 the code {code} without a reason", close(code))
    for code in (1012, 1013, 1014):
        # Registered after the standard, which reserves them.
        yield closed(f"7 the code {code}", close(code), also=FAILED)
    for code in (5000, 65_535):
        # The standard says nothing of codes from 5000 on.
        yield failed(f"7 the code {code}", close(code), also=CLOSED)
    for name, reason in (("0xFF", b"\xff"), ("a surrogate", b"\xed\xa0\x80"), ("a cut character", b"ok \xe2\x82"),
                         ("overlong", b"\xc0\xaf"), ("beyond U+10FFFF", KOSME + b"\xf4\x90\x80\x80")):
        yield failed(f"7 a reason with {name}", close(1000, reason), code=BAD_PAYLOAD)
    yield failed("7 a wrong close inside a message", text("a", fin=False), close(999), continuation(b"b"))


# MARK: 9, sizes


def sizes():
    for opcode, kind in ((TEXT, "text"), (BINARY, "binary")):
        message = b"0123456789abcdef" * 65_536
        yield alive(f"9 four messages of 1 MiB, {kind}", *[Frame(opcode, message)] * 4,
                    messages=[(opcode, message)] * 4)
        yield alive(f"9 one frame of 8 MiB, {kind}", Frame(opcode, message * 8), messages=[(opcode, message * 8)])
        for size in (256, 4_096, 65_536, 65_537, 262_144):
            yield alive(f"9 1 MiB of {kind} in fragments of {size}", *fragments(opcode, message, size),
                        messages=[(opcode, message)])
        for piece in (1_009, 16_384):
            yield alive(f"9 1 MiB of {kind}, {piece} bytes at a time", Frame(opcode, message),
                        messages=[(opcode, message)],
                        piece=piece)
        for size in (0, 16, 1_024):
            message = b"m" * size
            yield alive(f"9 a thousand messages of {size} bytes, {kind}", *[Frame(opcode, message)] * 1_000,
                        messages=[(opcode, message)] * 1_000)


# MARK: 10, masks and forms of lengths


def masks():
    for frame, name in ((text("Hello", is_masked=False), "text"), (binary(b"", is_masked=False), "empty binary"),
                        (ping(b"", is_masked=False), "ping"), (close(1000, is_masked=False), "close"),
                        (continuation(b"x", is_masked=False), "continuation"),
                        (binary(b"x" * 70_000, is_masked=False), "large binary")):
        # The reference resets a connection that it ends with bytes unread, and its Close is lost with it.
        is_small = len(frame.payload) < 100
        yield failed(f"10 {name} without a mask", frame, is_known_to_reference=is_small)
        yield failed(f"10 {name} without a mask, after a good one", text("good"), frame, messages=[(TEXT, b"good")],
                     is_known_to_reference=is_small)
    for key in (b"\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x00\x00\x00\x01", b"\x80\x00\x00\x00"):
        value = bytes(range(256)) * 300
        yield alive(f"10 the mask {key.hex()}", binary(value, key=key), ping(b"abc", key=key),
                    messages=[(BINARY, value)],
                    pongs=[b"abc"])
    for size, form in ((0, 16), (5, 16), (125, 16), (0, 64), (125, 64), (126, 64), (65_535, 64)):
        yield alive(f"10 {size} bytes with a length in {form} bits", binary(b"n" * size, form=form), also=FAILED,
                    messages=[(BINARY, b"n" * size)], is_known_to_reference=False)
    for form in (16, 64):
        yield failed(f"10 a ping with a length in {form} bits", ping(b"n", form=form), also=ALIVE, pongs=[b"n"],
                     is_known_to_reference=False)
    for length in (1 << 63, (1 << 64) - 1, (1 << 63) + 5):
        yield failed(f"10 the length {length:x}", binary(b"start", declared=length, form=64),
                     is_known_to_reference=False)
        yield failed(f"10 the length {length:x}, of a ping", ping(b"", declared=length, form=64),
                     is_known_to_reference=False)
        yield failed(f"10 the length {length:x}, 1 byte at a time", text("start", declared=length, form=64), piece=1,
                     is_known_to_reference=False)


CASES = [case for make in (lengths, pings, reserved_bits, opcodes, fragmentation, utf8, closing, sizes, masks)
         for case in make()]


def data_frames(case):
    """The frames of a case that belong to messages, up to a Close."""
    found = []
    for frame in case.frames:
        if not isinstance(frame, Frame) or frame.opcode == 8:
            break
        if frame.opcode in (CONTINUATION, TEXT, BINARY):
            found.append(frame)
    return found
