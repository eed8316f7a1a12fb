"""The main screen: status line, three panes, and the keys of the one in use."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message

from tui.actions import PANES, Place, hints
from tui.panes.diagnosis import Diagnosis, Part
from tui.panes.entry import Entry
from tui.panes.grid import Grid
from tui.panes.scan import Devices
from tui.panes.sessions import Sessions
from tui.panes.status import Hint, Status
from tui.panes.view import Content, View
from tui.records import Session, SessionKey, Target
from tui.screens.base import Base, Mover, lacking
from tui.state.model import DirtyKey

WIDE: Final = 100
"""Columns from which panes stand side by side."""
BROAD: Final = 160
"""Columns from which devices get more of them than sessions."""
TALL: Final = 16
"""Lines from which there is room for more than one pane."""


class Monitor(Base, inherit_bindings=False):
    """Everything at a glance."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - typed so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (TALL, "-tall")]  # noqa: RUF012
    place: ClassVar[Place] = "monitor"

    class Resumed(Message):
        """The panes are in view again."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.status = Status(title)
        self.devices = Devices()
        self.diagnosis = Diagnosis()
        contents: tuple[Content, ...] = (self.devices, Sessions(), self.diagnosis)
        self.grids = [Grid(content, number=n, id=PANES[n - 1]) for n, content in enumerate(contents, 1)]
        self.here = self.grids[0]
        self.hint = Hint()
        self._entry: Entry | None = None
        self._view: View | None = None

    def compose(self) -> ComposeResult:
        """A fixed tree: nothing is ever mounted or removed while it runs."""
        # The breakpoints are looked at after the first frame: without this it would be painted twice.
        width, height = self.app.size
        self.add_class("-wide" if width >= WIDE else "-narrow")
        self.add_class("-tall" if height >= TALL else "-flat")
        self.set_class(width >= BROAD, "-broad")
        yield self.status
        yield from self.grids
        yield self.hint

    def on_mount(self) -> None:
        """Begin at the devices."""
        self._turn_to(self.here)

    def on_resize(self, event: Resize) -> None:
        """Share the width as its size asks for."""
        self.set_class(event.size.width >= BROAD, "-broad")

    def on_screen_resume(self) -> None:
        """Another screen was closed."""
        self.post_message(self.Resumed())

    # What it shows.

    def show(
        self, view: View, dirty: frozenset[DirtyKey] | None, *, paused: bool = False, probing: bool = True
    ) -> None:
        """Show the present."""
        self._view = view
        for grid in self.grids:
            grid.take(view, dirty)
        self.show_hints()
        self.show_status(view, paused=paused, probing=probing)

    def show_status(self, view: View, *, paused: bool, probing: bool) -> None:
        """Show the status line alone."""
        self.status.take(view, self.devices.found, paused=paused, probing=probing)

    def show_hints(self) -> None:
        """Show the keys of the pane in use, as far as they can act on the selected line."""
        self.hint.take(hints(self.here.id or "", self.without))

    def mover(self) -> Mover:
        """The pane in use."""
        return self.here

    def selected(self) -> tuple[Target | None, str | None]:
        """What the row is about on which the cursor stands."""
        return self.here.target, self.here.finding

    def session(self) -> Session | None:
        """The session on which the cursor stands."""
        key = self.here.cursor.key
        if self._view is None or not self.here.cursor.keys or not isinstance(key, SessionKey):
            return None
        held = self._view.snapshot.sessions.get(Target(key.address, key.port), ())
        port = key.client_port
        return next((each for each in held if each.client_port == port and each.key == key), None)

    @property
    def without(self) -> frozenset[str]:
        """Nor what acts on sessions, where none is selected that it could act on."""
        return super().without | lacking(self.session())

    def part(self) -> str | None:
        """The part of the monitor that the selected row is about."""
        key = self.here.cursor.key
        return key.source if self.here.cursor.keys and isinstance(key, Part) else None

    def shelvable(self) -> str | None:
        """Only from its own line, where it can be seen which one it is."""
        return self.here.finding if self.here.content is self.diagnosis else None

    def acted(self, what: str) -> None:
        """Acknowledged: on to the next. Otherwise the row stays selected, whatever comes above it."""
        if what == "acknowledge":
            here = self.here.content
            self.here.next(self.diagnosis.unseen if here is self.diagnosis else here.alarms)
            return
        if what == "shelve" and self.here.content is self.diagnosis:
            self.diagnosis.linger(self.here.cursor.key)
        if what in {"shelve", "ask"}:
            self.here.cursor.hold()

    def in_view(self) -> list[str]:
        """The findings that can be acknowledged and whose lines are on the screen."""
        return [key for key in self.grids[2].in_view if isinstance(key, str) and self.diagnosis.unseen(key)]

    # Panes.

    def _turn_to(self, grid: Grid) -> None:
        self.here = grid
        for other in self.grids:
            other.set_class(other is grid, "-here")
        self.show_hints()
        self.set_focus(grid, scroll_visible=False)

    def on_grid_focused(self, event: Grid.Focused) -> None:
        """A pane was given the focus in some other way, by the mouse."""
        if event.grid.has_focus and event.grid is not self.here:
            self._turn_to(event.grid)

    def action_pane(self, number: int) -> None:
        """Turn to a pane."""
        self._turn_to(self.grids[number])

    def action_turn(self, step: int) -> None:
        """Turn to the next pane."""
        at = self.grids.index(self.here)
        self._turn_to(self.grids[(at + step) % len(self.grids)])

    def action_move(self, step: int) -> None:
        """Move by lines."""
        super().action_move(step)
        self.show_hints()

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        super().action_page(direction)
        self.show_hints()

    def action_edge(self, direction: int) -> None:
        """Move to an end."""
        super().action_edge(direction)
        self.show_hints()

    # Looking.

    def action_sort(self) -> None:
        """The next order."""
        content = self.here.content
        content.sort = (content.sort + 1) % len(content.sorts)
        self.here.again(home=True)

    def action_silent(self) -> None:
        """Show or hide strangers."""
        self.devices.show_hidden = not self.devices.show_hidden
        self.grids[0].again()

    def action_filter(self) -> None:
        """Type a filter: from here on every key is text."""
        self._entry = Entry(self.here.content.needle)
        self.typing = True
        self._typed()

    def type(self, key: str, character: str | None) -> str | None:
        """Filter as it is typed; enter keeps it, esc clears it."""
        if self._entry is not None:
            ended = self._entry.press(key, character)
            if ended == "left":
                self._entry.text = ""
            self._typed(ended=bool(ended))
        return None

    def paste(self, text: str) -> None:
        """A pasted text is typed, too."""
        if self._entry is not None:
            self._entry.insert(text)
            self._typed()

    def _typed(self, *, ended: bool = False) -> None:
        if self._entry is None:
            return
        needle = self._entry.text.strip().lower()
        if needle != self.here.content.needle:
            self.here.content.needle = needle
            self.here.again(home=True)
        self.hint.entry("/", None if ended else self._entry.text, "enter keeps it  esc clears it")
        if ended:
            self._entry, self.typing = None, False

    def action_back(self) -> None:
        """Clear the filter."""
        if self.here.content.needle:
            self.here.content.needle = ""
            self.here.again()
        self.say("")
