"""Triage: climbs the ladder for devices that go bad, each once, and for those asked for by key."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from tui import limits
from tui.event import Emit
from tui.events import Climbed, Probed, Spared
from tui.ladder.site import Means, Subject
from tui.probes.tcp import LET_GO, UNCLOSED
from tui.records import Target
from tui.state.outcome import outcome


class Triage:
    """Climbs within a budget: few at once, and of those nobody asked for a bounded number in ten minutes.

    *subject* says what is known of a target, *spare* why it is to be left alone now, or "", *still_bad*
    whether there is still something to find out when its turn comes. *means* are shared with the sweep, so
    that there is never a second connection to an address.
    """

    name = "triage"

    def __init__(
        self,
        means: Means,
        *,
        subject: Callable[[Target], Subject] = Subject,
        spare: Callable[[Target], str] = lambda _target: "",
        still_bad: Callable[[Target], bool] = lambda _target: True,
    ) -> None:
        self._means = means
        self._subject = subject
        self._spare = spare
        self._still_bad = still_bad
        self._asked: dict[Target, None] = {}
        self._went_bad: dict[Target, None] = {}
        self._began: deque[float] = deque()
        """When the climbs that nobody asked for began, monotonic: those within the window."""
        self._under_way: dict[Target, asyncio.Task[Climbed]] = {}
        self._more = asyncio.Event()
        self._emit: Emit = lambda _event: None

    async def run(self, emit: Emit) -> None:
        """Climb as devices come, until cancelled."""
        self._emit = emit
        async with asyncio.TaskGroup() as group:
            for _ in range(limits.TRIAGE_AT_ONCE):
                group.create_task(self._serve())

    def ask_now(self, target: Target) -> None:
        """Climb for *target* because somebody wants to know; before all that wait by themselves."""
        if not self._means.pace.allowed or self._is_climbing(target):
            return
        self._went_bad.pop(target, None)
        if len(self._asked) < limits.TRIAGE_QUEUE:
            self._asked[target] = None
            self._more.set()
        else:
            self._leave(target, "many wait for their turn; ask again in a minute")

    def consider(self, event: Probed) -> None:
        """Climb for a device that has gone bad, when its turn comes."""
        target = event.target
        if self._is_climbing(target) or target in self._asked:
            return
        if event.state == "open" and event.closed in UNCLOSED:
            self._leave(target, "it never closed the connection we made; it is asked by hand only")
        elif len(self._went_bad) >= limits.TRIAGE_QUEUE:
            self._leave(target, "many devices went bad at once; the cause of this one is found by hand")
        else:
            self._went_bad[target] = None
            self._more.set()

    async def allow(self, *, allowed: bool) -> None:
        """Stop every climb and close its sockets, or allow them again; what waits goes on waiting."""
        self._means.pace.allow(allowed)
        if not allowed and self._under_way:
            for task in self._under_way.values():
                task.cancel()
            await asyncio.wait(self._under_way.values())

    def _is_climbing(self, target: Target) -> bool:
        return target in self._under_way and not self._under_way[target].done()

    async def _serve(self) -> None:
        while True:
            target = await self._next()
            if reason := self._spare(target):
                self._leave(target, reason)
                continue
            task = asyncio.ensure_future(self._climb(target))
            self._under_way[target] = task
            try:
                await asyncio.wait({task})
            finally:
                # However this ends, the climb has closed its sockets before it is forgotten.
                task.cancel()
                await asyncio.wait({task})
                if self._under_way.get(target) is task:
                    del self._under_way[target]
            if not task.cancelled():
                task.result()

    async def _climb(self, target: Target) -> Climbed:
        from tui.ladder.climb import climb  # noqa: PLC0415 - start-up time; most runs climb much later

        last = await climb(self._subject(target), self._means, self._emit)
        if "reply" not in last.facts and LET_GO in last.untried.values():
            # Connected and nothing more would be told as the device's fault.
            self._leave(target, LET_GO)
        elif (found := outcome(last)) is not None:
            self._emit(found)
        return last

    async def _next(self) -> Target:
        """The next target to climb for: those asked for first, the others as the budget allows."""
        while True:
            await self._means.pace.wait_allowed()
            self._more.clear()
            if self._asked:
                return _first(self._asked)
            waits_s = self._waits_s()
            while self._went_bad and waits_s <= 0:
                target = _first(self._went_bad)
                if self._still_bad(target):
                    self._began.append(self._means.clock.mono())
                    return target
            await self._until_more(waits_s if self._went_bad else None)

    def _waits_s(self) -> float:
        """How long until the budget allows one more climb that nobody asked for."""
        now = self._means.clock.mono()
        while self._began and now - self._began[0] >= limits.TRIAGE_WINDOW_S:
            self._began.popleft()
        if len(self._began) < limits.TRIAGE_CLIMBS:
            return 0.0
        return self._began[0] + limits.TRIAGE_WINDOW_S - now

    async def _until_more(self, seconds: float | None) -> None:
        waits: set[asyncio.Future[object]] = {asyncio.ensure_future(self._more.wait())}
        if seconds is not None:
            waits.add(asyncio.ensure_future(self._means.clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _leave(self, target: Target, reason: str) -> None:
        at = self._means.clock.wall()
        self._emit(Spared(at=at, address=target.address, port=target.port, reason=reason))


def _first(waiting: dict[Target, None]) -> Target:
    target = next(iter(waiting))
    del waiting[target]
    return target
