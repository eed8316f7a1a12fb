"""The main screen: status line, three panes, and the keys of the one in use."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.message import Message
from textual.widgets import Input

from tui.actions import PANES, Place, bindings, hints
from tui.panes.diagnosis import Diagnosis
from tui.panes.grid import Grid
from tui.panes.scan import Devices
from tui.panes.sessions import Sessions
from tui.panes.status import Hint, Status
from tui.panes.view import Content, View
from tui.records import Target
from tui.screens.base import Base, Mover
from tui.state.model import DirtyKey

WIDE: Final = 100
"""Columns from which panes stand side by side."""
TALL: Final = 16
"""Lines from which there is room for more than one pane."""


class Monitor(Base, inherit_bindings=False):
    """Everything at a glance."""

    BINDINGS: ClassVar = bindings("monitor")
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - typed so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (TALL, "-tall")]  # noqa: RUF012
    place: ClassVar[Place] = "monitor"

    class Opened(Message):
        """The detail of a device was asked for."""

        def __init__(self, target: Target, finding: str | None) -> None:
            super().__init__()
            self.target = target
            self.finding = finding

    class Resumed(Message):
        """The panes are in view again."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.status = Status(title)
        self.devices = Devices()
        contents: tuple[Content, ...] = (self.devices, Sessions(), Diagnosis())
        self.grids = [Grid(content, number=n, id=PANES[n - 1]) for n, content in enumerate(contents, 1)]
        self.here = self.grids[0]
        self.hint = Hint()
        self.typed = Input(id="filter", compact=True, placeholder="show only lines with this text")
        self.typed.cursor_blink = False

    def compose(self) -> ComposeResult:
        """A fixed tree: nothing is ever mounted or removed while it runs."""
        # The breakpoints are looked at after the first frame: without this it would be painted twice.
        self.add_class("-wide" if self.app.size.width >= WIDE else "-narrow")
        self.add_class("-tall" if self.app.size.height >= TALL else "-flat")
        yield self.status
        yield from self.grids
        yield self.hint
        yield self.typed

    def on_mount(self) -> None:
        """Begin at the devices."""
        self._turn_to(self.here)

    def on_screen_resume(self) -> None:
        """Another screen was closed."""
        self.post_message(self.Resumed())

    # What it shows.

    def show(self, view: View, dirty: frozenset[DirtyKey] | None, *, paused: bool = False) -> None:
        """Show the present."""
        for grid in self.grids:
            grid.take(view, dirty)
        self.status.take(view, self.devices.found, paused=paused)

    def mover(self) -> Mover:
        """The pane in use."""
        return self.here

    def selected(self) -> tuple[Target | None, str | None]:
        """What the row is about on which the cursor stands."""
        return self.here.target, self.here.finding

    # Panes.

    def _turn_to(self, grid: Grid) -> None:
        self.here = grid
        for other in self.grids:
            other.set_class(other is grid, "-here")
        self.hint.take(hints(grid.id or ""))
        grid.focus(scroll_visible=False)

    def on_grid_focused(self, event: Grid.Focused) -> None:
        """A pane was given the focus in some other way, by the mouse."""
        if event.grid is not self.here:
            self._turn_to(event.grid)

    def action_pane(self, number: int) -> None:
        """Turn to a pane."""
        self._turn_to(self.grids[number])

    def action_turn(self, step: int) -> None:
        """Turn to the next pane."""
        at = self.grids.index(self.here)
        self._turn_to(self.grids[(at + step) % len(self.grids)])

    # Looking.

    def action_detail(self) -> None:
        """Open the page of the selected device."""
        target, finding = self.selected()
        if target is not None:
            self.post_message(self.Opened(target, finding))

    def action_sort(self) -> None:
        """The next order."""
        content = self.here.content
        content.sort = (content.sort + 1) % len(content.sorts)
        self.here.again(home=True)

    def action_silent(self) -> None:
        """Show or hide silent addresses."""
        self.devices.show_silent = not self.devices.show_silent
        self.grids[0].again()

    def action_filter(self) -> None:
        """Type a filter."""
        self.typed.value = self.here.content.needle
        self._typing(on=True)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as it is typed."""
        event.stop()
        needle = event.value.strip().lower()
        if self.typed.display and needle != self.here.content.needle:
            self.here.content.needle = needle
            self.here.again(home=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter."""
        event.stop()
        self._typing(on=False)

    def action_back(self) -> None:
        """Clear the filter."""
        if self.typed.display or self.here.content.needle:
            self._typing(on=False)
            self.here.content.needle = ""
            self.here.again()
        self.say("")

    def _typing(self, *, on: bool) -> None:
        self.typed.display = on
        self.hint.display = not on
        if on:
            self.typed.focus(scroll_visible=False)
        else:
            self.here.focus(scroll_visible=False)
