"""What programs do with sockets. The first argument names a scenario, the others are its arguments.

A host that is not known prints "unresolved", a failed connection the name of its error.
"""

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

MESSAGE = b"hello"


def addresses(host, port, family=socket.AF_UNSPEC, flags=0):
    return socket.getaddrinfo(host, int(port), family, socket.SOCK_STREAM, 0, flags)


def socket_for(host, port, family=socket.AF_UNSPEC, flags=0):
    """A socket that is not connected yet, and the address for it."""
    found_family, kind, protocol, _, address = addresses(host, port, family, flags)[0]
    return socket.socket(found_family, kind, protocol), address


def name_of(number):
    return errno.errorcode.get(number, str(number)) if number else "0"


def exchange(connected, message=MESSAGE):
    """Whether the other end sends back what it is sent."""
    connected.sendall(message)
    received = b""
    while len(received) < len(message):
        piece = connected.recv(65536)
        if not piece:
            break
        received += piece
    return received == message


def say(connected):
    print("echo" if exchange(connected) else "no echo")


def blocking(host, port):
    with socket.create_connection((host, port)) as connected:
        say(connected)


def timeout(host, port):
    """With a timeout Python makes the socket non-blocking and waits by itself."""
    with socket.create_connection((host, port), timeout=20) as connected:
        say(connected)


def nonblocking(host, port):
    """As libpq and many others do it."""
    connecting, address = socket_for(host, port)
    with connecting:
        connecting.setblocking(False)
        result = connecting.connect_ex(address)
        if result == errno.EINPROGRESS:
            select.select([], [connecting], [], 20)
            result = connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if result:
            raise OSError(result, "")
        if not fcntl.fcntl(connecting, fcntl.F_GETFL) & os.O_NONBLOCK:
            print("the socket blocks")
        connecting.setblocking(True)
        say(connecting)


def polled(host, port):
    """With edge-triggered readiness, asked for before the connection is there."""
    connecting, address = socket_for(host, port)
    with connecting, select.epoll() as poll:
        connecting.setblocking(False)
        poll.register(connecting, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
        result = connecting.connect_ex(address)
        if result not in (0, errno.EINPROGRESS):
            raise OSError(result, "")
        while not any(event & select.EPOLLOUT for _, event in poll.poll(20)):
            pass
        connecting.sendall(MESSAGE)
        received = b""
        while len(received) < len(MESSAGE):
            poll.poll(20)
            with contextlib.suppress(BlockingIOError):
                received += connecting.recv(100)
        print("echo" if received == MESSAGE else "no echo")


def event_loop(host, port):
    async def connect():
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(MESSAGE)
        print("echo" if await reader.readexactly(len(MESSAGE)) == MESSAGE else "no echo")
        writer.close()

    asyncio.run(connect())


def mapped(host, port):
    """An IPv6 socket and the IPv4 address within IPv6."""
    connecting, address = socket_for(host, port, socket.AF_INET6, socket.AI_V4MAPPED)
    with connecting:
        connecting.connect(address)
        say(connecting)


def literal(host, port, only=""):
    """An address of either family, by default and with IPv6 alone."""
    connecting, address = socket_for(host, port, flags=socket.AI_NUMERICHOST)
    with connecting:
        if only:
            connecting.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            connecting.connect(address)
        except OSError as error:
            print(name_of(error.errno))
            if only:
                print("IPV6_V6ONLY", connecting.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY))
            return
        say(connecting)


def everything(host, port):
    """What comes before anything was sent, until the other end has no more."""
    with socket.create_connection((host, port)) as connected:
        connected.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connected.recv(65536):
            received += piece
        print(received.decode())


def threads(host, port, count):
    """Connections in many threads at once, each with a message of its own."""
    results = []

    def connect(number):
        message = f"thread {number} ".encode() * 2000
        with socket.create_connection((host, port)) as connected:
            results.append(exchange(connected, message))

    socket.getaddrinfo(host, port)
    workers = [threading.Thread(target=connect, args=(number,)) for number in range(int(count))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{sum(results)} of {count}")


def children(host, port):
    """A fork that goes on by itself, and one that becomes another program."""
    socket.getaddrinfo(host, port)
    child = os.fork()
    if child == 0:
        blocking(host, port)
        sys.stdout.flush()
        os._exit(0)
    os.waitpid(child, 0)
    print(subprocess.run([sys.executable, __file__, "blocking", host, port], stdout=subprocess.PIPE, text=True,
                         check=True).stdout.strip())


def again(host, port, second_host, second_port, family):
    """The same socket is used again after a refusal."""
    wanted = socket.AF_INET6 if family == "6" else socket.AF_INET
    flags = socket.AI_V4MAPPED if family == "6" else 0
    connecting, address = socket_for(host, port, wanted, flags)
    with connecting:
        print(name_of(connecting.connect_ex(address)))
        print("SO_ERROR", connecting.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
        with contextlib.suppress(OSError):
            connecting.getpeername()
            print("there is a peer")
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 5, 0))
        connecting.connect(addresses(second_host, second_port, wanted, flags)[0][4])
        say(connecting)


def kept(host, port):
    """What was set on a socket before is there afterwards, whether the connection was made or refused."""
    connecting, address = socket_for(host, port, socket.AF_INET6, socket.AI_V4MAPPED)
    with connecting:
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 500)
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 5))
        connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 3, 0))
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connecting.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
        before = state(connecting)
        result = connecting.connect_ex(address)
        # Linux has no way back for this one on a connected socket, and it has no meaning there.
        after = state(connecting, fast_open=1 if result == 0 else None)
        print(name_of(result), "kept" if before == after else f"{before} became {after}")


