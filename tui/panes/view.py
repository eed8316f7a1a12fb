"""The present as the panes look at it: a snapshot, the time, and the worst trouble of each device."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

from tui.diagnosis.alarm_state import QUIET, AlarmState, alarm_state
from tui.panes.cells import Cell, Column, Row
from tui.records import Finding, Target
from tui.state.holding import Holding, holding
from tui.state.model import DirtyKey, Snapshot

K = TypeVar("K", bound=Hashable)
QUIET_SIGNS: Final[Mapping[AlarmState, str]] = {"shelved": "z", "out-of-service": "o", "asleep": "s"}
"""What is no alarm now, in one sign."""
QUIET_WORDS: Final[Mapping[AlarmState, str]] = {
    "shelved": "shelved", "out-of-service": "out of service", "asleep": "asleep",
}  # fmt: skip
"""The same in words, after a number."""


class Quiet(NamedTuple):
    """A finding that is no alarm now."""

    finding: Finding
    state: AlarmState


class View(NamedTuple):
    """What there is to draw."""

    snapshot: Snapshot
    now: float
    worst: Mapping[Target, Finding]
    """The most pressing open finding of each device that has one; what is no alarm now does not count.

    Several devices have the same one where it speaks for them all.
    """
    quiet: Mapping[Target, tuple[Quiet, ...]]
    """Open findings that are no alarm now, by device."""


def held(view: View, target: Target) -> Holding:
    """What is known of a device's connections."""
    present = view.snapshot
    return holding(present.devices.get(target), present.sessions.get(target, ()), present.vantages, view.now)


