"""From TCP segments of both directions to sessions. No clock, no I/O: time is that of the segments.

Segments may come in any order, twice, in part, or not at all, from anybody; memory is bounded by what may
be held, never by how much passes. Addresses in different VLANs are not told apart. States as in RFC 9293.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from struct import Struct
from typing import Final, NamedTuple

from tui import limits
from tui.flows.flow import UNKNOWN, Flow, Half
from tui.flows.framing import take
from tui.flows.order import COPY_S, FAR, Order
from tui.flows.records import Traffic
from tui.flows.table import Table, reverse
from tui.flows.talk import told
from tui.records import Session, SessionKey
from tui.wire.frames import Tcp
from tui.wire.packets import ACK, FIN, RST, SYN

REUSE_S: Final = 2.0  # after the end, data of the same ports can only be of a new session

_PORTS: Final = Struct("!HH")
_MASK: Final = 0xFFFFFFFF
_SPECIAL: Final = FIN | SYN | RST


class _Segment(NamedTuple):
    """One that needs a closer look."""

    at: float
    key: bytes
    flags: int
    sequence: int
    ack: int
    data: bytes
    length: int


class Tracker:
    """Follows the sessions to *ports*.

    Raises:
        ValueError: no port, or more than may be watched.
    """

    def __init__(self, ports: Collection[int]) -> None:
        if not 0 < len(set(ports)) <= limits.WATCHED_PORTS:
            raise ValueError(f"{len(set(ports))} ports: between 1 and {limits.WATCHED_PORTS} can be watched")
        self._order = Order()
        self.table = Table(frozenset(ports), self._order)
        self.ports = frozenset(ports)
        self.strays = 0
        """Segments that belong to no session and cannot begin one."""

    def sessions(self, vantage: str, now: float) -> dict[SessionKey, Session]:
        """The sessions that last at wall time *now*, those asked for included, as *vantage* sees them."""
        found = [told(flow, vantage, now) for flow in self.table.listed()]
        return {each.key: each.session for each in found}

    def traffic(self, now: float) -> list[Traffic]:
        """Figures of the sessions that last and of the newest that are over, at wall time *now*."""
        return [flow.traffic(now) for flow in (*self.table.ended, *self.table.live())]

    def tcp(self, at: float, content: Tcp) -> None:
        """One segment that was taken apart before."""
        if content.source_port not in self.ports and content.destination_port not in self.ports:
            return
        family = socket.AF_INET6 if ":" in content.source else socket.AF_INET
        key = (
            socket.inet_pton(family, content.source)
            + socket.inet_pton(family, content.destination)
            + _PORTS.pack(content.source_port, content.destination_port)
        )
        self.segment(
            at, key, content.flags, content.sequence, content.acknowledgement, content.data, content.length
        )

    def segment(  # noqa: PLR0917 - called for every packet: names and a tuple would cost a fifth
        self, at: float, key: bytes, flags: int, sequence: int, ack: int, data: bytes, length: int
    ) -> None:
        """One segment: both addresses and ports as *key*, *length* bytes of data as far as captured."""
        half = self.table.halves.get(key)
        if half is None or flags & _SPECIAL or not half.flow.plain:
            self._unusual(half, _Segment(at, key, flags, sequence, ack, data, length))
            return
        flow, other = half.flow, half.other
        half.seen_at = at
        half.ack = ack
        if other.repeats:
            other.repeats = 0
        if sequence == half.next and not half.held:
            if length:
                half.next = (sequence + length) & _MASK
                half.last_at = flow.active_at = at
                take(half, at, data, length)
        else:
            self._order.astray(half, at, sequence, data, length)
            self._order.settle(half, at)
        if other.held:
            self._order.acknowledged(other, at, ack)

    def _unusual(self, half: Half | None, segment: _Segment) -> None:
        """Whatever is no ordinary segment of an established session."""
        if segment.flags & SYN:
            if not segment.flags & (RST | FIN):
                self._opening(half, segment)
            return
        if half is None or half.flow.closed:
            half = self._midstream(half, segment)
        if half is None:
            return
        if segment.flags & RST:
            self._reset(half, segment)
        else:
            self._present(half, segment)

    def _present(self, half: Half, segment: _Segment) -> None:
        """A segment of a session that is not established yet, or that ends."""
        at, _, flags, sequence, ack, data, length = segment
        flow = half.flow
        half.seen_at = at
        half.ack = ack
        half.other.repeats = 0
        if half.other.next == UNKNOWN:
            half.other.next = ack
        if not flow.confirmed:
            self._confirm(half, at, ack)
        elif flow in self.table.half_open and _heard(half, ack):
            self._establish(half, at, length)
        repeats = half.repeats
        if flags & FIN and not length and half.fin == (sequence + 1) & _MASK:
            _repeated(half, at)
        else:
            self._order.astray(half, at, sequence, data, length)
            self._order.settle(half, at)
            self._order.acknowledged(half.other, at, ack)
            if flags & FIN:
                self._finish(half, at, sequence, length)
        if half.repeats > repeats and not flow.confirmed:
            self.table.deny(flow, at)
        if flow.ended_by and flow not in self.table.half_open:
            self._closing(flow, at)

    def _establish(self, half: Half, at: float, length: int) -> None:
        """Both ends hold the session, by the first segment that says so."""
        flow = half.flow
        if not (flow.midstream or length or half.retransmits):
            flow.rtt_s = at - flow.since
        accepted = flow.stage == "SYN_RECV"
        self.table.establish(flow, at)
        if half.client and accepted:
            # A device whose queue is full drops this, and holds nothing or a mere half.
            flow.confirmed = flow.plain = False

    def _confirm(self, half: Half, at: float, ack: int) -> None:
        """Take note where this shows that the device has said more than its acceptance."""
        flow = half.flow
        if half.client and ack == half.other.next:
            return
        flow.confirmed = True
        if flow in self.table.half_open:
            self.table.establish(flow, at)
        flow.plain = not flow.ended_by

    def _midstream(self, half: Half | None, segment: _Segment) -> Half | None:
        """The direction of a session whose beginning was not seen; None where there is none."""
        at, key, flags, _, _, _, length = segment
        anew = half is not None
        if half is not None:
            over = half.flow.ended_at or at
            if not length or at - over <= REUSE_S or flags & (RST | FIN):
                return None
        client = self.table.client_key(key)
        if client is None:
            return None
        flow = None
        if flags & (ACK | RST) == ACK:
            flow = self.table.begin(client, at, midstream=True, anew=anew)
        if flow is None:
            self.strays += 1
            return None
        return flow.forward if client == key else flow.device

    def _opening(self, half: Half | None, segment: _Segment) -> None:
        """A SYN, or a SYN-ACK."""
        at, key, flags, sequence, _, _, _ = segment
        if flags & ACK:
            self._accepted(half, segment)
            return
        if key[-2:] not in self.table.watched:
            return
        if half is not None and not half.flow.closed:
            flow = half.flow
            if half.next == (sequence + 1) & _MASK or at - flow.since < COPY_S:
                _repeated(half, at)
                return
            # No client has two sessions of the same ports: the old one was over, unseen.
            self.table.end(flow, at, "", "replaced")
        begun = self.table.begin(key, at)
        if begun is not None:
            begun.forward.next = (sequence + 1) & _MASK
            begun.forward.last_at = at

    def _accepted(self, half: Half | None, segment: _Segment) -> None:
        """A SYN-ACK."""
        at, key, _, sequence, ack, _, _ = segment
        if half is None and key[-4:-2] in self.table.watched:
            begun = self.table.begin(reverse(key), at)
            half = begun.device if begun else None
        if half is None or half.client or half.flow.closed:
            self.strays += key[-4:-2] in self.table.watched
            return
        flow = half.flow
        if flow.stage != "SYN_SENT":
            _repeated(half, at)
            # Sooner it may have crossed the client's answer to the first.
            late = at - flow.taken_at > flow.turn_s + COPY_S
            if late and not flow.confirmed and half.next == (sequence + 1) & _MASK:
                self.table.deny(flow, at)
            return
        flow.stage = "SYN_RECV"
        flow.turn_s = at - max(flow.since, half.other.seen_at)
        if flow.tally:
            flow.tally.accepts(flow)
        half.seen_at = half.last_at = at
        half.next = (sequence + 1) & _MASK
        half.ack = half.other.next = ack
        half.other.repeats = 0

    def _reset(self, half: Half, segment: _Segment) -> None:
        at, _, flags, sequence, ack, _, _ = segment
        flow = half.flow
        if flow.stage == "SYN_SENT":
            refused = not half.client
            self.table.end(flow, at, "device" if refused else "client", "refused" if refused else "reset")
            return
        away = (sequence - half.next) & _MASK
        if half.next != UNKNOWN and sequence and FAR < away <= _MASK - FAR:
            # Far outside of any window: its receiver will not believe it either.
            self.strays += 1
            return
        if not half.client and flow.tally and not flow.ended_by:
            # What answers a segment repeats its number alone, RFC 9293 3.10.7.1; a device that closes has
            # acknowledged all before.
            idle = bool(flags & ACK) and ack == half.other.next == half.ack
            flow.tally.closes(flow, at, provoked=not idle)
        self.table.end(flow, at, "client" if half.client else "device", "reset")

    @staticmethod
    def _finish(half: Half, at: float, sequence: int, length: int) -> None:
        """Its sender has nothing more to say."""
        flow = half.flow
        end = (sequence + length) & _MASK
        half.fin, half.last_at = (end + 1) & _MASK, at
        if half.next == end:
            half.next = half.fin
        flow.plain = False
        if not half.client and flow.tally:
            if flow.ended_by:
                flow.tally.let_go(flow, at)
            else:
                flow.tally.closes(flow, at, provoked=False)
        flow.ended_by = flow.ended_by or ("client" if half.client else "device")

    def _closing(self, flow: Flow, at: float) -> None:
        """Where the client stands once one end has closed."""
        client, device = flow.forward, flow.device
        if UNKNOWN not in {client.fin, device.fin}:
            self.table.end(flow, at, flow.ended_by, "fin")
        elif device.fin != UNKNOWN:
            flow.stage = "CLOSE_WAIT"
        else:
            flow.stage = "FIN_WAIT2" if client.fin_acknowledged() else "FIN_WAIT1"


def _repeated(half: Half, at: float) -> None:
    """The same once more, by its sender or by the mirror."""
    if at - half.last_at < COPY_S:
        half.copies += 1
        return
    half.seen_at = at
    half.retransmits += 1
    half.repeats += 1


def _heard(half: Half, ack: int) -> bool:
    """Whether this segment shows that both ends hold the session."""
    flow = half.flow
    if flow.midstream:
        # Where only the client is seen, it must have heard something.
        return not half.client or ack != half.other.next
    # A device that answers SYN by a mere ACK still has an older session, RFC 9293 3.10.7.4.
    return half.client or flow.stage == "SYN_RECV"
