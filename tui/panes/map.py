"""The map of the devices pane: a sign an address, as many to a line as fit, under a ruler."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from textual.geometry import Size

from tui.panes.blocks import Block
from tui.panes.cells import Cell, Line, Slot, flow
from tui.panes.grid import Grid
from tui.panes.map_lines import LABEL, Addresses, Stripe
from tui.panes.view import View
from tui.records import Target
from tui.state.model import DirtyKey

_TWO_LEGENDS: Final = 16
"""Lines from which the legend may take two even where the map is longer than the pane."""


class MapGrid(Grid):
    """The map. Up and down go by lines, left and right by addresses; it is drawn as any pane."""

    def __init__(self, *, number: int, id: str) -> None:  # noqa: A002 - Textual's own name
        self.addresses = Addresses()
        super().__init__(self.addresses, number=number, id=id)
        self.like = Size(0, 0)
        """The size it is about to have: keys that come before it is laid out mean the same as later."""

    # What is selected stays selected when lines become longer or shorter.

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:
        """Show the present."""
        spot = self._spot()
        super().take(view, dirty)
        self._return(spot)

    def again(self, *, home: bool = False) -> None:
        """Work everything out anew."""
        spot = self._spot()
        super().again(home=home)
        self._return(spot)

    def _spot(self) -> tuple[Block, int] | None:
        return self.addresses.spot(self.cursor.key) if self.cursor.keys else None

    def _return(self, spot: tuple[Block, int] | None) -> None:
        if spot is not None and spot != self._spot():
            self._go(self.addresses.find(*spot))

    def _go(self, key: Stripe) -> None:
        if key in self.cursor.keys:
            self.cursor.go(self.cursor.keys.index(key))
            self.redraw()

    def select(self, target: Target | None) -> None:
        """Select the address of a target; of nothing the first that is asked."""
        key = self.addresses.find_address(target.address) if target else None
        if key is not None:
            self._go(key)
        elif isinstance(self.cursor.key, Stripe):
            self.addresses.column = self.addresses.first(self.cursor.key) or 0
            self.redraw()

    def across(self, step: int) -> None:
        """Select the next address, or the one before; at the end of a line that of the next."""
        key, content = self.cursor.key, self.addresses
        if not isinstance(key, Stripe):
            return
        column = min(content.column, content.length(key) - 1) + step
        if not 0 <= column < content.length(key):
            self.cursor.move(step)
            if self.cursor.key == key:
                return
            column = content.across - 1 if column < 0 else 0
        content.column = column
        self.redraw()

    def next(self, wanted: Callable[[Hashable], bool]) -> None:
        """Select the next address in trouble, where lines in trouble are wanted."""
        key, content = self.cursor.key, self.addresses
        following = (
            content.first(key, trouble=True, after=content.column) if isinstance(key, Stripe) else None
        )
        if following is None:
            if any(map(wanted, self.cursor.keys)):
                super().next(wanted)
            key = self.cursor.key
            following = content.first(key, trouble=True) if isinstance(key, Stripe) else None
        if following is not None:
            content.column = following
        self.redraw()

    # Drawing: as other panes, with two lines below.

    def _legend(self, size: Size) -> list[tuple[Cell, ...]]:
        room = super()._room(size)
        if room < 3:  # noqa: PLR2004 - one line of the map is worth more than any legend
            return []
        spare = size.height >= _TWO_LEGENDS or room - 3 >= len(self.cursor.keys)
        return self.addresses.legend(2 if spare else 1)

    def _inner(self, size: Size) -> int:
        return super()._inner(size if size.area else self.like)

    def _room(self, size: Size) -> int:
        size = size if size.area else self.like
        room = super()._room(size)
        return room - 1 - len(self._legend(size)) if room > 1 else room

    def paint(self, size: Size) -> Sequence[Line]:
        """The map, the selected address in words, and the legend."""
        lines = list(super().paint(size))
        below = max(0, size.height - len(lines))
        inner = super()._inner(size)
        said = [self.addresses.said(self.cursor.key) if self.cursor.keys else (), *self._legend(size)]
        at = len(lines) - 1 if self.framed else len(lines)
        lines[at:at] = [self._edged(Line(flow(cells, inner))) for cells in said[:below]]
        return lines

    def _line(self, place: int, slots: Sequence[Slot], inner: int) -> Line:
        keys = self.cursor.keys
        key = keys[place] if place < len(keys) else None
        if not isinstance(key, Stripe) or inner < LABEL + 3:
            return super()._line(place, slots, inner)
        return Line(self.addresses.pieces(key, chosen=key == self.cursor.key, here=self.has_focus))
