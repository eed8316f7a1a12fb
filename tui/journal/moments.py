"""The moments of note in one recording, by their places in the file; most of its lines are none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from tui import limits
from tui.events import AnyEvent, FindingChanged, Health, StateChanged, decode
from tui.mark_events import Noted, Service
from tui.records import Target
from tui.session_events import Acted

_CHUNK: Final = 1 << 20
_JOINED_S: Final = 2.0  # turns closer than this are one moment: a device goes, and its neighbours with it
_LONGEST_S: Final = 30.0  # and no moment is longer, however close they come
_BEGIN: Final = b'{"kind":"'
_KINDS: Final = (b"changed", b"finding", b"act", b"probing", b"health", b"run", b"note", b"service")
_NOTED: Final = tuple(_BEGIN + kind + b'"' for kind in _KINDS)
_UPDATED: Final = b'"change":"updated"'
_UPDATED_WITHIN: Final = 80
"""Bytes of a finding's line in which its change stands: kind and time come before it."""
_HEAD: Final[dict[bytes, int]] = {
    b"run": 0, b"probed": 1, b"note": 1, b"service": 1, b"clients": 2, b"session": 3, b"finding": 4,
    b"vantage": 5, b"health": 6, b"probing": 7,
}  # fmt: skip
"""The order of what a file begins with: the present at its beginning, which is no news."""
_NEVER_IN_HEAD: Final = frozenset(
    {b"changed", b"act", b"sweep-started", b"sweep-progress", b"sweep-ended", b"session-gone"}
)


class Moment(NamedTuple):
    """Something of note happened, or several things at once."""

    at: float
    """Wall time of the last of them."""
    path: Path
    begin: int
    """Where in the file the first line of it begins."""
    end: int
    """Where its last line ends, with the line end."""
    about: frozenset[Target] = frozenset()

    @property
    def order(self) -> tuple[str, int]:
        """Sorts moments as they were recorded."""
        return self.path.name, self.end


def whole_lines(path: Path, begin: int = 0) -> Iterator[tuple[int, bytes]]:
    """Where each whole line from *begin* on ends, and the line; what is too long comes cut.

    Raises:
        OSError: the file cannot be opened or read.
    """
    at, rest, lost = begin, b"", 0
    with path.open("rb") as file:
        file.seek(begin)
        while chunk := file.read(_CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                at += len(line) + 1 + lost
                lost = 0
                yield at, line
            if len(rest) > limits.JOURNAL_LINE:
                # One byte over the limit is enough for the reader to call it broken.
                lost += len(rest) - limits.JOURNAL_LINE - 1
                rest = rest[: limits.JOURNAL_LINE + 1]


def read(line: bytes) -> AnyEvent | None:
    """The event in a line, or None where it is torn or foreign."""
    if len(line) > limits.JOURNAL_LINE:
        return None
    try:
        return decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


class FileMoments:
    """The moments of one file, which may grow."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: list[Moment] = []
        self.begin = Moment(0.0, path, 0, 0)
        """The end of what the file begins with."""
        self.starts = False
        """Whether a start of port502 follows at once, which is the first moment then."""
        self._read = 0
        self._in_head = True
        self._rank = -1
        self._health: dict[str, tuple[bool, str]] = {}
        self._since = 0.0
        self._opened = False
        """Whether a finding opened in the newest moment."""

    def read_on(self) -> bool:
        """Take what was written since the last time; whether there are moments among it.

        Raises:
            OSError: the file cannot be read.
        """
        before = self.found[-1] if self.found else None
        begin = self._read
        for end, line in whole_lines(self.path, begin):
            if self._in_head:
                self._head(line, end)
            if line.startswith(_NOTED) and not _is_update(line) and (event := read(line)) is not None:
                self._note(event, begin, end)
            begin = end
        self._read = begin
        return bool(self.found) and self.found[-1] is not before

    def _head(self, line: bytes, end: int) -> None:
        kind = line[len(_BEGIN) :].partition(b'"')[0] if line.startswith(_BEGIN) else b""
        rank = _HEAD.get(kind, max(1, self._rank))
        again = kind == b"run" and self._rank >= 0
        turn = kind == b"finding" and not _is_update(line)
        if kind in _NEVER_IN_HEAD or rank < self._rank or again or turn:
            self._in_head = False
            self.starts = again
            return
        self._rank = rank
        if (event := read(line)) is not None:
            # What stood at the beginning is told with the times at which it came to be.
            self.begin = Moment(max(self.begin.at, event.at), self.path, end, end)

    def _note(self, event: AnyEvent, begin: int, end: int) -> None:
        if isinstance(event, Health):
            told = event.ok, event.text
            if self._health.get(event.source) == told:
                return
            self._health[event.source] = told
        is_news = not isinstance(event, FindingChanged) or event.finding.cause != "healthy"
        if self._in_head or not is_news:
            return
        opened = isinstance(event, FindingChanged) and event.change == "opened"
        last = self.found[-1] if self.found else None
        if last is not None and self._goes_with(last, event, opened=opened):
            at = max(last.at, event.at)
            self.found[-1] = Moment(at, self.path, last.begin, end, last.about | about(event))
        else:
            self.found.append(Moment(event.at, self.path, begin, end, about(event)))
            self._since = event.at
            self._opened = False
        self._opened |= opened

    def _goes_with(self, last: Moment, event: AnyEvent, *, opened: bool) -> bool:
        if len(self.found) >= limits.WOUND_MOMENTS:
            return True
        if opened and not self._opened:
            return False  # what came before a finding is to be seen without it
        return abs(event.at - last.at) < _JOINED_S and event.at - self._since < _LONGEST_S


def _is_update(line: bytes) -> bool:
    return line.find(_UPDATED, 0, _UPDATED_WITHIN) >= 0


def about(event: AnyEvent) -> frozenset[Target]:
    """The device that a turn is about."""
    match event:
        case StateChanged():
            return frozenset({Target(event.address, event.port)})
        case FindingChanged():
            return frozenset({event.finding.target})
        case Acted():
            return frozenset({event.session.target})
        case Noted() | Service():
            return frozenset({event.target})
        case _:
            return frozenset()
