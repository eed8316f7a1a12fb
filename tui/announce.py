"""What reaches somebody who does not look at the screen: the bell, and the title of the terminal's window."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from tui import limits, terminal
from tui.clean import clean
from tui.diagnosis.alarm_state import QUIET, AlarmState, alarm_state
from tui.diagnosis.causes import NAMES
from tui.panes.cells import SIGNS, ascii_only
from tui.panes.view import pressing
from tui.records import Finding
from tui.state.model import Snapshot

BELL: Final = "\x07"
_SAVE: Final = "\x1b[22;2t"
_RESTORE: Final = "\x1b[23;2t"
"""XTWINOPS: the title of the window onto xterm's stack, and back from it."""
_TITLE: Final = "\x1b]2;{}\x07"
_WIDEST: Final = 80
"""Characters of a title."""
_TITLE_S: Final = 1.0
"""Least time between two titles."""
_BELL_S: Final = 10.0
"""Least time between two bells."""
_UNTITLED: Final = ("linux", "vt1", "vt2", "vt5", "ansi", "cons", "sun", "wsvt")
"""Beginnings of TERM where there is no window, and the text of a title may stand on the screen."""


class Announcer:
    """Rings once for each new finding, and tells in the title how things stand; silent until it begins."""

    def __init__(
        self,
        *,
        bell: bool = False,
        title: bool = False,
        environ: Mapping[str, str] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._bell = bell
        self._titled = title and not environ.get("TERM", "").startswith(_UNTITLED)
        self._plain = not terminal.carries(SIGNS, environ)
        self._clock = clock
        self._write: Callable[[str], None] | None = None
        self._begun: float | None = None
        """Wall seconds from which findings are news."""
        self._known: set[tuple[str, float]] = set()
        """Those that are no news any more, each with when it opened."""
        self._findings: Mapping[str, Finding] = {}
        self._rang_at = self._titled_at = self._looked_at = float("-inf")
        self._words = self._title = ""

    def begin(self, write: Callable[[str], None]) -> None:
        """From now on send what there is to say by *write*."""
        self._write = write
        if self._titled:
            write(_SAVE)

    def end(self) -> None:
        """Give the window its own title back."""
        if self._write is not None and self._titled:
            self._write(_RESTORE)
        self._write = None

    def take(self, snapshot: Snapshot, now: float, *, past: bool = False) -> None:
        """How things stand at wall time *now*; of the *past* nothing is news."""
        if self._write is None:
            return
        moment = self._clock()
        # Time alone ends a shelving: without news it is enough to look now and then.
        if snapshot.findings is not self._findings or moment - self._looked_at >= limits.AGES_S:
            self._findings, self._looked_at = snapshot.findings, moment
            alarms = [*_alarms(snapshot, now)]
            self._words = self._in_words(alarms)
            if self._bell:
                self._ring(
                    [f for f, state in alarms if state == "unacknowledged"], now, self._write, past=past
                )
        if self._titled and self._words != self._title and moment - self._titled_at >= _TITLE_S:
            self._title, self._titled_at = self._words, moment
            self._write(_TITLE.format(self._words))

    def _ring(
        self, unseen: Sequence[Finding], now: float, write: Callable[[str], None], *, past: bool
    ) -> None:
        if self._begun is None:
            self._begun = now
        held = self._findings.values()
        # A finding that speaks for known ones, or says one of them better, is no news either.
        spoken_for = {f.joined or f.replaced_by for f in held if _key(f) in self._known}
        news = [f for f in unseen if _key(f) not in self._known and f.id not in spoken_for]
        # What is over is forgotten: when it opens again it is news again.
        lasting = {_key(f) for f in held if f.cleared_at is None}
        self._known = (self._known & lasting) | set(map(_key, unseen))
        begun, moment = self._begun, self._clock()
        # What was there before anybody looked is on the screen, and no news.
        fresh = any(f.witnessed and f.opened_at >= begun for f in news)
        if fresh and not past and moment - self._rang_at >= _BELL_S:
            self._rang_at = moment
            write(BELL)

    def _in_words(self, there: Sequence[tuple[Finding, AlarmState]]) -> str:
        unseen = [finding for finding, state in there if state == "unacknowledged"]
        if unseen:
            worst = min(unseen, key=pressing)
            said = f"{len(unseen)} unacknowledged, {worst.about} {NAMES[worst.cause]}"
        elif there:
            said = f"{len(there)} acknowledged, nothing new"
        else:
            said = "all quiet"
        text = clean(f"port502: {said}", _WIDEST)
        return ascii_only(text) if self._plain else text


def _key(finding: Finding) -> tuple[str, float]:
    return finding.id, finding.opened_at


def _alarms(snapshot: Snapshot, now: float) -> Iterator[tuple[Finding, AlarmState]]:
    """The findings that are trouble now, seen or not, and that no other tells."""
    for finding in snapshot.findings.values():
        if finding.cleared_at is not None or finding.cause == "healthy":
            continue
        joint = snapshot.findings.get(finding.joined) if finding.joined else None
        state = alarm_state(finding, snapshot.devices.get(finding.target), now)
        if state not in QUIET and (joint is None or joint.cleared_at is not None):
            yield finding, state
