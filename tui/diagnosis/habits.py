"""How those who hold connections of a device behave: the usual culprits, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from tui import limits
from tui.events import Heard
from tui.records import ClientPast, Session, SessionKey
from tui.state.clients import is_new
from tui.state.model import holds_slot

FORGOTTEN_S: Final = 3600.0  # without data, before a connection counts as forgotten
POLLER_REQUESTS: Final = 10  # before a rhythm says anything
POLLER_PAUSE: Final = 5.0  # periods that the longest pause of a steady poller may last

Kind: TypeAlias = Literal["gone", "left-open", "storm", "several", "forgotten", "not-modbus", "new", "poller"]
"""Worst first: nobody reacts any more; the client never closed; it connects over and over; one of several;
says nothing for hours; speaks no Modbus; not among the usual clients; asks steadily."""
_WORST_FIRST: Final[tuple[Kind, ...]] = (
    "gone", "left-open", "storm", "several", "forgotten", "not-modbus", "new", "poller",
)  # fmt: skip


class Habit(NamedTuple):
    """What is worth knowing of one connection's holder."""

    kind: Kind
    words: str
    """At most some 26 characters."""
    short: str
    """At most 13."""

    @property
    def trouble(self) -> bool:
        """Whether it is likely to be in the way of others."""
        return self.kind not in {"new", "poller"}


def rank(habit: Habit | None) -> int:
    """Sorts the worst first."""
    return len(_WORST_FIRST) if habit is None else _WORST_FIRST.index(habit.kind)


def habits(
    sessions: Collection[Session],
    *,
    clients: Mapping[str, ClientPast],
    now: float,
    heard: Heard | None = None,
) -> dict[SessionKey, Habit]:
    """The worst habit of each of a device's *sessions* that has one, at wall time *now*."""
    held = Counter(holder(session) for session in sessions if holds_slot(session))
    storms = heard.storms if heard is not None else {}
    found = {}
    for session in sessions:
        if session.ours:
            continue
        several = held[holder(session)] if holds_slot(session) else 0
        habit = _of(session, several, storms.get(session.client, 0), now)
        if habit is None and is_new(clients, session.client):
            habit = Habit("new", "not among the usual clients", "new here")
        habit = habit or _steady(session)
        if habit is not None:
            found[session.key] = habit
    return found


def holder(session: Session) -> tuple[str, int]:
    """Who holds a connection: a process of this host, or another host."""
    return session.client, session.pid or 0


def quiet_s(session: Session, now: float) -> float:
    """Seconds without data, or since it was first seen where none has passed."""
    return now - (session.since if session.active_at is None else session.active_at)


def _of(session: Session, several: int, storm: int, now: float) -> Habit | None:
    talk = session.talk
    if is_gone(session):
        return Habit("gone", "half-open: nobody reacts", "half-open")
    if session.side != "device" and session.state == "CLOSE_WAIT":
        return Habit("left-open", "never closed its end", "left open")
    if storm:
        return Habit("storm", f"connects over and over: {storm}/min", "reconnects")
    if several >= limits.LEAK_SESSIONS:
        return Habit("several", f"one of {several} it holds", f"1 of {several}")
    if holds_slot(session) and quiet_s(session, now) >= FORGOTTEN_S:
        return Habit("forgotten", "forgotten? says nothing", "forgotten?")
    if talk is not None and talk.foreign and not talk.requests:
        return Habit("not-modbus", "speaks no Modbus", "no Modbus")
    return None


def is_gone(session: Session) -> bool:
    """Whether one end does not react any more, or the device alone still holds it."""
    if session.unacked and session.backoff >= limits.HALF_OPEN_BACKOFF:
        return True
    return session.talk is not None and session.talk.silent == "client"


def _steady(session: Session) -> Habit | None:
    talk = session.talk
    if talk is None or talk.period_s is None or talk.requests < POLLER_REQUESTS:
        return None
    if talk.pause_s > POLLER_PAUSE * max(talk.period_s, 0.1):
        return None
    every = f"{talk.period_s:.2g} s" if talk.period_s >= 1 else f"{talk.period_s * 1000:.2g} ms"
    return Habit("poller", f"polls every {every}", "polls")
