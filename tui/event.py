"""What every event is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tui.records import Record


class Event(Record, frozen=True, kw_only=True, tag_field="kind"):
    """Something that happened at a moment (wall seconds)."""

    at: float

    @property
    def key(self) -> tuple[object, ...] | None:
        """Events with the same key supersede one another; None never does."""
        return None


Emit: TypeAlias = Callable[[Event], None]
"""Hands an event to whoever folds it; never blocks."""
