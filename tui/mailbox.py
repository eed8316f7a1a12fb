"""A bounded hand-over between parts of the program: the newest event of each key, drops counted."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Hashable

from tui.event import Event


class Mailbox:
    """Events waiting for one reader, in order of arrival; safe to fill from any thread.

    An event whose key is already waiting replaces it and moves to the end, so a reader that lags gets
    the present and not the past. Beyond *capacity* the oldest is dropped and counted. *wake* is called,
    on the thread that puts, when the box stops being empty.
    """

    def __init__(self, capacity: int, wake: Callable[[], object] = lambda: None) -> None:
        self._capacity = capacity
        self._wake = wake
        self._waiting: dict[Hashable, Event] = {}
        self._serial = itertools.count()
        self._lock = threading.Lock()
        self.dropped = 0
        """Events lost to the bound since the start."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: Event) -> None:
        """Leave an event; never blocks."""
        key = event.key
        with self._lock:
            was_empty = not self._waiting
            if key is None:
                self._waiting[next(self._serial)] = event
            else:
                self._waiting.pop(key, None)
                self._waiting[key] = event
            if len(self._waiting) > self._capacity:
                del self._waiting[next(iter(self._waiting))]
                self.dropped += 1
        if was_empty:
            self._wake()

    def take(self, most: int | None = None) -> list[Event]:
        """Remove and return what waits, oldest first, *most* events at the most."""
        with self._lock:
            if most is None or len(self._waiting) <= most:
                events = list(self._waiting.values())
                self._waiting.clear()
                return events
            keys = list(itertools.islice(self._waiting, most))
            return [self._waiting.pop(key) for key in keys]
