"""The application: wires the feed, the clock and the keys to the screens."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import signal
import threading
from functools import partial
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from rich.console import Console
from textual import events
from textual.driver import Driver
from textual.timer import Timer

from tui import differ, limits, terminal, themes
from tui.actions import bound
from tui.announce import Announcer
from tui.feed import Feed, Question
from tui.panes.status import is_recording
from tui.panes.view import View
from tui.screens.base import Base
from tui.screens.monitor import Monitor
from tui.screens.winding import Winding
from tui.state.model import DirtyKey

_SAID_S: Final = 4.0
"""How long a notice stands before the keys are shown again."""
_RESCUE_S: Final = 3.0
"""How long a leaving program may wait for its terminal."""
_ANSWER_S: Final = 0.2
"""How soon the screen asks for the outcome of a key, rather than wait for its next turn."""
_EARLY: Final = 100
"""Keys remembered until the feed has started."""


@runtime_checkable
class Showing(Protocol):
    """A screen that follows the present."""

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:
        """Show the present."""
        ...


class Port502(Winding, inherit_bindings=False):
    """The monitor on the screen. Its feed starts after the first frame and stops before it ends."""

    CSS_PATH = "app.tcss"
    TITLE = "port502"
    ENABLE_COMMAND_PALETTE = False
    ENABLE_SELECT_AUTO_SCROLL = False

    def __init__(
        self,
        feed: Feed,
        *,
        title: str = "",
        question: Question | None = None,
        theme: str | None = None,
        first: bool = False,
        link: str = "",
        announcer: Announcer | None = None,
        journal: Path | None = None,
    ) -> None:
        chosen = themes.choose(theme)
        super().__init__(
            feed,
            recording=is_recording(title),
            ansi_color=True if chosen == themes.COLOURLESS else None,
            journal=journal,
        )
        self.fault = io.StringIO()
        """What went wrong with the screen itself, if anything did; empty otherwise."""
        self.error_console = Console(file=self.fault, width=120)
        for skin in themes.skins().values():
            self.register_theme(skin.theme)
        self.theme = chosen
        self.paused = False
        self._announcer = announcer or Announcer()
        self._frame_s = limits.FRAME_SSH_S if terminal.is_slow(link) else limits.FRAME_S
        self._question = question
        self._theme_fault = themes.fault(theme)
        self._monitor = Monitor(title, first=first)
        self._drawn_at = 0.0
        self._started = self._leaving = False
        self._early: list[events.Key] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsay: Timer | None = None
        self._missed: frozenset[DirtyKey] | None = None
        """What changed and is not yet in the panes; None is everything."""

    def get_driver_class(self) -> type[Driver]:
        """What Textual writes to: the differ, unless it is turned off."""
        return differ.chosen() or super().get_driver_class()

    def get_default_screen(self) -> Monitor:
        """The three panes."""
        return self._monitor

    # The life of the feed.

    def on_mount(self) -> None:
        """Paint first, start afterwards."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, self._ended)
        if not self.is_headless and self._driver is not None:
            self._announcer.begin(self._driver.write)
        self.set_interval(self._frame_s, self.frame)
        self.call_after_refresh(self._begin)

    async def _begin(self) -> None:
        if self._question is None:
            await self._start()
            return
        from tui.screens.confirm import Confirm  # noqa: PLC0415 - not needed for the first frame

        # Keys that came before the question are no answer to it.
        self._early.clear()
        await self.push_screen(Confirm(self._question), self._answered)

    async def _answered(self, yes: bool | None) -> None:  # noqa: FBT001 - the answer itself
        if yes:
            await self._start()
        else:
            self.exit()

    async def _start(self) -> None:
        self._started = True
        # What the program itself consists of need not be looked through for garbage at every turn.
        gc.freeze()
        self.feed.start()
        if self.settle():
            self._monitor.show_hints()
        if self._theme_fault:
            self.told(self._theme_fault)
        self.set_timer(_ANSWER_S, self.frame)
        early, self._early = self._early, []
        for key in early:
            await self._press(key.key, key.character)

    async def on_unmount(self) -> None:
        """However it ends, every socket is closed before the program goes."""
        self._announcer.end()
        if self._started:
            await asyncio.to_thread(self.feed.stop)

    def _ended(self, _number: int, _frame: object) -> None:
        """Hang-up or a request to end: leave, and if a stalled terminal holds the loop, leave without it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.exit)
        rescue = threading.Timer(_RESCUE_S, self._leave_at_once)
        rescue.daemon = True
        rescue.start()

    def _leave_at_once(self) -> None:
        # The loop may wait for ever to write to a terminal that is gone; sockets and the journal must not.
        if self._started:
            self.feed.stop()
        os._exit(0)

    # Keys, strictly one after the other: each is done with before the next is looked at, so that what a
    # burst of them means never depends on how far the focus has got.

    async def on_event(self, event: events.Event) -> None:
        """Take keys and pasted text here; everything else goes Textual's way."""
        if isinstance(event, events.Key):
            await self._key(event)
        elif isinstance(event, events.Paste):
            if isinstance(self.screen, Base):
                self.screen.paste(event.text)
        else:
            await super().on_event(event)

    async def _key(self, event: events.Key) -> None:
        self.app_focus = True
        if event.time < getattr(self.screen, "asked_at", 0.0):
            return  # pressed before the question was there
        ready = self._started or self.screen is not self._monitor
        action = bound("monitor").get(event.key)
        leaves = action is not None and action.do == "app.leave"
        if ready or (leaves and action and (action.priority or not self._early)):
            await self._press(event.key, event.character)
        elif len(self._early) < _EARLY:
            self._early.append(event)

    async def _press(self, key: str, character: str | None) -> None:
        if self._leaving:
            return
        screen = self.screen
        action = bound(getattr(screen, "place", "anywhere")).get(key)
        if isinstance(screen, Base) and screen.typing and not (action and action.priority):
            chosen = screen.type(key, character)
            if chosen:
                await self.run_action(chosen)
        elif action:
            if screen is self._monitor and action.group != "Moving":
                self._monitor.begun()
            await self.run_action(action.done_by(key))

    # The screen follows the present.

    def frame(self) -> None:
        """Take what is new and show it; with nothing new nothing is done, but that ages step now and then."""
        if not self.is_running or not self.screen_stack:
            return  # the last turn of a program that is leaving, whose panes may be gone already
        if not self.is_headless and terminal.has_vanished():
            self.exit()
            return
        update = self.feed.pull() if self._started else None
        if update is not None:
            self.present = update.snapshot
            self._missed = None if self._missed is None else self._missed | update.dirty
            self.confirm(self.present)
        now = self.feed.now()
        if self.present is not None:
            self._announcer.take(self.present, now, past=self._recording or self.wound is not None)
        if self.wound is not None:
            self._show_news()
        elif self.paused and self.view is not None:
            if update is not None and self.screen is self._monitor:
                self._draw(self.view)
        elif update is not None or (self.view is not None and abs(now - self._drawn_at) >= limits.AGES_S):
            self._look(now)

    def _look(self, now: float) -> None:
        if (view := self.seen(now)) is not None:
            self._draw(view)

    def _show_news(self) -> None:
        probing = self.present is None or self.present.probing
        if self.follow_from_afar() and self.view is not None and self.screen is self._monitor:
            self._monitor.show_status(self.view, paused=False, probing=probing, wound=self.wound)

    def redraw_all(self) -> None:
        """Show what is to be shown now; what was held still is not any more."""
        self.paused = False
        self._missed = None
        self._look(self.feed.now())

    def _draw(self, view: View) -> None:
        held = self.paused and view is self.view
        self.view, self._drawn_at = view, view.now
        probing = self.present.probing if self.present is not None else True
        if self.screen is not self._monitor:
            # A page that is only opening has nothing to show it in yet; it shows what is there once it has.
            if isinstance(self.screen, Showing) and self.screen.is_mounted:
                self.screen.show(view, frozenset())
        elif held:
            self._monitor.show_status(view, paused=True, probing=probing)
        else:
            dirty, self._missed = self._missed, frozenset()
            self._monitor.show(view, dirty, paused=self.paused, probing=probing, wound=self.wound)

    def on_monitor_resumed(self) -> None:
        """The panes are in view again: show them what they missed."""
        if self.paused and self.view is not None:
            self._draw(self.view)
        else:
            self._look(self.feed.now())

    # Keys that show.

    def told(self, text: str) -> None:
        """Say it on the screen in view, and show soon what came of it."""
        if isinstance(self.screen, Base):
            self.screen.say(text)
            if self._unsay is not None:
                self._unsay.stop()
            self._unsay = self.set_timer(_SAID_S, partial(self._hush, self.screen))
        self.set_timer(_ANSWER_S, self.frame)

    def _hush(self, screen: Base) -> None:
        # The page on which it was said may have been closed since.
        if screen in self.screen_stack:
            screen.say("")

    async def action_detail(self) -> None:
        """Open the page of what is selected."""
        from tui.screens.detail import Detail, PartDetail  # noqa: PLC0415 - not needed for the first frame
        from tui.screens.session import SessionPage  # noqa: PLC0415 - the same

        if self._monitor.fold():
            return
        target, finding = self._monitor.selected()
        session = self._monitor.session()
        part = self._monitor.part()
        if self.view is not None and session is not None:
            await self.push_screen(SessionPage(self.view, session))
        elif self.view is not None and target is not None:
            await self.push_screen(Detail(self.view, target, finding))
        elif self.view is not None and part is not None:
            await self.push_screen(PartDetail(self.view, part))

    def action_pause(self) -> None:
        """Hold the screen still, or let it follow again."""
        self.paused = not self.paused
        if self.paused and self.view is not None:
            self._draw(self.view)
        else:
            self._look(self.feed.now())
        self.frame()

    async def action_wall(self) -> None:
        """How things stand, across the room; it follows the present, so that a pause ends."""
        from tui.screens.wall import Wall  # noqa: PLC0415 - not needed for the first frame

        if self.paused:
            self.action_pause()
        self.action_live()
        if self.view is not None and self.screen is self._monitor:
            await self.push_screen(Wall(self.view, self._monitor.watched))

    def action_redraw(self) -> None:
        """Draw all of it, whatever the terminal is thought to show."""
        differ.forget(self._driver)
        self.screen.refresh(layout=True)

    async def action_theme(self) -> None:
        """Choose a theme on a page of its own; there, the next one."""
        from tui.screens.theme_choice import ThemeChoice  # noqa: PLC0415 - not needed for the first frame

        if isinstance(self.screen, ThemeChoice):
            self.screen.turn()
        else:
            choice = ThemeChoice()
            await self.push_screen(choice, lambda _: self.told(choice.outcome))

    async def action_help(self) -> None:
        """The keys."""
        from tui.screens.help import Help  # noqa: PLC0415 - not needed for the first frame

        if not isinstance(self.screen, Help):
            place = self.screen.place if isinstance(self.screen, Base) else "monitor"
            await self.push_screen(Help(self._monitor.pane, place))

    async def action_palette(self) -> None:
        """Find a command by its name."""
        from tui.commands import Palette  # noqa: PLC0415 - not needed for the first frame

        if isinstance(self.screen, Base):
            await self.push_screen(Palette(self.screen.place, self.screen.without))

    def action_leave(self) -> None:
        """Quit."""
        self._leaving = True
        self.exit()
