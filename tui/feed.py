"""What the screen may ask of the engine, and nothing more: one small door between the two."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from tui.records import Target
from tui.state.update import Update


class Feed(Protocol):
    """The engine as the screen sees it. Every call returns at once, from whichever thread, but `stop`."""

    def start(self) -> None:
        """Begin to watch, on a thread and a loop of its own."""
        ...

    def stop(self) -> None:
        """Close every socket, flush and join, within about a second."""
        ...

    def pull(self) -> Update | None:
        """The present and what is new in it, or None when nothing is."""
        ...

    @property
    def probes(self) -> bool:
        """Whether anything can be probed at all: not in a replay, nor where no network was named."""
        ...

    def now(self) -> float:
        """Wall seconds; in a replay those of the recording."""
        ...

    def allow_probing(self, allowed: bool) -> None:  # noqa: FBT001 - the one thing it says
        """Stop all probing and close every probing socket, or allow it again."""
        ...

    def sweep_now(self) -> None:
        """Begin the next sweep without waiting for its turn."""
        ...

    def ask(self, target: Target) -> None:
        """Climb the ladder for this one device; one at its limit is left alone all the same."""
        ...

    def acknowledge(self, finding_id: str) -> None:
        """Note that somebody has seen this finding."""
        ...

    def shelve(self, finding_id: str, seconds: float) -> None:
        """Put this finding aside for a while; 0 seconds brings it back."""
        ...


class Question(NamedTuple):
    """What must be agreed to before the engine starts: a sweep of a large network, say."""

    title: str
    lines: tuple[str, ...]
