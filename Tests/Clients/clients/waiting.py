"""Waiting for a stated condition, never for a time."""

import time


class NotReached(AssertionError):
    """The condition did not come true before its deadline."""


def wait_until(condition, what, limit=20.0, interval=0.02):
    """Asks until the condition gives something true, and returns that."""
    deadline = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotReached(f"Not within {limit} s: {what}")
        time.sleep(interval)
