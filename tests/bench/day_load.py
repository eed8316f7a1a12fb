"""A long day at a plant of 254 devices, as events: twenty rows a second change, and trouble comes and goes.

Within its first hour every device has had every trouble and as many clients as are remembered, so that what
is bounded is full. Every figure of the day is made by one seed: each run sees the same day.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from typing import Final

from tui import limits
from tui.event import Event
from tui.events import (
    Climbed,
    Health,
    Probed,
    StateChanged,
    SweepEnded,
    SweepProgress,
    SweepStarted,
)
from tui.records import ClientPast, Evidence, ProbeState, Reply, Session
from tui.session_events import ClientsKnown, Heard, SessionGone, SessionSeen, VantageStatus

DEVICES: Final = 254
_PROBED: Final = 10
_USED: Final = 10
_PORT: Final = 502
_HELD: Final = 3
"""Sessions of one device at once."""
_CLIENTS: Final = 200
_TURN_S: Final = 2
"""Seconds from one change of a device's state to the next, somewhere in the plant."""
_FLAPPING: Final = range(1, 9)
"""Devices that change far oftener than the others."""
_SWEEP_S: Final = 60
_STATES: Final[tuple[tuple[ProbeState, Reply], ...]] = (
    ("answers", "answer"), ("refused", ""), ("timeout", ""), ("open", "closed"), ("no-neighbour", ""),
    ("host-unreachable", ""), ("open", "silent"), ("prohibited", ""), ("open", "other"),
)  # fmt: skip


class Day:
    """What happens, second by second."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._random = random.Random(24)  # noqa: S311 - the same day each time
        self._look: dict[int, tuple[ProbeState, Reply]] = dict.fromkeys(range(1, DEVICES + 1), _STATES[0])
        self._ports = count(1)
        self._held: dict[int, list[Session]] = {device: [] for device in self._look}

    def first(self) -> Iterator[Event]:
        """All there is to begin with."""
        yield VantageStatus(at=self._began, name="mirror", works=True, sees="all of them")
        for device in self._look:
            yield self._probed(device, self._began)
            yield ClientsKnown(
                at=self._began, address=self._address(device), port=_PORT,
                clients={f"10.20.2.{n}": self._past(n) for n in range(1, limits.CLIENTS + 1)},
            )  # fmt: skip
            for _ in range(_HELD):
                yield self._comes(device, self._began)

    def second(self, number: int) -> Iterator[Event]:
        """What happens in one second."""
        at = self._began + number
        for device in self._random.sample(range(1, DEVICES + 1), _PROBED):
            yield self._probed(device, at)
        for device in self._random.sample(range(1, DEVICES + 1), _USED):
            yield self._used(device, at)
        device = self._random.randint(1, DEVICES)
        yield self._goes(device, at)
        yield self._comes(device, at)
        device, trouble = divmod(number, len(_STATES))
        if device < DEVICES:
            yield from self._turns(device + 1, _STATES[trouble], at)
        elif number % _TURN_S == 0:
            device = self._random.choice((self._random.choice(_FLAPPING), self._random.randint(1, DEVICES)))
            well = self._look[device] == _STATES[0]
            yield from self._turns(device, self._random.choice(_STATES[1:]) if well else _STATES[0], at)
        yield from self._round(number, at)

    def _past(self, number: int) -> ClientPast:
        """Of a client of its own: records that are shared would take less than the real ones."""
        return ClientPast(first_at=self._began - number, day=int(self._began // 86_400), days=1)

    def _address(self, device: int) -> str:
        return f"10.20.0.{device}"

    def _probed(self, device: int, at: float) -> Probed:
        state, reply = self._look[device]
        ms = round(self._random.uniform(1, 30), 1)
        answered = ms + 2 if reply == "answer" else None
        return Probed(
            at=at, address=self._address(device), port=_PORT, state=state, reply=reply, ms=ms,
            answer_ms=answered, detail=f"after {ms:.0f} ms" if reply != "answer" else "",
        )  # fmt: skip

    def _turns(self, device: int, after: tuple[ProbeState, Reply], at: float) -> Iterator[Event]:
        """One device looks different from now on."""
        before, self._look[device] = self._look[device], after
        yield self._probed(device, at)
        address = self._address(device)
        if before[0] != after[0]:
            yield StateChanged(at=at, address=address, port=_PORT, before=before[0], after=after[0])
        if after != _STATES[0]:
            asked = Evidence(rung="tcp", asked="connect to 502", answer=f"{after[0]} {after[1]}", ms=1.0)
            yield Climbed(at=at, address=address, port=_PORT, evidence=(asked,) * 6, connections=2, done=True)

    def _session(self, device: int, at: float) -> Session:
        number = next(self._ports)
        return Session(
            client=f"10.20.1.{number % _CLIENTS + 1}", client_port=1024 + number % 60_000,
            address=self._address(device), port=_PORT, state="ESTABLISHED", side="none", since=at,
            began=True, active_at=at, vantage="mirror", rtt_ms=2.0,
        )  # fmt: skip

    def _comes(self, device: int, at: float) -> SessionSeen:
        session = self._session(device, at)
        self._held[device].append(session)
        return SessionSeen(at=at, session=session)

    def _goes(self, device: int, at: float) -> SessionGone:
        gone = self._held[device].pop(0)
        return SessionGone(
            at=at, client=gone.client, client_port=gone.client_port, address=gone.address, port=gone.port,
            ended_by="client", ending="fin",
        )  # fmt: skip

    def _used(self, device: int, at: float) -> SessionSeen:
        held = self._held[device]
        place = self._random.randrange(len(held))
        before = held[place]
        held[place] = Session(
            client=before.client, client_port=before.client_port, address=before.address, port=_PORT,
            state="ESTABLISHED", side="none", since=before.since, began=True, active_at=at, vantage="mirror",
            rtt_ms=round(self._random.uniform(1, 30), 1), retransmits=before.retransmits + 1,
        )  # fmt: skip
        return SessionSeen(at=at, session=held[place])

    def _round(self, number: int, at: float) -> Iterator[Event]:
        """What comes round every minute: a sweep, and now and then a part of the monitor that fails."""
        sweep, second = divmod(number, _SWEEP_S)
        if second == 0:
            yield SweepStarted(at=at, sweep=sweep, hosts=DEVICES, connections=DEVICES, rate=50.0)
            works = sweep % 10 != 9
            yield Health(at=at, source="mirror", ok=works, text="" if works else f"link down in {sweep}")
            device = self._random.randint(1, DEVICES)
            yield Heard(at=at, address=self._address(device), port=_PORT, attempts=sweep, most=_HELD)
        elif second < 6:
            yield SweepProgress(
                at=at, sweep=sweep, done=second * 50, total=DEVICES, rate=50.0, left_s=5.0 - second
            )
        elif second == 6:
            yield SweepEnded(at=at, sweep=sweep, took_s=6.0, counts={"answers": 200})
