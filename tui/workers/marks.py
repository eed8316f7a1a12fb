"""What somebody at this console says of findings and devices: seen, put aside, out of service, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from msgspec.structs import replace

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.event import Emit
from tui.events import FindingChanged
from tui.mark_events import Noted, Service
from tui.records import Comment, Finding, Target


class Marks:
    """Emits what was said, with the user and the time. Returns at once; any thread may."""

    def __init__(self, emit: Emit, clock: Clock, finding: Callable[[str], Finding | None], user: str) -> None:
        self._emit = emit
        self._clock = clock
        self._finding = finding
        self._user = user

    def acknowledge(self, finding_id: str) -> None:
        """Mark a finding as seen."""
        self._mark(finding_id, "acknowledged", acknowledged_at=self._clock.wall(), acknowledged_by=self._user)

    def shelve(self, finding_id: str, seconds: float | None) -> None:
        """Put a finding aside for so long; None is until it changes."""
        until = None if seconds is None else self._clock.wall() + seconds
        self._mark(
            finding_id,
            "shelved",
            shelved_until=until,
            shelved_till_change=seconds is None,
            shelved_by=self._user,
        )

    def unshelve(self, finding_id: str) -> None:
        """Bring a finding back that was put aside."""
        self._mark(
            finding_id, "unshelved", shelved_until=None, shelved_till_change=False, shelved_by=self._user
        )

    def comment(self, finding_id: str, text: str) -> None:
        """Write something about a finding."""
        if finding := self._finding(finding_id):
            told = Comment(at=self._clock.wall(), user=self._user, text=clean(text))
            self._mark(finding_id, "commented", comments=(*finding.comments, told)[-limits.COMMENTS :])

    def note(self, target: Target, text: str) -> None:
        """Write something about a device."""
        at, (address, port) = self._clock.wall(), target
        self._emit(Noted(at=at, address=address, port=port, user=self._user, text=clean(text)))

    def serve(self, target: Target, *, out: bool) -> None:
        """Take a device out of service, or put it back."""
        at, (address, port) = self._clock.wall(), target
        self._emit(Service(at=at, address=address, port=port, out=out, user=self._user))

    def _mark(
        self,
        finding_id: str,
        change: Literal["acknowledged", "shelved", "unshelved", "commented"],
        **said: object,
    ) -> None:
        if finding := self._finding(finding_id):
            self._emit(FindingChanged(at=self._clock.wall(), change=change, finding=replace(finding, **said)))
