"""The diagnosis pane: one alarm a line, updated in place; a flood is a group that can be unfolded."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from tui.actions import key_of
from tui.diagnosis.alarm_state import QUIET
from tui.diagnosis.incident import Flood
from tui.events import Health
from tui.panes.alarm_list import Group, Listed, lines, listed
from tui.panes.cells import Cell, Column, Row, lay_out, wrap
from tui.panes.finding_row import (
    SENTENCE,
    group_row,
    health_row,
    row,
    sentence,
    standing,
    state_of,
    tone,
    under,
)
from tui.panes.view import View
from tui.records import CauseId, Finding, Target
from tui.state.model import DirtyKey

_OURS: Final = ("finding:", "health:", "mark:")
"""Keys of changes that can alter the list; time alters it as well, and then nothing else is dirty."""
_WIDE_FROM: Final = 98
"""Width from which there is room for advice under each finding, and for how sure it is."""
_LINES: Final = 3
"""Lines that the sentence of the selected finding may take."""


class Advice(NamedTuple):
    """The line under a finding that says what to do first."""

    finding: str


class Within(NamedTuple):
    """The line under a group that says what can be done with it."""

    cause: CauseId


class More(NamedTuple):
    """A further line of the selected finding's sentence."""

    finding: str
    line: int


class Part(NamedTuple):
    """The line of a part of the monitor that is not well."""

    source: str


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
        self._listed = Listed()
        self._unfolded: set[CauseId] = set()
        self._keys: list[Hashable] = []
        self._parts: list[Health] = []
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
            Column("", 14, least=_WIDE_FROM if wide else self.width + 1),
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
        found = listed(view, self.sorts[self.sort], self._lingers)
        if self.needle:
            found = found._replace(entries=tuple(filter(self._matches, found.entries)))
            self._parts = [part for part in self._parts if self._contains(health_row(part, view.now))]
        self._listed = found
        self._address = max(15, *(min(26, len(finding.about) + 1) for finding in found.findings()), 0)
        return self._lines()

    def _lines(self) -> Sequence[Hashable]:
        """Each finding; under the selected one the rest of its sentence; advice there or, if wide, always."""
        wide = self.width >= _WIDE_FROM
        found = list(lines(self._listed, self._unfolded))
        advised = self._chosen
        if found and not any(key == advised for key, _ in found):
            advised = found[0][0]
        keys: list[Hashable] = [Part(part.source) for part in self._parts]
        for key, finding in found:
            keys.append(key)
            if finding is None:
                if key == advised and isinstance(key, Group):
                    keys.append(Within(key.cause))
                continue
            if key == self._chosen:
                keys += [More(finding.id, line) for line in range(1, len(self._wrapped(finding)))]
            quiet = tone(finding) == "quiet" or (self._view and state_of(self._view, finding) in QUIET)
            if finding.remedies and (key == advised or wide) and not quiet:
                keys.append(Advice(finding.id))
        self._keys = keys
        return keys

    def fold(self, key: Hashable, *, unfold: bool | None = None) -> Hashable | None:
        """Unfold the group of this line, or fold it; None turns it. The line to select, None for no group."""
        group = self._group(key)
        if group is None:
            return None
        if unfold is None:
            unfold = group.cause not in self._unfolded
        (self._unfolded.add if unfold else self._unfolded.discard)(group.cause)
        return Group(group.cause) if not unfold else key

    def _group(self, key: Hashable) -> Flood | None:
        """The group whose line this is, or that of one of its members."""
        return self._listed.groups.get(key)

    def _wrapped(self, finding: Finding) -> list[str]:
        slots = lay_out(self.columns, self.width)
        room = next((slot.width for slot in slots if slot.column == SENTENCE), 1)
        set_ = wrap(sentence(finding, self._listed.firsts.get(finding.id, 0)), max(1, room))
        return set_ if len(set_) <= _LINES else [*set_[: _LINES - 1], " ".join(set_[_LINES - 1 :])]

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

    def _matches(self, entry: Finding | Flood) -> bool:
        if self._view is None:
            return False
        members = entry.members if isinstance(entry, Flood) else (entry,)
        return any(self._contains(row(self._view, member)) for member in members)

    def _contains(self, line: Row) -> bool:
        return any(self.needle in cell.text.lower() for cell in line.cells)

    def row(self, key: Hashable) -> Row:
        """The line of a finding, of its advice, of a group, or of a part of the monitor."""
        if self._view is None:
            return Row((Cell(),), free=True)
        findings = self._view.snapshot.findings
        if isinstance(key, Part) and (health := self._view.snapshot.health.get(key.source)):
            return health_row(health, self._view.now)
        if isinstance(key, Group) and (flood := self._group(key)):
            first_of = self._listed.firsts.get(flood.members[0].id, 0)
            return group_row(self._view, flood, unfolded=flood.cause in self._unfolded, first_of=first_of)
        if isinstance(key, Within):
            turn = "folds" if key.cause in self._unfolded else "unfolds"
            acts = f"{key_of('acknowledge')} and {key_of('shelve')} act on all of it"
            return under(f"A group: {key_of('detail')} {turn} it, {acts}.", "note")
        if isinstance(key, Advice) and (finding := findings.get(key.finding)):
            first = f"First: {finding.remedies[0]}" if finding.remedies else ""
            if self.width < _WIDE_FROM:
                # From the left edge there is room for more of it.
                first = f"{standing(self._view, finding)}. {first}"
                return Row((Cell("  "), Cell(first, "note")), free=True)
            return under(first, "note")
        if isinstance(key, More) and (finding := findings.get(key.finding)):
            set_ = self._wrapped(finding)
            return under(set_[key.line] if key.line < len(set_) else "", "plain")
        if isinstance(key, str) and (finding := findings.get(key)):
            return self._finding_row(self._view, finding)
        return Row((Cell(),), free=True)

    def _finding_row(self, view: View, finding: Finding) -> Row:
        inset = self._group(finding.id) is not None
        line = row(view, finding, self._listed.firsts.get(finding.id, 0), inset=inset)
        if finding.id != self._chosen:
            return line
        cells = list(line.cells)
        cells[SENTENCE] = cells[SENTENCE]._replace(text=self._wrapped(finding)[0])
        return Row(tuple(cells))

    def stands(self, key: Hashable) -> bool:
        """What stands under a finding belongs to it."""
        return not isinstance(key, (Advice, More, Within))

    def alarms(self, key: Hashable) -> bool:
        """Open, unseen, no alarm that is put aside; a group where one of its findings is."""
        return any(finding.cleared_at is None for finding in self._unseen(key))

    def unseen(self, key: Hashable) -> bool:
        """Whether it can be acknowledged: open or ended, but not yet, and not put aside."""
        return bool(self._unseen(key))

    def to_acknowledge(self, key: Hashable) -> Sequence[str]:
        """The findings of a line that can be acknowledged."""
        return [finding.id for finding in self._unseen(key)]

    def named(self, key: Hashable) -> Sequence[str]:
        """The findings that a line is about: one, or all of a group."""
        group = self._group(key) if isinstance(key, Group) else None
        if group is not None:
            return [member.id for member in group.members]
        return (key,) if isinstance(key, str) else ()

    def _unseen(self, key: Hashable) -> Sequence[Finding]:
        view = self._view
        if view is None:
            return ()
        found = [view.snapshot.findings[name] for name in self.named(key) if name in view.snapshot.findings]
        return [each for each in found if state_of(view, each) in {"unacknowledged", "returned"}]

    def summary(self) -> str:
        """What asks for attention first."""
        said = [f"{number} {word}" for word, number in self._listed.counts.items() if number]
        return "  ".join(said) or "all quiet"

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        finding = self._view.snapshot.findings.get(key) if self._view and isinstance(key, str) else None
        return finding.target if finding else None

    def finding(self, key: Hashable) -> str | None:
        """The finding itself."""
        return key if isinstance(key, str) else None
