"""The log: what happened, line after line, the newest on top."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from tui.event import Event
from tui.events import FindingChanged, Health, Probing, StateChanged
from tui.mark_events import Noted, Service
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone
from tui.panes.view import View
from tui.records import Finding, Target
from tui.session_events import Acted
from tui.state.model import DirtyKey


class Said(NamedTuple):
    """An event in words."""

    about: str
    what: str
    tone: Tone = "plain"
    target: Target | None = None


class Entry(NamedTuple):
    """The line of one event: its time, and which it is of those at that time."""

    at: float
    number: int


_TURNS: Final[Mapping[str, tuple[str, Tone]]] = {
    "opened": ("▲ new", "warn"),
    "cleared": ("· over", "plain"),
    "acknowledged": ("a acknowledged", "quiet"),
    "shelved": ("z shelved", "quiet"),
    "unshelved": ("z brought back", "quiet"),
    "commented": ("comment", "quiet"),
}


def _of_finding(event: FindingChanged) -> Said:
    finding = event.finding
    turn, tone = _TURNS.get(event.change, (event.change, "plain"))
    if event.change == "commented" and finding.comments:
        told = f"{turn} by {finding.comments[-1].user}: {finding.comments[-1].text}"
    else:
        told = f"{turn}{_who(event)}: {finding.title}"
    if event.change == "opened" and finding.priority == 1:
        tone = "bad"
    return Said(finding.about, told, tone, _device(finding))


def _who(event: FindingChanged) -> str:
    finding = event.finding
    by = {
        "acknowledged": finding.acknowledged_by,
        "shelved": finding.shelved_by,
        "unshelved": finding.shelved_by,
    }
    user = by.get(event.change, "")
    until = " until it changes" if event.change == "shelved" and finding.shelved_till_change else ""
    if event.change == "shelved" and finding.shelved_until is not None:
        until = f" until {words.minute(finding.shelved_until)}"
    return f"{until}{f' by {user}' if user else ''}"


def _of_state(event: StateChanged) -> Said:
    told = f"{words.STATES[event.before]} → {words.STATES[event.after]}"
    target = Target(event.address, event.port)
    return Said(str(target), told, "plain", target)


def _of_act(event: Acted) -> Said:
    return Said(str(event.session.target), f"{event.user}: {event.text}", "plain", event.session.target)


def _of_probing(event: Probing) -> Said:
    return Said("port502", "probing is allowed again" if event.allowed else "probing was stopped", "warn")


def _of_health(event: Health) -> Said:
    told = event.text or ("well" if event.ok else "not well")
    return Said("port502", f"{event.source}: {told}", "quiet" if event.ok else "warn")


def _of_note(event: Noted) -> Said:
    return Said(str(event.target), f"note by {event.user}: {event.text}", "plain", event.target)


def _of_service(event: Service) -> Said:
    told = f"{'o out of' if event.out else 'back in'} service, by {event.user}"
    return Said(str(event.target), told, "plain", event.target)


_SAID: Final[Mapping[type[Event], Callable[[Any], Said]]] = {
    FindingChanged: _of_finding,
    StateChanged: _of_state,
    Acted: _of_act,
    Probing: _of_probing,
    Health: _of_health,
    Noted: _of_note,
    Service: _of_service,
}


def said(event: Event) -> Said | None:
    """An event of the log in words; None for one that is no news to a reader."""
    if isinstance(event, FindingChanged) and event.finding.cause == "healthy":
        return None
    tell = _SAID.get(type(event))
    return tell(event) if tell is not None else None


def _device(finding: Finding) -> Target | None:
    return None if finding.is_joint else finding.target


class Log:
    """What the log shows."""

    title = "Log"
    sorts = ("newest", "oldest")

    def __init__(self) -> None:
        self.sort = 0
        self.needle = ""
        self.width = 0
        self._view: View | None = None
        self._of: tuple[Event, ...] | None = None
        self._lines: dict[Entry, Said] = {}
        self._keys: list[Hashable] = []

    @property
    def columns(self) -> tuple[Column, ...]:
        """When, about what, and what happened."""
        return (
            Column("when", 8),
            Column("device", 18, least=40),
            Column("name", 14, least=100),
            Column("what happened", 10, flex=1),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        return (
            "nothing in the log matches; esc clears the filter" if self.needle else "nothing has happened yet"
        )

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """The newest first; worked out anew only where the log has grown."""
        self._view = view
        if dirty is not None and self._of is view.snapshot.log:
            return self._keys
        self._of = view.snapshot.log
        self._lines = {}
        numbers: dict[float, int] = {}
        for event in sorted(view.snapshot.log, key=lambda event: event.at):
            if (line := said(event)) is not None:
                number = numbers[event.at] = numbers.get(event.at, -1) + 1
                self._lines[Entry(event.at, number)] = line
        found = [key for key in self._lines if not self.needle or self._matches(key)]
        self._keys = list(found if self.sort else reversed(found))
        return self._keys

    def _matches(self, key: Entry) -> bool:
        return any(self.needle in cell.text.lower() for cell in self.row(key).cells)

    def choose(self, key: Hashable) -> Sequence[Hashable] | None:  # noqa: ARG002 - no line shows more
        """Nothing changes by it."""
        return None

    def row(self, key: Hashable) -> Row:
        """The line of an event."""
        line = self._lines.get(key) if isinstance(key, Entry) else None
        if line is None or not isinstance(key, Entry) or self._view is None:
            return Row((Cell(),), free=True)
        device = self._view.snapshot.devices.get(line.target) if line.target else None
        return Row(
            (
                Cell(words.moment(key.at, words.day(self._view.now)), "quiet"),
                Cell(line.about, "strong"),
                Cell(device.name if device else "", "quiet"),
                Cell(line.what, line.tone),
            )
        )

    def stands(self, key: Hashable) -> bool:  # noqa: ARG002 - every line does
        """Every line can be selected."""
        return True

    def alarms(self, key: Hashable) -> bool:  # noqa: ARG002 - what is unseen is told by the alarms
        """No line asks for anything."""
        return False

    def summary(self) -> str:
        """How far it goes back."""
        return words.count(len(self._lines), "line") if self._lines else ""

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        line = self._lines.get(key) if isinstance(key, Entry) else None
        return line.target if line else None

    def finding(self, key: Hashable) -> str | None:  # noqa: ARG002 - it is the alarms that are acted on
        """A line is no finding to act on."""
        return None
