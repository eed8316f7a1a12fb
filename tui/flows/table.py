"""The sessions that are followed, and how many may be: where they begin, end and are forgotten."""

from __future__ import annotations

import socket
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from tui import limits
from tui.flows.flow import START, Flow, Half
from tui.flows.order import Order
from tui.flows.tally import Device
from tui.records import End, Ending, Target

HALF_OPEN: Final = 4_096  # asked for and not established; more is a flood, and the oldest go
HALF_OPEN_S: Final = 130.0  # Linux gives up a SYN after 127 s
ENDED: Final = 4_096  # sessions that are over and still told
DEVICES: Final = 4_096  # followed
_MAKE_ROOM: Final = 16  # one in so many is forgotten where there is no room

_IPV4_KEY: Final = 12  # both addresses and both ports


class Table:
    """Sessions by the ends of their packets, and devices by address and port."""

    def __init__(self, ports: frozenset[int], order: Order) -> None:
        self.watched = frozenset(port.to_bytes(2, "big") for port in ports)
        """The ports as they are in a packet."""
        self.halves: dict[bytes, Half] = {}
        """Each direction by both addresses and ports as they are in its packets."""
        self.devices: dict[Target, Device] = {}
        self.ended: deque[Flow] = deque()
        """The newest sessions that are over."""
        self.half_open: OrderedDict[Flow, None] = OrderedDict()
        self.open: dict[Flow, None] = {}
        self.half_open_dropped = 0
        """Connections asked for that were forgotten, since there were too many at once."""
        self.sessions_dropped = 0
        """Sessions forgotten to make room: the longest idle ones."""
        self.unfollowed = 0
        """Connections to devices beyond those followed."""
        self.holes = False
        """Not all was captured: a session without a beginning need not have been there before."""
        self._order = order

    def live(self) -> Iterator[Flow]:
        """The sessions that last, those asked for included."""
        yield from self.half_open
        yield from self.open

    def client_key(self, key: bytes) -> bytes | None:
        """*key*, or its reverse, as in a packet from the client; None where no port is watched."""
        source, destination = key[-4:-2] in self.watched, key[-2:] in self.watched
        if not source and not destination:
            return None
        turned = reverse(key)
        if source and destination:
            # Nothing decides; both directions must come to the same answer.
            return max(key, turned, key=lambda ends: (ends[-4:-2], ends))
        return key if destination else turned

    def begin(self, key: bytes, at: float, *, midstream: bool = False, anew: bool = False) -> Flow | None:
        """A session whose client sends packets of *key*; None where its device is one too many.

        *anew*: its ports were used before, so that it began lately even though that was not seen.
        """
        ends = _ends(key)
        device = self._device(Target(ends[2], ends[3]))
        if device is None:
            self.unfollowed += 1
            return None
        flow = Flow(ends, key, at, midstream=midstream)
        flow.always = midstream and not anew and not self.holes
        if not midstream:
            flow.forward.step = flow.device.step = START
        flow.tally = device
        device.opened(flow)
        self.halves[key], self.halves[reverse(key)] = flow.forward, flow.device
        self.half_open[flow] = None
        self._expire(at)
        if len(self.half_open) > HALF_OPEN:
            oldest = next(iter(self.half_open))
            self.half_open_dropped += 1
            self.end(oldest, at, "", "unanswered" if oldest.stage == "SYN_SENT" else "forgotten")
            self._forget(self.ended.pop())
        return flow

    def establish(self, flow: Flow, at: float) -> None:
        """Both ends have spoken: the session takes one of the device's connections."""
        self.half_open.pop(flow, None)
        if len(self.open) >= limits.SESSIONS:
            idle = sorted(self.open, key=lambda each: each.last_at)[: limits.SESSIONS // _MAKE_ROOM]
            for each in idle:
                self.end(each, at, "", "forgotten")
            self.sessions_dropped += len(idle)
            self.holes = True
        self.open[flow] = None
        flow.stage = "ESTABLISHED"
        flow.plain = True
        if flow.tally:
            flow.tally.held_by(flow, at, always=flow.always)

    def end(self, flow: Flow, at: float, by: End, ending: Ending) -> None:
        """It is over."""
        flow.ended_at, flow.ended_by, flow.ending = at, flow.ended_by or by, ending
        flow.stage, flow.plain = "CLOSE", False
        flow.unanswered += len(flow.pending)
        flow.pending = {}
        self._order.drop(flow.forward)
        self._order.drop(flow.device)
        self.open.pop(flow, None)
        self.half_open.pop(flow, None)
        if flow.tally:
            flow.tally.ended(flow)
        self.ended.append(flow)
        if len(self.ended) > ENDED:
            self._forget(self.ended.popleft())

    def _expire(self, at: float) -> None:
        """Let go of connections whose client has given up by now."""
        while self.half_open:
            oldest = next(iter(self.half_open))
            if at - oldest.since <= HALF_OPEN_S:
                return
            self.end(oldest, at, "", "unanswered" if oldest.stage == "SYN_SENT" else "forgotten")

    def _forget(self, flow: Flow) -> None:
        for key in (flow.key, reverse(flow.key)):
            half = self.halves.get(key)
            if half is not None and half.flow is flow:
                del self.halves[key]
        # They refer to each other: a flood would leave what only the collector finds, much later.
        for half in (flow.forward, flow.device):
            del half.flow, half.other

    def _device(self, target: Target) -> Device | None:
        found = self.devices.get(target)
        if found is None:
            if len(self.devices) >= DEVICES:
                # A scan leaves many that never accepted anything.
                self.devices = {each: device for each, device in self.devices.items() if device.held.most}
            if len(self.devices) >= DEVICES:
                return None
            found = self.devices[target] = Device(target)
        return found


def reverse(key: bytes) -> bytes:
    """Both ends as in a packet of the other direction."""
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]


def _ends(key: bytes) -> tuple[str, int, str, int]:
    family = socket.AF_INET if len(key) == _IPV4_KEY else socket.AF_INET6
    size = (len(key) - 4) // 2
    source, destination = key[:size], key[size : 2 * size]
    return (
        socket.inet_ntop(family, source),
        int.from_bytes(key[-4:-2], "big"),
        socket.inet_ntop(family, destination),
        int.from_bytes(key[-2:], "big"),
    )
