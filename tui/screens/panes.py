"""The panes of the main screen: which is in use, what stands in its place, and moving through them."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.events import Resize

from tui.actions import PANES, Place
from tui.panes.alarm_list import Group
from tui.panes.diagnosis import Diagnosis
from tui.panes.entry import Entry
from tui.panes.grid import Grid
from tui.panes.log import Log
from tui.panes.map import MapGrid
from tui.panes.scan import Devices
from tui.panes.sessions import Sessions
from tui.panes.status import Hint, Status
from tui.panes.view import Content, View
from tui.records import Target
from tui.screens.base import Base, Mover
from tui.screens.timeline import Timeline
from tui.state.model import DirtyKey

WIDE: Final = 100
"""Columns from which panes stand side by side."""
BROAD: Final = 160
"""Columns from which devices get more of them than sessions."""
VAST: Final = 240
"""Columns from which all three panes stand side by side."""
ENDLESS: Final = 384
"""Columns from which sessions get as many of them as devices, for everything there is to tell of one."""
TALL: Final = 16
"""Lines from which there is room for more than one pane."""
LOFTY: Final = 30
"""Lines from which there is room for a timeline, and for a moment of the past in large figures."""


class Panes(Base, inherit_bindings=False):
    """Panes that are turned to, sorted, filtered, and shown as a list or as a map, as alarms or as a log."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - typed so by Textual
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (TALL, "-tall")]  # noqa: RUF012
    place: ClassVar[Place] = "monitor"

    def __init__(self, title: str) -> None:
        super().__init__()
        self.status = Status(title)
        self.time = Timeline()
        self.devices = Devices()
        self.diagnosis = Diagnosis()
        contents: tuple[Content, ...] = (self.devices, Sessions(), self.diagnosis)
        self.grids = [Grid(content, number=n, id=PANES[n - 1]) for n, content in enumerate(contents, 1)]
        """The panes: of the list of devices and their map the one that is shown."""
        self.list = self.grids[0]
        self.map = MapGrid(number=1, id="map")
        self.map.add_class("-away")
        self.alarms = self.grids[2]
        self.logged = Grid(Log(), number=3, id="log")
        """What happened, line after line, in the place of the alarms."""
        self.logged.add_class("-away")
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
        self.set_class(width >= VAST, "-vast")
        self.set_class(width >= ENDLESS, "-endless")
        self.set_class(height >= LOFTY, "-lofty")
        yield self.status
        yield self.time.banner
        yield self.list
        yield self.map
        yield from self.grids[1:]
        yield self.logged
        yield self.time.strip
        yield self.hint

    def on_mount(self) -> None:
        """Begin at the devices."""
        self._turn_to(self.here)

    def on_resize(self, event: Resize) -> None:
        """Share the width as its size asks for."""
        self.set_class(event.size.width >= BROAD, "-broad")
        self.set_class(event.size.width >= VAST, "-vast")
        self.set_class(event.size.width >= ENDLESS, "-endless")
        self.set_class(event.size.height >= LOFTY, "-lofty")

    def show_hints(self) -> None:
        """Show the keys of the pane in use."""
        raise NotImplementedError

    @property
    def pane(self) -> str:
        """The name of the pane in use."""
        return PANES[self.here.number - 1]

    @property
    def outermost(self) -> bool:
        """Whether no filter is there to be cleared."""
        return not self.here.content.needle

    def mover(self) -> Mover:
        """The pane in use."""
        return self.here

    def on_alarms(self) -> bool:
        """Whether the cursor stands on a line of the alarm list."""
        return self.here.content is self.diagnosis and bool(self.here.cursor.keys)

    # Turning to one.

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
        """Move by addresses on the map; among the alarms unfold a group, or fold it."""
        if self.here is self.map:
            self.map.across(step)
            self.show_hints()
        else:
            self.fold(unfold=step > 0)

    def fold(self, *, unfold: bool | None = None) -> bool:
        """Unfold the group of the selected alarm, or fold it; whether there is one to turn."""
        key = self.here.cursor.key
        if not self.on_alarms() or (unfold is None and not isinstance(key, Group)):
            return False
        chosen = self.diagnosis.fold(key, unfold=unfold)
        if chosen is None:
            return False
        self.here.again()
        if self.here.cursor.key != chosen:
            self.here.next(lambda other: other == chosen)
        return True

    def action_log(self) -> None:
        """What happened, line after line, in the place of the alarms; again the alarms."""
        to_log = self.grids[2] is self.alarms
        away, shown = (self.alarms, self.logged) if to_log else (self.logged, self.alarms)
        self.grids[2] = shown
        away.add_class("-away")
        shown.remove_class("-away")
        if self._view is not None:
            shown.take(self._view, None)
        self._turn_to(shown)

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
        if self._prompt is not None:
            return super().type(key, character)
        if self._entry is not None:
            ended = self._entry.press(key, character)
            if ended == "left":
                self._entry.text = ""
            self._typed(ended=bool(ended))
        return None

    def paste(self, text: str) -> None:
        """A pasted text is typed, too."""
        super().paste(text)
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
