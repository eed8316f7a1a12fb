"""What the panes have of time: the moment of the past above, the last hours below, cursors between."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from tui.panes.banner import Banner, Wound
from tui.panes.grid import Grid
from tui.panes.strip import Strip
from tui.panes.view import View


class Timeline:
    """The moment and the hours, and the selected key of each pane.

    A line that is missing at some moment of the past is selected again when it is back, but for the first.
    """

    def __init__(self) -> None:
        self.banner = Banner()
        self.strip = Strip()
        self._was_wound = False
        self._wanted: dict[Grid, Hashable | None] = {}
        self._left: dict[Grid, Hashable] = {}

    def before(self, grids: Iterable[Grid], wound: Wound | None) -> None:
        """Other lines are about to come: note what is selected, unless it was not moved since."""
        if wound is None:
            return
        for grid in grids:
            cursor = grid.cursor
            if not cursor.keys or cursor.key == self._left.get(grid):
                continue
            # On the first row it follows whatever comes first, as it does in the present.
            self._wanted[grid] = cursor.key if cursor.place != cursor.standing(0, 1) else None

    def after(self, grids: Iterable[Grid], wound: Wound | None) -> None:
        """They are there: select again what was, as far as it is among them."""
        if self._was_wound or wound is not None:
            for grid in grids:
                self._hold(grid)
        self._was_wound = wound is not None
        if wound is None:
            self._wanted.clear()
            self._left.clear()

    def show(self, view: View, wound: Wound | None) -> None:
        """Tell the moment, and mark it in the hours, which are those up to the present."""
        self.banner.take(wound)
        if wound is None:
            self.strip.take(view.snapshot.trouble, view.now)
        else:
            self.strip.take(wound.present.trouble, wound.now, wound.at)

    def _hold(self, grid: Grid) -> None:
        wanted = self._wanted.get(grid)
        if wanted is not None and wanted != grid.cursor.key and wanted in grid.cursor.keys:
            grid.next(lambda key: key == wanted)
        self._left[grid] = grid.cursor.key
