"""What earlier recordings tell of one target: when it last connected, and how often it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from tui.events import Probed, StateChanged
from tui.journal.read import Reading, lines
from tui.journal.record import PATTERN
from tui.records import Target
from tui.state.model import REACHED

_FILES: Final = 2


class Past(NamedTuple):
    """Wall time of the last TCP connection, if any is recorded, and the times of changes since *since*."""

    reached_at: float | None = None
    changes: int = 0


async def past(directory: Path, target: Target, since: float) -> Past:
    """What the newest recordings in *directory* tell of *target* after wall time *since*.

    Raises:
        OSError: a recording cannot be read.
    """
    reached_at: float | None = None
    changes = 0
    reading = Reading()
    named = f'"{target.address}"'.encode()
    for path in _newest(directory):
        async for line in lines(path):
            if named not in line:
                continue  # most lines are about others, and decoding is what takes the time
            event = reading.event(line)
            if isinstance(event, Probed) and event.target == target:
                if event.state in REACHED:
                    reached_at = event.at
                elif event.reached_at is not None:
                    reached_at = max(reached_at or 0.0, event.reached_at)
            elif isinstance(event, StateChanged) and event.at >= since:
                changes += (event.address, event.port) == target
    return Past(reached_at, changes)


def _newest(directory: Path) -> list[Path]:
    return sorted(directory.glob(PATTERN))[-_FILES:] if directory.is_dir() else []
