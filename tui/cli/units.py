"""`port502 units`: which unit ids of one address answer, and what that makes it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import msgspec

from tui import limits
from tui.clean import clean
from tui.cli import given, units_print
from tui.cli.failure import BAD_USAGE, FAULT, FINE, WARNING, Failure
from tui.cli.subject import split, subject_of
from tui.clock import SystemClock
from tui.ladder.seen import seen_here
from tui.ladder.site import Subject
from tui.probes.name import resolve
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.unit_faces import Units, few
from tui.probes.units import BETWEEN_S, opener, sweep
from tui.records import SessionKey, Target
from tui.state.holding import Holding
from tui.state.model import slots_taken

_CLEAR_LINE: Final = "\r\x1b[K"
_PACE_LEAST_MS: Final = 10  # a serial line behind the address has others to serve
_PACE_MOST_MS: Final = 60_000
_PROGRESS_S: Final = 1.0
_LOOK_S: Final = 1.0  # between looks at the sessions of others


def run(arguments: argparse.Namespace) -> int:
    """Ask and print; 0 a unit answers, 1 only with exceptions, 2 none does, 3 not finished or bad usage."""
    between_s = _between(arguments.pace_ms)
    wanted = _range(arguments.range, getattr(arguments, "from"))
    settings = given.settings(arguments)
    typed, port = split(arguments.target)
    subject = subject_of(typed, port, settings, arguments.unit)
    first = () if getattr(arguments, "from") is not None else few(subject.unit, subject.units)
    asking = _Asking(subject, (*first, *wanted), between_s, even_so=arguments.even_so)
    show = _progress(quiet=arguments.json)
    interrupted = False
    try:
        asyncio.run(asking.run(limits.PACE[settings.pace], show))
    except KeyboardInterrupt:
        interrupted = True
    if asking.found is None:
        raise Failure("ended before anything was asked")
    if not arguments.json and sys.stderr.isatty():
        print(_CLEAR_LINE, end="", file=sys.stderr, flush=True)
    next_unit = min(set(asking.found.left).intersection(wanted), default=None)
    report = units_print.Report(
        clean(arguments.target), asking.target, subject, asking.found, asking.seconds, next_unit,
        clean(arguments.range or "", 20),
    )  # fmt: skip
    print(units_print.as_json(report) if arguments.json else "\n".join(units_print.as_text(report)))
    return BAD_USAGE if interrupted else exit_code(asking.found)


def exit_code(found: Units) -> int:
    """0 a unit answers, 1 exceptions are all there is, 2 nothing answers, 3 that could not be told."""
    faces = {unit.face for unit in found.asked}
    if not faces.isdisjoint({"answers", "other-unit"}):
        return FINE
    if found.ended == "let-go":
        return BAD_USAGE
    return WARNING if "exception" in faces else FAULT


class _Asking:
    """One run of the command: what is asked, and what was found."""

    def __init__(self, subject: Subject, units: tuple[int, ...], between_s: float, *, even_so: bool) -> None:
        self.found: Units | None = None
        self.target = subject.target
        self._subject = subject
        self._units = units
        self._between_s = between_s
        self._limit = None if even_so else subject.limit
        self._clock = SystemClock()
        self._own = OwnConnections(self._clock)
        self._began = self._ended = time.monotonic()
        self._since: dict[SessionKey, float] = {}

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self._ended - self._began

    async def run(self, rate: float, show: Callable[[Units], None]) -> None:
        """Ask all, unless the device's last connection is needed by another.

        Raises:
            Failure: all connections of the device are taken; nothing was asked.
        """

        def told(found: Units) -> None:
            self.found, self._ended = found, time.monotonic()
            show(found)

        if self._subject.typed:
            resolved = await resolve(self._subject.typed)
            if not resolved.addresses:
                told(Units(ended="unreachable", detail=clean(f"no address: {resolved.failure}")))
                return
            self.target = Target(resolved.addresses[0], self.target.port)
        watching = None
        if self._limit is not None:
            taken = await self._look()
            if taken >= self._limit:
                source = f" ({self._subject.limit_source})" if self._subject.limit_source else ""
                raise Failure(
                    clean(
                        f"{self.target}: {taken} of {self._limit} connections{source} are taken; nothing "
                        "was asked; --even-so asks all the same"
                    )
                )
            watching = asyncio.create_task(self._watch())
        pace = Pace(rate, self._clock)
        try:
            async with pace.held(self.target.address):
                opened = opener(self.target, pace, self._own)
                await sweep(opened, self._units, told=told, between_s=self._between_s)
        finally:
            if watching is not None:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching

    async def _look(self) -> int:
        """Connections that others hold; ours goes where it is the last one and has been held long enough."""
        at = self._clock.wall()
        seen = await seen_here(self.target, self._own, at)
        self._since = {session.key: self._since.get(session.key, at) for session in seen.sessions}
        others = [
            msgspec.structs.replace(session, since=self._since[session.key]) for session in seen.sessions
        ]
        taken = slots_taken(others)
        self._own.crowd(self.target, Holding(taken, limit=self._limit), others)
        return taken

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_S)
            await self._look()


def _between(pace_ms: int | None) -> float:
    if pace_ms is None:
        return BETWEEN_S
    if not _PACE_LEAST_MS <= pace_ms <= _PACE_MOST_MS:
        raise Failure(f"--pace-ms {pace_ms}: {_PACE_LEAST_MS} to {_PACE_MOST_MS} ms between requests")
    return pace_ms / 1000


def _range(text: str | None, begin: int | None) -> range:
    """The unit ids of `--range`, from `--from` on."""
    if text is None:
        if begin is not None:
            raise Failure("--from goes on with a --range; name that too")
        return range(0)
    ids = given.unit_range(text, "--range")
    if begin is not None and begin not in ids:
        raise Failure(f"--from {begin}: not within {ids[0]}-{ids[-1]}")
    return range(ids[0] if begin is None else begin, ids[-1] + 1)


def _progress(*, quiet: bool) -> Callable[[Units], None]:
    """Tells on a terminal how far it is, at most once a second, until the answer is printed."""
    if quiet or not sys.stderr.isatty():
        return lambda _found: None
    last = 0.0

    def show(found: Units) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_S and found.asked:
            last = now
            print(f"{_CLEAR_LINE}{units_print.progress(found)}", end="", file=sys.stderr, flush=True)

    return show
