"""What is observed of sessions, and of who holds how many of a device's connections."""

from __future__ import annotations

from typing import Literal

import msgspec

from tui.event import Event
from tui.records import ClientPast, End, Ending, Port, Record, Session, SessionKey, Target, Text


class SessionSeen(Event, tag="session", frozen=True, kw_only=True):
    """A session is there, or its figures moved."""

    session: Session

    @property
    def key(self) -> tuple[object, ...]:
        """The newest sample stands for the session."""
        return ("session", *self.session.key)


class SessionGone(Event, tag="session-gone", frozen=True, kw_only=True):
    """A session is no longer there."""

    client: Text
    client_port: Port
    address: Text
    port: Port
    netns: Text = ""
    ended_by: End = ""
    """Who closed first, or reset it, where that was seen."""
    ending: Ending = ""

    @property
    def session(self) -> SessionKey:
        """Identity of the connection."""
        return SessionKey(self.client, self.client_port, self.address, self.port, self.netns)

    @property
    def key(self) -> tuple[object, ...]:
        """Supersedes every sample of the same session."""
        return ("session", *self.session)


class VantageStatus(Event, tag="vantage", frozen=True, kw_only=True):
    """What one way of seeing sessions sees, and whether it works."""

    name: Text
    works: bool
    sees: Text
    detail: Text = ""
    exact: bool = False
    """Whether whoever set it up vouches that no session of a device passes it by."""
    since: float | None = None
    """Since when it has seen without a break."""

    @property
    def key(self) -> tuple[object, ...]:
        """One status a vantage."""
        return ("vantage", self.name)


class Evicted(Record, frozen=True, kw_only=True):
    """A device ended its oldest session just after it had accepted another."""

    at: float
    session: Text
    """Whose, as client and port."""
    by: Text
    """Whose connection came, as client and port."""


class Heard(Event, tag="heard", frozen=True, kw_only=True):
    """What traffic tells of the connections asked of a device, in all since the vantage began."""

    address: Text
    port: Port
    attempts: int = 0
    refused: int = 0
    unanswered: int = 0
    hung_up: int = 0
    """Accepted and closed by the device at once, without a word."""
    most: int = 0
    """Most connections held at once."""
    turned_away_at: int | None = None
    """Connections held when one more was turned away from a client that it serves at other times."""
    turned_away_as: Literal[
        "", "refused", "no-syn-ack", "accepted-closed", "accepted-mute", "evicts-oldest"
    ] = ""
    """How: the form that its limit took."""
    storms: dict[Text, int] = msgspec.field(default_factory=dict)
    """Clients that connect over and over just now: how often within the last minute."""
    half_open: int = 0
    """Connections asked for and never completed that were forgotten, since there were too many at once."""
    evicted: tuple[Evicted, ...] = ()
    """The newest, oldest first."""
    cards: tuple[Text, ...] = ()
    """Hardware addresses that claimed its address by turns lately; empty while one does."""

    @property
    def key(self) -> tuple[object, ...]:
        """The newest figures stand for the device."""
        return ("heard", self.address, self.port)

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


class Counted(Event, tag="counted", frozen=True, kw_only=True):
    """What a device says of its own connections, as its profile lets it be read."""

    address: Text
    port: Port
    count: int
    """Connections in use, ours not among them."""
    limit: int | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """The newest count stands."""
        return ("counted", self.address, self.port)

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


class LimitObserved(Event, tag="limit", frozen=True, kw_only=True):
    """How many connections a device was seen to hold when it turned one more away."""

    address: Text
    port: Port
    limit: int
    """0 takes back what was told before: it holds more than that."""
    sure: bool
    """Every connection was seen; without that it is a lower bound of the limit."""
    source: Text = ""

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands."""
        return ("limit", self.address, self.port)

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


class ClientsKnown(Event, tag="clients", frozen=True, kw_only=True):
    """The clients that a device has had: what a new recording must begin with."""

    address: Text
    port: Port
    clients: dict[Text, ClientPast]

    @property
    def key(self) -> tuple[object, ...]:
        """The newest stands."""
        return ("clients", self.address, self.port)

    @property
    def target(self) -> Target:
        """The device."""
        return Target(self.address, self.port)


class Acted(Event, tag="act", frozen=True, kw_only=True):
    """Somebody at this console did something to others' sessions, and what came of it."""

    user: Text
    act: Literal["end-session", "end-process"]
    session: Session
    ok: bool
    text: Text
