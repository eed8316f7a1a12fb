"""Async tasks with their own pace; each emits events and touches nothing else."""

from __future__ import annotations

from typing import Protocol

from tui.events import Emit


class Worker(Protocol):
    """A task the engine supervises: it runs until cancelled; a crash is told and it is run again."""

    @property
    def name(self) -> str:
        """Short name for health lines."""
        ...

    async def run(self, emit: Emit) -> None:
        """Do the work; cancellation closes every socket it opened."""
        ...
