"""The past of every device that is expected or was ever reached, as its outcomes come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tui import limits
from tui.device_events import DevicePast, Turn
from tui.records import Target
from tui.state.model import ALIVE, Device
from tui.state.past import Past, Question, asked, joined, turned


class Pasts:
    """Bounded by `limits.PASTS`: of devices that come when it is full nothing is kept."""

    def __init__(self) -> None:
        self._of: dict[Target, Past] = {}

    @property
    def of(self) -> Mapping[Target, Past]:
        """The past of each device that has one."""
        return self._of

    def now(self, target: Target) -> Past:
        """The past of one device; an empty one where none is kept."""
        return self._of.get(target, Past())

    def probed(self, before: Device, after: Device) -> None:
        """A device was asked, and is known as *after*."""
        target = after.target
        # The head of a recording tells again what was told.
        again = before.state is not None and after.asked_at <= before.asked_at
        if after.state is None or again or not after.expected or not self._has_room(target):
            return
        past = self.now(target)
        if before.state is not None and before.state != after.state:
            lasted = max(0.0, after.since - before.since)
            past = turned(past, Turn(after.since, before.state, after.state, lasted))
        connect_ms = after.ms if after.state in ALIVE else None
        question = Question(after.asked_at, connect_ms, after.answer_ms, after.state == "answers")
        self._of[target] = asked(past, question)

    def recall(self, told: DevicePast) -> None:
        """Note what was known of a device before."""
        if self._has_room(told.target):
            self._of[told.target] = joined(self.now(told.target), told.turns, told.steps)

    def events(self, at: float) -> Iterator[DevicePast]:
        """Everything kept, as events."""
        for target, past in self._of.items():
            steps = tuple(past.steps)
            yield DevicePast(at=at, address=target.address, port=target.port, turns=past.turns, steps=steps)

    def _has_room(self, target: Target) -> bool:
        return target in self._of or len(self._of) < limits.PASTS
