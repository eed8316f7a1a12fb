"""The life of findings: opened once, updated when they say something new, cleared when nothing backs them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias

from msgspec.structs import replace

from tui import limits
from tui.diagnosis.limit_rules import SETTLED_S
from tui.diagnosis.observed_limit import learnt
from tui.diagnosis.rules import judge
from tui.diagnosis.scene import Scene, scene_of
from tui.events import FindingChanged
from tui.records import CauseId, Evidence, Finding, Target
from tui.session_events import LimitObserved
from tui.state.store import Store

_APART: Final[frozenset[CauseId]] = frozenset({"client-leak", "reconnect-storm"})
"""Causes that are no reason why a device cannot be used, and are never told better by another."""
_OF_HOLDERS: Final[frozenset[CauseId]] = frozenset({"slots-full", "stale-sessions"})
"""Causes that may be told while the device works, as a warning."""
_WARNING: Final = 3

Turn: TypeAlias = FindingChanged | LimitObserved


def review(store: Store, target: Target, now: float) -> list[Turn]:
    """What changed about the findings of *target*, and about its limit, given the state in *store*."""
    observed = learnt(store, target, now)
    return [*([observed] if observed is not None else []), *_review(store, target, now)]


def _review(store: Store, target: Target, now: float) -> list[FindingChanged]:
    scene = scene_at(store, target, now)
    if scene is None:
        return []
    drafts = judge(scene)
    unbacked = [old for old in _open_findings(store, target) if old.cause not in drafts]
    changes = [
        change
        for draft in drafts.values()
        if (change := backed(draft.finding(target, now, witnessed=witnessed(store)), store.findings, now))
    ]
    better = next((c for c in changes if c.change == "opened" and _is_trouble(c.finding)), None)
    if better is not None and (worse := [old for old in unbacked if old.cause not in _APART]):
        # The same trouble, better understood or turned into another: one line, not an end and a beginning.
        changes[changes.index(better)] = replace(better, finding=taking_over(better.finding, worse))
        unbacked = [old for old in unbacked if old not in worse]
        changes.extend(replaced(old, better.finding, now) for old in worse)
    changes.extend(change for old in unbacked if (change := faded(old, now)))
    return changes


def scene_at(store: Store, target: Target, now: float) -> Scene | None:
    """The scene of a device; None for one that is not known."""
    device = store.devices.get(target)
    if device is None:
        return None
    return scene_of(
        device,
        store.sessions_of(target),
        now,
        devices=store.devices,
        ports=store.ports,
        changes=store.changes,
        ways=store.climbs.ways,
        watched=any(vantage.works for vantage in store.vantages.values()) or not store.vantages,
        vantages=store.vantages,
        clients=store.clients.get(target),
        counts=store.counts[target].history if target in store.counts else (),
    )


def witnessed(store: Store) -> bool:
    """Whether everything has been looked at before, so that what opens now has just begun."""
    return store.sweep.number > 1 or (store.sweep.number == 1 and not store.sweep.running)


def fading(store: Store) -> Iterator[Target]:
    """Devices with a finding that time alone will clear or turn: review them again soon."""
    for finding in store.findings.values():
        if finding.cleared_at is None and _turns_soon(finding, store.at):
            yield finding.target
    for known in store.run.known if store.run is not None else ():
        if known.asleep:
            yield Target(known.address, known.port)


def _turns_soon(finding: Finding, at: float) -> bool:
    if finding.fading_since is not None or finding.cause == "reconnect-storm":
        return True
    if finding.form == "evicts-oldest":
        return True
    # Who has just come may stay.
    return finding.cause == "slots-full" and _is_warning(finding) and at - finding.updated_at <= 2 * SETTLED_S


def _is_warning(finding: Finding) -> bool:
    """Whether it tells of a device that works, and may not for the next client."""
    return finding.cause in _OF_HOLDERS and finding.priority == _WARNING


def _is_trouble(finding: Finding) -> bool:
    """Whether it is a reason why a device cannot be used."""
    return finding.cause not in _APART and not _is_warning(finding)


def backed(new: Finding, findings: Mapping[str, Finding], now: float) -> FindingChanged | None:
    """The turn of a finding that the rules make now, if it is one."""
    old = findings.get(new.id)
    if old is None:
        return FindingChanged(at=now, change="opened", finding=new)
    if old.cleared_at is not None:
        # Trouble that was seen and returns at once is the same trouble.
        again = marked_as(new, old, seen=now - old.cleared_at < limits.REMEMBER_S)
        return FindingChanged(
            at=now, change="opened", finding=replace(again, times=old.times + 1, shelved_till_change=False)
        )
    if _says(new) == _says(old) and old.fading_since is None:
        return None
    # A warning that somebody has seen is another thing than the trouble it warned of.
    worse = new.priority < old.priority == _WARNING
    kept = marked_as(new, old, seen=not worse, shelved=not worse)
    kept = replace(
        kept,
        opened_at=old.opened_at,
        witnessed=old.witnessed,
        shelved_till_change=kept.shelved_till_change and _gist(new) == _gist(old),
        times=old.times + (old.fading_since is not None),
        joined=old.joined,
    )
    return FindingChanged(at=now, change="updated", finding=kept)


def marked_as(new: Finding, old: Finding, *, seen: bool = True, shelved: bool = True) -> Finding:
    """*new* with what people said of *old*: that they saw it, put it aside, and what they wrote."""
    new = replace(new, comments=old.comments)
    if seen:
        new = replace(new, acknowledged_at=old.acknowledged_at, acknowledged_by=old.acknowledged_by)
    if shelved:
        new = replace(
            new,
            shelved_until=old.shelved_until,
            shelved_till_change=old.shelved_till_change,
            shelved_by=old.shelved_by,
        )
    return new


def faded(old: Finding, now: float) -> FindingChanged | None:
    """The turn of a finding that nothing backs now: it clears, one that comes and goes only after a while."""
    patience = min(limits.FADE_S * (old.times - 1), limits.FADE_MOST_S)
    since = now if old.fading_since is None else old.fading_since
    if now - since >= patience:
        cleared = replace(old, cleared_at=now, updated_at=now, fading_since=None)
        return FindingChanged(at=now, change="cleared", finding=cleared)
    if old.fading_since is None:
        return FindingChanged(at=now, change="updated", finding=replace(old, fading_since=now))
    return None


def replaced(old: Finding, better: Finding, now: float) -> FindingChanged:
    """The end of a finding that another says better."""
    ended = replace(old, cleared_at=now, updated_at=now, fading_since=None, replaced_by=better.id)
    return FindingChanged(at=now, change="cleared", finding=ended)


def taking_over(better: Finding, worse: list[Finding]) -> Finding:
    """The finding that says it better, with what is known of the trouble: since when, and who has seen it."""
    if all(old.cause == "asleep" for old in worse):
        return better  # its trouble began when it should have woken
    oldest = min(worse, key=lambda old: old.opened_at)
    took = replace(
        better,
        opened_at=oldest.opened_at,
        joined=oldest.joined,
        witnessed=oldest.witnessed,
        comments=better.comments or oldest.comments,
    )
    if better.priority < oldest.priority:
        return took  # it has become more pressing: somebody should look again
    return replace(marked_as(took, oldest), shelved_till_change=False)


def _open_findings(store: Store, target: Target) -> Iterator[Finding]:
    for finding in store.findings_of(target):
        if finding.cleared_at is None:
            yield finding


def _says(finding: Finding) -> tuple[object, ...]:
    """What a reader would notice: milliseconds move with every poll and do not count."""
    return (
        finding.certainty,
        finding.form,
        finding.priority,
        finding.title,
        finding.culprit,
        tuple(map(_fact, finding.evidence)),
    )


def _gist(finding: Finding) -> tuple[object, ...]:
    """What it says, without the evidence."""
    return finding.form, finding.priority, finding.title


def _fact(evidence: Evidence) -> tuple[object, ...]:
    return evidence.rung, evidence.asked, evidence.answer, evidence.sender
