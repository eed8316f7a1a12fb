"""The life of findings: opened once, updated when they say something new, cleared when nothing backs them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tui.diagnosis.rules import Scene, judge
from tui.events import FindingChanged
from tui.records import Evidence, Finding, Target
from tui.state.model import ALIVE
from tui.state.store import Store


def review(store: Store, target: Target, now: float) -> list[FindingChanged]:
    """What changed about the findings of *target*, given the state in *store*."""
    device = store.devices.get(target)
    if device is None:
        return []
    scene = Scene(device, store.sessions_of(target), now, _others_alive(store, target))
    drafts = judge(scene)
    changes: list[FindingChanged] = []
    for draft in drafts.values():
        new = draft.finding(target, now)
        old = store.findings.get(new.id)
        if old is None:
            changes.append(FindingChanged(at=now, change="opened", finding=new))
        elif old.cleared_at is not None:
            again = replace(new, times=old.times + 1, shelved_until=old.shelved_until)
            changes.append(FindingChanged(at=now, change="opened", finding=again))
        elif _says(new) != _says(old):
            kept = replace(
                new,
                opened_at=old.opened_at,
                acknowledged_at=old.acknowledged_at,
                shelved_until=old.shelved_until,
                times=old.times,
            )
            changes.append(FindingChanged(at=now, change="updated", finding=kept))
    for old in _open_findings(store, target):
        if old.cause not in drafts:
            cleared = replace(old, cleared_at=now, updated_at=now)
            changes.append(FindingChanged(at=now, change="cleared", finding=cleared))
    return changes


def _open_findings(store: Store, target: Target) -> Iterator[Finding]:
    for finding in store.findings_of(target):
        if finding.cleared_at is None:
            yield finding


def _others_alive(store: Store, target: Target) -> bool:
    return any(
        device.state in ALIVE
        for port in store.ports
        if port != target.port and (device := store.devices.get(Target(target.address, port)))
    )


def _says(finding: Finding) -> tuple[object, ...]:
    """What a reader would notice: milliseconds move with every poll and do not count."""
    return (
        finding.certainty,
        finding.form,
        finding.priority,
        finding.title,
        tuple(map(_fact, finding.evidence)),
    )


def _fact(evidence: Evidence) -> tuple[object, ...]:
    return evidence.rung, evidence.asked, evidence.answer, evidence.sender
