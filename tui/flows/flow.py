"""One session as it is being followed: both directions, and the figures they add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tui.flows.records import Traffic
from tui.flows.talk import Told, members
from tui.limits import ANSWER_S
from tui.records import End, Ending

if TYPE_CHECKING:
    from tui.flows.tally import Client, Device

REPEATS_UNHEARD: Final = 3  # repetitions without any sign of the other end before it counts as gone

UNKNOWN: Final = -1
LOST: Final = 0  # where messages begin is not known
START: Final = 1  # nothing was said yet
KNOWN: Final = 2
_BIG: Final = 1 << 31
_MASK: Final = 0xFFFFFFFF


class Half:
    """One direction: what its sender has sent, and how far it is understood."""

    __slots__ = (
        "ack", "client", "copies", "fin", "flow", "foreign", "gaps", "head", "held", "keepalives", "kind",
        "last_at", "next", "other", "repeats", "retransmits", "seen_at", "skip", "step",
    )  # fmt: skip

    flow: Flow
    other: Half

    def __init__(self, *, client: bool) -> None:
        self.client = client
        self.next = UNKNOWN
        """The sequence number expected next."""
        self.ack = UNKNOWN
        """The other side's sequence number this side expects next."""
        self.fin = UNKNOWN
        """The sequence number after its FIN."""
        self.last_at = 0.0
        """When it last sent data not sent before."""
        self.seen_at = 0.0
        """When it last sent anything."""
        self.repeats = 0
        self.retransmits = 0
        self.keepalives = 0
        self.copies = 0
        self.gaps = 0
        self.held: list[tuple[int, int, bytes]] = []
        """Segments that came before their turn: sequence number, length, data."""
        self.step = LOST
        """Whether it is known where the next message begins."""
        self.head = b""
        """The beginning of a message, of whose header the rest is still to come."""
        self.skip = 0
        """Bytes left of a message whose header is known."""
        self.kind = -1
        """Unit id and function code of the last message."""
        self.foreign = 0

    def fin_acknowledged(self) -> bool:
        """Whether the other side has confirmed the end."""
        ack = self.other.ack
        return self.fin >= 0 and ack >= 0 and (ack - self.fin) & _MASK < _BIG


class Flow:
    """One session. Its `stage` is the TCP state at the client's end; SYN_RECV as long as only that has it."""

    __slots__ = (
        "active_at", "address", "always", "answer_s", "answered", "asked_at", "asker", "client",
        "client_port", "codes", "confirmed", "denials", "device", "ended_at", "ended_by", "ending",
        "exceptions", "first_asked_at", "forward", "functions", "given_up", "held_slot", "held_then", "key",
        "midstream", "paused_s", "pending", "plain", "port", "requests", "responses", "rtt_s", "since",
        "slowest_s", "stage", "taken_at", "tally", "told", "turn_s", "unanswered", "unasked", "units",
        "waits_at",
    )  # fmt: skip

    def __init__(self, ends: tuple[str, int, str, int], key: bytes, at: float, *, midstream: bool) -> None:
        self.client, self.client_port, self.address, self.port = ends
        self.key = key
        """As found in a packet from the client."""
        self.forward, self.device = Half(client=True), Half(client=False)
        self.forward.flow = self.device.flow = self
        self.forward.other, self.device.other = self.device, self.forward
        self.tally: Device | None = None
        self.asker: Client | None = None
        self.stage = "ESTABLISHED" if midstream else "SYN_SENT"
        self.plain = False
        """Established: most segments need no closer look."""
        self.held_slot = False
        self.held_then = 0
        """Sessions that the device held when this one began."""
        self.taken_at = 0.0
        """When it took one of the device's connections."""
        self.confirmed = True
        """Not held by the client's word alone: more than an acceptance came from the device."""
        self.turn_s = 0.0
        """From the client's asking for it to the device's acceptance."""
        self.denials = 0
        """Signs that the device has not taken it in, though its client believes so."""
        self.waits_at = at
        """When it began to wait for being established; where it was denied, when that was last."""
        self.given_up = False
        """Its opening has waited too long for an answer."""
        self.told: Told | None = None
        self.midstream = midstream
        self.always = False
        """It was there before anything was seen."""
        self.since = at
        self.active_at: float | None = None
        self.ended_at: float | None = None
        self.ended_by: End = ""
        self.ending: Ending = ""
        self.rtt_s: float | None = None
        self.pending: dict[int, float] = {}
        """Transaction ids that wait for an answer, and since when."""
        self.requests = self.responses = self.exceptions = self.unanswered = self.unasked = 0
        self.units = self.functions = self.codes = 0
        """Sets of bytes, one bit each."""
        self.answered = 0
        self.answer_s = self.slowest_s = 0.0
        self.asked_at = self.first_asked_at = self.paused_s = 0.0

    @property
    def closed(self) -> bool:
        """Nothing more will come."""
        return self.ended_at is not None

    @property
    def last_at(self) -> float:
        """The last segment of either side."""
        return max(self.since, self.forward.seen_at, self.device.seen_at)

    @property
    def silent(self) -> End:
        """The end that does not react any more, or neither."""
        if self.forward.repeats >= REPEATS_UNHEARD:
            return "device"
        return "client" if self.device.repeats >= REPEATS_UNHEARD else ""

    def traffic(self, now: float) -> Traffic:
        """Its figures at wall time *now*."""
        late = self.late(now)
        return Traffic(
            client=self.client,
            client_port=self.client_port,
            address=self.address,
            port=self.port,
            state=self.stage,
            since=self.since,
            midstream=self.midstream,
            last_at=self.last_at,
            active_at=self.active_at,
            requests=self.requests,
            responses=self.responses,
            exceptions=self.exceptions,
            exception_codes=members(self.codes),
            unanswered=self.unanswered + late,
            waiting=len(self.pending) - late,
            unasked=self.unasked,
            units=members(self.units),
            functions=members(self.functions),
            answer_ms=self.answer_s / self.answered * 1e3 if self.answered else None,
            slowest_ms=self.slowest_s * 1e3 if self.answered else None,
            period_s=self.period_s(),
            pause_s=self.paused_s,
            rtt_ms=None if self.rtt_s is None else self.rtt_s * 1e3,
            client_retransmits=self.forward.retransmits,
            device_retransmits=self.device.retransmits,
            keepalives=self.forward.keepalives + self.device.keepalives,
            copies=self.forward.copies + self.device.copies,
            gaps=self.forward.gaps + self.device.gaps,
            foreign=self.forward.foreign + self.device.foreign,
            ended_at=self.ended_at,
            ended_by=self.ended_by,
            ending=self.ending,
            silent=self.silent,
        )

    def period_s(self) -> float | None:
        """Mean seconds between requests; None before the second."""
        if self.requests < 2:  # noqa: PLR2004 - between two
            return None
        return (self.asked_at - self.first_asked_at) / (self.requests - 1)

    def late(self, now: float) -> int:
        """Requests that have waited longer than an answer may take."""
        return sum(now - asked > ANSWER_S for asked in self.pending.values())
