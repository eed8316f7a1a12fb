"""The addresses of the plant, each /24 a block of its own, and what each of them does in one sign."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from tui import limits
from tui.panes.cells import Cell, Tone
from tui.panes.device_row import state_tone
from tui.panes.view import QUIET_SIGNS, QUIET_WORDS, View, is_fading, numeric
from tui.records import ProbeState, Target
from tui.state.model import Device, network_of

TROUBLE: Final = "▲"
_SEEN: Final = "△"
UNASKED: Final = "?"
SIGNS: Final[dict[str, str]] = {
    TROUBLE: "trouble",
    _SEEN: "acknowledged",
    **{sign: QUIET_WORDS[state] for state, sign in QUIET_SIGNS.items()},
    "■": "answers",
    "□": "open",
    "x": "refuses",
    "u": "unreachable",
    "e": "error",
    "·": "silent",
    UNASKED: "not asked",
}
"""What each sign means. Of the ports of one address the earliest sign is shown."""
_STATES: Final[dict[ProbeState | None, str]] = {
    "answers": "■",
    "open": "□",
    "refused": "x",
    "timeout": "·",
    "no-neighbour": "·",
    "host-unreachable": "u",
    "net-unreachable": "u",
    "prohibited": "u",
    "error": "e",
    None: UNASKED,
}
_RANKS: Final = {sign: rank for rank, sign in enumerate(SIGNS)}
_ALL: Final = 256
_PLACES: Final = frozenset(map(str, range(_ALL)))
_PLANNED, _KNOWN = 1, 2


class Known(NamedTuple):
    """What one target does."""

    sign: Cell
    target: Target


def _rank(known: Known) -> tuple[int, int]:
    """Sorts what is shown of an address first."""
    return _RANKS[known.sign.text], known.target.port


def sign(view: View, device: Device) -> Cell:
    """What a device does, in one sign."""
    target = device.target
    worst = view.worst.get(target)
    if worst is not None:
        if worst.acknowledged_at is not None:
            return Cell(_SEEN, "note")
        return Cell(TROUBLE, "quiet" if is_fading(worst) else "bad" if worst.priority == 1 else "warn")
    if target in view.quiet:
        return Cell(QUIET_SIGNS[view.quiet[target][0].state], "note")
    tone: Tone = "quiet" if device.state is None else state_tone(view, device)
    return Cell(_STATES[device.state], tone)


class Block:
    """The addresses of one /24; of those that are no IPv4 addresses the known ones of one network."""

    def __init__(self, name: str, prefix: str) -> None:
        self.name = name
        self.prefix = prefix
        """What all its addresses begin with; "" where they are listed."""
        self.listed: list[str] = []
        self.marks = bytearray(_ALL if prefix else 0)
        """By place: whether it is planned to be asked, and whether anything is known of it."""

    @cached_property
    def order(self) -> tuple[int, tuple[int, ...], str]:
        """Where it stands among the others."""
        return numeric(self.name)

    def __len__(self) -> int:
        return len(self.marks)

    def address(self, place: int) -> str:
        """The address at a place."""
        return f"{self.prefix}{place}" if self.prefix else self.listed[place]

    def place(self, address: str) -> int | None:
        """Where an address stands."""
        if self.prefix:
            return int(address[len(self.prefix) :])
        return self.listed.index(address) if address in self.listed else None

    def note(self, address: str) -> bool:
        """Something is known of this address; whether that is news."""
        if not self.prefix:
            if address in self.listed:
                return False
            insort(self.listed, address, key=numeric)
            self.marks.append(_KNOWN)
            return True
        place = int(address[len(self.prefix) :])
        news = not self.marks[place]
        self.marks[place] |= _KNOWN
        return news

    def planned(self, place: int) -> bool:
        """Whether the networks named hold the address at this place."""
        return bool(self.marks[place] & _PLANNED)

    def plan(self, first: int, last: int) -> None:
        """The addresses from *first* to *last* are to be asked."""
        self.marks[first : last + 1] = bytes(mark | _PLANNED for mark in self.marks[first : last + 1])


def block_of(address: str) -> tuple[str, str]:
    """The name of the block that an address belongs to, and what the addresses in it begin with."""
    prefix, _, last = address.rpartition(".")
    # What only looks like an IPv4 address has no place among its 256.
    if last in _PLACES and (named := _named(prefix)):
        return named
    return (network_of(address) if ":" in address else "") or "others", ""


@lru_cache(maxsize=1024)
def _named(prefix: str) -> tuple[str, str] | None:
    """Name and beginning of the addresses of a /24, where it is one."""
    is_one = numeric(f"{prefix}.0")[0] == 4  # noqa: PLR2004 - the version of IP
    return (f"{prefix}.0/24", f"{prefix}.") if is_one else None


class Blocks:
    """Every address that is to be asked or has been, by block."""

    def __init__(self, networks: Sequence[str]) -> None:
        self.counts: Counter[str] = Counter()
        """How many addresses show each sign."""
        self.troubled: set[str] = set()
        """The addresses in unacknowledged trouble."""
        self._blocks: dict[str, Block] = {}
        self._ports: dict[str, dict[int, Known]] = {}
        self._shown: dict[str, Known] = {}
        self._plan(networks)

    def _plan(self, networks: Sequence[str]) -> None:
        from tui.probes.targets import spans  # noqa: PLC0415 - not needed for the first frame

        left = limits.SWEEP_HOSTS
        for first, end in spans(networks):
            last = min(end, first + left - 1)
            for head in range(first // _ALL, last // _ALL + 1):
                prefix = f"{head >> 16}.{head >> 8 & 255}.{head & 255}."
                block = self._block(f"{prefix}0/24", prefix)
                block.plan(max(0, first - head * _ALL), min(_ALL - 1, last - head * _ALL))
            left -= last - first + 1
        self.counts[UNASKED] = limits.SWEEP_HOSTS - left

    def _block(self, name: str, prefix: str) -> Block:
        if name not in self._blocks:
            self._blocks[name] = Block(name, prefix)
        return self._blocks[name]

    def __iter__(self) -> Iterator[Block]:
        return iter(sorted(self._blocks.values(), key=lambda block: block.order))

    def __getitem__(self, name: str) -> Block:
        return self._blocks[name]

    def find(self, address: str) -> tuple[Block, int] | None:
        """The block and the place of an address, where it has one."""
        block = self._blocks.get(block_of(address)[0])
        place = block.place(address) if block else None
        return None if block is None or place is None else (block, place)

    def put(self, view: View, targets: Iterable[Target]) -> bool:
        """Take what these targets do now; whether addresses came that were not there before."""
        news = False
        for target in targets:
            device = view.snapshot.devices.get(target)
            if device is None and target.address not in self._ports:
                continue
            block = self._block(*block_of(target.address))
            news |= block.note(target.address)
            ports = self._ports.setdefault(target.address, {})
            if device is None:
                ports.pop(target.port, None)
            else:
                ports[target.port] = Known(sign(view, device), target)
            self._show(block, target.address, min(ports.values(), key=_rank, default=None))
        return news

    def _show(self, block: Block, address: str, known: Known | None) -> None:
        before = self._shown.get(address)
        place = block.place(address)
        unasked = UNASKED if place is not None and block.planned(place) else ""
        self.counts[before.sign.text if before else unasked] -= 1
        self.counts[known.sign.text if known else unasked] += 1
        (self.troubled.add if known and known.sign.text == TROUBLE else self.troubled.discard)(address)
        if known is None:
            self._shown.pop(address, None)
        else:
            self._shown[address] = known

    def known(self, block: Block, place: int) -> Known | None:
        """What is shown of the address at a place."""
        return self._shown.get(block.address(place))

    def cell(self, block: Block, place: int) -> Cell:
        """The sign at a place; a blank where nothing is asked."""
        known = self._shown.get(block.address(place))
        if known is not None:
            return known.sign
        return Cell(UNASKED, "quiet") if block.planned(place) else Cell(" ")
