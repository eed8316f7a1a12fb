"""The diagnosis pane: one alarm a line, what is new and unseen on top, what is shelved at the bottom."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from tui.events import Health
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone, lay_out, wrap
from tui.panes.view import View, is_fading, is_shelved, numeric, pressing
from tui.records import Finding, Target
from tui.state.model import DirtyKey

_OURS: Final = ("finding:", "health:")
"""Keys of changes that can alter the list; time alters it as well, and then nothing else is dirty."""
_WIDE_FROM: Final = 98
"""Width from which there is room for advice under each finding, and for how sure it is."""
_SENTENCE: Final = 4
"""The column of the sentence."""
_LINES: Final = 3
"""Lines that the sentence of the selected finding may take."""
_SURE: Final = {"proven": " ", "likely": "~", "possible": "?"}


class Advice(NamedTuple):
    """The line under a finding that says what to do first."""

    finding: str


class More(NamedTuple):
    """A further line of the selected finding's sentence."""

    finding: str
    line: int


class Part(NamedTuple):
    """The line of a part of the monitor that is not well."""

    source: str


def is_shown(finding: Finding) -> bool:
    """What somebody saw and saw end is off the list, and so is what another finding tells."""
    told_elsewhere = finding.joined or finding.replaced_by or finding.cause == "healthy"
    return not told_elsewhere and (finding.cleared_at is None or finding.acknowledged_at is None)


def rank(finding: Finding) -> tuple[bool, bool, int, float]:
    """Unseen trouble first, then what has ended unseen, then what is known."""
    seen, priority, newest = pressing(finding)
    return seen, finding.cleared_at is not None, priority, newest


def tone(finding: Finding) -> Tone:
    """Colour only for what is open and unseen."""
    if finding.cleared_at is not None or finding.acknowledged_at is not None or is_fading(finding):
        return "quiet"
    return "bad" if finding.priority == 1 else "warn"


def standing(finding: Finding, now: float) -> str:
    """How sure, or how it ended or is about to, or how long it is still shelved."""
    if finding.cleared_at is not None:
        return f"cleared {words.moment(finding.cleared_at, words.day(now))[:5].strip()}"
    if is_shelved(finding, now):
        return words.left((finding.shelved_until or now) - now)
    return "clearing" if is_fading(finding) else finding.certainty


def sign(finding: Finding, now: float) -> str:
    """One sign for where it stands: shelved, over, acknowledged, or open and unseen."""
    if is_shelved(finding, now):
        return "z"
    if finding.cleared_at is not None:
        return "·"
    return "a" if finding.acknowledged_at is not None else "▲"


def sentence(finding: Finding) -> str:
    """What is wrong."""
    return f"{finding.title} ({finding.times} times)" if finding.times > 1 else finding.title


def row(view: View, finding: Finding) -> Row:
    """The line of one finding."""
    device = view.snapshot.devices.get(finding.target)
    loud: Tone = "quiet" if is_shelved(finding, view.now) else tone(finding)
    quiet = loud == "quiet"
    sure = _SURE[finding.certainty] if finding.cleared_at is None else " "
    return Row(
        (
            Cell(f"{sign(finding, view.now)}{finding.priority}{sure}", loud),
            Cell(words.moment(finding.opened_at, words.day(view.now)), "quiet"),
            Cell(finding.about, "quiet" if quiet else "strong"),
            Cell(device.name if device else "", "quiet" if quiet else "strong"),
            Cell(sentence(finding), "quiet" if quiet else "plain"),
            Cell(standing(finding, view.now), "quiet"),
        )
    )


