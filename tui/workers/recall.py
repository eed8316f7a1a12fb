"""Recall: what the last run knew of the same targets, from its journal, so that history is not lost."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Final

from tui.clean import clean
from tui.clock import Clock
from tui.device_events import DevicePast, Identified, UnitsSeen
from tui.event import Emit, Event
from tui.events import Climbed, FindingChanged, Health, Probed
from tui.journal.read import Reading, lines
from tui.journal.record import PATTERN
from tui.mark_events import Noted, Service
from tui.records import Target
from tui.session_events import ClientsKnown, LimitObserved
from tui.state.store import Store
from tui.trouble_events import TroubleKnown

_RECALLED: Final = (
    Probed, Climbed, LimitObserved, ClientsKnown, DevicePast, Identified, UnitsSeen, Noted, Service,
)  # fmt: skip


class Recall:
    """Reads the newest recording of a directory once and tells how its targets and findings stood at its end.

    Only targets of the present plan are recalled; sessions are not, for they are seen anew at once.
    """

    name = "recall"

    def __init__(self, directory: Path, targets: Container[Target | None], clock: Clock) -> None:
        newest = sorted(directory.glob(PATTERN))[-1:] if directory.is_dir() else []
        # Chosen now, before the recorder of this run opens a file of its own.
        self._path = newest[0] if newest else None
        self._targets = targets
        self._clock = clock
        self.done = self._path is None
        """Whether all that can be recalled has been told."""

    async def run(self, emit: Emit) -> None:
        """Tell the past, once."""
        if self._path is None:
            return
        store, reading = Store(), Reading()
        try:
            async for line in lines(self._path):
                if (event := reading.event(line)) is not None:
                    store.apply(event)
        except OSError as error:
            words = clean(f"cannot read {self._path}: {error.strerror}; earlier history is missing")
            emit(Health(at=self._clock.wall(), source=self.name, ok=False, text=words))
        joined = {f.joined for f in store.findings.values() if f.joined and f.target in self._targets}
        # How much trouble there was is told of all together: it counts only where none was of others.
        of_ours = all(f.is_joint or f.target in self._targets for f in store.findings.values())
        for past in store.events():
            spoken_for = isinstance(past, FindingChanged) and past.finding.id in joined
            hours = isinstance(past, TroubleKnown) and of_ours
            if spoken_for or hours or _about(past) in self._targets:
                emit(past)
        self.done = True


def _about(event: Event) -> Target | None:
    """The target of an event that is worth recalling."""
    if isinstance(event, _RECALLED):
        return event.target
    return event.finding.target if isinstance(event, FindingChanged) else None
