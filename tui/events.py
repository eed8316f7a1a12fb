"""The one vocabulary: everything observed, as frozen events that are also the journal's lines."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from tui.device_events import AnyDeviceEvent
from tui.event import Event
from tui.mark_events import AnyMark
from tui.records import (
    Closed,
    Evidence,
    Finding,
    KnownDevice,
    Port,
    ProbeState,
    Reply,
    Target,
    Text,
)
from tui.session_events import (
    Acted,
    ClientsKnown,
    Counted,
    Heard,
    LimitObserved,
    SessionGone,
    SessionSeen,
    VantageStatus,
)
from tui.trouble_events import TroubleKnown


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
    pause_s: float = 0.0
    """Seconds waited before the request, since this device is known to need that."""
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
    """A finding opened, was updated, cleared, or somebody marked it."""

    change: Literal["opened", "updated", "cleared", "acknowledged", "shelved", "unshelved", "commented"]
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
    | Acted | Climbed | FindingChanged | Probing | Health | AnyDeviceEvent | AnyMark | TroubleKnown
)  # fmt: skip

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
