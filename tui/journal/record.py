"""The recorder: every event as one line of JSON, appended at once, in files that rotate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import aiofiles
from aiofiles.threadpool.binary import AsyncFileIO

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.event import Emit, Event
from tui.events import Health, encode
from tui.mailbox import Mailbox

_BATCH: Final = 1_000
PATTERN: Final = "port502-*.jsonl"


class Recorder:
    """Writes events to *directory*, oldest files removed beyond the limit.

    Each file starts with *present*: the events that rebuild the state at its beginning, so that every file
    plays alone. Lines are written unbuffered: a killed process loses what had not reached the recorder and
    at most tears one line. A full or failing disk is told as a health event and tried again later; the
    events of that time are lost and counted.
    """

    name = "journal"

    def __init__(
        self,
        directory: Path,
        clock: Clock,
        present: Callable[[], Iterable[Event]] = lambda: (),
        *,
        file_bytes: int = limits.JOURNAL_BYTES,
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._present = present
        self._file_bytes = file_bytes
        self._arrived = asyncio.Event()
        self._waiting = Mailbox(limits.JOURNAL_WAITING, self._arrived.set)
        self._file: AsyncFileIO | None = None
        self._written = 0
        self._serial = 0
        self._lost = 0
        self._told = False
        self._busy = asyncio.Lock()
        self._emit: Emit = lambda _event: None
        self.path: Path | None = None
        """The file written now."""

    def put(self, event: Event) -> None:
        """Leave one event to be written; call on the engine's loop."""
        self._waiting.put(event)

    async def run(self, emit: Emit) -> None:
        """Write until cancelled."""
        self._emit = emit
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while events := self._waiting.take(_BATCH):
                if not await self._write(events):
                    await self._clock.sleep(limits.JOURNAL_RETRY_S)

    async def finish(self) -> None:
        """Write what waits and close."""
        while events := self._waiting.take(_BATCH):
            if not await self._write(events):
                break
        async with self._busy:
            await self._close()

    async def _write(self, events: list[Event]) -> bool:
        # A cancelled writer must not leave the next one to interleave with its thread.
        return await asyncio.shield(self._write_whole(events))

    async def _write_whole(self, events: list[Event]) -> bool:
        async with self._busy:
            try:
                if self._file is None or self._written > self._file_bytes:
                    await self._open()
                await self._append(b"".join(encode(event) + b"\n" for event in events))
            except OSError as error:
                self._lost += len(events)
                await self._close()
                self._tell_lost(error)
                return False
        if self._told:
            self._told = False
            text = f"recording again in {self.path}; {self._lost} events were not recorded"
            self._emit(Health(at=self._clock.wall(), source=self.name, ok=True, text=clean(text)))
        return True

    async def _append(self, data: bytes) -> None:
        if self._file is None:
            raise OSError("the journal is closed")
        view = memoryview(data)
        while view:
            count = await self._file.write(view)
            self._written += count
            view = view[count:]

    async def _open(self) -> None:
        await self._close()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._serial += 1
        stamp = datetime.fromtimestamp(self._clock.wall(), UTC).strftime("%Y%m%dT%H%M%SZ")
        self.path = self._directory / f"port502-{stamp}-{self._serial:04d}.jsonl"
        self._file = await aiofiles.open(self.path, "ab", buffering=0)
        # At once, since the present goes on meanwhile, and as bytes: as events it is several times as large.
        told = [encode(event) + b"\n" for event in self._present()]
        for start in range(0, len(told), _BATCH):
            await self._append(b"".join(told[start : start + _BATCH]))
        # What a file begins with does not count: of a large network it alone may be longer than a file.
        self._written = 0
        for old in sorted(self._directory.glob(PATTERN))[: -limits.JOURNAL_FILES]:
            old.unlink()

    async def _close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            await file.close()

    def _tell_lost(self, error: OSError) -> None:
        self._told = True
        text = f"{error.strerror or error}: not recording in {self._directory}; the monitor goes on"
        self._emit(Health(at=self._clock.wall(), source=self.name, ok=False, text=clean(text)))
