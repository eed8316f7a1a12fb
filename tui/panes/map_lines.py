"""What the map of the devices pane says: the lines of signs, the selected address in words, the legend."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple

from tui.panes import words
from tui.panes.blocks import SIGNS, TROUBLE, Block, Blocks
from tui.panes.cells import Cell, Column, Piece, Row, Tone, measure
from tui.panes.device_row import state_tone, taken, what
from tui.panes.status import networks
from tui.panes.view import View, touched
from tui.records import Target
from tui.state.model import DirtyKey

LABEL: Final = 4
"""Cells before the first address: a dot and the number it begins with."""
_TICK: Final = 8
"""Addresses from one figure of the ruler to the next."""
_MOST: Final = 64
"""Addresses of one line: more than that nobody counts along."""


class Head(NamedTuple):
    """The line over a block, where there are several."""

    block: str


class Stripe(NamedTuple):
    """A line of addresses of a block, from the one at *start*."""

    block: str
    start: int


class Addresses:
    """What the map shows: the lines, and which address of the selected line is selected."""

    title = "Devices map"
    sorts = ("address",)
    empty = "no address yet: no network is named, and no device found"

    def __init__(self) -> None:
        self.sort = 0
        self.needle = ""
        self.width = 0
        self.column = 0
        """The selected address, counted from the start of its line."""
        self._networks: tuple[str, ...] | None = None
        self._blocks = Blocks(())
        self._keys: list[Hashable] = []
        self._alarmed: frozenset[Hashable] = frozenset()
        self._drawn_for = 0
        self._view: View | None = None

    @property
    def across(self) -> int:
        """Addresses to a line: a power of two."""
        room = max(1, (self.width - LABEL - 1) // 2)
        return min(_MOST, 1 << (room.bit_length() - 1))

    @property
    def columns(self) -> tuple[Column, ...]:
        """One, headed by the ruler."""
        step = min(_TICK, self.across)
        ruler = "".join(f"+{tick}".ljust(2 * step) for tick in range(0, self.across, step))
        return (Column(" " * (LABEL + 1) + ruler, self.width),)

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """The lines in order."""
        before, self._view = self._view, view
        named = view.snapshot.run.networks if view.snapshot.run else ()
        if view is before:
            news = False
        elif dirty is None or before is None or named != self._networks:
            self._networks, self._blocks = named, Blocks(named)
            self._blocks.put(view, view.snapshot.devices)
            news = True
        else:
            news = self._blocks.put(view, touched(before, view, dirty))
        if news or self._drawn_for != self.across:
            self._drawn_for = self.across
            self._keys = self._lines()
        found = map(self._blocks.find, self._blocks.troubled)
        self._alarmed = frozenset(Stripe(s[0].name, s[1] - s[1] % self.across) for s in found if s)
        return self._keys

    def _lines(self) -> list[Hashable]:
        blocks = list(self._blocks)
        lines: list[Hashable] = []
        for block in blocks:
            if len(blocks) > 1:
                lines.append(Head(block.name))
            starts = range(0, len(block), self.across)
            lines += [Stripe(block.name, at) for at in starts if any(block.marks[at : at + self.across])]
        return lines

    # What is selected.

    def spot(self, key: Hashable) -> tuple[Block, int] | None:
        """The selected place, where the line of *key* is selected."""
        if not isinstance(key, Stripe):
            return None
        block = self._blocks[key.block]
        return block, min(key.start + self.column, len(block) - 1)

    def find(self, block: Block, place: int) -> Stripe:
        """Select a place of a block; the line it is on."""
        self.column = place % self.across
        return Stripe(block.name, place - self.column)

    def find_address(self, address: str) -> Stripe | None:
        """Select an address; the line it is on, where it is on the map."""
        spot = self._blocks.find(address)
        return self.find(*spot) if spot else None

    def length(self, key: Stripe) -> int:
        """Addresses on a line."""
        return min(self.across, len(self._blocks[key.block]) - key.start)

    def first(self, key: Stripe, *, trouble: bool = False, after: int = -1) -> int | None:
        """The first address of a line that is asked, or is in *trouble*, further right than *after*."""
        block = self._blocks[key.block]
        for column in range(after + 1, self.length(key)):
            shown = self._blocks.cell(block, key.start + column).text
            if shown == TROUBLE if trouble else shown != " ":
                return column
        return None

    def target(self, key: Hashable) -> Target | None:
        """The device at the selected address, where something is known of it."""
        spot = self.spot(key)
        known = self._blocks.known(*spot) if spot else None
        return known.target if known else None

    def finding(self, key: Hashable) -> str | None:
        """Its worst trouble."""
        target = self.target(key)
        worst = self._view.worst.get(target) if self._view and target else None
        return worst.id if worst else None

    # What the lines say.

    def stands(self, key: Hashable) -> bool:
        """Lines of addresses."""
        return isinstance(key, Stripe)

    def choose(self, key: Hashable) -> None:
        """Nothing more is shown of a line that is selected."""

    def alarms(self, key: Hashable) -> bool:
        """Whether any of its addresses is in unacknowledged trouble."""
        return key in self._alarmed

    def summary(self) -> str:
        """The networks."""
        return networks(self._networks or ())

    def row(self, key: Hashable) -> Row:
        """The line over a block."""
        return Row((Cell(key.block if isinstance(key, Head) else "", "title"),), free=True)

    def pieces(self, key: Stripe, *, chosen: bool, here: bool) -> tuple[Piece, ...]:
        """A line of addresses; brackets stand around the selected one."""
        block = self._blocks[key.block]
        label = f".{key.start}" if block.prefix else ""
        pieces = [Piece(label.ljust(LABEL)[:LABEL], LABEL, "head")]
        length = self.length(key)
        column = min(self.column, length - 1) if chosen else -2
        mark: Tone = "here" if here else "plain"
        cells = [self._blocks.cell(block, key.start + at) for at in range(length)]
        for at, cell in enumerate((*cells, Cell())):
            before = "[" if at == column else "]" if at == column + 1 else " "
            pieces.append(Piece(before, 1, cell.tone if before == " " else mark))
            if cell.text:
                pieces.append(Piece(cell.text, 1, cell.tone))
        left = self.width - LABEL - 2 * length - 1
        if left > 0:
            pieces.append(Piece(" " * left, left, "plain"))
        return tuple(pieces)

    def said(self, key: Hashable) -> tuple[Cell, ...]:
        """The selected address in words."""
        spot = self.spot(key)
        if spot is None or self._view is None:
            return ()
        known = self._blocks.known(*spot)
        device = self._view.snapshot.devices.get(known.target) if known else None
        if known is None or device is None:
            planned = spot[0].planned(spot[1])
            told = "not asked yet, or excluded" if planned else "not in a network that is swept"
            return (Cell(spot[0].address(spot[1]), "strong"), Cell(told, "quiet"))
        view = self._view
        worst = view.worst.get(device.target)
        return (
            Cell(f"{known.sign.text} {device.target}", "strong"),
            Cell(device.name),
            Cell(words.state(device), state_tone(view, device)),
            Cell("" if words.waited(device) or device.ms is None else f"{words.ms(device.ms)} ms", "quiet"),
            taken(view, device),
            Cell(worst.title if worst else what(view, device), "plain" if worst else "quiet"),
        )

    def legend(self, most: int) -> list[tuple[Cell, ...]]:
        """What the signs mean that are on the map, and how many addresses show each, in *most* lines."""
        counts = self._blocks.counts
        there = [(sign, word, counts[sign]) for sign, word in SIGNS.items() if counts[sign] > 0]
        lines = self._wrapped([f"{sign} {number:,} {word}" for sign, word, number in there])
        if len(lines) > most:
            lines = self._wrapped([f"{sign} {word}" for sign, word, _ in there])
        return lines[:most]

    def _wrapped(self, parts: Sequence[str]) -> list[tuple[Cell, ...]]:
        lines: list[list[Cell]] = [[]]
        used = 0
        for part in parts:
            need = measure(part) + 2
            if lines[-1] and used + need - 2 > self.width:
                lines.append([])
                used = 0
            lines[-1].append(Cell(part, "quiet"))
            used += need
        return [tuple(line) for line in lines]
