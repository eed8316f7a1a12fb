"""The order of the alarm list: what is new and unseen on top, floods as groups, what is quiet at the end."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from typing import NamedTuple

from tui.diagnosis.alarm_state import QUIET, AlarmState
from tui.diagnosis.incident import Flood, first_out, floods
from tui.panes.finding_row import is_shown, rank, state_of
from tui.panes.view import View, numeric
from tui.records import CauseId, Finding


class Group(NamedTuple):
    """The line of a flood's findings of one cause."""

    cause: CauseId


class Listed(NamedTuple):
    """The alarm list."""

    entries: tuple[Finding | Flood, ...] = ()
    """As they stand; members of a group are in it alone."""
    groups: Mapping[Hashable, Flood] = {}
    """The group of a line: by its own key, and by the ids of its members."""
    firsts: Mapping[str, int] = {}
    """Findings that came before the others of their incident, and of how many."""
    counts: Mapping[str, int] = {}
    """How many there are of each kind, those that matter most first."""

    def findings(self) -> Iterator[Finding]:
        """Every finding, those of groups too."""
        for entry in self.entries:
            if isinstance(entry, Flood):
                yield from entry.members
            else:
                yield entry


def listed(view: View, order: str, lingers: Hashable = None) -> Listed:
    """The alarm list by *order*: trouble, newest or device; *lingers* stays in place though it is shelved."""
    shown = [finding for finding in view.snapshot.findings.values() if is_shown(finding)]
    states = {finding.id: state_of(view, finding) for finding in shown}
    loud = [finding for finding in shown if states[finding.id] not in QUIET]
    groups = floods(loud)
    grouped: dict[Hashable, Flood] = {Group(flood.cause): flood for flood in groups}
    grouped |= {member.id: flood for flood in groups for member in flood.members}
    entries: list[Finding | Flood] = [*groups, *(each for each in shown if each.id not in grouped)]
    match order:
        case "newest":
            entries.sort(key=lambda entry: -_newest(entry))
        case "device":
            entries.sort(key=_by_device)
        case _:
            entries.sort(key=_rank)
    entries.sort(
        key=lambda each: isinstance(each, Finding) and each.id != lingers and states[each.id] in QUIET
    )
    return Listed(tuple(entries), grouped, first_out(loud), _counts(states.values()))


def lines(found: Listed, unfolded: Collection[CauseId]) -> Iterator[tuple[Hashable, Finding | None]]:
    """The keys in order, each with its finding; the members of a group only where it is *unfolded*."""
    for entry in found.entries:
        if isinstance(entry, Finding):
            yield entry.id, entry
            continue
        yield Group(entry.cause), None
        if entry.cause in unfolded:
            for member in sorted(entry.members, key=rank):
                yield member.id, member


def _counts(states: Collection[AlarmState]) -> dict[str, int]:
    held = list(states)
    open_ = [state for state in held if state in {"unacknowledged", "acknowledged"}]
    return {
        "open": len(open_),
        "unacknowledged": held.count("unacknowledged"),
        "cleared": held.count("returned"),
        "shelved": held.count("shelved"),
        "out of service": held.count("out-of-service"),
        "asleep": held.count("asleep"),
    }


def _members(entry: Finding | Flood) -> Sequence[Finding]:
    return entry.members if isinstance(entry, Flood) else (entry,)


def _newest(entry: Finding | Flood) -> float:
    return max(each.opened_at for each in _members(entry))


def _rank(entry: Finding | Flood) -> tuple[bool, bool, int, float]:
    return min(map(rank, _members(entry)))


def _by_device(entry: Finding | Flood) -> tuple[object, ...]:
    first = min(_members(entry), key=lambda each: (numeric(each.address), each.port))
    return numeric(first.address), first.port, rank(first)
