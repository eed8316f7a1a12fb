"""The pane beside the truth, looked at many times a second: how far the pane was ever behind."""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, NamedTuple, Self

from tests.lab.holders.site import DEVICES, Ends, Site
from tui.engine import Engine
from tui.panes.sessions import Sessions
from tui.panes.view import View, look
from tui.records import Target
from tui.state.model import holds_slot

_EVERY_S: Final = 0.02
_KEPT_S: Final = 3.0  # of what was true
_COUNT: Final = re.compile(r"≥?(\d+|-)/\d+( full)?")
_LIMITS: Final = {form.target: form.limit for form in DEVICES.values()}


class Shown(NamedTuple):
    """What the pane has of one device."""

    said: str = ""
    """The count in its line; empty where there is none."""
    ends: Ends = frozenset()
    """Those of the lines below it that take a slot."""


class Pane:
    """The sessions pane of *engine*, kept up to date as the screen does it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._content = Sessions()
        self.view: View | None = None

    def take(self) -> None:
        """Show what is new."""
        update = self._engine.pull()
        if update is not None:
            dirty = None if self.view is None else update.dirty
            self.view = look(update.snapshot, self._engine.now())
            self._content.take(self.view, dirty)

    def line(self, target: Target) -> list[str]:
        """The texts in the line of a device; none where it has no line."""
        if self.view is None or target not in self.view.snapshot.sessions:
            return []
        return [cell.text for cell in self._content.row(target).cells]

    def shown(self, target: Target) -> Shown:
        """What stands there now."""
        line = self.line(target)
        if self.view is None or not line:
            return Shown()
        ends = frozenset(
            (each.client, each.client_port)
            for each in self.view.snapshot.sessions[target]
            if holds_slot(each)
        )
        return Shown(next(text for text in line if _COUNT.fullmatch(text)), ends)


def right(shown: Shown, target: Target, truth: Ends, *, exact: bool = False) -> bool:
    """Whether count, limit and the lines below it say just this; a count below the limit is a lower bound."""
    limit, count = _LIMITS[target], len(truth)
    full, bound = (" full", "") if count >= limit else ("", "" if exact else "≥")
    said = {f"{bound}{count}/{limit}{full}"} if count else {"", f"-/{limit}", f"0/{limit}"}
    return shown.ends == truth and shown.said in said


class Second(NamedTuple):
    """One second of the minute: the act, and what was seen until the next."""

    line: str
    truth: dict[Target, Ends]
    shown: dict[Target, Shown]
    """Both at the end of the second."""
    at_once: bool
    """Whether pane and truth agreed at the first look after the act."""
    at_end: bool
    """Whether they did when the second was over."""
    behind_s: float
    """How long ago that was true which the pane said of a device, at the most."""
    unfounded: int
    """Times when the pane turned to what was never found true; it may have been so between two looks."""


class Watch:
    """Compares in a thread of its own, acts or no acts, until it is left."""

    def __init__(self, site: Site, pane: Pane) -> None:
        self._site, self._pane = site, pane
        self._true: dict[Target, deque[tuple[float, Ends]]] = {target: deque() for target in _LIMITS}
        """What was true lately, each with the moment when it last was."""
        self._shown = dict.fromkeys(_LIMITS, Shown())
        self._right_at: dict[Target, float] = {}
        """When that was last true which is shown."""
        self._behind_s, self._unfounded = 0.0, 0
        self._looks = 0
        self._looked = threading.Condition()
        self._over = threading.Event()
        self._fault: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def until(self, end: float, line: str) -> Second:
        """What was seen from now until monotonic time *end*."""
        with self._looked:
            # The look under way may have begun before the act was over.
            after = self._looks + 2
            self._looked.wait_for(lambda: self._looks >= after or self._fault)
            at_once = self._agrees()
            self._looked.wait_for(lambda: self._fault, max(0.0, end - time.monotonic()))
            if self._fault is not None:
                raise self._fault
            found = self._behind_s, self._unfounded
            self._behind_s, self._unfounded = 0.0, 0
            truth = {target: true[-1][1] for target, true in self._true.items()}
            return Second(line, truth, dict(self._shown), at_once, self._agrees(), *found)

    def _run(self) -> None:
        try:
            while not self._over.wait(_EVERY_S):
                truth = self._site.truth()
                self._pane.take()
                now = time.monotonic()
                with self._looked:
                    for target in _LIMITS:
                        self._compare(target, truth[target], now)
                    self._looks += 1
                    self._looked.notify_all()
        except Exception as error:  # noqa: BLE001 - raised again by until()
            with self._looked:
                self._fault = error
                self._looked.notify_all()

    def _compare(self, target: Target, truth: Ends, now: float) -> None:
        true = self._true[target]
        if true and true[-1][1] == truth:
            true.pop()
        true.append((now, truth))
        while now - true[0][0] > _KEPT_S:
            true.popleft()
        shown = self._pane.shown(target)
        founded = [at for at, ends in true if right(shown, target, ends)]
        if founded:
            self._right_at[target] = founded[-1]
        elif shown != self._shown[target]:
            self._unfounded += 1
            self._right_at[target] = now
        self._shown[target] = shown
        self._behind_s = max(self._behind_s, now - self._right_at.setdefault(target, now))

    def _agrees(self) -> bool:
        return all(right(self._shown[target], target, true[-1][1]) for target, true in self._true.items())


def table(seconds: Sequence[Second]) -> list[str]:
    """A line a second, and the sums."""
    lines = [f"{'s':>2}  {'act':<30}{'agreed':<9}" + "".join(f"{name:<12}" for name in DEVICES) + "behind"]
    for number, second in enumerate(seconds, 1):
        shown = "".join(f"{len(second.truth[target])} {second.shown[target].said:<10}" for target in _LIMITS)
        agreed = "at once" if second.at_once else "in time" if second.at_end else "later"
        lines.append(f"{number:>2}  {second.line:<30}{agreed:<9}{shown}{second.behind_s:.2f} s")
    lines += [
        "",
        f"{sum(each.at_once for each in seconds)} of {len(seconds)} agreed at the first look after the act",
        f"{sum(each.at_end for each in seconds)} of {len(seconds)} agreed at the end of the second",
        f"{sum(each.unfounded for each in seconds)} times it turned to what was never found true",
        f"{max(each.behind_s for each in seconds):.2f} s is the longest that the pane was behind",
    ]
    return lines
