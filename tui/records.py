"""The values that events carry: targets, sessions, findings, and the words they are told in."""

from __future__ import annotations

from typing import Annotated, Final, Literal, NamedTuple, TypeAlias

import msgspec

from tui import limits
from tui.clean import SAFE_PATTERN

Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=limits.TEXT, pattern=SAFE_PATTERN)]
"""Text that has passed `tui.clean`; decoding a recording refuses any other."""
Port: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]

ProbeState: TypeAlias = Literal[
    "answers", "open", "refused", "timeout", "host-unreachable", "net-unreachable", "prohibited",
    "no-neighbour", "error",
]  # fmt: skip
Reply: TypeAlias = Literal["", "answer", "exception", "silent", "closed", "reset", "other", "malformed"]
"""What came after TCP connected: a Modbus answer or exception, nothing, the end, or other bytes."""
Closed: TypeAlias = Literal["", "fin", "fin-acked", "reset", "unconfirmed"]
"""How our connection ended: both sides closed, our FIN acknowledged, reset by the peer, or not known."""
End: TypeAlias = Literal["", "client", "device"]
"""One end of a session, or neither."""
Ending: TypeAlias = Literal["", "fin", "reset", "refused", "unanswered", "replaced", "forgotten"]
"""How a session ended: both closed, a RST in its midst, a RST instead of an acceptance, a SYN that got no
answer, a new connection of the same ports, or dropped here to make room. Empty where that is not known."""
Certainty: TypeAlias = Literal["proven", "likely", "possible"]
Face: TypeAlias = Literal[
    "answers", "exception", "path", "target-silent", "silent", "closed", "malformed", "other-unit"
]
"""How a unit id met a harmless read: by its register; by an exception; by 0A, the gateway has no way to it;
by 0B, nothing behind the gateway answers there; not at all; by the end of the connection; by bytes that are
no answer; by an answer that names another unit id."""
Judgement: TypeAlias = Literal["ignores-unit", "gateway", "single", "several", "refuses", "nothing"]
"""What it is: a device that answers whatever the unit id says; a gateway; one device; several unit ids that
differ; something that answers every unit id asked with an exception; nothing that answers."""
CauseId: TypeAlias = Literal[
    "name-unresolved", "address-suspect", "no-route", "wrong-egress", "local-firewall-out",
    "local-firewall-in", "local-ports-exhausted",
    "no-neighbour", "gateway-down", "duplicate-ip", "host-unreachable", "net-unreachable",
    "filtered-icmp", "filtered-drop", "filtered-reset", "silent", "state-expired",
    "not-listening", "wrong-port", "tls-only", "cool-down",
    "slots-full", "stale-sessions", "client-leak", "reconnect-storm",
    "wrong-unit", "gateway-path", "gateway-target", "busy", "rtu-over-tcp", "not-modbus", "mute", "slow",
    "needs-warm-up", "idle-close", "bad-frames",
    "flapping", "asleep", "healthy",
]  # fmt: skip


class Target(NamedTuple):
    """One TCP service that may be a Modbus device."""

    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"


DEFAULT_PORT: Final = 502
"""The registered port of Modbus TCP (Modbus Messaging on TCP/IP Implementation Guide V1.0b, p. 9)."""


class SessionKey(NamedTuple):
    """One TCP connection, named the same way from whichever end or vantage it is seen."""

    client: str
    client_port: int
    address: str
    port: int
    netns: str
    """Of a connection on loopback: elsewhere the addresses tell, from whichever namespace it is seen."""


