"""The main screen: status line, three panes, and the keys of the one in use."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.events import Resize
from textual.message import Message

from tui.actions import PANES, Place, first_words, hints
from tui.panes.diagnosis import Diagnosis, Part
from tui.panes.entry import Entry
from tui.panes.grid import Grid
from tui.panes.map import MapGrid
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


_OF_THE_LIST: Final = frozenset({"sort", "silent"})
"""What the map, which shows every address where it stands, has no use for."""


class Monitor(Base, inherit_bindings=False):
    """Everything at a glance."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - typed so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (TALL, "-tall")]  # noqa: RUF012
    place: ClassVar[Place] = "monitor"

    class Resumed(Message):
        """The panes are in view again."""

    def __init__(self, title: str, *, first: bool = False) -> None:
        super().__init__()
        self._first = first
        """Whether this user has never done anything here."""
        self.watched = title
        """What it shows, where that is not networks; also that it is a recording."""
        self.status = Status(title)
        self.devices = Devices()
        self.diagnosis = Diagnosis()
        contents: tuple[Content, ...] = (self.devices, Sessions(), self.diagnosis)
        self.grids = [Grid(content, number=n, id=PANES[n - 1]) for n, content in enumerate(contents, 1)]
        """The panes: of the list of devices and their map the one that is shown."""
        self.list = self.grids[0]
        self.map = MapGrid(number=1, id="map")
        self.map.add_class("-away")
        self.here = self.grids[0]
        self._left_at: Target | None = None
        """What the list had selected when the map was left."""
        self._unmapped: set[DirtyKey] | None = None
        """What changed since the map was shown; None before it first is, and where everything did."""
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
        yield self.list
        yield self.map
        yield from self.grids[1:]
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
        # The list counts the devices, whether it is shown or not.
        for grid in dict.fromkeys((self.list, *self.grids)):
            grid.take(view, dirty)
        if dirty is None:
            self._unmapped = None
        elif self._unmapped is not None and self.map not in self.grids:
            self._unmapped |= dirty
        self.show_hints()
        self.show_status(view, paused=paused, probing=probing)

    def show_status(self, view: View, *, paused: bool, probing: bool) -> None:
        """Show the status line alone."""
        self.status.take(view, self.devices.found, paused=paused, probing=probing)

    def show_hints(self) -> None:
        """Show the keys of the pane in use, as far as they can act on the selected line."""
        self.hint.take(hints(self.pane, self.without))
        self.hint.welcome(first_words(self.without) if self._first else "")

    def begun(self) -> None:
        """The user has done something: from now on the keys are enough."""
        if self._first:
            self._first = False
            self.show_hints()

    @property
    def pane(self) -> str:
        """The name of the pane in use."""
        return PANES[self.here.number - 1]

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
        without = super().without | lacking(self.session())
        return without | _OF_THE_LIST if self.here is self.map else without

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

    def action_map(self) -> None:
        """The map instead of the list, or the list again; both stay at one device."""
        to_map = self.grids[0] is self.list
        away, shown = (self.list, self.map) if to_map else (self.map, self.list)
        self.grids[0] = shown
        away.add_class("-away")
        shown.remove_class("-away")
        if self._view is not None and to_map:
            self.map.like = self.list.size
            self.map.take(self._view, None if self._unmapped is None else frozenset(self._unmapped))
            self._unmapped = set()
        if to_map and (self._left_at is None or self.list.target != self._left_at):
            self.map.select(self.list.target)
        elif not to_map:
            self._back_to_list()
        self._turn_to(shown)

    def _back_to_list(self) -> None:
        target = self.map.target
        if target in self.list.cursor.keys and target != self.list.target:
            self.list.next(lambda key: key == target)
        self._left_at = self.list.target

    def action_across(self, step: int) -> None:
        """Move by addresses on the map."""
        if self.here is self.map:
            self.map.across(step)
            self.show_hints()

    def action_sort(self) -> None:
        """The next order."""
        content = self.here.content
        content.sort = (content.sort + 1) % len(content.sorts)
        self.here.again(home=True)

    def action_silent(self) -> None:
        """Show or hide strangers."""
        if self.grids[0] is self.map:
            return
        self.devices.show_hidden = not self.devices.show_hidden
        self.list.again()

    def action_filter(self) -> None:
        """Type a filter: from here on every key is text. On the map it is the list that is filtered."""
        if self.here is self.map:
            self.action_map()
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
