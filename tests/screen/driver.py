"""Helpers for driving the screen: an app on the made-up plant, conditions to wait on, text as drawn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from textual import events
from textual.pilot import Pilot
from textual.widget import Widget

from tests.screen.plant import FakeFeed
from tests.waiting import until
from tui.app import Port502
from tui.event import Event
from tui.feed import Question
from tui.panes.grid import Grid
from tui.probes.holder import Holder
from tui.records import Session
from tui.workers.acts import Outcome

USER: Final = "root (sudo: ops)"


class EndingFeed(FakeFeed):
    """A feed that ends sessions: what comes of it is `outcome`."""

    user = USER

    def __init__(self, events: Iterable[Event] = ()) -> None:
        super().__init__(events)
        self.outcome = Outcome(True, "ended: it")

    def end_session(self, session: Session) -> Future[Outcome]:
        self.calls.append(("end_session", session))
        return self._done()

    def end_process(self, session: Session, held: Holder) -> Future[Outcome]:
        self.calls.append(("end_process", session, held))
        return self._done()

    def _done(self) -> Future[Outcome]:
        future: Future[Outcome] = Future()
        future.set_result(self.outcome)
        return future


class Drive:
    """A running app, its feed and its keys."""

    def __init__(self, app: Port502, feed: EndingFeed, pilot: Pilot[Any]) -> None:
        self.app = app
        self.feed = feed
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def burst(self, *keys: str) -> None:
        """Keys that all arrive before the first of them is looked at."""
        for key in keys:
            character = {"slash": "/", "colon": ":"}.get(key, key if len(key) == 1 else None)
            self.app.post_message(events.Key(key, character))
        await self.pilot.pause()

    async def send(self, *events: Event) -> None:
        """Let things happen and have them shown."""
        self.feed.send(*events)
        self.app.frame()
        await self.pilot.pause()

    async def until(self, true: Callable[[], object], what: str = "the condition") -> None:
        await until(true, what)

    def grid(self, name: str) -> Grid:
        found = self.app.screen_stack[0].query_one(f"#{name}")
        assert isinstance(found, Grid)
        return found

    def text(self, widget: Widget | None = None) -> str:
        """What a widget, or the whole screen, shows."""
        if widget is not None:
            return "\n".join(widget.render_line(y).text for y in range(widget.size.height))
        # The compositor's own lines: what a terminal would get for the whole screen.
        width, height = self.app.size
        shown = [[" "] * width for _ in range(height)]
        for child in self.app.screen.walk_children(Widget):
            if not child.display or child.region.area == 0 or child.children:
                continue
            for y in range(child.size.height):
                line = child.render_line(y).text
                row = child.content_region.y + y
                if 0 <= row < height:
                    shown[row][child.content_region.x : child.content_region.x + child.size.width] = [line]
        return "\n".join("".join(row) for row in shown)

    def calls(self, name: str) -> list[tuple[object, ...]]:
        return [call for call in self.feed.calls if call[0] == name]


@asynccontextmanager
async def drive(
    told: Iterable[Event] = (),
    *,
    size: tuple[int, int] = (120, 40),
    title: str = "",
    question: Question | None = None,
    theme: str | None = None,
    probes: bool = True,
    first: bool = False,
    journal: Path | None = None,
) -> AsyncIterator[Drive]:
    """An app showing these events."""
    feed = EndingFeed(told)
    feed.probes = probes
    app = Port502(feed, title=title, question=question, theme=theme, first=first, journal=journal)
    async with app.run_test(size=size) as pilot:
        driven = Drive(app, feed, pilot)
        if question is None:
            await until(lambda: ("start",) in feed.calls, "the feed is started")
            app.frame()
        await pilot.pause()
        yield driven
