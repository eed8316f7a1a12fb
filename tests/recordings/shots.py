"""Every picture of the program: its name, what is typed to get there, and in which sizes it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from textual import events
from textual.keys import key_to_character
from textual.strip import Strip

from tests.recordings.stage import Setting, picture, staged
from tests.screen.driver import Drive
from tui import themes

Size: TypeAlias = tuple[int, int]

SMALL: Final[Size] = (80, 24)
USUAL: Final[Size] = (120, 40)
LARGE: Final[Size] = (200, 60)
SIZES: Final = (SMALL, USUAL, LARGE)
_LOOK_S: Final = 0.004
_LOOKS: Final = 5
"""How often, and how long apart, is looked whether the panes are as they were."""


class Shot(NamedTuple):
    """One screen."""

    name: str
    keys: str = ""
    """In Textual's names, blanks between them."""
    sizes: tuple[Size, ...] = (USUAL,)
    """In which it is kept in `screenshots/`; none keeps it out of there."""
    theme: str | None = None
    title: str = ""
    do: Callable[[Drive], Awaitable[object]] | None = None
    """Done after the keys, for what no key leads to."""
    back: str = ""
    """Keys that undo it, where leaving the page does not."""
    everywhere: bool = True
    """Whether it is also compared at every size and with every number of colours."""


def find(name: str) -> str:
    """The keys that select the device of this name."""
    return " ".join(("1", "slash", *name, "enter", ""))


async def _wound(drive: Drive) -> None:
    """The past is read by a thread: wait until it is shown."""
    await drive.until(lambda: drive.app.wound is not None, "the past is shown")


SHOTS: Final = (
    Shot("panes", sizes=SIZES),
    *(
        Shot("panes", theme=name, everywhere=False)
        for name in sorted(themes.built_in())
        if name != themes.DEFAULT
    ),
    Shot("map", "M", back="1 M"),
    Shot("wall", "w"),
    Shot("holders", "2 j"),
    Shot("session", "2 j enter"),
    Shot("device", find("boiler") + "enter"),
    Shot("ladder", find("boiler") + "enter 3"),
    Shot("history", find("boiler") + "enter 6"),
    Shot("identity", find("mixer") + "enter"),
    Shot("units", find("gw-yard") + "enter"),
    Shot("values", find("meter-main") + "m"),
    Shot("joint", find("tank-1") + "enter"),
    Shot("log", "L"),
    Shot("past", "3 b", do=_wound, back="backspace"),
    Shot("filter", "slash p u m p"),
    Shot("question", find("gw-roof") + "u"),
    Shot("help", "question_mark"),
    Shot("palette", "colon"),
    Shot("themes", "T"),
    Shot("replay", title="REPLAY plant.jsonl", everywhere=False),
)  # fmt: skip


async def taken(setting: Setting, shots: Iterable[Shot]) -> AsyncIterator[tuple[Shot, str]]:
    """Each shot with its SVG: of one app as long as the way back leads to untouched panes."""
    left = list(shots)
    while left:
        async with staged(setting) as drive:
            while left and not left[0].keys and left[0].do is None:
                yield left.pop(0), picture(drive)
            await _typed(drive, "2 g 3 g 1 g")
            await drive.pilot.pause()
            untouched = _cells(drive)
            while left:
                shot = left.pop(0)
                await _typed(drive, shot.keys)
                if shot.do is not None:
                    await shot.do(drive)
                await drive.pilot.pause()
                yield shot, picture(drive)
                if not await _is_back(drive, shot.back, untouched):
                    break


async def _typed(drive: Drive, keys: str) -> None:
    """Type these keys at once, and wait until all of them are done with."""
    done = asyncio.Event()
    for key in keys.split():
        drive.app.post_message(events.Key(key, key_to_character(key)))
    drive.app.call_later(done.set)
    await drive.until(lambda: done.is_set() or not drive.app.is_running, "the keys are done with")


async def _is_back(drive: Drive, first: str, untouched: list[Strip]) -> bool:
    """Leave every page, and go to the first line of each pane; whether nothing is left of what was done."""
    await _typed(drive, " ".join((first, *("escape",) * len(drive.app.screen_stack))))
    await drive.pilot.pause(0)
    for keys in ("1 g", "2 g 3 g 1 g"):
        await _typed(drive, keys)
        for _ in range(_LOOKS):
            await drive.pilot.pause(_LOOK_S)
            if _cells(drive) == untouched:
                return True
    return False


def _cells(drive: Drive) -> list[Strip]:
    return drive.app.screen._compositor.render_strips()
