"""A capture file as a view of sessions, on the file's own clock."""

from __future__ import annotations

import math
import os
from collections.abc import Collection
from types import TracebackType
from typing import Final, Self

from tui.flows.follow import Progress, follow
from tui.flows.links import Links
from tui.flows.records import Traffic
from tui.flows.tracker import Tracker
from tui.records import Session
from tui.vantages import VantageError
from tui.wire.pcap import CaptureFile, CaptureFileError


class PcapFile:
    """Follows a capture file from its beginning as far as it is asked.

    Raises:
        VantageError: the file cannot be opened, or is no capture file.
        ValueError: no port, or more than may be watched.
    """

    name: Final = "pcap"
    sees: Final = "TCP sessions in the capture file"
    exact: Final = False

    def __init__(self, path: str | os.PathLike[str], ports: Collection[int]) -> None:
        self.tracker = Tracker(ports)
        self.links = Links()
        self.progress = Progress()
        try:
            self._file = CaptureFile(path)
        except CaptureFileError as error:
            raise VantageError(str(error)) from error
        self._records = self._file.records()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the file go; what was seen can still be had."""
        self._file.close()

    @property
    def trouble(self) -> str:
        """Why reading ended before the file's end; empty where all was read."""
        return self._file.trouble

    @property
    def unreadable(self) -> int:
        """Packets so far that could not be taken apart."""
        return self.progress.unreadable + self._file.unreadable

    def read(self, until: float = math.inf) -> bool:
        """Take in packets up to the first one later than wall time *until*; whether there may be more."""
        return follow(self._records, self.tracker, self.links, self.progress, until)

    def sessions(self, now: float) -> list[Session]:
        """The sessions that last at *now* of the file's own clock."""
        if now > self.progress.at:
            self.read(now)
        return self.tracker.sessions(self.name)

    def traffic(self, now: float) -> list[Traffic]:
        """Figures of the sessions, those newly over included, at wall time *now*."""
        return self.tracker.traffic(now)
