"""The devices pane: every address that is expected or has spoken, trouble on top."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, Literal, TypeAlias

from tui.diagnosis.questions import QUESTIONS
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone, measure
from tui.panes.view import Order, View, alarm, held, is_fading, numeric, sign, touched
from tui.records import ProbeState, Target
from tui.state.model import REACHED, Device, DirtyKey, slots_taken

NEWS_S: Final = 600.0
"""A change of outcome counts as news this long."""
_SILENCE: Final[frozenset[ProbeState | None]] = frozenset(
    {"timeout", "no-neighbour", "host-unreachable", "net-unreachable", None}
)
_WIDEST_ADDRESS: Final = 41
_WIDEST_NAME: Final = 24
_LEAST_NAME: Final = 8
_BESIDE: Final = 28
"""Cells that everything but address and name takes on a pane of usual width, with the gaps."""
_MANY: Final = 50
"""Strangers of one kind that are listed; where there are more, they are only counted."""
Stranger: TypeAlias = Literal["refuse", "could not be asked", "silent"]
_STRANGERS: Final[tuple[Stranger, ...]] = ("refuse", "could not be asked", "silent")


def stranger(device: Device) -> Stranger | None:
    """What an address does where nobody was expected and TCP has never connected; None for a device."""
    if device.expected or device.state in REACHED or device.heard is not None:
        return None
    if device.state in _SILENCE:
        return "silent"
    return "could not be asked" if device.state == "error" else "refuse"


def is_news(device: Device, now: float) -> bool:
    """Whether its outcome has changed a short while ago."""
    return device.before is not None and now - device.since < NEWS_S


def concern(view: View, device: Device) -> int:
    """How near the top of the list: 0 unacknowledged trouble, then what is less so."""
    finding = view.worst.get(device.target)
    if finding is not None:
        return finding.priority if finding.acknowledged_at is None else 4
    kind = stranger(device)
    if kind is not None:
        return 7 + _STRANGERS.index(kind)
    waits = device.state is not None and device.state not in REACHED
    return 5 if waits or device.target in view.shelved else 6


def mark(view: View, device: Device) -> Cell:
    """One sign for the state, so that it never hangs on colour."""
    known = sign(view, device.target)
    if known.text:
        return known
    if device.climb is not None and not device.climb.done:
        return Cell("…", "note")
    if is_news(device, view.now):
        return Cell("●", "note")
    return Cell()


def state_tone(view: View, device: Device) -> Tone:
    """How an outcome is meant: colour only where something is wrong."""
    finding = view.worst.get(device.target)
    if finding is not None and not is_fading(finding):
        return "bad" if finding.priority == 1 else "warn"
    if device.state == "answers":
        return "good"
    if device.state == "open":
        return "plain"
    return "warn" if device.expected and device.state is not None else "quiet"


def taken(view: View, device: Device) -> Cell:
    """Connections taken of those there are."""
    known = held(view, device.target)
    return Cell(words.slots(known), "warn" if known.full else "plain" if known.taken else "quiet")


def rung_asked(question: str) -> str:
    """The rung on which a climb stands."""
    return next((known.rung for known in QUESTIONS if known.id == question), "")


def row(view: View, device: Device) -> Row:
    """The line of one device."""
    trouble = device.target in view.worst
    told = [device.detail, device.product] if trouble or device.spared else [device.product, device.detail]
    if device.climb is not None and not device.climb.done:
        told.insert(0, f"climbing: {rung_asked(device.climb.asking)}".rstrip(": "))
    if device.spared:
        told.insert(1, f"left alone: {device.spared}")
    what = "  ".join(filter(None, told))
    return Row(
        (
            mark(view, device),
            Cell(str(device.target), "strong" if trouble else "plain"),
            Cell(device.name, "strong" if trouble else "plain"),
            Cell(words.state(device), state_tone(view, device)),
            Cell("" if words.waited(device) else words.ms(device.ms), "quiet"),
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
        self.width = 0
        self.show_hidden = False
        self._order: Order[Target] = Order()
        self._strangers: dict[Stranger, set[Target]] = {kind: set() for kind in _STRANGERS}
        self._hidden: frozenset[Stranger] = frozenset()
        """Kinds of strangers that are only counted."""
        self._keys: list[Target] = []
        self._view: View | None = None
        self._address = 15
        self._name = 0
        """Cells of the longest name."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """Address and state first: what is left at any width."""
        # A long name takes only what its neighbours leave; where nothing has a name it needs no column.
        name = max(_LEAST_NAME, min(self._name, _WIDEST_NAME, self.width - self._address - _BESIDE))
        return (
            Column("", 1),
            Column("address", self._address),
            Column("name", name, least=50 if self._name else self.width + 1),
            Column("state", 12, least=24),
            Column("ms", 4, align="right", least=34),
            Column("slots", 6, align="right", least=42),
            Column("since", 5, align="right", least=84),
            Column("device", 12, flex=1, least=66),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        if self.needle:
            return "no device matches the filter; esc clears it"
        counted = self._counted()
        return f"no device yet: {counted}" if counted else "no device found yet"

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """The targets in order."""
        before, self._view = self._view, view
        if dirty is None or before is None:
            self._order.clear()
            for strangers in self._strangers.values():
                strangers.clear()
            self._keys = []
            targets = set(view.snapshot.devices)
        else:
            targets = touched(before, view, dirty)
        devices = view.snapshot.devices
        for target in targets:
            self._sort_out(view, target, devices.get(target))
        hidden = frozenset() if self.show_hidden else self._too_many()
        for kind in hidden ^ self._hidden:
            targets |= self._strangers[kind]
        self._hidden = hidden
        ranks: dict[Target, Any] = {}
        for target in targets:
            device = devices.get(target)
            shown = device is not None and self._is_shown(view, device)
            ranks[target] = self._rank(view, device) if shown and device is not None else None
        if self._order.put(ranks):
            self._keys = self._order.ordered()
            self._address = max(
                self._address,
                min(_WIDEST_ADDRESS, max((len(str(t)) for t in ranks if t in self._order), default=0)),
            )
        return self._keys

    def _sort_out(self, view: View, target: Target, device: Device | None) -> None:
        """Note whether it is a device or a stranger, and what it is called."""
        kind = None if device is None or target in view.worst else stranger(device)
        for other, strangers in self._strangers.items():
            (strangers.add if other == kind else strangers.discard)(target)
        if device is not None and device.name:
            self._name = max(self._name, measure(device.name))

    def _too_many(self) -> frozenset[Stranger]:
        return frozenset(
            kind for kind, held in self._strangers.items() if kind == "silent" or len(held) > _MANY
        )

    def _is_shown(self, view: View, device: Device) -> bool:
        kind = None if device.target in view.worst else stranger(device)
        if kind in self._hidden:
            return False
        if not self.needle:
            return True
        if kind is not None:
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

    def choose(self, key: Hashable) -> None:
        """The selected line looks like any other."""

    def alarms(self, key: Hashable) -> bool:
        """Unacknowledged trouble."""
        return self._view is not None and isinstance(key, Target) and alarm(self._view, key)

    def stands(self, key: Hashable) -> bool:
        """Every line can be selected."""
        return isinstance(key, Target)

    @property
    def found(self) -> int:
        """Devices that are expected or have connected, whatever the filter hides."""
        strangers = sum(map(len, self._strangers.values()))
        return len(self._view.snapshot.devices) - strangers if self._view else 0

    def _counted(self) -> str:
        """The strangers, and whether they are listed."""
        held = {kind: len(strangers) for kind, strangers in self._strangers.items() if strangers}
        said = "  ".join(f"{number:,} {kind}" for kind, number in held.items())
        if self._hidden & held.keys():
            said += ", v shows them"
        elif self.show_hidden and self._too_many() & held.keys():
            said += ", v hides them"
        return said

    def summary(self) -> str:
        """How many devices, and how many strangers."""
        number = f"{len(self._keys):,} shown" if self.needle else f"{self.found:,}"
        return "  ".join(filter(None, (number, self._counted())))

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        return key if isinstance(key, Target) else None

    def finding(self, key: Hashable) -> str | None:
        """Its worst trouble."""
        worst = self._view.worst.get(key) if self._view and isinstance(key, Target) else None
        return worst.id if worst else None
