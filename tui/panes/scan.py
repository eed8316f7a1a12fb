"""The devices pane: every address that is expected or has spoken, trouble on top."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, Literal, TypeAlias

from tui.actions import key_of
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, measure
from tui.panes.device_row import UNITS, UnitLine, called, lines_under, row, texts, unit_row
from tui.panes.unit_tree import Branch
from tui.panes.view import Order, View, alarm, numeric, touched
from tui.records import ProbeState, Target
from tui.state.model import REACHED, Device, DirtyKey, slots_taken

_SILENCE: Final[frozenset[ProbeState | None]] = frozenset(
    {"timeout", "no-neighbour", "host-unreachable", "net-unreachable", None}
)
_WIDEST_ADDRESS: Final = 41
_WIDEST_NAME: Final = 24
_LEAST_NAME: Final = 8
_BESIDE: Final = 28
"""Cells that everything but address and name takes on a pane of usual width, with the gaps."""
_WIDE: Final = 66
"""Cells from which what a device is has a column of its own."""
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


def concern(view: View, device: Device) -> int:
    """How near the top of the list: 0 unacknowledged trouble, then what is less so."""
    finding = view.worst.get(device.target)
    if finding is not None:
        return finding.priority if finding.acknowledged_at is None else 4
    kind = stranger(device)
    if kind is not None:
        return 7 + _STRANGERS.index(kind)
    waits = device.state is not None and device.state not in REACHED
    return 5 if waits or device.target in view.quiet else 6


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
        self._called = 0
        """Cells of the longest name with what the device is, where one has either."""
        self._chosen: Hashable = None

    @property
    def _narrow(self) -> bool:
        """Whether what a device is stands beside its name."""
        return self.width < _WIDE

    @property
    def columns(self) -> tuple[Column, ...]:
        """Address and state first: what is left at any width."""
        # A long name takes only what its neighbours leave; where nothing has a name it needs no column.
        room = self.width - self._address - _BESIDE
        longest = self._called if self._narrow else self._name
        name = max(_LEAST_NAME, min(longest, _WIDEST_NAME, room))
        title = "device" if self._narrow and self._called > self._name else "name"
        return (
            Column("", 1),
            Column("address", self._address),
            Column(title, name, least=50 if longest else self.width + 1),
            Column("state", 12, least=24),
            Column("ms", 4, align="right", least=34),
            Column("slots", 6, align="right", least=42),
            Column("since", 5, align="right", least=84),
            Column("device", 12, flex=1, least=_WIDE),
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
        return self._lines()

    def _sort_out(self, view: View, target: Target, device: Device | None) -> None:
        """Note whether it is a device or a stranger, and what it is called."""
        kind = None if device is None or target in view.worst else stranger(device)
        for other, strangers in self._strangers.items():
            (strangers.add if other == kind else strangers.discard)(target)
        if device is not None and (device.name or device.product or device.identity or device.units):
            self._name = max(self._name, measure(device.name))
            self._called = max(self._called, measure(called(view, device)))

    def _lines(self) -> Sequence[Hashable]:
        """The targets in order, and under the selected one the units behind it."""
        chosen = self._chosen
        if self._view is None or not isinstance(chosen, Target) or chosen not in self._order:
            return self._keys
        number = min(len(self._under(self._view, self._view.snapshot.devices[chosen])), UNITS)
        if not number:
            return self._keys
        at = self._keys.index(chosen) + 1
        return [*self._keys[:at], *(UnitLine(*chosen, line) for line in range(number)), *self._keys[at:]]

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
        return any(self.needle in text for text in texts(view, device))

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
        """The line of a target, or of the units under it."""
        nothing = Row((Cell(),), free=True)
        if self._view is None or not isinstance(key, (Target, UnitLine)):
            return nothing
        device = self._view.snapshot.devices.get(Target(key.address, key.port))
        if device is None:
            return nothing
        if isinstance(key, Target):
            return row(self._view, device, narrow=self._narrow)
        lines = self._under(self._view, device)
        return unit_row(lines, key.number, narrow=self._narrow) if key.number < len(lines) else nothing

    def _under(self, view: View, device: Device) -> list[Branch | str]:
        return lines_under(view, device, narrow=self._narrow)

    def choose(self, key: Hashable) -> Sequence[Hashable] | None:
        """Under the selected device stands what it is, and the units behind it."""
        if key == self._chosen:
            return None
        before, self._chosen = self._chosen, key
        view = self._view
        if view is None:
            return None
        either = (view.snapshot.devices.get(one) for one in (before, key) if isinstance(one, Target))
        return self._lines() if any(device and self._under(view, device) for device in either) else None

    def alarms(self, key: Hashable) -> bool:
        """Unacknowledged trouble."""
        return self._view is not None and isinstance(key, Target) and alarm(self._view, key)

    def stands(self, key: Hashable) -> bool:
        """Units belong to their gateway."""
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
            said += f", {key_of('silent')} shows them"
        elif self.show_hidden and self._too_many() & held.keys():
            said += f", {key_of('silent')} hides them"
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
