"""The worker that empties a mirrored interface."""

from __future__ import annotations

import asyncio
import threading

import pytest

from tests.waiting import until
from tui import limits
from tui.clock import SystemClock
from tui.event import Event
from tui.vantages.mirror import Mirror
from tui.workers.listen import Listen


class Counted(Mirror):
    """A mirror that counts what is asked of it, each pump lasting until `go` is set."""

    def __init__(self) -> None:
        super().__init__("eth9", [502])
        self.pumps = self.closed = 0
        self.threads: set[int] = set()
        self.go = threading.Event()
        self.go.set()

    def pump(self) -> int:
        with self._lock:
            self.pumps += 1
            self.threads.add(threading.get_ident())
            self.go.wait(10)
            return 0

    def _stop(self) -> None:
        self.closed += 1


async def test_it_pumps_in_a_thread_and_closes_at_the_end() -> None:
    """The loop is never held up, nothing is told, and cancelling closes the mirror."""
    mirror, told = Counted(), list[Event]()
    task = asyncio.create_task(Listen(mirror, SystemClock(), 0.001).run(told.append))
    await until(lambda: mirror.pumps >= 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (mirror.closed, told) == (1, [])
    assert threading.get_ident() not in mirror.threads


async def test_closing_waits_for_the_pump_under_way() -> None:
    """A socket is not taken away from the thread that reads it."""
    mirror = Counted()
    mirror.go.clear()
    task = asyncio.create_task(Listen(mirror, SystemClock()).run(lambda _: None))
    await until(lambda: mirror.pumps)
    task.cancel()
    await asyncio.wait([task], timeout=0.05)
    assert (task.done(), mirror.closed) == (False, 0)
    mirror.go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert mirror.closed == 1


async def test_a_mirror_that_cannot_be_is_tried_rarely() -> None:
    """Without such an interface the worker goes on quietly, and tries again after a while."""
    now = [100.0]
    mirror = Mirror("no such interface", [502], mono=lambda: now[0])
    starts: list[float] = []
    mirror._start = lambda: starts.append(now[0])  # type: ignore[method-assign]
    for _ in range(5):
        mirror.pump()
        now[0] += limits.VANTAGE_RETRY_S / 2
    assert starts == [100.0, 160.0, 220.0]
