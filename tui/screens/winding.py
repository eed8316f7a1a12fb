"""The keys that wind the whole screen back and forward through what was recorded."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from textual.actions import ActionParseResult
from textual.dom import DOMNode

from tui import limits
from tui.actions import in_force, key_of
from tui.event import Event
from tui.events import RunStarted
from tui.feed import Feed
from tui.panes import words
from tui.panes.banner import Banner, Wound
from tui.panes.log import said
from tui.panes.view import View, look
from tui.records import Finding
from tui.screens import acts
from tui.screens.asking import Asking
from tui.screens.base import Base
from tui.state.model import Snapshot

if TYPE_CHECKING:
    from tui.journal.history import History, Then

_HOUR_S: Final = 3600.0
_AT_ONCE_S: Final = 0.15
"""How long a key waits for its answer before it says that this takes a while."""
_FORGET_S: Final = 600.0
"""How long the past is kept in memory once the screen is back in the present."""
_ALWAYS: Final = frozenset({"stop"})
"""What acts on the present wherever the screen is: everybody must be able to stop the probing at once."""


class Wish(NamedTuple):
    """What was asked for by key."""

    steps: int = 0
    hours: int = 0
    finding: Finding | None = None


class Winding(Asking, inherit_bindings=False):
    """An application that can show the past as recorded in *journal*, a directory or one file."""

    def __init__(self, feed: Feed, *, recording: bool, ansi_color: bool | None, journal: Path | None) -> None:
        super().__init__(feed, recording=recording, ansi_color=ansi_color)
        self.wound: Wound | None = None
        """Where in the past the screen is; None is the present."""
        self._then: Then | None = None
        self._journal = journal
        self._history: History | None = None
        self._wishes: list[Wish] = []
        self._answering: asyncio.Task[None] | None = None
        self._cancelled = threading.Event()
        self._waits_on: Base | None = None
        """The screen that says that the recording is read."""

    def redraw_all(self) -> None:
        """Show what is to be shown now, whatever was shown before."""
        raise NotImplementedError

    # The keys.

    async def action_wind(self, steps: int) -> None:
        """Go back or forward by moments of note; past the newest is the present."""
        await self._wish(Wish(steps=steps))

    async def action_wind_hours(self, hours: int) -> None:
        """Go back or forward by hours."""
        await self._wish(Wish(hours=hours))

    async def action_before(self) -> None:
        """Go to what changed before the selected finding opened."""
        target, name = self._selected()
        snapshot = self.view.snapshot if self.view is not None else None
        finding = snapshot.findings.get(name) if snapshot is not None and name else None
        if finding is None and self.view is not None and target is not None:
            finding = self.view.worst.get(target)
        if finding is None:
            self.told("no finding is selected: what changed before which?")
        else:
            await self._wish(Wish(finding=finding))

    def action_live(self) -> None:
        """Back to the present."""
        self._give_up()
        if self.wound is not None:
            self._then = self.wound = None
            self.denied = acts.denied(recording=self._recording, probes=self.feed.probes)
            self._show()
            self.set_timer(_FORGET_S, self._forget)

    def _forget(self) -> None:
        # A second copy of all there is need not be held for weeks.
        if self.wound is None and not self._wishes:
            self._history = None

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """What acts is not done from the past; esc, where there is nothing else to close, leaves it."""
        if self.wound is not None and isinstance(action, str):
            if action in _acting():
                self.told(f"this is the past: {key_of('live')} goes back to the present")
                return False
            if action == "screen.back" and isinstance(self.screen, Base) and self.screen.outermost:
                self.action_live()
                return True
        return await super().run_action(action, default_namespace, namespaces)

    # Finding the moment, off the loop and one at a time.

    async def _wish(self, wish: Wish) -> None:
        if self._journal is None:
            self.told("nothing is recorded: there is no way back")
            return
        if self.view is None or (self.wound is None and wish.steps + wish.hours > 0):
            return
        last = self._wishes[-1] if self._wishes else None
        if last is not None and wish.finding is None and last.finding is None:
            # Keys pressed meanwhile are one longer way.
            self._wishes[-1] = Wish(last.steps + wish.steps, last.hours + wish.hours)
        else:
            self._wishes.append(wish)
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer(self._journal))
            await asyncio.wait({self._answering}, timeout=_AT_ONCE_S)
            if not self._answering.done() and isinstance(self.screen, Base):
                self._waits_on = self.screen
                self.screen.say("reading the recording")

    async def _answer(self, journal: Path) -> None:
        while self._wishes:
            wish = self._wishes.pop(0)
            cancelled = self._cancelled = threading.Event()
            until = self.feed.now() if self._recording else inf
            try:
                there, then = await asyncio.to_thread(self._find, journal, wish, until, cancelled)
            except OSError as error:
                self.told(f"the recording cannot be read: {error.strerror or error}")
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, the present goes on, and it is told
                self.told(f"the recording cannot be wound: {type(error).__name__}: {error}")
                continue
            if self._waits_on is not None and self._waits_on in self.screen_stack:
                self._waits_on.say("")
            self._waits_on = None
            if cancelled.is_set():
                continue
            if then is not None:
                self._arrive(wish, then)
            elif not there and (wish.finding or wish.steps + wish.hours < 0):
                what = f" before {words.short(wish.finding)}" if wish.finding else " yet"
                self.told(f"nothing of note is recorded{what}")
            elif not there:
                self.action_live()
                self.told("this is the present again")

    def _find(
        self, journal: Path, wish: Wish, until: float, cancelled: threading.Event
    ) -> tuple[bool, Then | None]:
        """Whether there is such a moment, and how it was then unless nobody wants to know any more."""
        if self._history is None:
            from tui.journal.history import History  # noqa: PLC0415 - not needed for the first frame

            self._history = History(journal)
        history = self._history
        here = self._then.moment if self._then is not None else None
        if wish.finding is not None:
            moment = history.before(wish.finding, until)
        else:
            moment = history.hours(here, wish.hours * _HOUR_S, until) if wish.hours else here
            if wish.steps:
                moment = history.step(moment, wish.steps, until)
        return (False, None) if moment is None else (True, history.then(moment, until, cancelled.is_set))

    # Showing it.

    def _arrive(self, wish: Wish, then: Then) -> None:
        if self.present is None:
            return
        same = self._then is not None and then.moment == self._then.moment
        if same and then.first and wish.finding is None:
            self.told("nothing older is recorded")
            return
        self._then = then
        told = filter(None, map(_told, then.turns))
        self.wound = Wound(
            at=then.moment.at,
            turns=tuple(told),
            more=then.more,
            back=then.back,
            first=then.first,
            asked=words.short(wish.finding) if wish.finding else "",
            present=self.present,
            now=self.feed.now(),
            new=_new(self.present, self.feed.now()),
        )
        self.denied = acts.denied(recording=self._recording, probes=self.feed.probes) | _acts()
        self._show()

    def _show(self) -> None:
        self.redraw_all()
        for banner in self.screen.query(Banner):
            banner.take(self.wound)

    def seen(self, now: float) -> View | None:
        """What the screen is to show at wall time *now*."""
        if self._then is not None:
            return look(self._then.snapshot, self._then.moment.at)
        return None if self.present is None else look(self.present, now)

    def follow_from_afar(self) -> bool:
        """The present has moved on while the past is shown; whether that may alter what is said of it."""
        if self.wound is None or self.present is None:
            return False
        now, present = self.feed.now(), self.present
        if present is self.wound.present and abs(now - self.wound.now) < limits.AGES_S:
            return False
        new = self.wound.new if present is self.wound.present else _new(present, now)
        self.wound = self.wound._replace(present=present, now=now, new=new)
        for banner in self.screen.query(Banner):
            banner.take(self.wound)
        return True

    async def on_unmount(self) -> None:
        """Nobody waits for an answer any more."""
        self._give_up()

    def _give_up(self) -> None:
        self._wishes.clear()
        self._cancelled.set()


def _told(event: Event) -> str:
    """A turn in one line; empty where it is no news."""
    if isinstance(event, RunStarted):
        return f"port502 started on {event.host}" if event.host else "port502 started"
    line = said(event)
    return f"{line.about}  {line.what}" if line is not None else ""


def _new(present: Snapshot, now: float) -> int:
    """Findings that ask for somebody."""
    return len({f.id for f in look(present, now).worst.values() if f.acknowledged_at is None})


def _acts() -> frozenset[str]:
    """The actions that alter something, by id, and the one that makes no sense where nothing moves."""
    acting = (action for action in in_force() if action.group == "Acting" and "question" not in action.places)
    return frozenset(action.id for action in acting) - _ALWAYS | {"pause"}


def _acting() -> frozenset[str]:
    """The same as Textual knows them."""
    names = _acts()
    return frozenset(action.do for action in in_force() if action.id in names)
