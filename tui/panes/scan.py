"""The devices pane: every address that is expected or has spoken, trouble on top."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone
from tui.panes.view import Order, View, numeric, touched
from tui.records import ProbeState, Target
from tui.state.model import REACHED, Device, DirtyKey, slots_taken

NEWS_S: Final = 600.0
"""A change of outcome counts as news this long."""
_SILENCE: Final[frozenset[ProbeState | None]] = frozenset(
    {"timeout", "no-neighbour", "host-unreachable", "net-unreachable", None}
)
_WIDEST_ADDRESS: Final = 41


def is_silent(device: Device) -> bool:
    """An address where nobody was expected and nobody answered: not worth a line."""
    return not device.expected and device.state in _SILENCE


def is_news(device: Device, now: float) -> bool:
    """Whether its outcome has changed a short while ago."""
    return device.before is not None and now - device.since < NEWS_S


def concern(view: View, device: Device) -> int:
    """How near the top of the list: 0 unacknowledged trouble, then what is less so."""
    finding = view.worst.get(device.target)
    if finding is not None:
        return finding.priority if finding.acknowledged_at is None else 4
    if device.expected and device.state is not None and device.state not in REACHED:
        return 5
    return 6 if device.state in REACHED else 7 if not is_silent(device) else 8


def mark(view: View, device: Device) -> Cell:
    """One sign for the state, so that it never hangs on colour."""
    finding = view.worst.get(device.target)
    if finding is not None:
        return Cell("▲", "bad" if finding.priority == 1 else "warn")
    if is_news(device, view.now):
        return Cell("●", "note")
    return Cell()


def state_tone(view: View, device: Device) -> Tone:
    """How an outcome is meant: colour only where something is wrong."""
    finding = view.worst.get(device.target)
    if finding is not None:
        return "bad" if finding.priority == 1 else "warn"
    if device.state == "answers":
        return "good"
    if device.state == "open":
        return "plain"
    return "warn" if device.expected and device.state is not None else "quiet"


def taken(view: View, device: Device) -> Cell:
    """Connections taken of those there are."""
    used = slots_taken(view.snapshot.sessions.get(device.target, ()))
    return Cell(
        words.slots(used, device.limit),
        "warn" if words.is_full(used, device.limit) else "plain" if used else "quiet",
    )


def row(view: View, device: Device) -> Row:
    """The line of one device."""
    trouble = device.target in view.worst
    told = (device.detail, device.product) if trouble else (device.product, device.detail)
    what = "  ".join(filter(None, told))
    if device.spared:
        what = f"left alone: {device.spared}"
    return Row(
        (
            mark(view, device),
            Cell(str(device.target), "strong" if trouble else "plain"),
            Cell(device.name, "strong" if trouble else "plain"),
            Cell(words.state(device), state_tone(view, device)),
            Cell(words.ms(device.ms) if device.state != "timeout" else "", "quiet"),
            taken(view, device),
            Cell(words.age(view.now - device.since) if device.since else "", "quiet"),
            Cell(what, "quiet"),
        )
    )


class Devices:
    """What the devices pane shows."""

    title = "Devices"
    sorts = ("trouble", "address", "state", "response time", "connections")

    def __init__(self) -> None:
        self.sort = 0
        self.needle = ""
        self.wide = False
        self.show_silent = False
        self._order: Order[Target] = Order()
        self._silent: set[Target] = set()
        self._keys: list[Target] = []
        self._view: View | None = None
        self._address = 15

    @property
    def columns(self) -> tuple[Column, ...]:
        """Address and state first: what is left at any width."""
        return (
            Column("", 1),
            Column("address", self._address),
            Column("name", 8, least=50, flex=1),
            Column("state", 12, least=24),
            Column("ms", 4, align="right", least=34),
            Column("slots", 6, align="right", least=42),
            Column("since", 5, align="right", least=84),
            Column("device", 4, flex=2, least=62),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        if self.needle:
            return "no device matches the filter; esc clears it"
        if self._silent:
            return f"nobody answers yet: {len(self._silent)} silent, v shows them"
        return "no device found yet"

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """The targets in order."""
        before, self._view = self._view, view
        if dirty is None or before is None:
            self._order.clear()
            self._silent.clear()
            self._keys = []
            targets = set(view.snapshot.devices)
        else:
            targets = touched(before, view, dirty)
        ranks: dict[Target, Any] = {}
        for target in targets:
            device = view.snapshot.devices.get(target)
            if device is None:
                self._silent.discard(target)
                ranks[target] = None
                continue
            silent = is_silent(device) and target not in view.worst
            (self._silent.add if silent else self._silent.discard)(target)
            ranks[target] = self._rank(view, device) if self._is_shown(view, device, silent=silent) else None
        if self._order.put(ranks):
            self._keys = self._order.ordered()
            self._address = max(
                self._address,
                min(_WIDEST_ADDRESS, max((len(str(t)) for t in ranks if t in self._order), default=0)),
            )
        return self._keys

    def _is_shown(self, view: View, device: Device, *, silent: bool) -> bool:
        if silent and not self.show_silent:
            return False
        if not self.needle:
            return True
        if silent:
            # There may be tens of thousands, and there is nothing more to them.
            return self.needle in f"{device.target} {words.state(device)}"
        return any(self.needle in cell.text.lower() for cell in row(view, device).cells)

    def _rank(self, view: View, device: Device) -> tuple[Any, ...]:
        where = (numeric(device.address), device.port)
        match self.sorts[self.sort]:
            case "address":
                return where
            case "state":
                return (words.state(device), *where)
            case "response time":
                return (-(device.ms or 0.0) if device.state in REACHED else 1.0, *where)
            case "connections":
                return (-slots_taken(view.snapshot.sessions.get(device.target, ())), *where)
            case _:
                return (concern(view, device), *where)

    def row(self, key: Hashable) -> Row:
        """The line of a target."""
        if self._view is None or not isinstance(key, Target) or key not in self._view.snapshot.devices:
            return Row((Cell(),), free=True)
        return row(self._view, self._view.snapshot.devices[key])

    def stands(self, key: Hashable) -> bool:
        """Every line can be selected."""
        return isinstance(key, Target)

    @property
    def found(self) -> int:
        """Devices that are expected or have spoken, whatever the filter hides."""
        return len(self._view.snapshot.devices) - len(self._silent) if self._view else 0

    def summary(self) -> str:
        """How many, and how many are hidden."""
        hidden = len(self._silent)
        said = str(len(self._keys))
        if hidden and not self.show_silent:
            said += f"  {hidden} silent, v shows them"
        elif hidden:
            said += f"  {hidden} silent among them, v hides them"
        return said

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        return key if isinstance(key, Target) else None

    def finding(self, key: Hashable) -> str | None:
        """Its worst trouble."""
        worst = self._view.worst.get(key) if self._view and isinstance(key, Target) else None
        return worst.id if worst else None
