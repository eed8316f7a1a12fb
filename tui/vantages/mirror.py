"""An interface that carries other hosts' traffic: a switch's mirror port, or a bridge."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Final

from tui import limits
from tui.clean import clean
from tui.vantages import VantageError
from tui.vantages.traffic import TrafficVantage
from tui.wire.capture import READ_FRAMES, Capture, CaptureError
from tui.wire.filters import ports as about_ports
from tui.wire.frames import Tcp
from tui.wire.packets import RST, SYN

SNAP_BYTES: Final = 1_600  # of each frame: whole ones, and of jumbo frames the beginning
READINGS: Final = 16  # of the kernel's queue in one go; more comes next time
_NAME_LENGTH: Final = 15  # of an interface


class Mirror(TrafficVantage):
    """Hears TCP with one of *ports*, ARP and LLDP on *interface*, from the first `pump` until `close`.

    *exact*: whoever set it up vouches that all traffic of the devices passes there.

    Raises:
        ValueError: no port, or more than may be watched.
    """

    def __init__(
        self,
        interface: str,
        ports: Collection[int],
        *,
        exact: bool = False,
        name: str = "mirror",
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(ports)
        self._interface = interface
        self._shown = clean(interface, _NAME_LENGTH)
        self._program = about_ports(ports)
        self._exact = exact
        self._name = name
        self._mono = mono
        self._capture: Capture | None = None
        self._refused = ""
        self._retry_at: float | None = None
        """Monotonic time before which nothing is tried again; None before the first try."""
        self._lost = 0
        """Frames lost by captures that are over."""
        self._missed = (0, 0)
        """Frames lost and captures begun, when it was told last."""
        self._captures = 0

    @property
    def name(self) -> str:
        """Short name, as in the journal."""
        return self._name

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        return f"TCP sessions of all hosts whose traffic passes {self._shown}"

    @property
    def exact(self) -> bool:
        """Whether whoever set it up vouches that all traffic of the devices passes there."""
        return self._exact

    @property
    def lost(self) -> int:
        """Frames that came faster than they were read."""
        with self._lock:
            return self._lost_so_far()

    def pump(self) -> int:
        """Take in what has passed since the last time, and say how many frames; never waits for any.

        Call it at least four times a second at busy times. It begins to listen where it does not yet; where
        that fails, or hears nothing any more, it tries again every `limits.VANTAGE_RETRY_S`.
        """
        with self._lock:
            count = self._drain()
            if (self._capture is None or self._capture.trouble) and self._may_try():
                self._start()
                count += self._drain()
            return count

    def _take_in(self, at: float) -> None:  # noqa: ARG002 - what has passed is never later
        if self._retry_at is None and self._may_try():
            self._start()
        self._drain()
        if self._refused:
            raise VantageError(self._refused)
        if self._capture is not None and self._capture.trouble:
            raise VantageError(f"{self._shown}: {self._capture.trouble}")

    def _may_try(self) -> bool:
        now = self._mono()
        if self._retry_at is not None and now < self._retry_at:
            return False
        self._retry_at = now + limits.VANTAGE_RETRY_S
        return True

    def _start(self) -> None:
        self._leave()
        try:
            self._capture = Capture.start(
                self._program, interface=self._interface, snap=SNAP_BYTES, promiscuous=True
            )
            self._refused = ""
            self._captures += 1
        except CaptureError as error:
            self._refused = str(error)

    def _drain(self) -> int:
        if self._capture is None:
            return 0
        count = 0
        for _ in range(READINGS):
            frames = self._capture.frames()
            for frame in frames:
                content = frame.content
                if type(content) is Tcp:
                    self.tracker.tcp(frame.at, content)
                    if content.flags & (SYN | RST):
                        self.links.frame(frame)
                else:
                    self.links.frame(frame)
            count += len(frames)
            if len(frames) < READ_FRAMES:
                break
        if self._capture.trouble or (count and self._capture.lost):
            self.tracker.table.holes = True
        return count

    def _stop(self) -> None:
        self._leave()
        self._refused = ""
        self._retry_at = self._mono()

    def _leave(self) -> None:
        if self._capture is not None:
            self._lost += self._capture.lost
            self._capture.close()
            self._capture = None
            # What passes until it listens again is missed.
            self.tracker.table.holes = True

    def _lost_so_far(self) -> int:
        return self._lost + (0 if self._capture is None else self._capture.lost)

    def _gap(self) -> bool:
        before, self._missed = self._missed, (self._lost_so_far(), self._captures)
        return before != self._missed

    def _troubles(self) -> list[str]:
        lost = self._lost_so_far()
        return [f"frames lost: {lost}"] if lost else []