def health_row(health: Health, now: float) -> Row:
    """The line of a part of the monitor that is not well."""
    return Row(
        (
            Cell("●", "warn"),
            Cell(words.moment(health.at, words.day(now)), "quiet"),
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
        self.width = 0
        self._view: View | None = None
        self._chosen: Hashable = None
        self._lingers: Hashable = None
        self._findings: list[Finding] = []
        self._keys: list[Hashable] = []
        self._parts: list[Health] = []
        self._counts: dict[str, int] = {}
        self._address = 15

    @property
    def columns(self) -> tuple[Column, ...]:
        """The sentence gets the room."""
        wide = self.width >= _WIDE_FROM
        return (
            Column("", 3),
            Column("since", 8, least=_WIDE_FROM),
            Column("device", self._address, least=40),
            Column("name", 14, least=140),
            Column("what is wrong", 10, flex=1),
            Column("", 13, least=_WIDE_FROM if wide else self.width + 1),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        return "no finding matches the filter; esc clears it" if self.needle else "nothing wrong found so far"

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """Parts that are not well, then findings."""
        self._view = view
        if dirty and not any(isinstance(key, str) and key.startswith(_OURS) for key in dirty):
            return self._keys
        self._parts = [part for part in view.snapshot.health.values() if not part.ok]
        shown = [finding for finding in view.snapshot.findings.values() if is_shown(finding)]
        self._count(shown, view.now)
        self._address = max(15, *(min(25, len(finding.about)) for finding in shown), 0)
        match self.sorts[self.sort]:
            case "newest":
                shown.sort(key=lambda finding: -finding.opened_at)
            case "device":
                shown.sort(
                    key=lambda finding: (
                        numeric(finding.address),
                        finding.port,
                        rank(finding),
                    )
                )
            case _:
                shown.sort(key=rank)
        shown.sort(key=lambda finding: finding.id != self._lingers and is_shelved(finding, view.now))
        if self.needle:
            shown = [finding for finding in shown if self._matches(row(view, finding))]
            self._parts = [part for part in self._parts if self._matches(health_row(part, view.now))]
        self._findings = shown
        return self._lines()

    def _count(self, shown: Sequence[Finding], now: float) -> None:
        around = [finding for finding in shown if finding.cleared_at is None]
        there = [finding for finding in around if not is_shelved(finding, now)]
        self._counts = {
            "open": len(there),
            "unacknowledged": sum(finding.acknowledged_at is None for finding in there),
            "cleared": len(shown) - len(around),
            "shelved": len(around) - len(there),
        }

    def _lines(self) -> Sequence[Hashable]:
        """Each finding; under the selected one the rest of its sentence; advice there or, if wide, always."""
        wide = self.width >= _WIDE_FROM
        advised = self._chosen
        if self._findings and not any(finding.id == advised for finding in self._findings):
            advised = self._findings[0].id
        keys: list[Hashable] = [Part(part.source) for part in self._parts]
        for finding in self._findings:
            keys.append(finding.id)
            if finding.id == self._chosen:
                keys += [More(finding.id, line) for line in range(1, len(self._wrapped(finding)))]
            quiet = tone(finding) == "quiet" or (self._view and is_shelved(finding, self._view.now))
            if finding.remedies and (finding.id == advised or wide) and not quiet:
                keys.append(Advice(finding.id))
        self._keys = keys
        return keys

    def _wrapped(self, finding: Finding) -> list[str]:
        slots = lay_out(self.columns, self.width)
        room = next((slot.width for slot in slots if slot.column == _SENTENCE), 1)
        lines = wrap(sentence(finding), max(1, room))
        return lines if len(lines) <= _LINES else [*lines[: _LINES - 1], " ".join(lines[_LINES - 1 :])]

    def choose(self, key: Hashable) -> Sequence[Hashable] | None:
        """The selected finding shows its whole sentence; one just shelved stays in place until left."""
        if key == self._chosen:
            return None
        self._chosen = key
        if self._lingers not in {None, key} and self._view is not None:
            self._lingers = None
            return self.take(self._view, None)
        return self._lines()

    def linger(self, key: Hashable) -> None:
        """Keep this finding in its place, though it is being shelved, until another line is selected."""
        self._lingers = key

    def _matches(self, line: Row) -> bool:
        return any(self.needle in cell.text.lower() for cell in line.cells)

    def row(self, key: Hashable) -> Row:
        """The line of a finding, of its advice, or of a part of the monitor."""
        if self._view is None:
            return Row((Cell(),), free=True)
        findings = self._view.snapshot.findings
        if isinstance(key, Part) and (health := self._view.snapshot.health.get(key.source)):
            return health_row(health, self._view.now)
        if isinstance(key, Advice) and (finding := findings.get(key.finding)):
            first = f"First: {finding.remedies[0]}" if finding.remedies else ""
            if self.width < _WIDE_FROM:
                # From the left edge there is room for more of it.
                first = f"{standing(finding, self._view.now)}. {first}"
                return Row((Cell("  "), Cell(first, "note")), free=True)
            return _under(first, "note")
        if isinstance(key, More) and (finding := findings.get(key.finding)):
            lines = self._wrapped(finding)
            return _under(lines[key.line] if key.line < len(lines) else "", "plain")
        if isinstance(key, str) and (finding := findings.get(key)):
            line = row(self._view, finding)
            if key != self._chosen:
                return line
            cells = list(line.cells)
            cells[_SENTENCE] = cells[_SENTENCE]._replace(text=self._wrapped(finding)[0])
            return Row(tuple(cells))
        return Row((Cell(),), free=True)

    def stands(self, key: Hashable) -> bool:
        """What stands under a finding belongs to it."""
        return not isinstance(key, (Advice, More))

    def alarms(self, key: Hashable) -> bool:
        """Open, unseen, not shelved."""
        finding = self._unseen(key)
        return finding is not None and finding.cleared_at is None

    def unseen(self, key: Hashable) -> bool:
        """Whether it can be acknowledged: open or ended, but not yet, and not shelved."""
        return self._unseen(key) is not None

    def _unseen(self, key: Hashable) -> Finding | None:
        finding = self._view.snapshot.findings.get(key) if self._view and isinstance(key, str) else None
        if self._view is None or finding is None or finding.acknowledged_at is not None:
            return None
        return None if is_shelved(finding, self._view.now) else finding

    def summary(self) -> str:
        """What asks for attention first."""
        said = [f"{number} {word}" for word, number in self._counts.items() if number]
        return "  ".join(said) or "all quiet"

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        finding = self._view.snapshot.findings.get(key) if self._view and isinstance(key, str) else None
        return finding.target if finding else None

    def finding(self, key: Hashable) -> str | None:
        """The finding itself."""
        return key if isinstance(key, str) else None


def _under(text: str, tone: Tone) -> Row:
    """A line that belongs to the finding above it, in the column of the sentence."""
    cells = [Cell()] * 6
    cells[_SENTENCE] = Cell(text, tone)
    return Row(tuple(cells), spill=True)