def is_loopback(address: str) -> bool:
    """Whether *address* is one of its host's, or its network namespace's, own."""
    return address.startswith("127.") or address == "::1"


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A value that events carry."""


class KnownDevice(Record, frozen=True, kw_only=True):
    """What the configuration says of a device."""

    address: Text
    port: Port = DEFAULT_PORT
    name: Text = ""
    profile: Text = ""
    product: Text = ""
    """Maker and model, where a profile was named."""
    limit: int | None = None
    """Connections it takes at once."""
    limit_source: Text = ""
    unit: int | None = None
    """Unit id to ask, where one was given."""
    asleep: Text = ""
    """Hours of the day in which it sleeps, as `tui.hours` reads them."""


class Talk(Record, frozen=True, kw_only=True):
    """What was said in a session whose traffic passes where it is seen."""

    requests: int = 0
    exceptions: int = 0
    unanswered: int = 0
    """Requests given up, or waiting longer than an answer may take."""
    units: Annotated[tuple[int, ...], msgspec.Meta(max_length=limits.TALK_LISTED)] = ()
    """The lowest unit ids asked."""
    functions: Annotated[tuple[int, ...], msgspec.Meta(max_length=limits.TALK_LISTED)] = ()
    """The lowest function codes of the requests."""
    period_s: float | None = None
    """Mean time between requests."""
    pause_s: float = 0.0
    """Longest time between two requests."""
    answer_ms: float | None = None
    """Mean, from request to answer as they passed."""
    foreign: int = 0
    """Segments with data that is no Modbus TCP."""
    silent: End = ""
    """The end that has not reacted to several repetitions of the other: gone without a word."""


class Session(Record, frozen=True, kw_only=True):
    """One TCP connection to a watched port, as last seen. Times are wall seconds."""

    client: Text
    client_port: Port
    address: Text
    port: Port
    netns: Text = ""
    state: Text
    """TCP state at the client's end where this host has it, else at the device's: `ESTABLISHED` and so on."""
    side: Literal["client", "device", "both", "none"]
    """Which ends are on this host. With neither, the state is that at the client's end."""
    device_state: Text = ""
    """TCP state at the device's end, where this host has that too."""
    pid: int | None = None
    process: Text = ""
    """Client process where it is on this host, else the serving process."""
    user: Text = ""
    since: float
    """First seen: the session is at least this old."""
    began: bool = False
    """Its beginning was seen, so that `since` is just that."""
    active_at: float | None = None
    """Last data received at the end we see, from tcp_info; of either end where the traffic is seen."""
    rtt_ms: float | None = None
    retransmits: int = 0
    """Retransmitted segments in all."""
    backoff: int = 0
    """Times the retransmit timer has doubled since the last acknowledgement."""
    unacked: int = 0
    send_queue: int = 0
    receive_queue: int = 0
    vantage: Text = ""
    """The vantage whose figures these are."""
    seen_by: tuple[Text, ...] = ()
    """Every vantage that sees it, where there are several."""
    expires_at: float | None = None
    """When the firewall that tracks it forgets it, unless a packet comes."""
    dialled: Text = ""
    """What its client dialled, where that is translated to the device's address or port."""
    talk: Talk | None = None
    """What was said in it, where its traffic is seen."""
    ours: bool = False
    """One of port502's own connections: shown, but never counted as somebody's."""

    @property
    def key(self) -> SessionKey:
        """Identity of the connection."""
        netns = self.netns
        if netns and not is_loopback(self.address):
            netns = ""
        return SessionKey(self.client, self.client_port, self.address, self.port, netns)

    @property
    def target(self) -> Target:
        """The device it goes to."""
        return Target(self.address, self.port)


class ClientPast(Record, frozen=True, kw_only=True):
    """How long a client of a device is known."""

    first_at: float
    day: int
    """The last one on which it was seen: whole days since 1970, UTC."""
    days: int
    """On how many it was seen."""


class Evidence(Record, frozen=True, kw_only=True):
    """One observation behind a finding, in the words and units of the screen."""

    rung: Text
    asked: Text
    answer: Text
    ms: float | None = None
    sender: Text | None = msgspec.field(default=None, name="from")
    raw: Text | None = None
    """Bytes as hex."""


class Comment(Record, frozen=True, kw_only=True):
    """What somebody wrote about a finding or a device."""

    at: float
    user: Text
    text: Text


Comments: TypeAlias = Annotated[tuple[Comment, ...], msgspec.Meta(max_length=limits.COMMENTS)]
"""The newest ones, oldest first."""


class Finding(Record, frozen=True, kw_only=True):
    """One thing wrong with one device, or with several for one reason: what, how sure, why, what to do."""

    address: Text
    """Of the device; of what several devices share where the port is 0: a gateway, a sender, a network."""
    port: Port
    cause: CauseId
    form: Text = ""
    certainty: Certainty
    priority: Annotated[int, msgspec.Meta(ge=1, le=3)]
    """1 first, 3 last."""
    title: Text
    evidence: tuple[Evidence, ...] = ()
    could_also_be: tuple[CauseId, ...] = ()
    decide_by: Text = ""
    remedies: tuple[Text, ...] = ()
    opened_at: float = 0.0
    updated_at: float = 0.0
    cleared_at: float | None = None
    witnessed: bool = False
    """It was seen to begin: it was not there when this run had looked at everything for the first time."""
    acknowledged_at: float | None = None
    acknowledged_by: Text = ""
    shelved_until: float | None = None
    shelved_till_change: bool = False
    """Put aside until it says something else, or comes again after it has cleared."""
    shelved_by: Text = ""
    comments: Comments = ()
    fading_since: float | None = None
    """Nothing has backed it since then; it clears unless that changes soon."""
    times: int = 1
    """How often it has opened."""
    culprit: Text = ""
    """What is to blame where it is not the device: the address of a gateway or of a sender of errors."""
    joined: Text = ""
    """Id of the finding that speaks for this one and for others of the same cause, or empty."""
    replaced_by: Text = ""
    """Id of the finding that says it better; set when it clears for that reason."""

    @property
    def id(self) -> str:
        """Stable name: one finding a device and cause."""
        return f"{self.address}/{self.port}/{self.cause}"

    @property
    def is_joint(self) -> bool:
        """Whether it speaks for several devices."""
        return self.port == 0

    @property
    def about(self) -> str:
        """What it is about, as people write it."""
        return self.address if self.is_joint else str(self.target)

    @property
    def target(self) -> Target:
        """The device it is about."""
        return Target(self.address, self.port)
