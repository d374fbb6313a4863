"""Waiting for a stated condition, never for a time; and the one wait for a time that "nothing comes" needs."""

import asyncio
import inspect
import time

# How long a peer listens before a test takes silence for an answer.
SILENCE = 0.3


class NotReached(AssertionError):
    """The condition did not come true before its deadline."""


async def eventually(condition, what, limit=5.0, interval=0.02):
    """Asks until the condition gives something true, and returns that. A condition that blocks runs in a thread."""
    deadline = time.monotonic() + limit
    while True:
        value = await condition() if inspect.iscoroutinefunction(condition) else await asyncio.to_thread(condition)
        if value:
            return value
        if time.monotonic() > deadline:
            raise NotReached(f"Not within {limit} s: {what}; last seen: {value!r}")
        await asyncio.sleep(interval)


async def stays_pending(awaitable, what, limit=SILENCE):
    """Checks that an awaitable is not done within the limit. A task goes on; anything else is cancelled."""
    task = asyncio.ensure_future(awaitable)
    is_own = task is not awaitable
    try:
        value = await asyncio.wait_for(asyncio.shield(task), limit)
    except TimeoutError:
        if is_own:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        return
    raise AssertionError(f"{what}: {value!r}")


async def within(awaitable, limit=5.0):
    return await asyncio.wait_for(awaitable, limit)
