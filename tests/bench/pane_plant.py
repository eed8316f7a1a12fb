"""The monitor with ten thousand sessions that change: `python -m tests.bench.pane_plant DEVICES`.

What changes lies in the middle of every order, out of sight: whatever is drawn is drawn for a key.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from typing import Final

from msgspec.structs import replace

from tui import terminal
from tui.clock import SystemClock
from tui.engine import Engine
from tui.event import Emit, Event
from tui.events import RunStarted
from tui.records import KnownDevice, Session
from tui.session_events import SessionGone, SessionSeen, VantageStatus

SESSIONS: Final = 10_000
CHANGES: Final = 200
"""Changes a second: half are figures that move, half sessions that go and others that come for them."""
_HOURS: Final = 3_600.0


class Crowd:
    """A worker that tells of them all, and then of some once a second, as the sessions worker does."""

    name: Final = "crowd"

    def __init__(self, devices: int) -> None:
        self._devices = devices
        self._random = random.Random(502)  # noqa: S311 - the same crowd each time
        self._began = time.time() - 40 * _HOURS
        self._sessions = [self._session(number) for number in range(SESSIONS)]
        self._next_port = 40_000

    def _session(self, number: int) -> Session:
        device, turn = number % self._devices, number // self._devices
        # A second apart, over three hours: all look equally old.
        since = self._began + turn * min(1.0, 3 * _HOURS * self._devices / SESSIONS)
        return Session(
            client=f"10.30.{number % 40}.{number % 200 + 1}", client_port=10_000 + number, port=502,
            address=f"10.20.0.{device + 1}", state="ESTABLISHED", side="none", since=since, began=True,
            active_at=time.time() - 2.5 * _HOURS, rtt_ms=2.0, vantage="mirror", seen_by=("mirror",),
        )  # fmt: skip

    async def run(self, emit: Emit) -> None:
        """Tell until cancelled."""
        emit(VantageStatus(at=time.time(), name="mirror", works=True, sees="all of them"))
        for session in self._sessions:
            emit(SessionSeen(at=time.time(), session=session))
        while True:
            await asyncio.sleep(1.0)
            for event in self._changes(time.time()):
                emit(event)

    def _changes(self, at: float) -> list[Event]:
        events: list[Event] = []
        middle = range(SESSIONS // 3, SESSIONS * 2 // 3)
        if self._devices > 1:
            third = self._devices // 3
            middle_devices = range(third, 2 * third)
            chosen = [n for n in range(SESSIONS) if n % self._devices in middle_devices]
        else:
            chosen = list(middle)
        for number in self._random.sample(chosen, CHANGES * 3 // 4):
            before = self._sessions[number]
            if len(events) < CHANGES // 2:
                now = replace(before, retransmits=before.retransmits + 1)
            else:
                self._next_port = 40_000 + (self._next_port - 39_999) % 20_000
                now = replace(before, client_port=self._next_port, retransmits=0)
                events.append(
                    SessionGone(
                        at=at, client=before.client, client_port=before.client_port,
                        address=before.address, port=before.port,
                    )
                )  # fmt: skip
            self._sessions[number] = now
            events.append(SessionSeen(at=at, session=now))
        return events


def main() -> None:
    """Show it until `q`."""
    terminal.prepare()
    from tui.app import Port502  # noqa: PLC0415 - as the program does, after the environment is settled

    crowd = Crowd(int(sys.argv[1]))
    clock = SystemClock()
    # Known ones are diagnosed as well.
    known = tuple(KnownDevice(address=f"10.20.0.{number + 1}") for number in range(int(sys.argv[1])))
    run = RunStarted(at=clock.wall(), version="0", host="jump-1", ports=(502,), known=known)
    Port502(Engine(lambda _: [crowd], clock, first=[run])).run(mouse=False)


if __name__ == "__main__":
    main()