class Content(Protocol):
    """What a pane shows: keys in order and a row for each. Knows nothing of widgets."""

    sort: int
    """Which of `sorts` is in use."""
    needle: str
    """Rows are shown when this occurs in them; lower case."""
    width: int
    """Cells there are for a line."""

    @property
    def title(self) -> str:
        """Its name on the screen."""
        ...

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        ...

    @property
    def sorts(self) -> tuple[str, ...]:
        """The orders it knows, the first is the usual one."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """What a line consists of."""
        ...

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """The keys in order, after a change of what *dirty* names; None is everything."""
        ...

    def choose(self, key: Hashable) -> Sequence[Hashable] | None:
        """Note which line is selected; the keys in order where that alters them."""
        ...

    def row(self, key: Hashable) -> Row:
        """What the line of this key says."""
        ...

    def stands(self, key: Hashable) -> bool:
        """Whether the line can be selected."""
        ...

    def alarms(self, key: Hashable) -> bool:
        """Whether the line is about open trouble that nobody has acknowledged or shelved."""
        ...

    def summary(self) -> str:
        """Said beside the title."""
        ...

    def target(self, key: Hashable) -> Target | None:
        """The device that a line is about."""
        ...

    def finding(self, key: Hashable) -> str | None:
        """The finding that a line is about."""
        ...


def speaks(finding: Finding, findings: Mapping[str, Finding]) -> Finding:
    """The finding that speaks for this one: a joint one as long as it is open, else itself."""
    joint = findings.get(finding.joined) if finding.joined else None
    return joint if joint is not None and joint.cleared_at is None else finding


def look(snapshot: Snapshot, now: float) -> View:
    """The view at this moment."""
    worst: dict[Target, Finding] = {}
    quiet: dict[Target, tuple[Quiet, ...]] = {}
    for own in snapshot.findings.values():
        if own.cleared_at is not None or own.cause == "healthy":
            continue
        target, finding = own.target, speaks(own, snapshot.findings)
        state = alarm_state(finding, snapshot.devices.get(target), now)
        if state in QUIET:
            quiet[target] = (*quiet.get(target, ()), Quiet(finding, state))
            continue
        held = worst.get(target)
        if held is None or pressing(finding) < pressing(held):
            worst[target] = finding
    return View(snapshot, now, worst, quiet)


def counted(view: View) -> dict[AlarmState, int]:
    """How many findings are no alarm now, by why; several devices may have one in common."""
    found = {(each.finding.id, each.state) for held in view.quiet.values() for each in held}
    return Counter(state for _, state in sorted(found))


def pressing(finding: Finding) -> tuple[bool, int, float]:
    """Sorts the most pressing first: unacknowledged, then by priority, then the newest."""
    return finding.acknowledged_at is not None, finding.priority, -finding.opened_at


def alarm(view: View, target: Target) -> bool:
    """Whether a device has open trouble that nobody has acknowledged."""
    worst = view.worst.get(target)
    return worst is not None and worst.acknowledged_at is None


def sign(view: View, target: Target) -> Cell:
    """Trouble of a device in one sign, so that it never hangs on colour; nothing where there is none."""
    device = view.snapshot.devices.get(target)
    if device is not None and device.out is not None:
        return Cell(QUIET_SIGNS["out-of-service"], "note")
    worst = view.worst.get(target)
    if worst is not None:
        return Cell("▲", "quiet" if is_fading(worst) else "bad" if worst.priority == 1 else "warn")
    if target in view.quiet:
        return Cell(QUIET_SIGNS[view.quiet[target][0].state], "note")
    return Cell()


def is_fading(finding: Finding) -> bool:
    """Whether nothing backs it any more, so that it is about to clear."""
    return finding.fading_since is not None and finding.cleared_at is None


def touched(before: View, view: View, dirty: frozenset[DirtyKey]) -> set[Target]:
    """The devices whose lines may have changed: those named, and those whose worst trouble is another."""
    targets = {key for key in dirty if isinstance(key, Target)}
    for target in before.worst.keys() | view.worst.keys():
        if before.worst.get(target) is not view.worst.get(target):
            targets.add(target)
    return targets | (before.quiet.keys() ^ view.quiet.keys())


@lru_cache(maxsize=1 << 17)
def numeric(address: str) -> tuple[int, tuple[int, ...], str]:
    """Sorts addresses as numbers: IPv4 and its networks, then IPv6, then anything else."""
    parts = address.partition("/")[0].split(".")
    if len(parts) == 4 and all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004
        return 4, tuple(int(part[:4]) for part in parts), address
    if ":" in address:
        from ipaddress import AddressValueError, IPv6Address  # noqa: PLC0415 - only where IPv6 is in use

        try:
            return 6, (int(IPv6Address(address)),), address
        except AddressValueError:
            return 9, (), address
    return 9, (), address


class Order(Generic[K]):
    """Keys in the order of their ranks, kept sorted as single ranks change."""

    def __init__(self) -> None:
        self._ranks: dict[K, Any] = {}
        self._sorted: list[tuple[Any, K]] = []

    def __len__(self) -> int:
        return len(self._ranks)

    def __contains__(self, key: object) -> bool:
        return key in self._ranks

    def ordered(self) -> list[K]:
        """The keys, first rank first."""
        return [key for _, key in self._sorted]

    def clear(self) -> None:
        """Forget everything."""
        self._ranks.clear()
        self._sorted.clear()

    def put(self, ranks: Mapping[K, Any]) -> bool:
        """Take new ranks, None for a key to leave out; whether the order may have changed."""
        moved = {key: rank for key, rank in ranks.items() if self._ranks.get(key) != rank}
        if not moved:
            return False
        # Past a point sorting anew is cheaper than moving each.
        one_by_one = len(moved) * 16 < len(self._sorted)
        for key, rank in moved.items():
            old = self._ranks.pop(key, None)
            if one_by_one and old is not None:
                del self._sorted[bisect_left(self._sorted, (old, key))]
            if rank is not None:
                self._ranks[key] = rank
                if one_by_one:
                    insort(self._sorted, (rank, key))
        if not one_by_one:
            self._sorted = sorted((rank, key) for key, rank in self._ranks.items())
        return True
