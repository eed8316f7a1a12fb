"""Async tasks with their own pace; each emits events and touches nothing else."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tui.event import Emit
from tui.records import Target


class Worker(Protocol):
    """A task the engine supervises: it runs until cancelled; a crash is told and it is run again."""

    @property
    def name(self) -> str:
        """Short name for health lines."""
        ...

    async def run(self, emit: Emit) -> None:
        """Do the work; cancellation closes every socket it opened."""
        ...


@runtime_checkable
class Prober(Protocol):
    """A worker that probes: one key stops them all."""

    async def allow(self, *, allowed: bool) -> None:
        """Stop or allow its probing; returns once every socket is closed."""
        ...


@runtime_checkable
class Sweeper(Protocol):
    """The worker that sweeps."""

    def sweep_now(self) -> None:
        """Begin the next sweep."""
        ...


@runtime_checkable
class Examiner(Protocol):
    """The worker that finds out what is wrong with one target."""

    def ask_now(self, target: Target) -> None:
        """Examine one target."""
        ...
