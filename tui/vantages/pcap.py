"""A capture file as a view of sessions, on the file's own clock."""

from __future__ import annotations

import math
import os
from collections.abc import Collection

from tui.flows.follow import Progress, follow
from tui.vantages import VantageError
from tui.vantages.traffic import TrafficVantage
from tui.wire.pcap import CaptureFile, CaptureFileError


class PcapFile(TrafficVantage):
    """Follows the capture file at *path* as far as it is asked.

    Raises:
        VantageError: the file cannot be opened, or is no capture file.
        ValueError: no port, or more than may be watched.
    """

    def __init__(self, path: str | os.PathLike[str], ports: Collection[int]) -> None:
        super().__init__(ports)
        self.progress = Progress()
        try:
            self._file = CaptureFile(path)
        except CaptureFileError as error:
            raise VantageError(str(error)) from error
        self._records = self._file.records()
        self.ended = False
        """Whether all of it has been read, or all that can be."""

    @property
    def name(self) -> str:
        """Short name, as in the journal."""
        return "pcap"

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        return "TCP sessions in the capture file"

    @property
    def exact(self) -> bool:
        """A file vouches for nothing."""
        return False

    @property
    def begin(self) -> float | None:
        """Wall seconds of the first packet; None for a file without packets."""
        with self._lock:
            if self.progress.begin is None:
                self._take_in(-math.inf)
            return self.progress.begin

    @property
    def trouble(self) -> str:
        """Why reading ended before the file's end; empty where that has not happened."""
        return self._file.trouble

    @property
    def unreadable(self) -> int:
        """Packets so far that could not be taken apart."""
        return self.progress.unreadable + self._file.unreadable

    def _take_in(self, at: float) -> None:
        if not self.ended:
            self.ended = not follow(self._records, self.tracker, self.links, self.progress, at)

    def _stop(self) -> None:
        self.ended = True
        self._file.close()

    def _troubles(self) -> list[str]:
        if self.trouble:
            return [f"not all of it could be read: {self.trouble}"]
        return [f"broken packets: {self.unreadable}"] if self.unreadable else []
