"""Async tasks with their own pace; each emits events and touches nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from tui.events import Event

Emit: TypeAlias = Callable[[Event], None]
"""Hands an event to the store; never blocks, callable on the engine's loop."""


class Worker(Protocol):
    """A task the engine supervises: it runs until cancelled; a crash is told and it is run again."""

    @property
    def name(self) -> str:
        """Short name for health lines."""
        ...

    async def run(self, emit: Emit) -> None:
        """Do the work; cancellation closes every socket it opened."""
        ...
