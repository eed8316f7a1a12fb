"""From what is observed to the lines of a recording: with the findings that the diagnosis makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeAlias

from tui import limits
from tui.clock import SystemClock
from tui.diagnosis import alarms, joint
from tui.event import Event
from tui.events import encode
from tui.records import Target
from tui.state.store import Store
from tui.workers.marks import Marks

USER: Final = "ops"
"""Who sits at the console."""

_REVIEWS: Final = 10
"""Times that findings which only time changes are looked at between two events, at the most."""


class Said(NamedTuple):
    """Somebody at the console says something of every finding that is open about an address."""

    at: float
    address: str
    say: Callable[[Marks, str], None]
    """Told where to, and of which finding."""


class _Moment(SystemClock):
    """The moment at which it is said."""

    def __init__(self, at: float) -> None:
        self._at = at

    def wall(self) -> float:
        return self._at


Told: TypeAlias = Event | Said


def recorded(told: Iterable[Told]) -> Iterator[bytes]:
    """The lines of a recording of these, which are put into the order of time."""
    store = Store()
    reviewed = 0.0
    for one in sorted(told, key=lambda one: one.at):
        reviewed = reviewed or one.at
        for _ in range(_REVIEWS):
            if one.at - reviewed < limits.REVIEW_S:
                break
            reviewed = max(reviewed + limits.REVIEW_S, one.at - (_REVIEWS - 1) * limits.REVIEW_S)
            yield from _by_time(store, reviewed)
        for event in _marks(store, one) if isinstance(one, Said) else (one,):
            yield from _fold(store, event, one.at)


def _marks(store: Store, said: Said) -> list[Event]:
    about = [
        one.id for one in store.findings.values() if one.address == said.address and one.cleared_at is None
    ]
    came: list[Event] = []
    marks = Marks(came.append, _Moment(said.at), store.findings.get, USER)
    for finding in about:
        said.say(marks, finding)
    return came


def _by_time(store: Store, now: float) -> Iterator[bytes]:
    """What time alone changes, and what several devices have in common."""
    for target in sorted(set(alarms.fading(store))):
        yield from _review(store, target, now)
    for change in joint.review(store, now):
        store.apply(change)
        yield encode(change)


def _fold(store: Store, event: Event, now: float) -> Iterator[bytes]:
    dirty = store.apply(event)
    yield encode(event)
    for target in sorted(key for key in dirty if isinstance(key, Target)):
        yield from _review(store, target, now)


def _review(store: Store, target: Target, now: float) -> Iterator[bytes]:
    for change in alarms.review(store, target, now):
        store.apply(change)
        yield encode(change)
