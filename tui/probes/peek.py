"""The values that a profile names, read once from a unit on an open connection."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

from tui import limits
from tui.clean import clean
from tui.device_events import Value
from tui.probes.registers import BIT_TABLES, TABLES, Part, read
from tui.probes.talk import Talk
from tui.probes.tcp import LET_GO, LetGoError
from tui.probes.values import REGISTER
from tui.probes.wanted import Line, lines, of_profile
from tui.profiles.model import Profile

_NAMES: Final[Mapping[int, str]] = {function: name for name, function in TABLES.items()}


class Found(NamedTuple):
    """What came of it."""

    values: tuple[Value, ...]
    """In the order of the profile."""
    failure: str = ""
    """Why no more was asked, in words for people; empty where all was."""
    let_go: bool = False
    """Whether the connection was let go meanwhile."""


async def peek(
    talk: Talk,
    unit: int,
    product: Profile,
    *,
    turn: Callable[[], Awaitable[None]],
    wait_s: float = limits.ANSWER_S,
) -> Found:
    """Read the registers of *product* from *unit*; at most `limits.PEEK_VALUES` values.

    *turn* returns when the next request may go; each answer is waited for up to *wait_s* seconds. Where the
    connection is let go meanwhile, that is said with what had come by then.
    """
    wanted = of_profile(product)[: limits.PEEK_VALUES]
    ranges = [piece for one in wanted for piece in one.pieces]
    parts: list[Part] = []
    let_go = False
    try:
        async for part in read(talk, unit, ranges, turn=turn, wait_s=wait_s):
            parts.append(part)  # noqa: PERF401 - what came stays where the reading is broken off
    except LetGoError:
        let_go = True
    values = tuple(map(_value, lines(wanted, parts)))[: limits.PEEK_VALUES]
    return Found(values, LET_GO if let_go else _why(talk, parts, len(ranges)), let_go)


def _why(talk: Talk, parts: list[Part], asked: int) -> str:
    """Why not all was asked."""
    if len(parts) == asked:
        return ""
    if talk.ended:
        return "the device ended the connection before all was read"
    if parts and parts[-1].answer.reply == "silent":
        return "two questions in a row got no answer: no more was asked"
    return clean(f"{parts[-1].answer.detail}: no more was asked" if parts else "nothing was asked", 200)


def _value(line: Line) -> Value:
    first, last = line.range.address, line.range.last
    bits = line.range.function in BIT_TABLES
    return Value(
        name=clean(line.wanted.name),
        where=f"{_NAMES[line.range.function]} {first}" + (f"-{last}" if last > first else ""),
        text=clean(line.text),
        unit=clean(line.unit),
        raw=clean("" if bits else line.raw.hex(" ", REGISTER)),
        failure=clean(line.error),
    )
