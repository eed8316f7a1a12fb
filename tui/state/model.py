"""What the store holds of a device, and what its sessions mean for its connection slots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv6Network
from typing import Final, NamedTuple, TypeAlias

from tui.device_events import Identified, Peeked, UnitsSeen
from tui.event import Event
from tui.events import Climbed, Health, RunStarted, StateChanged
from tui.mark_events import Service
from tui.records import ClientPast, Closed, Comments, Finding, ProbeState, Record, Reply, Session, Target
from tui.session_events import Counted, Heard, VantageStatus
from tui.state.counts import History
from tui.state.past import Past
from tui.trouble_events import TroubleStep

ALIVE: Final[frozenset[ProbeState]] = frozenset({"answers", "open", "refused"})
"""Outcomes in which something at the address spoke."""
REACHED: Final[frozenset[ProbeState]] = frozenset({"answers", "open"})
"""Outcomes in which TCP connected."""

OBSERVED: Final = "observed"
"""Begins the source of a limit that nobody told, but that was seen."""
RECOGNISED: Final = "recognised"
"""Begins the source of a limit of the product that a device was recognised as."""

# A device's slot is taken from its SYN-ACK until the device itself has closed. Seen from the client, a
# FIN of ours that is unanswered (FIN_WAIT1, FIN_WAIT2) leaves the device in CLOSE_WAIT with the slot
# taken, while CLOSE_WAIT here means that the device has let go. Seen from the device it is the reverse.
_TAKEN_SEEN_BY_CLIENT: Final = frozenset({"ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSING"})
_TAKEN_SEEN_BY_DEVICE: Final = frozenset({"ESTABLISHED", "CLOSE_WAIT", "SYN_RECV"})


class Look(NamedTuple):
    """How the last question ended, without figures."""

    state: ProbeState | None
    reply: Reply
    exception: int | None


class TurnedAway(NamedTuple):
    """A connection of ours that a device did not want while it held others."""

    at: float
    held: int
    form: str
    exact: bool
    """All that it held were seen."""


class Device(Record, frozen=True, kw_only=True):
    """One target: what is known of it and how the last question ended. Times are wall seconds."""

    address: str
    port: int
    name: str = ""
    product: str = ""
    limit: int | None = None
    limit_source: str = ""
    limit_least: int | None = None
    """Where its limit is not known: connections it was seen to hold when it turned one more away."""
    turned_away: TurnedAway | None = None
    """How it turned us away last, while others held connections."""
    counted: Counted | None = None
    """Its own count of its connections."""
    heard: Heard | None = None
    """What traffic tells of the connections asked of it."""
    expected: bool = False
    """Named by the configuration or the command line, or has connected before: its silence is news."""
    state: ProbeState | None = None
    before: ProbeState | None = None
    """The outcome before this one, where it differed."""
    since: float = 0.0
    """When this outcome was first seen."""
    asked_at: float = 0.0
    reached_at: float | None = None
    """When TCP last connected."""
    ms: float | None = None
    answer_ms: float | None = None
    sender: str | None = None
    detail: str = ""
    reply: Reply = ""
    unit: int | None = None
    exception: int | None = None
    raw: str | None = None
    closed: Closed = ""
    pause_s: float = 0.0
    """Seconds waited before the last question, since it is known to need that."""
    spared: str = ""
    """Why it was left alone when its turn came last, or empty."""
    climb: Climbed | None = None
    """The newest climb of the ladder, done or under way."""
    found: Climbed | None = None
    """The last finished climb, as long as what it found goes for how the device is now."""
    identity: Identified | None = None
    """What it said it is, when it was asked last."""
    units: UnitsSeen | None = None
    """Which unit ids answer at its address."""
    peek: Peeked | None = None
    """What its profile's registers held when somebody asked last."""
    notes: Comments = ()
    """What people wrote about it."""
    out: Service | None = None
    """Who took it out of service, and when; None while it is in service."""
    asleep: str = ""
    """Hours of the day in which it sleeps, as the configuration has them."""
    look_before: Look | None = None
    """How it looked before that climb: a sweep may see less than a climb, and see it again."""

    @property
    def target(self) -> Target:
        """Its identity."""
        return Target(self.address, self.port)

    @property
    def look(self) -> Look:
        """How it looks to whoever asks it."""
        return Look(self.state, "closed" if self.reply == "reset" else self.reply, self.exception)


class Way(NamedTuple):
    """How this host reaches a network, as a climb found it."""

    route: str
    gateway: str
    interface: str


class SweepStatus(Record, frozen=True, kw_only=True):
    """Where the sweep stands."""

    number: int = 0
    running: bool = False
    done: int = 0
    total: int = 0
    rate: float = 0.0
    left_s: float | None = None
    took_s: float | None = None
    counts: Mapping[ProbeState, int] = {}


class Snapshot(Record, frozen=True, kw_only=True):
    """Everything the screen draws and the reports print, at one moment. Nothing in it ever changes."""

    at: float
    run: RunStarted | None
    devices: Mapping[Target, Device]
    sessions: Mapping[Target, tuple[Session, ...]]
    findings: Mapping[str, Finding]
    health: Mapping[str, Health]
    vantages: Mapping[str, VantageStatus]
    changes: tuple[StateChanged, ...]
    ways: Mapping[str, Way]
    """How each network was found to be reached, by `network_of` of an address in it."""
    sweep: SweepStatus
    probing: bool
    counts: Mapping[Target, History] = {}
    """How many connections of each device were taken lately."""
    pasts: Mapping[Target, Past] = {}
    """What each device that is expected or was ever reached did lately."""
    clients: Mapping[Target, Mapping[str, ClientPast]] = {}
    """The clients that each device has had."""
    trouble: tuple[TroubleStep, ...] = ()
    """How many findings were open over the last hours: the steps in which that moved."""
    log: tuple[Event, ...] = ()
    """The newest turns: findings, changes, health, oldest first."""


DirtyKey: TypeAlias = Target | str
"""A target whose device or sessions changed, or `finding:ID`, `health:SOURCE`, `vantage:NAME`, `change:`,
`act:`, `trouble`, `sweep`, `run`."""


def network_of(address: str) -> str:
    """The /24 of an IPv4 address, the /64 of an IPv6 one, as text; "" where it is neither."""
    head, dot, _ = address.rpartition(".")
    if dot:
        return f"{head}.0/24"
    try:
        return str(IPv6Network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return ""


def holds_slot(session: Session) -> bool:
    """Whether the device at the far end spends a connection on this session, which is not our own."""
    if session.ours:
        return False
    if session.side == "client" and session.device_state == "SYN_RECV":
        return False  # made as its client sees it, and never taken by the device
    if session.side == "device":
        return session.state in _TAKEN_SEEN_BY_DEVICE
    if session.side == "both" and session.device_state:
        return session.device_state in _TAKEN_SEEN_BY_DEVICE
    return session.state in _TAKEN_SEEN_BY_CLIENT


def slots_taken(sessions: Iterable[Session]) -> int:
    """Connections of a device that are taken, as far as we see: a lower bound."""
    return sum(map(holds_slot, sessions))
