"""The application: wires the feed, the clock and the keys to the screens."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import threading
from functools import partial
from typing import ClassVar, Final, Protocol, runtime_checkable

from rich.console import Console
from textual.app import App
from textual.timer import Timer

from tui import limits, terminal, themes
from tui.actions import bindings
from tui.feed import Feed, Question
from tui.panes.view import View, look
from tui.screens.base import Base, Command
from tui.screens.monitor import Monitor
from tui.state.model import DirtyKey

SHELVE_S: Final = 3600.0
_SAID_S: Final = 4.0
"""How long a notice stands before the keys are shown again."""
_RESCUE_S: Final = 3.0
"""How long a leaving program may wait for its terminal."""
_ANSWER_S: Final = 0.2
"""How soon the screen asks for the outcome of a key, rather than wait for its next turn."""


@runtime_checkable
class Showing(Protocol):
    """A screen that follows the present."""

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:
        """Show the present."""
        ...


class Port502(App[None], inherit_bindings=False):
    """The monitor on the screen. Its feed starts after the first frame and stops before it ends."""

    BINDINGS: ClassVar = bindings("anywhere")
    CSS_PATH = "app.tcss"
    TITLE = "port502"
    ENABLE_COMMAND_PALETTE = False
    ENABLE_SELECT_AUTO_SCROLL = False

    def __init__(
        self, feed: Feed, *, title: str = "", question: Question | None = None, theme: str | None = None
    ) -> None:
        chosen = themes.choose(theme)
        super().__init__(ansi_color=True if chosen == themes.COLOURLESS else None)
        self.fault = io.StringIO()
        """What went wrong with the screen itself, if anything did; empty otherwise."""
        self.error_console = Console(file=self.fault, width=120)
        for skin in themes.skins().values():
            self.register_theme(skin.theme)
        self.theme = chosen
        self.feed = feed
        self.view: View | None = None
        self.paused = False
        self._question = question
        self._monitor = Monitor(title)
        self._drawn_at = 0.0
        self._started = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._unsay: Timer | None = None
        self._missed: frozenset[DirtyKey] | None = None
        """What changed while another screen was in view; None is everything."""

    def get_default_screen(self) -> Monitor:
        """The three panes."""
        return self._monitor

    # The life of the feed.

    def on_mount(self) -> None:
        """Paint first, start afterwards."""
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, self._ended)
        self.set_interval(limits.FRAME_SSH_S if terminal.is_remote() else limits.FRAME_S, self.frame)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if self._question is None:
            self._start()
            return
        from tui.screens.confirm import Confirm  # noqa: PLC0415 - not needed for the first frame

        self.push_screen(Confirm(self._question), self._answered)

    def _answered(self, yes: bool | None) -> None:  # noqa: FBT001 - the answer itself
        if yes:
            self._start()
        else:
            self.exit()

    def _start(self) -> None:
        self._started = True
        self.feed.start()
        self.set_timer(_ANSWER_S, self.frame)

    async def on_unmount(self) -> None:
        """However it ends, every socket is closed before the program goes."""
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

    # The screen follows the present.

    def frame(self) -> None:
        """Take what is new and show it; with nothing new nothing is done, but that ages step now and then."""
        if not self.is_headless and terminal.has_vanished():
            self.exit()
            return
        now = self.feed.now()
        update = None if self.paused or not self._started else self.feed.pull()
        if update is not None:
            self._draw(look(update.snapshot, now), update.dirty)
        elif self.view is not None and not self.paused and abs(now - self._drawn_at) >= limits.AGES_S:
            self._draw(look(self.view.snapshot, now), frozenset())

    def _draw(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:
        self.view, self._drawn_at = view, view.now
        self._missed = None if dirty is None or self._missed is None else self._missed | dirty
        if self.screen is self._monitor:
            dirty, self._missed = self._missed, frozenset()
            self._monitor.show(view, dirty, paused=self.paused)
        elif isinstance(self.screen, Showing):
            self.screen.show(view, dirty)

    def on_monitor_resumed(self) -> None:
        """The panes are in view again: show them what they missed."""
        if self.view is not None:
            self._draw(self.view, frozenset())

    def on_monitor_opened(self, event: Monitor.Opened) -> None:
        """Show the page of a device."""
        from tui.screens.detail import Detail  # noqa: PLC0415 - not needed for the first frame

        if self.view is not None:
            self.push_screen(Detail(self.view, event.target, event.finding))

    def on_command(self, event: Command) -> None:
        """Hand what was asked for on one device to the engine."""
        if event.what == "ask":
            self.feed.ask(event.target)
            said = f"asking {event.target} again, with one connection"
        elif event.finding is None:
            said = f"nothing is wrong with {event.target}"
        elif event.what == "acknowledge":
            self.feed.acknowledge(event.finding)
            said = f"acknowledged: {event.finding}"
        else:
            self.feed.shelve(event.finding, SHELVE_S)
            said = f"shelved for an hour: {event.finding}"
        self._say(said)

    # Keys that count everywhere.

    def _say(self, text: str) -> None:
        if isinstance(self.screen, Base):
            self.screen.say(text)
            if self._unsay is not None:
                self._unsay.stop()
            self._unsay = self.set_timer(_SAID_S, partial(self.screen.say, ""))
        self.set_timer(_ANSWER_S, self.frame)

    def action_stop(self) -> None:
        """Stop all probing, or allow it again."""
        stop = self.view is None or self.view.snapshot.probing
        self.feed.allow_probing(not stop)
        self._say(
            "stopping all probing and closing every probing socket" if stop else "probing is allowed again"
        )

    def action_sweep(self) -> None:
        """Begin the next sweep."""
        if self.view is not None and not self.view.snapshot.probing:
            self._say("probing is stopped; x allows it")
            return
        self.feed.sweep_now()
        self._say("the next sweep begins now")

    def action_pause(self) -> None:
        """Hold the screen still, or let it follow again."""
        self.paused = not self.paused
        if self.view is not None:
            self._draw(self.view, frozenset())
        self.frame()

    def action_theme(self) -> None:
        """The next theme."""
        names = themes.offered()
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]
        self._say(f"theme: {self.theme}")

    def action_help(self) -> None:
        """The keys."""
        from tui.screens.help import Help  # noqa: PLC0415 - not needed for the first frame

        if not isinstance(self.screen, Help):
            self.push_screen(Help(self._monitor.here.id or ""))

    def action_palette(self) -> None:
        """Find a command by its name."""
        from tui.commands import Palette  # noqa: PLC0415 - not needed for the first frame

        self.push_screen(Palette())

    def action_leave(self) -> None:
        """Quit."""
        self.exit()