def state(of, fast_open=None):
    return (
        fcntl.fcntl(of, fcntl.F_GETFL), of.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT),
        of.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8), of.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, 16),
        of.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), of.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY),
        fast_open or of.getsockopt(socket.IPPROTO_TCP, 30),
    )


def corked(host, port):
    """TCP_CORK holds small segments back."""
    connecting, address = socket_for(host, port)
    with connecting:
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        connecting.connect(address)
        connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
        say(connecting)


def source(host, port):
    """From an address that the program chose."""
    with socket.create_connection((host, port), source_address=("127.0.0.9", 0)) as connected:
        print(connected.getsockname()[0])
        say(connected)


def twice(host, port, mode):
    """A second connect on a connected socket."""
    connecting, address = socket_for(host, port)
    with connecting:
        connecting.setblocking(mode == "blocking")
        print(name_of(connecting.connect_ex(address)), name_of(connecting.connect_ex(address)))


def elsewhere(host, port):
    """A connect on a socket that is connected to somebody else, that is being connected, and that listens."""
    address = addresses(host, port)[0][4]
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as connected:
        print("connected", name_of(connected.connect_ex(address)))
        accepted, _ = server.accept()
        with accepted:
            accepted.setblocking(False)
            try:
                print("received", accepted.recv(1000))
            except BlockingIOError:
                print("nothing received")
        with socket.socket() as connecting:
            connecting.setblocking(False)
            connecting.connect_ex(server.getsockname())
            select.select([], [connecting], [], 20)
            print("just connected", name_of(connecting.connect_ex(address)))
        print("listening", name_of(server.connect_ex(address)))
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as stack:
        # The queue of the server is full after a few, and the next one stays where it is.
        for _ in range(5):
            connecting = stack.enter_context(socket.socket())
            connecting.setblocking(False)
            connecting.connect_ex(full.getsockname())
        print("connecting", name_of(connecting.connect_ex(address)))


def raced(host, port):
    """Another thread connects the socket to somebody else while it is being connected to the host."""
    connecting, address = socket_for(host, port)
    with connecting, socket.create_server(("127.0.0.1", 0)) as server:
        connecting.setblocking(False)
        other = threading.Timer(0.04, connecting.connect_ex, [server.getsockname()])
        other.start()
        print(name_of(connecting.connect_ex(address)))
        other.join()
        connecting.close()
        accepted, _ = server.accept()
        with accepted:
            print("received" if accepted.recv(1000) else "nothing received")


def datagram(host, port):
    """Other kinds of sockets go where they want to."""
    address = addresses(host, port)[0][4]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(address)
        print(*sender.getpeername())


def fast_open(host, port):
    """A connection that is made without connect()."""
    connecting, address = socket_for(host, port)
    with connecting:
        try:
            connecting.sendto(MESSAGE, socket.MSG_FASTOPEN, address)
        except OSError as error:
            print(name_of(error.errno))


def interrupted(host, port):
    """Signals come all the time; the C function shows what Python would hide."""
    connecting, address = socket_for(host, port)
    with connecting:
        signals = []
        signal.signal(signal.SIGALRM, lambda *_: signals.append(1))
        signal.siginterrupt(signal.SIGALRM, True)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
        packed = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(address[1]), socket.inet_aton(address[0]))
        result = ctypes.CDLL(None, use_errno=True).connect(connecting.fileno(), packed, len(packed))
        number = ctypes.get_errno() if result else 0
        signal.setitimer(signal.ITIMER_REAL, 0)
        print(name_of(number), "interrupted" if signals else "not interrupted")


def limited(host, port, mode, seconds):
    """Whether a connect waits so long for an answer that does not come; in some modes with an SO_SNDTIMEO of 0.3 s."""
    connecting, address = socket_for(host, port)
    with connecting:
        if "sndtimeo" in mode:
            connecting.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 0, 300_000))
        connecting.setblocking("nonblocking" not in mode)
        start = time.monotonic()
        result = connecting.connect_ex(address)
        passed = time.monotonic() - start
        late = "in time" if float(seconds) <= passed < float(seconds) + 5 else f"after {passed:.3f} s"
        print(name_of(result), late)


def many(host, port, count):
    """Many failed connections: the default action for SIGPIPE ends the program, and no descriptor may be left."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    connecting, address = socket_for(host, port)
    connecting.close()
    before = os.listdir("/proc/self/fd")
    results = set()
    for _ in range(int(count)):
        with socket.socket() as connecting:
            results.add(name_of(connecting.connect_ex(address)))
        socket.getaddrinfo(host, port)
    print(*sorted(results), "left open" if os.listdir("/proc/self/fd") != before else "none left")


def many_names(host, count):
    """Many look-ups, all of which must succeed."""
    for _ in range(int(count)):
        addresses(host, 1)
    print("all resolved")


def told():
    """Resolves and connects when it is told to, a line `HOST PORT` at a time."""
    for line in sys.stdin:
        host, port = line.split()
        try:
            address = addresses(host, port)[0][4]
            with socket.socket() as connecting:
                print(address[0], name_of(connecting.connect_ex(address)), flush=True)
        except socket.gaierror:
            print("unresolved", flush=True)


def forgets(host, port):
    """The environment is emptied, as some programs do when they start."""
    os.environ.clear()
    blocking(host, port)


def unreadable(host, port):
    """The rights to the directory are given up."""
    socket.getaddrinfo(host, port)
    os.setgid(65534)
    os.setuid(65534)
    blocking(host, port)


if __name__ == "__main__":
    try:
        globals()[sys.argv[1]](*sys.argv[2:])
    except socket.gaierror:
        print("unresolved")
    except OSError as problem:
        print(name_of(problem.errno))
