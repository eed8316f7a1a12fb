"""What the screen may ask of the engine, and nothing more: one small door between the two."""

from __future__ import annotations

from concurrent.futures import Future
from typing import NamedTuple, Protocol, runtime_checkable

from tui.device_events import What
from tui.probes.holder import Holder
from tui.records import Session, Target
from tui.state.update import Update
from tui.workers.acts import Outcome


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

    @property
    def marks(self) -> Marking:
        """Takes what people say of findings and devices."""
        ...


class Marking(Protocol):
    """Takes what people say. Every call returns at once and is recorded with the user and the time."""

    def acknowledge(self, finding_id: str) -> None:
        """Note that somebody has seen this finding."""
        ...

    def shelve(self, finding_id: str, seconds: float | None) -> None:
        """Put this finding aside for so long; None is until it changes."""
        ...

    def unshelve(self, finding_id: str) -> None:
        """Bring it back."""
        ...

    def comment(self, finding_id: str, text: str) -> None:
        """Write something about a finding."""
        ...

    def note(self, target: Target, text: str) -> None:
        """Write something about a device."""
        ...

    def serve(self, target: Target, *, out: bool) -> None:
        """Take a device out of service, so that its findings are no alarms, or put it back."""
        ...


@runtime_checkable
class Inquiring(Protocol):
    """A feed that can ask single devices for more. Every call returns at once."""

    def inquire(self, target: Target, what: What) -> None:
        """Ask it what it is, which unit ids answer, or for the values its profile names."""
        ...

    def leave(self, target: Target, what: What) -> None:
        """Stop asking it that, and close the connection."""
        ...


@runtime_checkable
class Ender(Protocol):
    """A feed that can end others' sessions. Every call returns at once and is recorded."""

    @property
    def user(self) -> str:
        """Who does it, as it is recorded."""
        ...

    def end_session(self, session: Session) -> Future[Outcome]:
        """End this session and nothing else."""
        ...

    def end_process(self, session: Session, held: Holder) -> Future[Outcome]:
        """End the whole program that holds this session."""
        ...


class Question(NamedTuple):
    """What must be agreed to before it is done: a sweep of a large network, the end of a session."""

    title: str
    lines: tuple[str, ...]
    yes: str = "yes, start"
    """What `y` does, in a word or two."""
    no: str = "no, quit"
    """What every other answer does."""
