"""The sweep: asks every address in turn, again and again, and tells what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from tui import limits
from tui.clock import Clock
from tui.event import Emit
from tui.events import Probed, Probing, Spared, StateChanged, SweepEnded, SweepProgress, SweepStarted
from tui.probes.ask import Asker
from tui.probes.further import Further, Nothing
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.patience import Patience
from tui.probes.targets import Plan
from tui.probes.tcp import UNCLOSED, LetGoError, Outcome
from tui.records import ProbeState, Target
from tui.workers.rest import Rest
from tui.workers.round import Round
from tui.workers.tally import Tally

_TRIES: Final = 10  # when this host, not the target, was short of something
_SHORTAGE_S: Final = 3.0  # the kernel's ARP gives up after this, and its table has room again
_SILENT: Final[frozenset[ProbeState]] = frozenset({"timeout", "no-neighbour"})
_ANSWERED: Final[frozenset[ProbeState]] = frozenset({"refused", "open", "answers", "prohibited"})
_TROUBLE: Final = frozenset({4, 6, 10, 11})
"""Exceptions that tell of trouble: device failure, busy, a gateway without a path, a silent target."""
_UNEVENTFUL: Final[frozenset[ProbeState]] = _SILENT | {
    "refused",
    "host-unreachable",
    "net-unreachable",
    "prohibited",
}


class Sweep:
    """Asks every target of a plan within the budget; repeats each *interval* seconds, or once if None.

    *spare* says why a target is to be left alone now, or ""; *ready* when it can know. *own* is told of
    each connection made, *went_bad* of each outcome that is bad where the one before was not. *units* gives
    the unit id to ask of targets that have their own; their silence is told in every sweep, that of
    strangers once. *further* goes on to ask on a connection on which Modbus has answered.
    """

    name = "sweep"

    def __init__(
        self,
        plan: Plan,
        pace: Pace,
        clock: Clock,
        *,
        interval: float | None = limits.SWEEP_INTERVAL_S,
        spare: Callable[[Target], str] = lambda _target: "",
        ready: Callable[[], bool] = lambda: True,
        own: OwnConnections | None = None,
        units: Mapping[Target, int | None] | None = None,
        unit: int | None = None,
        went_bad: Callable[[Probed], object] = lambda _event: None,
        further: Further | None = None,
    ) -> None:
        self._plan = plan
        self._pace = pace
        self._clock = clock
        self._interval = interval
        self._spare = spare
        self._ready = ready
        self._units = units or {}
        self._unit = unit
        self._went_bad = went_bad
        self._further = further or Nothing()
        self._asker = Asker(
            pace, clock, own or OwnConnections(clock), further=self._further, told=self._tell_early
        )
        self._patience = Patience()
        self._rest = Rest(clock)
        self._last: dict[Target, ProbeState] = {}
        self._bad: set[Target] = set()
        self._well: set[Target] = set()
        self._number = 0
        self._due = asyncio.Event()
        self._short_until = clock.mono()
        self._under_way: set[asyncio.Task[None]] = set()
        self._group: asyncio.TaskGroup | None = None
        self._emit: Emit = lambda _event: None

    async def run(self, emit: Emit) -> None:
        """Sweep until cancelled, or once."""
        self._emit = emit
        self._further.begin(emit)
        await self._until_ready()
        async with asyncio.TaskGroup() as self._group:
            while True:
                await self._pace.wait_allowed()
                self._due.clear()
                sweep = self._start(self._sweep())
                await asyncio.wait({sweep})
                if sweep.cancelled():
                    continue  # stopped by hand: wait until probing is allowed
                if self._interval is None:
                    return
                await self._until_due(self._interval)

    def sweep_now(self) -> None:
        """Begin the next sweep without waiting for the interval."""
        self._due.set()

    def look_at(self, target: Target) -> None:
        """Ask one target without waiting for the interval, unless it is to be left alone."""
        if self._pace.allowed and self._group is not None:
            self._start(self._ask_alone(target))

    def is_bad(self, target: Target) -> bool:
        """Whether its last outcome was one that a device should not have."""
        return target in self._bad

    def is_well(self, target: Target) -> bool:
        """Whether it answered Modbus when it was asked last, without trouble, and closed our connection."""
        return target in self._well

    async def allow(self, *, allowed: bool) -> None:
        """Stop all probing and close every socket of it, or allow it again."""
        self._pace.allow(allowed)
        if not allowed and self._under_way:
            for task in self._under_way:
                task.cancel()
            await asyncio.wait(self._under_way)
        self._emit(Probing(at=self._clock.wall(), allowed=allowed))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        if self._group is None:
            raise RuntimeError("the sweep is not running")
        task = self._group.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return task

    async def _until_ready(self) -> None:
        """Wait, within a bound, for what `spare` needs to know before the first touch."""
        deadline = self._clock.mono() + limits.READY_S
        while not self._ready() and self._clock.mono() < deadline:
            await self._clock.sleep(limits.READY_S / 100)

    async def _until_due(self, seconds: float) -> None:
        waits = {
            asyncio.ensure_future(self._clock.sleep(seconds)),
            asyncio.ensure_future(self._due.wait()),
        }
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _sweep(self) -> None:
        self._number += 1
        started = self._clock.mono()
        tally = Tally(len(self._plan), started)
        self._emit(
            SweepStarted(
                at=self._clock.wall(),
                sweep=self._number,
                hosts=self._plan.hosts,
                connections=tally.total,
                rate=self._pace.rate,
            )
        )
        progress = asyncio.create_task(self._tell_progress(tally))
        stopped = True
        try:
            async with asyncio.TaskGroup() as group:
                await self._ask_all(group, tally)
            stopped = False
        finally:
            progress.cancel()
            self._emit(
                SweepEnded(
                    at=self._clock.wall(),
                    sweep=self._number,
                    took_s=round(self._clock.mono() - started, 3),
                    counts=dict(tally.counts),
                    stopped=stopped,
                )
            )

    async def _tell_progress(self, tally: Tally) -> None:
        told = 0
        while True:
            await self._clock.sleep(limits.PROGRESS_S)
            rate, left_s = tally.beat(self._clock.mono())
            if tally.done == told:
                continue
            told = tally.done
            self._emit(
                SweepProgress(
                    at=self._clock.wall(),
                    sweep=self._number,
                    done=tally.done,
                    total=tally.total,
                    rate=rate,
                    left_s=left_s,
                )
            )

    async def _ask_all(self, group: asyncio.TaskGroup, tally: Tally) -> None:
        """Start a question to every target, then one more to those that have been silent so far."""
        round_ = Round(tally)
        for target in self._plan:
            if not self._spared(target, tally, self._rest.reason(target)):
                await self._start_in_round(group, target, round_)
        round_.all_asked = True
        for target in round_.silent:
            if not self._spared(target, tally):
                await self._start_in_round(group, target, round_, again=True)

    async def _start_in_round(
        self, group: asyncio.TaskGroup, target: Target, round_: Round, *, again: bool = False
    ) -> None:
        await round_.room.acquire()
        await self._pace.near()
        group.create_task(self._ask_in_round(target, round_, again=again))
        await asyncio.sleep(0)  # it queues for its turn now, which near() must see

    def _spared(self, target: Target, tally: Tally, rests: str = "") -> bool:
        reason = self._spare(target) or rests
        if reason:
            tally.skip()
            self._emit(_spared(target, reason, self._clock.wall()))
        return bool(reason)

    async def _ask_alone(self, target: Target) -> None:
        if reason := self._spare(target) or self._rest.reason(target):
            self._emit(_spared(target, reason, self._clock.wall()))
            return
        try:
            self._settle(await self._ask(target, again=True))
        except LetGoError as gone:
            self._gave_way(target, gone)

    async def _ask_in_round(self, target: Target, round_: Round, *, again: bool = False) -> None:
        try:
            event = await self._ask(target, again=again)
            if event.state in _SILENT and not again:
                if not round_.all_asked:
                    round_.silent.append(target)
                    round_.tally.postpone()
                    return
                if not self._spare(target):
                    event = await self._ask(target, again=True)
        except LetGoError as gone:
            self._gave_way(target, gone)
            round_.tally.skip()
            return
        finally:
            round_.room.release()
        self._settle(event)
        round_.tally.settle(event.state)

    def _gave_way(self, target: Target, gone: LetGoError) -> None:
        """Nothing is known of a device that we let go, except where it did not close our connection."""
        at = self._clock.wall()
        if gone.closed in UNCLOSED:
            kept = Probed(at=at, address=target.address, port=target.port, state="open", closed=gone.closed)
            self._rest.saw(self._last.get(target), kept)
            self._well.discard(target)
        self._emit(_spared(target, str(gone), at))

    def _again_s(self, target: Target) -> float:
        """How long a second connection waits.

        By then the kernel has sent its SYN twice on the first: on a network known to answer faster, one
        more usual waiting time settles it for a stranger, but not for a device whose silence is news.
        """
        known = target in self._units or self._last.get(target, "timeout") not in _UNEVENTFUL
        return self._patience.again_s if known or not self._patience.learnt else self._patience.first_s

    async def _ask(self, target: Target, *, again: bool) -> Probed:
        """Ask with the patience of a first or a second try; shortages of this host are waited out."""
        for _ in range(_TRIES):
            while (short_s := self._short_until - self._clock.mono()) > 0:
                await self._clock.sleep(short_s)
            wait_s = self._again_s(target) if again else self._patience.hold_s
            event, outcome = await self._asker.ask(target, wait_s, self._unit_of(target))
            if not outcome.shortage:
                break
            # What is short is shared with every program on this host: nobody asks until it has recovered.
            self._short_until = self._clock.mono() + _SHORTAGE_S
        self._learn(outcome)
        return event

    def _unit_of(self, target: Target) -> int | None:
        own = self._units.get(target)
        return self._unit if own is None else own

    def _tell_early(self, event: Probed) -> None:
        """A device that is asked more answers already; a single sweep tells of each but once."""
        if self._interval is not None:
            self._emit(event)

    def _learn(self, outcome: Outcome) -> None:
        if outcome.state in _ANSWERED:
            self._patience.saw(outcome.seconds)

    def _settle(self, event: Probed) -> None:
        """Tell the outcome, and the change if it is one; a stranger's lasting silence is told once."""
        target, before = event.target, self._last.get(event.target)
        self._last[target] = event.state
        self._rest.saw(before, event)
        if before != event.state or event.state not in _UNEVENTFUL or target in self._units:
            self._emit(event)
        if before is not None and before != event.state:
            self._emit(
                StateChanged(
                    at=event.at,
                    address=event.address,
                    port=event.port,
                    before=before,
                    after=event.state,
                )
            )
        if _is_bad(event) or event.closed in UNCLOSED:
            self._well.discard(target)
        else:
            self._well.add(target)
        if not _is_bad(event):
            self._bad.discard(target)
        elif target not in self._bad:
            self._bad.add(target)
            self._went_bad(event)


def _is_bad(event: Probed) -> bool:
    """Whether it is an outcome that a device should not have."""
    return event.state != "answers" or event.exception in _TROUBLE


def _spared(target: Target, reason: str, at: float) -> Spared:
    return Spared(at=at, address=target.address, port=target.port, reason=reason)
