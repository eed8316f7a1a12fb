"""A capture file in the monitor, on the file's own clock."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from msgspec.structs import replace

from tui import limits
from tui.clean import clean
from tui.cli import given, headless, screen
from tui.cli.failure import FINE, WARNING, Failure
from tui.clock import CaptureClock
from tui.engine import Engine
from tui.event import Emit
from tui.events import RECORDING, Health, RunStarted
from tui.state.store import Store
from tui.vantages import Reading, VantageError
from tui.vantages.pcap import PcapFile
from tui.workers.sessions import Sessions


def run(path: Path, arguments: argparse.Namespace) -> int:
    """Play the capture file at *path*; the exit code, 1 where all is well but not all could be read."""
    settings = given.settings(arguments)
    shown = clean(path.name, 40)
    try:
        file = PcapFile(path, given.run_started(settings, 0.0, settings.known).ports)
    except (VantageError, ValueError) as error:
        raise Failure(f"{clean(str(path))}: {error}") from error
    with file:
        if file.begin is None:
            raise Failure(f"{clean(str(path))}: {_trouble(file) or 'no packet in it'}")
        run_started = given.run_started(settings, file.begin, settings.known)
        # Whose host this is and what it would sweep has nothing to do with the file.
        first = replace(run_started, host="", networks=())
        if arguments.headless:
            code = headless.run(played(file, first, 0.0), until_played=True)
            return WARNING if code == FINE and _trouble(file) else code
        made = played(file, first, arguments.speed)
        return screen.monitor(
            made,
            title=f"REPLAY {shown}",
            theme=settings.theme,
            keys=settings.keys,
            link=arguments.link,
            window=settings.title,
        )


def played(file: PcapFile, first: RunStarted, speed: float) -> Engine:
    """An engine that plays *file*, from the moment of *first* on, at *speed* times real time."""
    clock = CaptureClock(first.at, speed)
    sessions = Sessions(first.ports, clock, vantages=[[_Playing(file, clock)]])
    return Engine(lambda store: [sessions, _Ending(file, clock, store)], clock, first=(first,))


class _Playing:
    """The file as a vantage that tells its clock what lies ahead."""

    def __init__(self, file: PcapFile, clock: CaptureClock) -> None:
        self.name, self.sees, self.exact, self.needed = file.name, file.sees, file.exact, file.needed
        self._file = file
        self._clock = clock

    def read(self, at: float) -> Reading:
        """What the file shows at wall time *at*."""
        reading = self._file.read(at)
        if self._file.ended:
            self._clock.end(self._file.progress.at)
        else:
            self._clock.foresee(self._file.progress.at)
        return reading


class _Ending:
    """Says that all was played, and what could not be."""

    name = RECORDING

    def __init__(self, file: PcapFile, clock: CaptureClock, store: Store) -> None:
        self._file = file
        self._clock = clock
        self._store = store

    async def run(self, emit: Emit) -> None:
        """Wait for the end and tell it."""
        await self._clock.over.wait()
        if any(finding.cleared_at is None for finding in self._store.findings.values()):
            # What only time clears, and what several have in common, is looked at this often.
            await asyncio.sleep(limits.REVIEW_S)
        trouble = _trouble(self._file)
        progress, at = self._file.progress, self._clock.wall()
        words = trouble or f"{progress.packets:,} packets, {at - (progress.begin or at):,.0f} s"
        emit(Health(at=at, source=self.name, ok=not trouble, text=f"capture ended: {words}"))


def _trouble(file: PcapFile) -> str:
    """What of the file could not be read, in words; empty where all could."""
    if file.trouble or not file.unreadable:
        return file.trouble
    packets = "1 packet" if file.unreadable == 1 else f"{file.unreadable:,} packets"
    return f"{packets} could not be read"
