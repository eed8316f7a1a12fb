"""Reading a recording back: whole lines become events, the rest is counted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiofiles
import msgspec

from tui import limits
from tui.events import AnyEvent, decode

_CHUNK: Final = 1 << 20


class Reading:
    """What one pass over a recording found."""

    def __init__(self) -> None:
        self.whole = 0
        self.broken = 0
        self.first_broken: int | None = None
        """Line number, from 1."""

    @property
    def words(self) -> str:
        """As shown to people."""
        if not self.broken:
            return f"{self.whole} lines, all readable"
        total = self.whole + self.broken
        return f"{self.broken} of {total} lines unreadable, the first is line {self.first_broken}"

    def event(self, line: bytes) -> AnyEvent | None:
        """The event in *line*, or None if it is broken."""
        if len(line) <= limits.JOURNAL_LINE:
            try:
                event = decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError):
                pass  # counted below: a torn or foreign line
            else:
                self.whole += 1
                return event
        self.broken += 1
        if self.first_broken is None:
            self.first_broken = self.whole + self.broken
        return None


async def lines(path: Path) -> AsyncIterator[bytes]:
    """The lines of a file without their ends; an overlong line comes cut, never whole into memory.

    Raises:
        OSError: the file cannot be opened or read.
    """
    rest = b""
    async with aiofiles.open(path, "rb") as file:
        while chunk := await file.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                yield line
            # One byte over the limit is enough for the reader to call it broken.
            rest = rest[: limits.JOURNAL_LINE + 1]
    if rest:
        yield rest
