"""What somebody asks of single devices by key: their unit ids, the values of their profile, what they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final, Protocol, TypeAlias

from tui import limits
from tui.clock import Clock
from tui.device_events import What
from tui.event import Emit, Event
from tui.events import Spared
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.unit_faces import Units
from tui.records import Target
from tui.workers.inquired import Inquired, Tools
from tui.workers.peeking import Peeking
from tui.workers.unit_sweep import UnitSweep

_Key: TypeAlias = tuple[Target, What]
BUSY: Final = "its unit ids are being asked; read again when that is over or stopped"
_BUSY_FOR_OTHERS: Final = "its unit ids are being asked by hand, which can be stopped"
_MANY: Final = "others are being asked already; ask again when those are done"
_LEFT_OPEN: Final = "it never closed our last connection and may still hold it; finding its cause asks anyway"
BY_HAND: Final = "stopped by hand"
NO_PROBING: Final = "all probing was stopped"


class _Job(Protocol):
    """One device asked one thing."""

    target: Target
    stopped: str
    """Why it is cancelled, once it is."""

    @property
    def refused(self) -> str: ...

    @property
    def more(self) -> bool: ...

    @property
    def left_open(self) -> bool: ...

    def again(self) -> None: ...

    def wait(self) -> None: ...

    def leave(self, reason: str, /) -> None: ...

    async def run(self) -> None: ...


class Inquirer:
    """Asks a few devices at once, each address by one connection at a time; what does not fit is told so.

    *about* tells what is known of a device, *spare* why it is to be left alone now, or "". *again* notes that
    somebody wants a device to be asked anew what it is. *pace* and *own* are shared with whoever else probes.
    """

    name = "inquiries on demand"

    def __init__(
        self,
        pace: Pace,
        clock: Clock,
        *,
        own: OwnConnections,
        about: Callable[[Target], Inquired],
        spare: Callable[[Target], str],
        again: Callable[[Target], None],
    ) -> None:
        self._pace = pace
        self._clock = clock
        self._own = own
        self._about = about
        self._spare = spare
        self._again = again
        self._waiting: dict[_Key, _Job] = {}
        self._under_way: dict[_Key, tuple[_Job, asyncio.Task[None]]] = {}
        self._stopped: dict[Target, Units] = {}
        """Sweeps that can go on where they were stopped, oldest first."""
        self._left_open: dict[Target, float] = {}
        """Monotonic time until which a device that may still hold a connection of ours gets no other."""
        self._more = asyncio.Event()
        self._emit: Emit = lambda _event: None

    async def run(self, emit: Emit) -> None:
        """Ask as requests come, until cancelled."""
        self._emit = emit
        async with asyncio.TaskGroup() as group:
            for _ in range(limits.INQUIRIES_AT_ONCE):
                group.create_task(self._serve())

    async def allow(self, *, allowed: bool) -> None:
        """Stop everything and close its connections by FIN, or allow it again."""
        self._pace.allow(allowed)
        if allowed:
            return
        tasks = [task for _, task in self._under_way.values()]
        for key in (*self._waiting, *self._under_way):
            self._end(key, NO_PROBING)
        if tasks:
            await asyncio.wait(tasks)

    def inquire(self, target: Target, what: What) -> None:
        """Ask this of *target* in its turn; values that are being read are read once more."""
        if what == "identity":
            self._again(target)
            return
        if not self._pace.allowed:
            return
        key = (target, what)
        if (job := self._waiting.get(key) or self._running(key)) is not None:
            job.again()
            return
        job = self._job(target, what)
        if reason := self._reason(job):
            self._leave(job, reason)
        elif what == "peek" and any(self._at(target.address, "units")):
            job.leave(BUSY)
        elif len(self._waiting) >= limits.INQUIRIES_WAITING:
            job.leave(_MANY)
        else:
            if what == "units":
                for other in list(self._at(target.address, "peek")):
                    self._end((other, "peek"), BUSY)
            job.wait()
            self._waiting[key] = job
            self._more.set()

    def busy(self, target: Target) -> str:
        """Why others need not wait for the address of *target*: it may take minutes; or ""."""
        return _BUSY_FOR_OTHERS if any(self._at(target.address, "units")) else ""

    def leave(self, target: Target, what: What) -> None:
        """Stop asking this of *target*: its connection is closed by FIN, and what was found is told."""
        key = (target, what)
        if key in self._waiting or key in self._under_way:
            self._end(key, BY_HAND)
        elif what == "units" and (seen := self._about(target).seen) is not None and seen.running:
            # Nobody here asks: it is remembered from a run that broke off.
            self._job(target, what).leave(BY_HAND)

    def _job(self, target: Target, what: What) -> _Job:
        tools = Tools(self._pace, self._clock, self._own, self._tell)
        about = self._about(target)
        if what == "peek":
            return Peeking(target, about, tools)
        return UnitSweep(target, about, tools, self._stopped.get(target))

    def _running(self, key: _Key) -> _Job | None:
        """What is under way, and goes on."""
        job, task = self._under_way.get(key, (None, None))
        return job if task is not None and not (task.done() or task.cancelling()) else None

    def _at(self, address: str, what: What) -> Iterator[Target]:
        """Devices at *address* that are asked this, or wait for it."""
        for key in (*self._waiting, *filter(self._running, self._under_way)):
            if key[0].address == address and key[1] == what:
                yield key[0]

    def _end(self, key: _Key, reason: str) -> None:
        if (waiting := self._waiting.pop(key, None)) is not None:
            waiting.leave(reason)
        elif self._running(key) is not None:
            job, task = self._under_way[key]
            job.stopped = reason
            task.cancel()

    async def _serve(self) -> None:
        while True:
            key, job = await self._next()
            task = asyncio.ensure_future(self._ask(job))
            self._under_way[key] = job, task
            try:
                await asyncio.wait({task})
            finally:
                # However this ends, the connection is closed before it is forgotten.
                task.cancel()
                await asyncio.wait({task})
                del self._under_way[key]
                self._more.set()
            if not task.cancelled():
                task.result()

    async def _next(self) -> tuple[_Key, _Job]:
        """The first that waits and to whose address nobody here speaks."""
        while True:
            await self._pace.wait_allowed()
            self._more.clear()
            busy = {target.address for target, _ in self._under_way}
            for key in self._waiting:
                if key[0].address not in busy:
                    return key, self._waiting.pop(key)
            await self._more.wait()

    async def _ask(self, job: _Job) -> None:
        asked = False
        try:
            async with self._pace.held(job.target.address):
                while not asked or job.more:
                    # Much may have happened while the address was another's.
                    if reason := self._reason(job):
                        self._leave(job, reason)
                        return
                    asked = True
                    await job.run()
                    self._remember(job)
        except asyncio.CancelledError:
            if asked:
                self._remember(job)
            else:
                job.leave(job.stopped)
            raise

    def _remember(self, job: _Job) -> None:
        if job.left_open:
            self._left_open[job.target] = self._clock.mono() + limits.LEFT_OPEN_S
        if isinstance(job, UnitSweep):
            self._stopped.pop(job.target, None)
            if job.found.left and job.found.asked:
                self._stopped[job.target] = job.found
            while len(self._stopped) > limits.INQUIRIES_STOPPED:
                del self._stopped[next(iter(self._stopped))]

    def _reason(self, job: _Job) -> str:
        """Why this is not asked now, or ""."""
        now = self._clock.mono()
        self._left_open = {target: until for target, until in self._left_open.items() if until > now}
        left_open = _LEFT_OPEN if job.target in self._left_open else ""
        return job.refused or left_open or self._spare(job.target)

    def _tell(self, event: Event) -> None:
        # What was asked before this runs is told once it does.
        self._emit(event)

    def _leave(self, job: _Job, reason: str) -> None:
        job.leave(reason)
        if reason != job.refused:
            target = job.target
            spared = Spared(at=self._clock.wall(), address=target.address, port=target.port, reason=reason)
            self._emit(spared)
