"""The diagnosis pane: one alarm a line, what is new and unseen on top."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from tui.events import Health
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone
from tui.panes.view import View, is_shelved, numeric, pressing
from tui.records import Finding, Target
from tui.state.model import DirtyKey

_OURS: Final = ("finding:", "health:")
"""Keys of changes that can alter the list; time alters it as well, and then nothing else is dirty."""


class Advice(NamedTuple):
    """The line under a finding that says what to do first."""

    finding: str


class Part(NamedTuple):
    """The line of a part of the monitor that is not well."""

    source: str


def is_shown(finding: Finding, now: float) -> bool:
    """What somebody shelved, or saw and saw end, is off the list."""
    if finding.cause == "healthy" or is_shelved(finding, now):
        return False
    return finding.cleared_at is None or finding.acknowledged_at is None


def rank(finding: Finding) -> tuple[bool, bool, int, float]:
    """Unseen trouble first, then what has ended unseen, then what is known."""
    seen, priority, newest = pressing(finding)
    return seen, finding.cleared_at is not None, priority, newest


def tone(finding: Finding) -> Tone:
    """Colour only for what is open and unseen."""
    if finding.cleared_at is not None or finding.acknowledged_at is not None:
        return "quiet"
    return "bad" if finding.priority == 1 else "warn"


def standing(finding: Finding, today: int) -> str:
    """How sure, or how it ended, and whether somebody has seen it."""
    seen = "a " if finding.acknowledged_at is not None else ""
    if finding.cleared_at is not None:
        return f"cleared {words.moment(finding.cleared_at, today)[:5].strip()}"
    return seen + finding.certainty


def row(view: View, finding: Finding, today: int) -> Row:
    """The line of one finding."""
    device = view.snapshot.devices.get(finding.target)
    name = device.name if device else ""
    loud = tone(finding)
    quiet = loud == "quiet"
    again = f"{finding.title} ({finding.times} times)" if finding.times > 1 else finding.title
    return Row(
        (
            Cell(f"{'·' if quiet else '▲'}{finding.priority}", loud),
            Cell(words.moment(finding.opened_at, today), "quiet"),
            Cell(str(finding.target), "quiet" if quiet else "strong"),
            Cell(name, "quiet" if quiet else "strong"),
            Cell(again, "quiet" if quiet else "plain"),
            Cell(standing(finding, today), "quiet"),
        )
    )


def health_row(health: Health, today: int) -> Row:
    """The line of a part of the monitor that is not well."""
    return Row(
        (
            Cell("●", "warn"),
            Cell(words.moment(health.at, today), "quiet"),
            Cell("port502", "strong"),
            Cell("", "plain"),
            Cell(f"{health.source}: {health.text or 'not well'}", "warn"),
            Cell(),
        )
    )


class Diagnosis:
    """What the diagnosis pane shows."""

    title = "Diagnosis"
    sorts = ("trouble", "newest", "device")

    def __init__(self) -> None:
        self.sort = 0
        self.needle = ""
        self.wide = False
        self._view: View | None = None
        self._today = 0
        self._findings: list[Finding] = []
        self._keys: list[Hashable] = []
        self._parts: list[Health] = []
        self._unseen = self._shelved = 0
        self._address = 15

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sentence gets the room."""
        return (
            Column("", 2),
            Column("since", 8, least=60),
            Column("device", self._address, least=40),
            Column("name", 12, least=130),
            Column("what is wrong", 10, flex=1),
            Column("", 13, least=56),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        return "no finding matches the filter; esc clears it" if self.needle else "nothing wrong found so far"

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """Parts that are not well, then findings; advice under the first, on a wide screen under each."""
        self._view = view
        if dirty and not any(isinstance(key, str) and key.startswith(_OURS) for key in dirty):
            return self._keys
        self._today = words.day(view.now)
        found = view.snapshot.findings.values()
        self._parts = [part for part in view.snapshot.health.values() if not part.ok]
        shown = [finding for finding in found if is_shown(finding, view.now)]
        self._shelved = sum(is_shelved(finding, view.now) and finding.cleared_at is None for finding in found)
        self._unseen = sum(finding.acknowledged_at is None for finding in shown)
        self._address = max(15, *(min(25, len(str(finding.target))) for finding in shown), 0)
        match self.sorts[self.sort]:
            case "newest":
                shown.sort(key=lambda finding: -finding.opened_at)
            case "device":
                shown.sort(key=lambda finding: (numeric(finding.address), finding.port, rank(finding)))
            case _:
                shown.sort(key=rank)
        if self.needle:
            shown = [finding for finding in shown if self._matches(row(view, finding, self._today))]
            self._parts = [part for part in self._parts if self._matches(health_row(part, self._today))]
        self._findings = shown
        keys: list[Hashable] = [Part(part.source) for part in self._parts]
        for index, finding in enumerate(shown):
            keys.append(finding.id)
            if finding.remedies and tone(finding) != "quiet" and (self.wide or index == 0):
                keys.append(Advice(finding.id))
        self._keys = keys
        return keys

    def _matches(self, line: Row) -> bool:
        return any(self.needle in cell.text.lower() for cell in line.cells)

    def row(self, key: Hashable) -> Row:
        """The line of a finding, of its advice, or of a part of the monitor."""
        if self._view is None:
            return Row((Cell(),), free=True)
        if isinstance(key, Part) and (health := self._view.snapshot.health.get(key.source)):
            return health_row(health, self._today)
        if isinstance(key, Advice) and (finding := self._view.snapshot.findings.get(key.finding)):
            first = finding.remedies[0] if finding.remedies else ""
            return Row((Cell(), Cell(), Cell(), Cell(), Cell(f"First: {first}", "note"), Cell()), spill=True)
        if isinstance(key, str) and (finding := self._view.snapshot.findings.get(key)):
            return row(self._view, finding, self._today)
        return Row((Cell(),), free=True)

    def stands(self, key: Hashable) -> bool:
        """Advice belongs to the line above it."""
        return not isinstance(key, Advice)

    def summary(self) -> str:
        """What asks for attention, and what is out of sight."""
        parts = [words.count(self._unseen, "unacknowledged", "unacknowledged")] if self._unseen else []
        seen = len(self._findings) - self._unseen
        if seen > 0:
            parts.append(f"{seen} acknowledged")
        if self._shelved:
            parts.append(f"{self._shelved} shelved")
        return "  ".join(parts) or "all quiet"

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        finding = self._view.snapshot.findings.get(key) if self._view and isinstance(key, str) else None
        return finding.target if finding else None

    def finding(self, key: Hashable) -> str | None:
        """The finding itself."""
        return key if isinstance(key, str) else None
