"""How those who hold connections of a device behave: the usual culprits, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from tui import limits
from tui.diagnosis.coarse import lasting, period
from tui.diagnosis.slots import who
from tui.records import ClientPast, Session, SessionKey
from tui.session_events import Heard
from tui.state.clients import newcomers
from tui.state.model import holds_slot

FORGOTTEN_S: Final = 3600.0
"""Without data before a connection counts as forgotten: no tool is left alone so long on purpose."""
STORM_TOLD_S: Final = 120.0
"""A storm is told again at each reading; what was told longer ago than this is over."""
POLLER_REQUESTS: Final = 10
"""Of one session, before its rhythm says anything."""
POLLER_PAUSE: Final = 5.0
"""Periods that the longest pause of a steady poller may last."""
_LEAST_PERIOD_S: Final = 0.1
_REFRESH_S: Final = 60.0
"""Of a busy host's thousands of sessions the figures may be this old."""

Kind: TypeAlias = Literal["gone", "left-open", "storm", "several", "forgotten", "not-modbus", "new", "poller"]
"""Worst first: an end does not react any more; the client never closed; it connects over and over; one of
several; says nothing for hours; speaks no Modbus; not among the usual clients; asks steadily."""
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
    """The worst habit of each of a device's *sessions* that has one, at wall time *now*; ours have none."""
    held = Counter(who(session) for session in sessions if holds_slot(session))
    storming = storms(heard, now)
    new = newcomers(clients, {session.client for session in sessions})
    found: dict[SessionKey, Habit] = {}
    for session in sessions:
        if session.ours:
            continue
        several = held[who(session)] if holds_slot(session) else 0
        habit = next(
            _of(session, several, now, storming=session.client in storming, new=session.client in new), None
        )
        if habit is not None:
            found[session.key] = habit
    return found


def storms(heard: Heard | None, now: float) -> Mapping[str, int]:
    """Clients that connect over and over at wall time *now*, and how often within a minute."""
    return heard.storms if heard is not None and now - heard.at <= STORM_TOLD_S else {}


def idle_s(session: Session, now: float) -> float | None:
    """Seconds since data last passed, or since it was first seen where none has; None where nobody knows."""
    if session.active_at is not None:
        return now - session.active_at
    # A socket of this host always tells; where it does not, it could not be read. Other vantages say
    # nothing as long as nothing has passed.
    return now - session.since if session.side == "none" or session.talk is not None else None


def is_gone(session: Session) -> bool:
    """Whether one end does not react any more."""
    if session.unacked and session.backoff >= limits.HALF_OPEN_BACKOFF:
        return True
    return client_is_gone(session)


def client_is_gone(session: Session) -> bool:
    """Whether the device sends in vain: its client does not react any more."""
    return session.talk is not None and session.talk.silent == "client"


def is_forgotten(session: Session, now: float) -> bool:
    """Whether it holds a connection of the device without any data for so long that nobody may want it."""
    idle = idle_s(session, now)
    return holds_slot(session) and idle is not None and idle >= FORGOTTEN_S


def _of(session: Session, several: int, now: float, *, storming: bool, new: bool) -> Iterator[Habit]:
    """What there is to say of one session, the worst first."""
    talk = session.talk
    if is_gone(session) and holds_slot(session):
        gone = "half-open: client gone" if client_is_gone(session) else "half-open: gone?"
        yield Habit("gone", gone, "half-open")
    if _device_holds_on(session):
        yield Habit("gone", "closed; device holds on", "device holds")
    if session.side != "device" and session.state == "CLOSE_WAIT":
        yield Habit("left-open", "never closed its end", "left open")
    if storming:
        yield Habit("storm", "connects over and over", "reconnects")
    idle = idle_s(session, now) if is_forgotten(session, now) else None
    if several >= limits.LEAK_SESSIONS:
        words = f"1 of {several} it holds" if idle is None else f"1 of {several}, idle {lasting(idle)}"
        yield Habit("several", words, f"1 of {several}")
    if idle is not None:
        yield Habit("forgotten", f"forgotten: idle {lasting(idle)}", "forgotten")
    if talk is not None and talk.foreign and not talk.requests:
        yield Habit("not-modbus", "speaks no Modbus", "no Modbus")
    if new:
        yield Habit("new", "new here", "new here")
    if polls(session, now) and talk is not None and talk.period_s is not None:
        yield Habit("poller", f"polls every {period(talk.period_s)}", "polls")


def _device_holds_on(session: Session) -> bool:
    """Whether the client has closed and the device has not."""
    at_device = session.state if session.side == "device" else session.device_state
    return session.side in {"device", "both"} and at_device == "CLOSE_WAIT"


def polls(session: Session, now: float) -> bool:
    """Whether it asks steadily, and still does."""
    talk = session.talk
    if talk is None or talk.period_s is None or talk.requests < POLLER_REQUESTS or not period(talk.period_s):
        return False
    longest = POLLER_PAUSE * max(talk.period_s, _LEAST_PERIOD_S)
    idle = idle_s(session, now)
    return talk.pause_s <= longest and idle is not None and idle <= longest + _REFRESH_S
