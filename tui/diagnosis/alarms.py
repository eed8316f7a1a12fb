"""The life of findings: opened once, updated when they say something new, cleared when nothing backs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from tui import limits
from tui.diagnosis.rules import judge
from tui.diagnosis.scene import Scene
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
    changes = [
        change
        for draft in drafts.values()
        if (change := _backed(draft.finding(target, now), store.findings, now))
    ]
    changes.extend(
        change
        for old in _open_findings(store, target)
        if old.cause not in drafts and (change := _unbacked(old, now))
    )
    return changes


def fading(store: Store) -> Iterator[Target]:
    """Devices with a finding that only time will clear: review them again soon."""
    return (f.target for f in store.findings.values() if f.cleared_at is None and f.fading_since is not None)


def _backed(new: Finding, findings: Mapping[str, Finding], now: float) -> FindingChanged | None:
    """The turn of a finding that the rules make now, if it is one."""
    old = findings.get(new.id)
    if old is None:
        return FindingChanged(at=now, change="opened", finding=new)
    if old.cleared_at is not None:
        # Trouble that was seen and returns at once is the same trouble.
        seen = old.acknowledged_at if now - old.cleared_at < limits.REMEMBER_S else None
        again = replace(new, times=old.times + 1, acknowledged_at=seen, shelved_until=old.shelved_until)
        return FindingChanged(at=now, change="opened", finding=again)
    if _says(new) == _says(old) and old.fading_since is None:
        return None
    kept = replace(
        new,
        opened_at=old.opened_at,
        acknowledged_at=old.acknowledged_at,
        shelved_until=old.shelved_until,
        times=old.times + (old.fading_since is not None),
    )
    return FindingChanged(at=now, change="updated", finding=kept)


def _unbacked(old: Finding, now: float) -> FindingChanged | None:
    """The turn of a finding that nothing backs now: it clears, one that comes and goes only after a while."""
    patience = min(limits.FADE_S * (old.times - 1), limits.FADE_MOST_S)
    since = now if old.fading_since is None else old.fading_since
    if now - since >= patience:
        cleared = replace(old, cleared_at=now, updated_at=now, fading_since=None)
        return FindingChanged(at=now, change="cleared", finding=cleared)
    if old.fading_since is None:
        return FindingChanged(at=now, change="updated", finding=replace(old, fading_since=now))
    return None


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
