"""Traffic as a view of sessions, wherever it is read from."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Collection
from types import TracebackType
from typing import Final, Self

from tui.flows.heard import Hearing
from tui.flows.links import Links
from tui.flows.records import Traffic
from tui.flows.tracker import Tracker
from tui.records import SessionKey
from tui.vantages import Ended, Reading, Seen

FLOOD_S: Final = 60.0  # a flood of half-open connections is told this long


class TrafficVantage(ABC):
    """Follows the sessions to *ports* in traffic; safe for several threads.

    Raises:
        ValueError: no port, or more than may be watched.
    """

    def __init__(self, ports: Collection[int]) -> None:
        self.tracker = Tracker(ports)
        self.links = Links()
        self._hearing = Hearing(self.tracker, self.links)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    @abstractmethod
    def name(self) -> str:
        """Short name, as in the journal."""

    @property
    @abstractmethod
    def sees(self) -> str:
        """What it sees, in words."""

    @property
    def needed(self) -> bool:
        """Somebody named the interface or the file."""
        return True

    @property
    @abstractmethod
    def exact(self) -> bool:
        """Whether whoever set it up vouches that no session of a device passes it by."""

    def read(self, at: float) -> Reading:
        """The sessions at wall time *at*, those that ended since the last reading, and news of devices.

        Raises:
            VantageError: the traffic cannot be had; the text says why.
        """
        with self._lock:
            self._take_in(at)
            found = self.tracker.sessions(self.name, at)
            return Reading(
                {key: Seen(session) for key, session in found.items()},
                self._ended(),
                self._hearing.news(at),
                ", ".join((*self._troubles(), *self._notes(at))),
                self._gap(),
            )

    def traffic(self, now: float) -> list[Traffic]:
        """Figures of the sessions, those newly over included, at wall time *now*."""
        with self._lock:
            return self.tracker.traffic(now)

    def close(self) -> None:
        """Let go of where the traffic comes from; what was seen can still be had."""
        with self._lock:
            self._stop()

    @abstractmethod
    def _take_in(self, at: float) -> None:
        """Follow what there is up to wall time *at*.

        Raises:
            VantageError: it cannot be had.
        """

    @abstractmethod
    def _stop(self) -> None:
        """Close what is open."""

    @abstractmethod
    def _troubles(self) -> list[str]:
        """What was lost on the way, in short words."""

    def _gap(self) -> bool:
        """Whether something was missed since this was asked last."""
        return False

    def _ended(self) -> dict[SessionKey, Ended]:
        over = self.tracker.table.over
        ended = {
            SessionKey(flow.client, flow.client_port, flow.address, flow.port, ""): Ended(
                flow.ended_at or flow.last_at, flow.ended_by, flow.ending
            )
            for flow in over
        }
        over.clear()
        return ended

    def _notes(self, at: float) -> list[str]:
        """What else is worth knowing."""
        table, notes = self.tracker.table, []
        if table.flooded_at is not None and at - table.flooded_at <= FLOOD_S:
            notes.append("a flood of half-open connections passes")
        if table.sessions_dropped:
            notes.append(f"sessions forgotten to make room: {table.sessions_dropped}")
        for switch in self.links.switches.values():
            vlan = "" if switch.vlan is None else f", VLAN {switch.vlan}"
            notes.append(f"on switch {switch.system or switch.chassis} port {switch.port}{vlan}")
        return notes
