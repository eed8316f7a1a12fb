"""The sessions that are followed, and how many may be: where they begin, end and are forgotten."""

from __future__ import annotations

import socket
from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Final

from tui import limits
from tui.flows.flow import START, Flow, Half
from tui.flows.order import Order
from tui.flows.tally import FLOOD, Device
from tui.records import End, Ending, Target

HALF_OPEN: Final = 4_096  # asked for and not established; more is a flood, and the oldest go
HALF_OPEN_S: Final = 130.0  # Linux gives up a SYN after 127 s
UNANSWERED_S: Final = limits.CONNECT_CEILING_S  # without an answer, before an opening counts as unanswered
DENIALS: Final = 2  # signs that a device left a client out; one may be a lost packet
LISTED: Final = 256  # half-open ones told each by each; of more the number is
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
        self.moved: dict[Target, Device] = {}
        """Devices whose figures have moved since they were told."""
        self.ended: deque[Flow] = deque()
        """The newest sessions that are over."""
        self.over: deque[Flow] = deque(maxlen=ENDED)
        """Those of them that have not been told yet."""
        self.half_open: OrderedDict[Flow, None] = OrderedDict()
        self.open: dict[Flow, None] = {}
        self.half_open_dropped = 0
        """Connections asked for that were forgotten, since there were too many at once."""
        self.flooded_at: float | None = None
        """When one of them was last forgotten of a device with very many."""
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

    def listed(self) -> Iterator[Flow]:
        """The same without the half-open ones where there are very many."""
        if len(self.half_open) <= LISTED:
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
        self._wait(flow, at)
        return flow

    def establish(self, flow: Flow, at: float) -> None:
        """Both ends have spoken: the session takes one of the device's connections."""
        self._opened(flow)
        if len(self.open) >= limits.SESSIONS:
            idle = sorted(self.open, key=lambda each: each.last_at)[: limits.SESSIONS // _MAKE_ROOM]
            for each in idle:
                self.end(each, at, "", "forgotten")
            self.sessions_dropped += len(idle)
            self.holes = True
        self.open[flow] = None
        flow.stage = "ESTABLISHED"
        flow.plain = True
        if flow.tally and not flow.tally.followed:
            # It is a device after all.
            flow.tally, flow.asker = self._device(flow.tally.target), None
        if flow.tally:
            flow.tally.held_by(flow, at)

    def deny(self, flow: Flow, at: float) -> None:
        """A sign that the device has not taken in what its client holds for established."""
        flow.denials += 1
        flow.waits_at = at
        if flow in self.half_open:
            self.half_open.move_to_end(flow)
        else:
            del self.open[flow]
            flow.stage, flow.plain = "SYN_RECV", False
            if flow.tally:
                flow.tally.denied(flow)
            self._wait(flow, at)
        if flow.denials >= DENIALS and flow.tally:
            flow.tally.leaves_out(flow, at)

    def end(self, flow: Flow, at: float, by: End, ending: Ending) -> None:
        """It is over."""
        flow.ended_at, flow.ended_by, flow.ending = at, flow.ended_by or by, ending
        flow.stage, flow.plain = "CLOSE", False
        flow.unanswered += len(flow.pending)
        flow.pending, flow.told = {}, None
        self._order.drop(flow.forward)
        self._order.drop(flow.device)
        self.open.pop(flow, None)
        self._opened(flow)
        if flow.tally:
            flow.tally.ended(flow)
        self.over.append(flow)
        self.ended.append(flow)
        if len(self.ended) > ENDED:
            self._forget(self.ended.popleft())

    def give_up(self, now: float) -> None:
        """Count the openings that have waited too long for an answer."""
        for flow in self.half_open:
            if now - flow.since < UNANSWERED_S:
                return
            if flow.stage == "SYN_SENT" and not flow.given_up and flow.tally:
                flow.tally.gives_up(flow)

    def _wait(self, flow: Flow, at: float) -> None:
        """One more is half-open."""
        self.half_open[flow] = None
        self._expire(at)
        if len(self.half_open) > HALF_OPEN:
            self._drop(next(iter(self.half_open)), at)

    def _opened(self, flow: Flow) -> None:
        """It is half-open no more."""
        if flow in self.half_open:
            del self.half_open[flow]
            if flow.tally:
                flow.tally.waiting -= 1

    def _drop(self, flow: Flow, at: float) -> None:
        """Forget a half-open one: there are too many."""
        self.half_open_dropped += 1
        if flow.tally and (flow.tally.half_open or flow.tally.waiting >= FLOOD):
            # Spread over many devices they are a mere scan.
            flow.tally.half_open += 1
            self.flooded_at = at
        self.end(flow, at, "", "unanswered" if flow.stage == "SYN_SENT" else "forgotten")
        self.over.pop()
        self._forget(self.ended.pop())

    def _expire(self, at: float) -> None:
        """Let go of connections whose client has given up by now."""
        while self.half_open:
            oldest = next(iter(self.half_open))
            if at - oldest.waits_at <= HALF_OPEN_S:
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
                for each in [each for each in self.devices.values() if not each.held.peak[0]]:
                    each.followed = False
                    del self.devices[each.target]
                    self.moved.pop(each.target, None)
            if len(self.devices) >= DEVICES:
                return None
            found = self.devices[target] = Device(target, self.moved)
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
