"""An interface that carries other hosts' traffic: a switch's mirror port, or a bridge."""

from __future__ import annotations

from collections.abc import Collection
from types import TracebackType
from typing import Final, Self

from tui.flows.links import Links
from tui.flows.records import Traffic
from tui.flows.tracker import Tracker
from tui.records import Session
from tui.vantages import VantageError
from tui.wire.capture import READ_FRAMES, Capture, CaptureError
from tui.wire.filters import ports as about_ports
from tui.wire.frames import Tcp

SNAP_BYTES: Final = 1_600  # of each frame: whole ones, and of jumbo frames the beginning
READINGS: Final = 16  # of the kernel's queue in one go; more comes next time


class Mirror:
    """Hears an interface from `start` until `close`. Read it at least four times a second at busy times."""

    name: Final = "mirror"

    def __init__(self, capture: Capture, interface: str, tracker: Tracker, *, exact: bool) -> None:
        self._capture = capture
        self._interface = interface
        self.tracker = tracker
        self.links = Links()
        self.exact = exact
        """Whether whoever set it up vouches that all traffic of the devices passes here."""

    @classmethod
    def start(cls, interface: str, ports: Collection[int], *, exact: bool = False) -> Self:
        """Listen on *interface* to TCP with one of *ports*, ARP and LLDP.

        Raises:
            VantageError: not Linux, no privilege, or no such interface; the text says which.
            ValueError: no port, or more than may be watched.
        """
        tracker = Tracker(ports)
        try:
            capture = Capture.start(
                about_ports(ports), interface=interface, snap=SNAP_BYTES, promiscuous=True
            )
        except CaptureError as error:
            raise VantageError(str(error)) from error
        return cls(capture, interface, tracker, exact=exact)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening; what was seen can still be had."""
        self._capture.close()

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        return f"TCP sessions of all hosts whose traffic passes {self._interface}"

    @property
    def lost(self) -> int:
        """Frames that came faster than they were read."""
        return self._capture.lost

    @property
    def trouble(self) -> str:
        """Why nothing is heard just now; empty when all is well."""
        return self._capture.trouble

    def read(self) -> int:
        """Take in what has passed since the last reading, and say how many frames; never blocks."""
        count = 0
        for _ in range(READINGS):
            frames = self._capture.frames()
            for frame in frames:
                content = frame.content
                if type(content) is Tcp:
                    self.tracker.tcp(frame.at, content)
                    if content.flags & 6:
                        self.links.frame(frame)
                else:
                    self.links.frame(frame)
            count += len(frames)
            if len(frames) < READ_FRAMES:
                break
        if count and self._capture.lost:
            self.tracker.table.holes = True
        return count

    def sessions(self, now: float) -> list[Session]:  # noqa: ARG002 - every follower of traffic is asked alike
        """The sessions that last, as of the frames so far."""
        self.read()
        return self.tracker.sessions(self.name)

    def traffic(self, now: float) -> list[Traffic]:
        """Figures of the sessions, those newly over included, at wall time *now*."""
        return self.tracker.traffic(now)
