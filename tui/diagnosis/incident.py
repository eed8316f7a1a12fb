"""Findings that came together: which came first, and which are so many that they are told as a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from tui import limits
from tui.records import CauseId, Finding

_WINDOW_S: Final = 600.0
"""Ten minutes: the window in which ANSI/ISA-18.2 counts the alarms of a flood."""
_FLOOD: Final = 10
"""More than these within the window are a flood (ANSI/ISA-18.2, EEMUA 191)."""


class Flood(NamedTuple):
    """Findings of one cause that came within a flood."""

    cause: CauseId
    members: tuple[Finding, ...]
    """In the order in which they came."""

    @property
    def priority(self) -> int:
        """That of its most pressing finding."""
        return min(member.priority for member in self.members)

    @property
    def took_s(self) -> float:
        """From its first finding to its last."""
        return self.members[-1].opened_at - self.members[0].opened_at


def first_out(findings: Iterable[Finding]) -> dict[str, int]:
    """The ids of findings that came before all others of their incident, and how many came in it.

    Findings are one incident where none is more than ten minutes after the one before. Nobody knows which
    came first where they were there already when this run looked for the first time.
    """
    found: dict[str, int] = {}
    for incident in _incidents(sorted(findings, key=_came)):
        first, *others = incident
        if others and first.witnessed and others[0].opened_at > first.opened_at:
            found[first.id] = len(incident)
    return found


def floods(findings: Iterable[Finding]) -> list[Flood]:
    """Groups of findings of one cause, of those that came more than ten within ten minutes."""
    ordered = sorted(findings, key=_came)
    flooding: set[str] = set()
    start = 0
    for index, finding in enumerate(ordered):
        while finding.opened_at - ordered[start].opened_at > _WINDOW_S:
            start += 1
        if index - start >= _FLOOD:
            flooding.update(each.id for each in ordered[start : index + 1])
    causes: dict[CauseId, list[Finding]] = {}
    for finding in ordered:
        if finding.id in flooding:
            causes.setdefault(finding.cause, []).append(finding)
    return [Flood(cause, tuple(found)) for cause, found in causes.items() if len(found) >= limits.JOINT_LEAST]


def _incidents(ordered: Sequence[Finding]) -> Iterator[list[Finding]]:
    incident: list[Finding] = []
    for finding in ordered:
        if incident and finding.opened_at - incident[-1].opened_at > _WINDOW_S:
            yield incident
            incident = []
        incident.append(finding)
    if incident:
        yield incident


def _came(finding: Finding) -> tuple[float, str]:
    return finding.opened_at, finding.id
