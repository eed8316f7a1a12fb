"""The past as recorded: which moments of note there are, and how things stood just after each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable
from itertools import takewhile
from math import inf
from pathlib import Path
from typing import Final, NamedTuple

from tui import limits
from tui.event import Event
from tui.events import RunStarted
from tui.journal.moments import FileMoments, Moment, read, whole_lines
from tui.journal.record import PATTERN
from tui.records import Finding, Target
from tui.state.model import DirtyKey, Snapshot, network_of
from tui.state.store import Store

_NEAR_S: Final = 3600.0
"""What touched the same network this long before a finding is told rather than what came last."""
_LOOK: Final = 1_000
"""Lines between two looks whether the answer is still wanted."""


class Then(NamedTuple):
    """How things stood just after a moment."""

    moment: Moment
    snapshot: Snapshot
    turns: tuple[Event, ...]
    """What happened at it, oldest first; of very much only the beginning."""
    more: int
    """Turns beyond those."""
    back: int = 0
    """How many moments of note there were since, itself among them."""
    first: bool = False
    """Whether nothing older is recorded."""


class History:
    """The recordings of a directory, or one file. One call at a time, from any thread; each reads files.

    Every method may raise OSError where a recording cannot be read.
    """

    def __init__(self, source: Path) -> None:
        self._source = source
        self._files: list[FileMoments] = []
        """Those looked through so far, oldest first; older ones follow when they are asked for."""
        self._moments: list[Moment] = []
        self._kept: OrderedDict[Moment, Then] = OrderedDict()
        self._fold: _Fold | None = None

    # Which moment.

    def step(self, here: Moment | None, number: int, until: float = inf) -> Moment | None:
        """The moment *number* after *here*, before it where that is negative; None is the present.

        What was recorded after wall time *until* is out of reach.
        """
        self._look_again()
        while True:
            end = self._end(until)
            if here is None:
                at = end + number
            elif number < 0:
                at = bisect_left(self._moments, here.order, key=_order) + number
            else:
                at = bisect_right(self._moments, here.order, key=_order) + number - 1
            if at >= 0 or not self._look_older():
                return self._at(at, end)

    def hours(self, here: Moment | None, seconds: float, until: float = inf) -> Moment | None:
        """The newest moment up to *seconds* after *here*, but at least one further; None is the present."""
        self._look_again()
        while True:
            end = self._end(until)
            if seconds < 0:
                place = end if here is None else bisect_left(self._moments, here.order, key=_order)
                begun = here.at if here is not None else until if until < inf else _last(self._moments)
                at = place - 1
                while at >= 0 and self._moments[at].at > begun + seconds:
                    at -= 1
                if at >= 0 or not self._look_older():
                    return self._at(at, end)
            elif here is None:
                return None
            else:
                at = bisect_right(self._moments, here.order, key=_order)
                while at + 1 < end and self._moments[at + 1].at <= here.at + seconds:
                    at += 1
                return self._at(at, end)

    def before(self, finding: Finding, until: float = inf) -> Moment | None:
        """The last moment before a finding that was about its device or network, else the last one at all."""
        self._look_again()
        while True:
            earlier = self._moments[: self._end(until)]
            while earlier and earlier[-1].at >= finding.opened_at:
                earlier.pop()
            if earlier or not self._look_older():
                break
        near = takewhile(lambda moment: moment.at >= finding.opened_at - _NEAR_S, reversed(earlier))
        touching = next((moment for moment in near if _touches(moment, finding.target)), None)
        return touching or (earlier[-1] if earlier else None)

    def _at(self, place: int, end: int) -> Moment | None:
        if not self._moments or place >= end:
            return None
        return self._moments[max(0, place)]

    def _end(self, until: float) -> int:
        end = len(self._moments)
        while end and self._moments[end - 1].at > until:
            end -= 1
        return end

    # How it stood.

    def then(
        self, moment: Moment, until: float = inf, is_cancelled: Callable[[], bool] = lambda: False
    ) -> Then | None:
        """How things stood just after a moment; None where that is no longer wanted."""
        if moment not in self._kept:
            if self._fold is None or not self._fold.leads_to(moment):
                self._fold = _Fold(moment.path)
            before = [each for each in self._moments if each.path == moment.path and each.end <= moment.end]
            if not self._fold.run(before, self._keep, is_cancelled):
                self._fold = None
                return None
        self._kept.move_to_end(moment)
        place = bisect_left(self._moments, moment.order, key=_order)
        return self._kept[moment]._replace(
            back=self._end(until) - place, first=place == 0 and len(self._files) == len(self._paths())
        )

    def _keep(self, then: Then) -> None:
        self._kept[then.moment] = then
        self._kept.move_to_end(then.moment)
        while len(self._kept) > _most(len(then.snapshot.devices)):
            self._kept.popitem(last=False)

    # The files.

    def _paths(self) -> list[Path]:
        return sorted(self._source.glob(PATTERN)) if self._source.is_dir() else [self._source]

    def _look_again(self) -> None:
        """Take what was recorded since, and leave what was removed."""
        paths = self._paths()
        there = [file for file in self._files if file.path in paths]
        new = [path for path in paths if not there or path > there[-1].path]
        # Older recordings are looked through when somebody asks for them.
        came = [FileMoments(path) for path in (new if there else new[-1:])]
        changed = bool(came) or len(there) < len(self._files)
        for file in (*there[-1:], *came):
            changed |= file.read_on()
        self._files = there + came
        if changed:
            self._join()

    def _look_older(self) -> bool:
        """Look through the next older file; whether there is one."""
        older = [path for path in self._paths() if not self._files or path < self._files[0].path]
        if not older:
            return False
        file = FileMoments(older[-1])
        file.read_on()
        self._files.insert(0, file)
        self._join()
        return True

    def _join(self) -> None:
        self._moments = [moment for file in self._files for moment in file.found]
        if self._files and len(self._files) == len(self._paths()):
            oldest = self._files[0]
            if oldest.begin.end and not oldest.starts:
                self._moments.insert(0, oldest.begin)


class _Fold:
    """One recording, folded up to a place in it; goes on from there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._end = 0
        self._store = Store()
        self._dirty: set[DirtyKey] = set()
        self._snapshot: Snapshot | None = None

    def leads_to(self, moment: Moment) -> bool:
        """Whether a moment lies ahead."""
        return self._path == moment.path and self._end <= moment.begin

    def run(
        self, moments: list[Moment], keep: Callable[[Then], None], is_cancelled: Callable[[], bool]
    ) -> bool:
        """Fold to the last of *moments* and keep the newest of them; whether it was not cancelled."""
        ahead = [moment for moment in moments if moment.end > self._end]
        turns: list[Event] = []
        more = 0
        coming = iter(ahead)
        moment = next(coming, None)
        place = 0
        for number, (end, line) in enumerate(whole_lines(self._path, self._end)):
            if number % _LOOK == 0 and is_cancelled():
                return False
            event = read(line)
            if event is not None:
                self._dirty |= self._store.apply(event)
            self._end = end
            if moment is None:
                return True
            if event is not None and end > moment.begin and self._is_turn(event):
                turns, more = (
                    ([*turns, event], more) if len(turns) < limits.WOUND_TURNS else (turns, more + 1)
                )
            if end >= moment.end:
                place += 1
                if len(ahead) - place < _most(len(self._store.devices)):
                    self._snapshot = self._store.snapshot(self._snapshot, self._dirty)
                    self._dirty.clear()
                    keep(Then(moment, self._snapshot, tuple(turns), more))
                moment, turns, more = next(coming, None), [], 0
                if moment is None:
                    return True
        return moment is None

    def _is_turn(self, event: Event) -> bool:
        log = self._store.log
        return isinstance(event, RunStarted) or bool(log and log[-1] is event)


def _order(moment: Moment) -> tuple[str, int]:
    return moment.order


def _last(moments: list[Moment]) -> float:
    return moments[-1].at if moments else 0.0


def _most(devices: int) -> int:
    """States of so many devices that are kept."""
    return max(2, min(limits.WOUND_KEPT, limits.WOUND_DEVICES // max(1, devices)))


def _touches(moment: Moment, target: Target) -> bool:
    network = network_of(target.address)
    return any(each == target or (network and network_of(each.address) == network) for each in moment.about)
