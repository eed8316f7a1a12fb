"""The app on the recording, still and the same on every machine: for pictures of it."""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import tui.app
from tests.recordings import PLANT, played
from tests.recordings.hosts import END
from tests.screen.driver import Drive, EndingFeed
from tests.waiting import until
from tui import themes
from tui.app import Port502
from tui.events import AnyEvent
from tui.panes import words
from tui.panes.drawn import Drawn

Colours: TypeAlias = Literal["true", "16", "none"]
COLOURS: Final[Mapping[Colours, Mapping[str, str]]] = {
    "true": {"TERM": "xterm-256color", "COLORTERM": "truecolor"},
    "16": {"TERM": "linux"},
    "none": {"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"},
}
"""What a terminal says of itself, by how many colours it has."""
_UNSAID: Final = (
    "NO_COLOR", "COLORTERM", "TEXTUAL_COLOR_SYSTEM", "TEXTUAL_THEME", "SSH_CONNECTION", "SSH_CLIENT",
    "SSH_TTY", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS", "LINES",
)  # fmt: skip
_FIXED: Final = {"TZ": "UTC", "LC_ALL": "C.UTF-8"}
_WEB_FONT: Final = re.compile(r',\s*url\("http[^)]*\) format\([^)]*\)')
_ID: Final = re.compile(r"terminal-\d+")


class Setting(NamedTuple):
    """What the app is shown on."""

    width: int
    height: int
    colours: Colours = "true"
    theme: str | None = None
    """None is what the terminal gets by itself."""
    title: str = ""


class _Still(Port502):
    """Says nothing of what was just done: that would stand for some seconds only."""

    CSS_PATH = str(Path(tui.app.__file__).with_name("app.tcss"))

    def told(self, text: str) -> None: ...


@cache
def _events() -> tuple[AnyEvent, ...]:
    return tuple(played())


@contextmanager
def fixed(colours: Colours) -> Iterator[None]:
    """An environment that is the same everywhere: time zone, locale, terminal, and no themes of one's own."""
    before, unicode = dict(os.environ), Drawn.unicode
    with tempfile.TemporaryDirectory() as nothing:
        for name in _UNSAID:
            os.environ.pop(name, None)
        os.environ.update({**_FIXED, **COLOURS[colours], "XDG_CONFIG_HOME": nothing})
        Drawn.unicode = True
        _forget()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            Drawn.unicode = unicode
            _forget()


def _forget() -> None:
    """What was worked out from the environment before holds no longer."""
    time.tzset()
    words.moment.cache_clear()
    themes.catalogue.cache_clear()


@asynccontextmanager
async def staged(setting: Setting) -> AsyncIterator[Drive]:
    """The app at the end of the recording; within `fixed` of the same colours."""
    feed = EndingFeed(_events())
    feed.clock = END
    app = _Still(feed, title=setting.title, theme=setting.theme, journal=PLANT)
    app.animation_level = "none"
    async with app.run_test(size=(setting.width, setting.height)) as pilot:
        driven = Drive(app, feed, pilot)
        await until(lambda: ("start",) in feed.calls, "the feed is started")
        app.frame()
        await pilot.pause()
        yield driven


def picture(drive: Drive) -> str:
    """The screen as SVG; whoever looks at it need not fetch a font from elsewhere."""
    svg = drive.app.export_screenshot(title="port502", simplify=True)
    return _ID.sub("t", _WEB_FONT.sub("", svg)).rstrip() + "\n"
