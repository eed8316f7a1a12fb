"""Whether this user opens the monitor for the first time, so that it can say what to do first."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def is_first() -> bool:
    """Whether no earlier start has left its mark."""
    return not _mark().exists()


def remember() -> None:
    """Leave a mark for the next start; without a home to write in it is a first one again."""
    with suppress(OSError):
        _mark().parent.mkdir(parents=True, exist_ok=True)
        _mark().touch()


def _mark() -> Path:
    from platformdirs import user_state_path  # noqa: PLC0415 - start-up time

    return user_state_path("port502") / "started"
