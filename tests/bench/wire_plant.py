"""254 devices of which twenty rows change every second, on the screen until `q`."""

from __future__ import annotations

import asyncio
import random
import time
from itertools import count
from typing import Final

from tui import terminal
from tui.clock import SystemClock
from tui.engine import Engine
from tui.event import Emit
from tui.events import Probed, RunStarted
from tui.records import Session
from tui.session_events import SessionSeen, VantageStatus

DEVICES: Final = 254
CHANGES: Final = 20
SHOWN: Final = 20
"""What changes is in view, or nothing would be drawn for it."""


class Plant:
    """A worker that tells of all devices, then every second of ten that answer and ten that are used."""

    name: Final = "plant"

    def __init__(self) -> None:
        self._random = random.Random(502)  # noqa: S311 - the same plant each time

    def _probed(self, device: int, at: float) -> Probed:
        ms = round(self._random.uniform(1, 30), 1)
        return Probed(at=at, address=f"10.20.0.{device}", port=502, state="answers", ms=ms, answer_ms=ms + 2)

    def _session(self, device: int, at: float, retransmits: int) -> SessionSeen:
        session = Session(
            client="10.20.1.5", client_port=40_000 + device, address=f"10.20.0.{device}", port=502,
            state="ESTABLISHED", side="device", since=at - 7200, active_at=at, vantage="mirror",
            retransmits=retransmits, rtt_ms=round(self._random.uniform(1, 30), 1),
        )  # fmt: skip
        return SessionSeen(at=at, session=session)

    async def run(self, emit: Emit) -> None:
        """Tell until cancelled."""
        began = time.time()
        emit(VantageStatus(at=began, name="mirror", works=True, sees="all of them"))
        for device in range(1, DEVICES + 1):
            emit(self._probed(device, began))
            emit(self._session(device, began, 0))
        for turn in count(1):
            await asyncio.sleep(1.0)
            now = time.time()
            for device in self._random.sample(range(1, SHOWN + 1), CHANGES // 2):
                emit(self._probed(device, now))
            for device in self._random.sample(range(1, SHOWN + 1), CHANGES // 2):
                emit(self._session(device, began, turn))


def main() -> None:
    """Show it until `q`."""
    terminal.prepare()
    from tui.app import Port502  # noqa: PLC0415 - as the program does, after the environment is settled

    clock = SystemClock()
    run = RunStarted(at=clock.wall(), version="0", host="jump-1", ports=(502,), known=())
    Port502(Engine(lambda _: [Plant()], clock, first=[run])).run(mouse=False)


if __name__ == "__main__":
    main()
