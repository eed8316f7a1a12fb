"""Segments that do not follow the one before: repetitions, overlaps, ones ahead of their turn, holes.

Sequence numbers as in RFC 9293 3.4.
"""

from __future__ import annotations

from typing import Final

from tui.flows.flow import UNKNOWN, Half
from tui.flows.framing import gap, take

HELD_SEGMENTS: Final = 8  # ahead of their turn, in one direction
HELD_BYTES: Final = 4 << 20  # of them, in all sessions together
FAR: Final = 1 << 20  # bytes from where a direction stands that can only be another connection, or forged
COPY_S: Final = 0.002  # the same segment again within this is the mirror's copy: none is resent so soon

_MASK: Final = 0xFFFFFFFF
_BIG: Final = 1 << 31


class Order:
    """Puts the segments of every direction in their order, within one bound for all."""

    def __init__(self) -> None:
        self._bytes = 0

    def astray(self, half: Half, at: float, sequence: int, data: bytes, length: int) -> None:
        """A segment that does not begin where *half* stands."""
        ahead = (sequence - half.next) & _MASK
        if half.next == UNKNOWN:
            self._advance(half, at, sequence, data, length)
        elif not length:
            # Keep-alives repeat the last number, RFC 1122 4.2.3.6.
            half.keepalives += ahead == _MASK
        elif FAR < ahead <= _MASK - FAR:
            self.drop(half)
            gap(half, FAR)
            self._advance(half, at, sequence, data, length)
        elif ahead < _BIG:
            self._hold(half, at, sequence, data, length)
        else:
            self._again(half, at, data, length, _MASK + 1 - ahead)

    def settle(self, half: Half, at: float) -> None:
        """Take in what is held and has its turn now."""
        while half.held:
            sequence, length, data = half.held[0]
            ahead = (sequence - half.next) & _MASK
            if 0 < ahead < _BIG:
                return
            del half.held[0]
            self._bytes -= len(data)
            behind = -ahead & _MASK
            if behind < length:
                self._advance(half, at, half.next, data[behind:], length - behind)

    def acknowledged(self, half: Half, at: float, ack: int) -> None:
        """The other side has *ack*: what is missing before it has passed unseen."""
        while half.held and 0 < (ack - half.next) & _MASK < _BIG:
            self._skip(half, at)

    def drop(self, half: Half) -> None:
        """Let go of what is held."""
        self._bytes -= sum(len(data) for _, _, data in half.held)
        half.held = []

    def _advance(self, half: Half, at: float, sequence: int, data: bytes, length: int) -> None:
        half.next = (sequence + length) & _MASK
        if length:
            half.last_at = half.flow.active_at = at
            take(half, at, data, length)

    def _hold(self, half: Half, at: float, sequence: int, data: bytes, length: int) -> None:
        if any(held[:2] == (sequence, length) for held in half.held):
            half.retransmits += 1
            return
        half.held.append((sequence, length, data))
        self._bytes += len(data)
        half.held.sort(key=lambda held: (held[0] - half.next) & _MASK)
        while len(half.held) > HELD_SEGMENTS or (half.held and self._bytes > HELD_BYTES):
            self._skip(half, at)

    def _skip(self, half: Half, at: float) -> None:
        """Give up the hole before the first segment held."""
        sequence = half.held[0][0]
        gap(half, (sequence - half.next) & _MASK)
        half.next = sequence
        self.settle(half, at)

    def _again(self, half: Half, at: float, data: bytes, length: int, behind: int) -> None:
        fresh = length - behind
        if fresh > 0:
            half.retransmits += 1
            self._advance(half, at, half.next, data[behind:], fresh)
            self.settle(half, at)
        elif length == behind == 1:
            half.keepalives += 1
        elif at - half.last_at < COPY_S:
            half.copies += 1
        else:
            half.retransmits += 1
            half.repeats += 1
