"""Findings of several devices with one cause become one: a dead gateway, a filter, a silent subnet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from tui import limits
from tui.diagnosis.alarms import backed, faded, replaced, taking_over
from tui.diagnosis.causes import NAMES
from tui.events import FindingChanged
from tui.records import CauseId, Certainty, Evidence, Finding, Target
from tui.state.model import ALIVE, Device, network_of
from tui.state.store import Store

_BY_CULPRIT: Final[dict[CauseId, str]] = {
    "gateway-down": "The gateway {culprit} does not answer ARP: {count} devices behind it are out of reach.",
    "filtered-icmp": "A filter on {culprit} refuses connections to {count} devices.",
    "host-unreachable": "The router {culprit} cannot reach {count} devices.",
    "net-unreachable": "The router {culprit} has no way to {count} devices.",
}
"""Causes with somebody to blame besides the device, who is the same for all."""
_BY_NETWORK: Final[dict[CauseId, str]] = {
    "silent": "All {count} known devices of {culprit} are silent.",
    "filtered-drop": "All {count} known devices of {culprit} are silent on their port.",
    "no-neighbour": "None of the {count} known devices of {culprit} answers ARP.",
}
"""Causes that are one cause where they hold for everything known of a network."""
_NO_ROUTE: Final = "This host has no route to {count} devices of {culprit}."
_SURE: Final[tuple[Certainty, ...]] = ("proven", "likely", "possible")


class Group(NamedTuple):
    """Devices in trouble for one reason."""

    cause: CauseId
    culprit: str
    title: str
    certainty: Certainty
    members: tuple[Finding, ...]


def review(store: Store, now: float) -> list[FindingChanged]:
    """What changed about the joint findings, and about which findings they speak for."""
    findings = store.findings
    single = [f for f in findings.values() if f.cleared_at is None and not f.is_joint]
    standing = {f.id: f for f in findings.values() if f.cleared_at is None and f.is_joint}
    if not single and not standing:
        return []
    joints = {joint.id: (joint, group) for group in groups(single, store) for joint in [_finding(group, now)]}
    speaks = {member.id: joint.id for joint, group in joints.values() for member in group.members}
    changes = {joint.id: change for joint, _ in joints.values() if (change := backed(joint, findings, now))}
    for old in standing.values():
        if old.id in joints:
            continue
        moved = [speaks[f.id] for f in single if f.joined == old.id and f.id in speaks]
        if moved:
            # The same devices, for a reason that is better known by now.
            better = changes.get(moved[0])
            if better is not None and better.change == "opened":
                changes[moved[0]] = replace(better, finding=taking_over(better.finding, [old]))
            changes[old.id] = replaced(old, joints[moved[0]][0], now)
        elif change := faded(old, now):
            changes[old.id] = change
    lasting = {old.id for old in standing.values() if old.id not in joints and not _clears(changes, old.id)}
    return [*changes.values(), *_joined(single, speaks, lasting, findings, now)]


def groups(single: Sequence[Finding], store: Store) -> Iterator[Group]:
    """The findings that have one cause and culprit in common with enough others."""
    shared: dict[tuple[CauseId, str, str], list[Finding]] = {}
    networks: dict[str, list[Finding]] = {}
    for finding in single:
        cause = finding.cause
        if cause in _BY_CULPRIT and finding.culprit:
            shared.setdefault((cause, finding.culprit, _BY_CULPRIT[cause]), []).append(finding)
        elif cause == "no-route":
            shared.setdefault((cause, network_of(finding.address), _NO_ROUTE), []).append(finding)
        elif cause in _BY_NETWORK:
            networks.setdefault(network_of(finding.address), []).append(finding)
    for (cause, culprit, title), members in shared.items():
        if _enough(members) and culprit:
            yield _group(cause, culprit, title, members, min(members, key=_sure).certainty)
    whole = {network: found for network, found in networks.items() if network and _enough(found)}
    for network in _all_silent(whole, store.devices):
        members = whole[network]
        cause = Counter(member.cause for member in members).most_common(1)[0][0]
        yield _group(cause, network, _BY_NETWORK[cause], members, max(members, key=_sure).certainty)


def _enough(members: Sequence[Finding]) -> bool:
    return len({member.address for member in members}) >= limits.JOINT_LEAST


def _all_silent(whole: Mapping[str, Sequence[Finding]], devices: Mapping[Target, Device]) -> list[str]:
    """Of these networks those in which every known device is in trouble and nothing at all is alive."""
    if not whole:
        return []
    covered = {network: {member.target for member in members} for network, members in whole.items()}
    for device in devices.values():
        network = network_of(device.address)
        if network not in covered:
            continue
        alive = device.state in ALIVE and device.sender in {None, device.address}
        if alive or (device.expected and device.target not in covered[network]):
            del covered[network]
    return list(covered)


def _group(
    cause: CauseId, culprit: str, title: str, members: Sequence[Finding], certainty: Certainty
) -> Group:
    ordered = sorted(members, key=lambda member: (len(member.address), member.address, member.port))
    words = title.format(culprit=culprit, count=len(members))
    return Group(cause, culprit, words, certainty, tuple(ordered))


def _sure(finding: Finding) -> int:
    return _SURE.index(finding.certainty)


def _finding(group: Group, now: float) -> Finding:
    """What speaks for a group when it opens at *now*."""
    best = min(group.members, key=_sure)
    return Finding(
        address=group.culprit,
        port=0,
        cause=group.cause,
        certainty=group.certainty,
        priority=min(member.priority for member in group.members),
        title=group.title,
        evidence=tuple(
            Evidence(
                rung="device",
                asked=str(member.target),
                answer=f"{NAMES[member.cause]}, {member.certainty}",
            )
            for member in group.members[: limits.EVIDENCE]
        ),
        could_also_be=() if group.certainty == "proven" else best.could_also_be,
        decide_by=best.decide_by,
        remedies=best.remedies,
        opened_at=now,
        updated_at=now,
        witnessed=any(member.witnessed for member in group.members),
        culprit=group.culprit,
    )


def _clears(changes: Mapping[str, FindingChanged], name: str) -> bool:
    return name in changes and changes[name].change == "cleared"


def _joined(
    single: Sequence[Finding],
    speaks: Mapping[str, str],
    lasting: set[str],
    findings: Mapping[str, Finding],
    now: float,
) -> Iterator[FindingChanged]:
    """The members that join, move or are released; those of a joint finding that fades stay with it."""
    for finding in single:
        kept = finding.joined if finding.joined in lasting else ""
        wanted = speaks.get(finding.id, kept)
        if wanted == finding.joined:
            continue
        changed = replace(finding, joined=wanted)
        joint = findings.get(finding.joined)
        if not wanted and joint is not None and finding.acknowledged_at is None:
            # Whoever acknowledged it for all of them has seen this one.
            by = joint.acknowledged_by
            changed = replace(changed, acknowledged_at=joint.acknowledged_at, acknowledged_by=by)
        yield FindingChanged(at=now, change="updated", finding=changed)
