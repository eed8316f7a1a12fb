"""The main screen: what its panes show, and what keys act on in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.message import Message

from tui.actions import first_words, hints
from tui.panes.alarm_list import Group
from tui.panes.banner import Wound
from tui.panes.diagnosis import Part
from tui.panes.view import View
from tui.records import Session, SessionKey, Target
from tui.screens.base import lacking
from tui.screens.panes import Panes
from tui.state.model import DirtyKey

_OF_THE_LIST: Final = frozenset({"sort", "silent"})
"""What the map, which shows every address where it stands, has no use for."""


class Monitor(Panes, inherit_bindings=False):
    """Everything at a glance."""

    class Resumed(Message):
        """The panes are in view again."""

    def __init__(self, title: str, *, first: bool = False) -> None:
        super().__init__(title)
        self._first = first
        """Whether this user has never done anything here."""
        self.watched = title
        """What it shows, where that is not networks; also that it is a recording."""

    def on_screen_resume(self) -> None:
        """Another screen was closed."""
        self.post_message(self.Resumed())

    # What it shows.

    def show(
        self,
        view: View,
        dirty: frozenset[DirtyKey] | None,
        *,
        paused: bool = False,
        probing: bool = True,
        wound: Wound | None = None,
    ) -> None:
        """Show the present, or the past where it is *wound*."""
        self._view = view
        self.time.before(self.grids, wound)
        # The list counts the devices, whether it is shown or not.
        for grid in dict.fromkeys((self.list, *self.grids)):
            grid.take(view, dirty)
        self.time.after(self.grids, wound)
        if dirty is None:
            self._unmapped = None
        elif self._unmapped is not None and self.map not in self.grids:
            self._unmapped |= dirty
        self.show_hints()
        self.show_status(view, paused=paused, probing=probing, wound=wound)

    def show_status(self, view: View, *, paused: bool, probing: bool, wound: Wound | None = None) -> None:
        """Show the status line alone, the timeline, and the moment where it is one of the past."""
        self.status.past = wound.news if wound is not None else ""
        self.status.take(view, self.devices.found, paused=paused, probing=probing)
        self.set_class(wound is not None, "-past")
        self.time.show(view, wound)

    def show_hints(self) -> None:
        """Show the keys of the pane in use, as far as they can act on the selected line."""
        self.hint.take(hints(self.pane, self.without))
        self.hint.welcome(first_words(self.without) if self._first else "")

    def begun(self) -> None:
        """The user has done something: from now on the keys are enough."""
        if self._first:
            self._first = False
            self.show_hints()

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

    def shelvable(self) -> Sequence[str]:
        """Only from its own line, where it can be seen which one it is, or from that of its group."""
        return self.diagnosis.named(self.here.cursor.key) if self.on_alarms() else ()

    def noted(self) -> tuple[Target | None, str | None]:
        """The finding where the cursor stands on one, else the device."""
        return self.here.target, self.here.finding if self.on_alarms() else None

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

    def grouped(self) -> Sequence[str]:
        """The findings of the group on whose line the cursor stands that can be acknowledged."""
        key = self.here.cursor.key
        return self.diagnosis.to_acknowledge(key) if self.on_alarms() and isinstance(key, Group) else ()

    def in_view(self) -> list[str]:
        """The findings that can be acknowledged and whose lines, or whose groups, are on the screen."""
        grid = self.grids[2]
        if grid.content is not self.diagnosis:
            return []
        names = [name for key in grid.in_view for name in self.diagnosis.to_acknowledge(key)]
        return list(dict.fromkeys(names))
