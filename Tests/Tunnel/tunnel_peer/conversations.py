"""Apps that talk all the time, and apps that connect all the time: what a fault does to them is seen here."""

import threading
import time

from clients.waiting import wait_until

from .sockets import ask, converse, dial


class Conversation:
    """One connection to something that sends back what it gets, with a word on the way at every moment."""

    def __init__(self, address, pause=0.02):
        self.connection = dial(address)
        self.connection.settimeout(5)
        self.pause, self.words, self.error = pause, 0, None
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.is_over.wait(self.pause):
                ask(self.connection, b"word %d" % self.words)
                self.words += 1
        except (OSError, AssertionError) as error:
            self.error = error

    @property
    def is_broken(self):
        return self.error is not None

    def end(self):
        self.is_over.set()
        self.thread.join(10)
        self.connection.close()


class Conversations:
    """Several at once, over each of the addresses."""

    def __init__(self, *addresses, count=8):
        self.all = {address: [Conversation(address) for _ in range(count)] for address in addresses}

    def of(self, address):
        return self.all[address]

    @property
    def each(self):
        return [conversation for group in self.all.values() for conversation in group]

    def wait_words(self, address, limit=10.0):
        """Waits until each conversation over an address has gone on."""
        before = [conversation.words for conversation in self.of(address)]
        wait_until(
            lambda: all(
                conversation.words > count or conversation.is_broken for conversation, count in zip(self.of(address), before)),
            "the conversations have gone on", limit)
        errors = [conversation.error for conversation in self.of(address) if conversation.is_broken]
        assert not errors, errors

    def wait_broken(self, address, limit=10.0):
        wait_until(
            lambda: all(conversation.is_broken for conversation in self.of(address)), "all conversations were told", limit)
        # An answer that does not come would be a time-out.
        assert not any(isinstance(conversation.error, TimeoutError) for conversation in self.of(address))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for conversation in self.each:
            conversation.is_over.set()
        for conversation in self.each:
            conversation.end()


class Opening:
    """Opens one short conversation after the other, on several threads, and keeps what went wrong."""

    def __init__(self, address, threads=3):
        self.address, self.count, self.failures = address, 0, []
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def _run(self):
        while not self.is_over.is_set():
            start = time.monotonic()
            try:
                converse(self.address)
                self.count += 1
            except (OSError, AssertionError) as error:
                self.failures.append((f"after {time.monotonic() - start:.2f} s", repr(error)))

    def wait_more(self, count, limit=20.0):
        """Waits for so many more conversations."""
        wanted = self.count + count
        wait_until(lambda: self.count >= wanted or self.failures, f"{count} more conversations", limit)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(20)
