"""How many findings were open over the last hours, in steps, and in which of them some opened."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, TypeAlias

from tui.events import FindingChanged
from tui.records import Finding
from tui.trouble_events import STEPS, TroubleKnown, TroubleStep

STEP_S: Final = 300.0

History: TypeAlias = tuple[TroubleStep, ...]
"""The steps in which the number moved, oldest first; between them it stayed."""


class Step(NamedTuple):
    """One step as it is shown."""

    most: int | None
    """Open at once; None where nobody watched."""
    opened: int


class Trouble:
    """The number of open findings that nobody put aside, as they are told."""

    def __init__(self) -> None:
        self._steps: deque[TroubleStep] = deque(maxlen=STEPS)
        self._open: set[str] = set()
        self._aside: dict[str, float] = {}
        """Until when what is open and shelved stays so."""
        self._begun = 0

    def began(self, at: float) -> None:
        """The monitor began at wall time *at*: what is told of earlier is from others."""
        self._begun = int(at // STEP_S)
        if not self._steps:
            self._steps.append(TroubleStep(self._begun, 0, 0, 0))

    def told(self, event: FindingChanged) -> None:
        """A finding turned, or is as it was."""
        finding = event.finding
        self._back(event.at)
        self._open.discard(finding.id)
        self._aside.pop(finding.id, None)
        if _counts(finding):
            if finding.shelved_until is not None and finding.shelved_until > event.at:
                self._aside[finding.id] = finding.shelved_until
            elif not finding.shelved_till_change:
                self._open.add(finding.id)
        self._tell(event.at, opened=event.change == "opened" and finding.id in self._open)

    def forgot(self, name: str) -> None:
        """A finding is no longer held."""
        self._open.discard(name)
        self._aside.pop(name, None)

    def recall(self, event: TroubleKnown) -> None:
        """Take what was known at wall time `event.at`; the findings themselves are told as well."""
        until = int(event.at // STEP_S)
        known = list(event.steps)
        if until < self._begun:
            # Nobody watched between the two runs.
            known.append(TroubleStep(until + 1, 0, None, 0))
        since = [step for step in self._steps if step.number > until]
        self._steps = deque([*known, *since], maxlen=STEPS)
        self._tell(event.at, opened=False)

    @property
    def history(self) -> History:
        """The steps so far."""
        return tuple(self._steps)

    def _back(self, at: float) -> None:
        for name in [name for name, until in self._aside.items() if until <= at]:
            del self._aside[name]
            self._open.add(name)

    def _tell(self, at: float, *, opened: bool) -> None:
        before = self._steps[-1] if self._steps else None
        count = len(self._open)
        if before is not None and before.last == count and not opened:
            return
        # How findings stand at the head of a recording is told with the times at which they came to be so.
        number = max(int(at // STEP_S), self._begun, before.number if before else 0)
        if before is None or before.number < number:
            was = (before.last or 0) if before else 0
            self._steps.append(TroubleStep(number, max(was, count), count, int(opened)))
        else:
            self._steps[-1] = TroubleStep(number, max(before.most, count), count, before.opened + opened)


def _counts(finding: Finding) -> bool:
    """Whether it is trouble of its own, open now."""
    return finding.cleared_at is None and not finding.joined and finding.cause not in {"healthy", "asleep"}


def by_step(history: History, now: float, steps: int) -> list[Step]:
    """The last *steps* steps up to wall time *now*."""
    newest = int(now // STEP_S)
    told = {step.number: step for step in history}
    earlier = [step for step in history if step.number <= newest - steps]
    last = earlier[-1].last if earlier else None
    found: list[Step] = []
    for number in range(newest - steps + 1, newest + 1):
        step = told.get(number)
        last = step.last if step else last
        found.append(Step(step.most, step.opened) if step and last is not None else Step(last, 0))
    return found
