"""254 devices of which twenty rows change every second, on the screen until `q`.

With --quiet it has been watched for hours, every session is told anew each second, and nothing that is shown
changes. With --journal DIR it is recorded, and the first device answers in as many milliseconds as there were
turns: whoever sees the screen sees how old it is.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from tui import terminal
from tui.clock import SystemClock
from tui.engine import Engine
from tui.event import Emit, Event
from tui.events import Probed, RunStarted
from tui.journal.record import Recorder
from tui.records import Session
from tui.session_events import SessionSeen, VantageStatus
from tui.state.store import Store

DEVICES: Final = 254
CHANGES: Final = 20
SHOWN: Final = 19
SESSIONS_SHOWN: Final = 10
"""What changes is in view on 120x40, or nothing would be drawn for it."""
_IDLE_S: Final = 3600.0
COUNTING: Final = "10.20.0.1"
_WATCHED_S: Final = 3 * 3600.0


class Plant:
    """A worker that tells of all devices, then every second of ten that answer and ten of other idleness."""

    name: Final = "plant"

    def __init__(self, *, quiet: bool = False, counting: bool = False, every_s: float = 1.0) -> None:
        self._quiet = quiet
        self._counting = counting
        self._every_s = every_s
        self._random = random.Random(502)  # noqa: S311 - the same plant each time

    def _probed(self, device: int, at: float) -> Probed:
        ms = round(self._random.uniform(1, 30), 1)
        return Probed(at=at, address=f"10.20.0.{device}", port=502, state="answers", ms=ms, answer_ms=ms + 2)

    def _session(self, device: int, began: float, at: float, idle_s: float = 0.0) -> SessionSeen:
        session = Session(
            client="10.20.1.5", client_port=40_000 + device, address=f"10.20.0.{device}", port=502,
            state="ESTABLISHED", side="device", since=began - 7200, active_at=at - idle_s, vantage="mirror",
            retransmits=round(idle_s), rtt_ms=round(self._random.uniform(1, 30), 1),
        )  # fmt: skip
        return SessionSeen(at=at, session=session)

    async def run(self, emit: Emit) -> None:
        """Tell until cancelled."""
        began = time.time() - (_WATCHED_S if self._quiet else 0.0)
        emit(VantageStatus(at=began, name="mirror", works=True, sees="all of them"))
        sessions = [self._session(device, began, began) for device in range(1, DEVICES + 1)]
        for device, session in enumerate(sessions, 1):
            emit(self._probed(device, began))
            emit(session)
        for turn in count(1):
            await asyncio.sleep(self._every_s)
            for event in self._still(sessions, time.time()) if self._quiet else self._changes(began, turn):
                emit(event)

    def _changes(self, began: float, turn: int) -> Iterator[Event]:
        now = time.time()
        for device in self._random.sample(range(1, SHOWN + 1), CHANGES // 2):
            yield self._probed(device, now)
        for device in self._random.sample(range(1, SESSIONS_SHOWN + 1), CHANGES // 2):
            yield self._session(device, began, now, self._random.uniform(0, _IDLE_S))
        if self._counting:
            yield Probed(at=now, address=COUNTING, port=502, state="answers", ms=float(turn), answer_ms=2.0)

    def _still(self, first: Sequence[SessionSeen], now: float) -> Iterator[Event]:
        """Every session was used just now, as before."""
        for told in first:
            yield SessionSeen(at=now, session=replace(told.session, active_at=now))


def engine(plant: Plant, journal: Path | None) -> Engine:
    """The program's engine with this plant as its only worker."""
    clock = SystemClock()
    run = RunStarted(at=clock.wall(), version="0", host="jump-1", ports=(502,), known=())

    def recorder(store: Store) -> Recorder:
        assert journal is not None
        return Recorder(journal, clock, store.events)

    return Engine(lambda _: [plant], clock, first=[run], recorder=recorder if journal else None)


def main() -> None:
    """Show it until `q`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument("--journal", type=Path)
    parser.add_argument("--every", type=float, default=1.0)
    given = parser.parse_args()
    terminal.prepare()
    from tui.app import Port502  # noqa: PLC0415 - as the program does, after the environment is settled

    plant = Plant(quiet=given.quiet, counting=given.journal is not None, every_s=given.every)
    Port502(engine(plant, given.journal)).run(mouse=False)


if __name__ == "__main__":
    main()
