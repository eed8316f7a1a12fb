"""The monitor through a day that is over in minutes: `python -m tests.bench.day_plant DIRECTORY --hours N`.

Time moves on as fast as engine and recorder keep up, and the screen is drawn all the while. Once an hour of
the day what it holds is told in DIRECTORY/held.jsonl.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
import tracemalloc
from pathlib import Path
from typing import Final

from tests.bench.day_load import Day
from tui import limits, terminal
from tui.clock import SystemClock
from tui.engine import Engine
from tui.event import Emit
from tui.events import RunStarted
from tui.journal.record import Recorder
from tui.state.store import Store

HELD: Final = "held.jsonl"
FAULT: Final = "fault.txt"
"""Why the screen ended, should it do so before the day."""
_HOUR_S: Final = 3600
_UNWRITTEN: Final = 2_000
"""Events that may wait for the disk: the recorder, too, is to see every one."""
_TRACED: Final = 30
_FRAME_S: Final = 0.1
"""An hour is over in a minute: drawn as seldom as in life, caches of minutes would fill for days."""


class Hurried(SystemClock):
    """Time as the day has it."""

    def __init__(self) -> None:
        self.at = time.time()

    def wall(self) -> float:
        """Seconds since 1970 in the day."""
        return self.at


class Hours:
    """A worker that lets the day pass."""

    name: Final = "day"

    def __init__(self, clock: Hurried, directory: Path, hours: int, *, traced: bool) -> None:
        self._clock = clock
        self._began = clock.at
        self._held = directory / HELD
        self._hours = hours
        self._traced = traced
        self._first: tracemalloc.Snapshot | None = None
        self._told = 0
        self.engine: Engine | None = None

    async def run(self, emit: Emit) -> None:
        """Tell the day."""
        day = Day(self._began)
        for event in day.first():
            emit(event)
        for number in range(1, self._hours * _HOUR_S + 1):
            self._clock.at = self._began + number
            for event in day.second(number):
                self._told += 1
                emit(event)
            await self._taken()
            if number % _HOUR_S == 0:
                self._tell(number // _HOUR_S)

    async def _taken(self) -> None:
        """Until the engine has folded it and the recorder is not far behind."""
        assert self.engine is not None
        recorder = self.engine._recorder
        assert isinstance(recorder, Recorder)
        await asyncio.sleep(0)
        while len(self.engine._mailbox) or len(recorder._waiting) > _UNWRITTEN:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.0005)

    def _tell(self, hour: int) -> None:
        assert self.engine is not None
        store = self.engine._store
        held = {
            "hour": hour,
            "kib": _resident_kib(),
            "events": self._told,
            "findings": len(store.findings),
            "log": len(store.log),
            "changes": len(store.changes),
            "clients": sum(map(len, store.clients.values())),
            "sessions": sum(map(len, store.sessions.values())),
        }
        with self._held.open("a") as file:
            file.write(json.dumps(held) + "\n")
        if self._traced:
            self._trace()

    def _trace(self) -> None:
        """What has grown since the first hour, largest first."""
        now = tracemalloc.take_snapshot()
        if self._first is None:
            self._first = now
            return
        grown = now.compare_to(self._first, "lineno")[:_TRACED]
        self._held.with_suffix(".txt").write_text("\n".join(map(str, grown)))


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def main() -> None:
    """Show the day until `q`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path)
    parser.add_argument("--hours", type=int, default=24)
    parser.add_argument("--trace", action="store_true")
    given = parser.parse_args()
    terminal.prepare()
    from tui.app import Port502  # noqa: PLC0415 - as the program does, after the environment is settled

    if given.trace:
        tracemalloc.start()
    clock = Hurried()
    hours = Hours(clock, given.directory, given.hours, traced=given.trace)

    def recorder(store: Store) -> Recorder:
        return Recorder(given.directory / "journal", clock, store.events)

    run = RunStarted(at=clock.wall(), version="0", host="jump-1", networks=("10.20.0.0/24",), ports=(502,))
    hours.engine = Engine(lambda _: [hours], clock, first=[run], recorder=recorder)
    limits.FRAME_S = _FRAME_S  # type: ignore[misc]
    app = Port502(hours.engine)
    app.run(mouse=False)
    (given.directory / FAULT).write_text(f"return code {app.return_code}\n{app.fault.getvalue()}")


if __name__ == "__main__":
    main()
