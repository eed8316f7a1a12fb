"""Async tasks with their own pace; each emits events and touches nothing else."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tui.device_events import What
from tui.event import Emit, Event
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


@runtime_checkable
class Inquiring(Protocol):
    """The worker that asks single devices for more, when somebody wants to know."""

    def inquire(self, target: Target, what: What) -> None:
        """Ask this of one target."""
        ...

    def leave(self, target: Target, what: What) -> None:
        """Stop asking this of one target."""
        ...


class Recorder(Worker, Protocol):
    """The worker that writes the journal."""

    def put(self, event: Event) -> None:
        """Leave one event to be written."""
        ...

    async def finish(self) -> None:
        """Write what waits, within a bound."""
        ...
