"""The one vocabulary: everything observed, as frozen events that are also the journal's lines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import msgspec

from tui.records import (
    ClientPast,
    Closed,
    End,
    Ending,
    Evidence,
    Finding,
    KnownDevice,
    Port,
    ProbeState,
    Record,
    Reply,
    Session,
    SessionKey,
    Target,
    Text,
)


class Event(Record, frozen=True, kw_only=True, tag_field="kind"):
    """Something that happened at a moment (wall seconds)."""

    at: float

    @property
    def key(self) -> tuple[object, ...] | None:
        """Events with the same key supersede one another; None never does."""
        return None


class RunStarted(Event, tag="run", frozen=True, kw_only=True):
    """The monitor began, or a new journal file did: what a reader needs to make sense of the rest."""

    version: Text
    host: Text
    networks: tuple[Text, ...] = ()
    ports: tuple[Port, ...] = ()
    known: tuple[KnownDevice, ...] = ()


class SweepStarted(Event, tag="sweep-started", frozen=True, kw_only=True):
    """A sweep began."""

    sweep: int
    hosts: int
    connections: int
    rate: float
    """New connections a second it may open."""


class SweepProgress(Event, tag="sweep-progress", frozen=True, kw_only=True):
    """How far the sweep is."""

    sweep: int
    done: int
    total: int
    rate: float
    """Connections a second over the last moments."""
    left_s: float | None

    @property
    def key(self) -> tuple[object, ...]:
        """Only the newest matters."""
        return ("sweep-progress",)


class SweepEnded(Event, tag="sweep-ended", frozen=True, kw_only=True):
    """A sweep is over, or was stopped."""

    sweep: int
    took_s: float
    counts: dict[ProbeState, int]
    stopped: bool = False


class Probed(Event, tag="probed", frozen=True, kw_only=True):
    """The outcome of asking one address on one port."""

    address: Text
    port: Port
    state: ProbeState
    ms: float | None = None
    """From SYN to its answer; for `timeout` what was waited."""
    answer_ms: float | None = None
    """From request to Modbus answer."""
    sender: Text | None = msgspec.field(default=None, name="from")
    """Who answered, where that is known: the device, a router, or this host itself."""
    detail: Text = ""
    reply: Reply = ""
    unit: int | None = None
    exception: int | None = None
    """Modbus exception code of the answer; 0x0B is a gateway with a silent target, not a fault of TCP."""
    raw: Text | None = None
    """Answer bytes as hex."""
    closed: Closed = ""
    since: float | None = None
    """When this outcome was first seen, where that was earlier."""
    reached_at: float | None = None
    """When TCP last connected, where that was earlier."""

    @property
    def key(self) -> tuple[object, ...]:
        """The newest outcome of a target stands for it."""
        return ("probed", self.address, self.port)

    @property
    def target(self) -> Target:
        """What was asked."""
        return Target(self.address, self.port)


class Spared(Event, tag="spared", frozen=True, kw_only=True):
    """A device was left alone in this sweep, and why."""

    address: Text
    port: Port
    reason: Text

    @property
    def key(self) -> tuple[object, ...]:
        """The newest reason stands."""
        return ("spared", self.address, self.port)


class StateChanged(Event, tag="changed", frozen=True, kw_only=True):
    """A target's outcome differs from the sweep before."""

    address: Text
    port: Port
    before: ProbeState
    after: ProbeState


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


class Climbed(Event, tag="climb", frozen=True, kw_only=True):
    """How far one climb of the ladder has come: all it knows so far."""

    address: Text
    port: Port
    typed: Text = ""
    """Name or address as typed, where it was."""
    unit: int = 1
    facts: dict[Text, Text] = msgspec.field(default_factory=dict)
    details: dict[Text, Text] = msgspec.field(default_factory=dict)
    """Names for the sentences of the verdict: gateway, sender, holder and so on."""
    evidence: tuple[Evidence, ...] = ()
    asked: tuple[Text, ...] = ()
    asking: Text = ""
    """The question under way."""
    untried: dict[Text, Text] = msgspec.field(default_factory=dict)
    """Questions that could not be asked, and why."""
    connections: int = 0
    """To the port examined."""
    packets: int = 0
    seconds: float = 0.0
    done: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """The newest report stands for the climb."""
        return ("climb", self.address, self.port)

    @property
    def target(self) -> Target:
        """What is examined."""
        return Target(self.address, self.port)


class FindingChanged(Event, tag="finding", frozen=True, kw_only=True):
    """A finding opened, was updated, cleared, acknowledged or shelved."""

    change: Literal["opened", "updated", "cleared", "acknowledged", "shelved"]
    finding: Finding

    @property
    def key(self) -> tuple[object, ...] | None:
        """Updates supersede one another; each turn of the finding's life is kept."""
        return ("finding", self.finding.id) if self.change == "updated" else None


class Probing(Event, tag="probing", frozen=True, kw_only=True):
    """All probing was stopped or allowed again."""

    allowed: bool


class Health(Event, tag="health", frozen=True, kw_only=True):
    """How a part of the monitor itself is doing."""

    source: Text
    ok: bool
    text: Text = ""

    @property
    def key(self) -> tuple[object, ...]:
        """One status a part."""
        return ("health", self.source)


AnyEvent: TypeAlias = (
    RunStarted | SweepStarted | SweepProgress | SweepEnded | Probed | Spared | StateChanged | SessionSeen
    | SessionGone | VantageStatus | Heard | Counted | LimitObserved | ClientsKnown
    | Acted | Climbed | FindingChanged | Probing | Health
)  # fmt: skip

Emit: TypeAlias = Callable[[Event], None]
"""Hands an event to whoever folds it; never blocks."""

RECORDING: Final = "recording"
"""Source of the health that says that a recording, or a capture file, has been played."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def encode(event: Event) -> bytes:
    """The event as one line of JSON, without the line end."""
    return _encoder.encode(event)


def decode(line: bytes) -> AnyEvent:
    """The event in a line of JSON.

    Raises:
        msgspec.DecodeError: the line is not JSON, or not an event of this vocabulary.
    """
    return _decoder.decode(line)
