"""How many connections of a device were taken over the last hour, in steps."""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, TypeAlias

STEP_S: Final = 300.0
STEPS: Final = 12


class Step(NamedTuple):
    """One step of time in which the count was told."""

    number: int
    """Wall seconds by `STEP_S`."""
    most: int
    last: int


History: TypeAlias = tuple[Step, ...]
"""The steps in which the count moved, oldest first; between them it stayed."""


class Counts:
    """The counts of one device, as they are told."""

    def __init__(self) -> None:
        self._steps: deque[Step] = deque(maxlen=STEPS)

    def tell(self, at: float, count: int) -> bool:
        """The count at wall time *at*; whether that is news."""
        number = int(at // STEP_S)
        before = self._steps[-1] if self._steps else Step(number, 0, 0)
        if before.last == count and self._steps:
            return False
        if before.number == number and self._steps:
            self._steps[-1] = Step(number, max(before.most, count), count)
        else:
            self._steps.append(Step(number, max(before.last, count), count))
        return True

    @property
    def history(self) -> History:
        """The steps so far."""
        return tuple(self._steps)


def by_step(history: History, now: float) -> list[int | None]:
    """The most connections taken in each of the last steps up to wall time *now*; None where not known."""
    newest = int(now // STEP_S)
    found: list[int | None] = []
    told = {step.number: step for step in history}
    earlier = [step for step in history if step.number <= newest - STEPS]
    last: int | None = earlier[-1].last if earlier else None
    for number in range(newest - STEPS + 1, newest + 1):
        step = told.get(number)
        found.append(step.most if step else last)
        last = step.last if step else last
    return found
