"""Who answers when an address is asked for anew by ARP: nobody, one, or more than one."""

from __future__ import annotations

import asyncio
import ipaddress
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Final, NamedTuple

from tui.wire.capture import Capture, CaptureError
from tui.wire.filters import about
from tui.wire.frames import Arp, Frame
from tui.wire.send import arp_request

REQUESTS: Final = 2  # one may be lost; two holders of an address answer each
APART_S: Final = 0.05
LATER_S: Final = 0.1  # a second holder is waited for this long after the first has answered


class Replies(NamedTuple):
    """Who answered to ARP for one address."""

    macs: tuple[str, ...] = ()
    """Every hardware address that answered, first answer first. More than one: the address is held twice."""
    per_request: tuple[tuple[str, ...], ...] = ()
    """The same for each request; an answer belongs to the last request before it."""
    ms: float | None = None
    """From a request to the first answer, by the kernel's own times; None if there was none."""

    @property
    def requests(self) -> int:
        """Requests that left, the kernel's own for this address among them."""
        return len(self.per_request)


async def resolve_link(
    address: str, interface: str, own_ip: str, wait_s: float = 1.0, capture: Capture | None = None
) -> Replies:
    """Ask twice by ARP who has *address* on *interface*, from this host's *own_ip* there.

    Takes a quarter of a second where there is an answer, else *wait_s* seconds. *capture* must let this
    address's ARP pass; without one, an own one is opened. The kernel's table plays no part: a stale entry
    there hides nothing. Without privilege a plain connect makes the kernel ask anew once its entry is
    stale, and comparing `tui.probes.route.neighbour` before and after shows whether the holder changed.

    Raises:
        CaptureError: no privilege, no such interface, one without ARP, or a *capture* that lets none pass.
        ValueError: *address* or *own_ip* is not an IPv4 address; IPv6 has no ARP.
    """
    address = str(ipaddress.IPv4Address(address))
    own_ip = str(ipaddress.IPv4Address(own_ip))
    opened = Capture.start(about([address]), interface=interface) if capture is None else nullcontext(capture)
    with opened as heard:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s
        first = last = heard.mark()
        for number in range(REQUESTS):
            if number:
                await asyncio.sleep(APART_S)
                last = heard.mark()
            arp_request(interface, address, sender_ip=own_ip)
        answers = _Question(address, interface, own_ip)
        if await heard.watch(answers.answered_by, max(0.0, deadline - loop.time()), since=last):
            await asyncio.sleep(LATER_S)
        replies = answers.told(heard.since(first))
    if not replies.requests:
        # Silence would be blamed on the device, and it is ours.
        raise CaptureError(f"the capture did not show our own ARP for {address} on {interface}")
    return replies


class _Question(NamedTuple):
    """What was asked, and which frames are the asking and the answering."""

    address: str
    interface: str
    own_ip: str

    def asked_by(self, frame: Frame) -> bool:
        """Whether *frame* is a request of this host for the address."""
        arp = self._arp(frame)
        return arp is not None and frame.outgoing and arp.request and arp.target == self.address

    def answered_by(self, frame: Frame) -> bool:
        """Whether *frame* says who has the address, to us and outside any VLAN of the link."""
        arp = self._arp(frame)
        if arp is None or frame.outgoing or arp.request or frame.vlan is not None:
            return False
        return (arp.sender, arp.target) == (self.address, self.own_ip)

    def told(self, frames: Sequence[Frame]) -> Replies:
        """What *frames* tell together."""
        asked = [frame.at for frame in frames if self.asked_by(frame)]
        replies = [frame for frame in frames if self.answered_by(frame)]
        macs: list[dict[str, None]] = [{} for _ in asked]
        times: list[float] = []
        for at, mac in self._answers(replies):
            number = bisect_right(asked, at) - 1
            if number >= 0:
                macs[number][mac] = None
                times.append(at - asked[number])
        every = dict.fromkeys(mac for _, mac in self._answers(replies))
        return Replies(tuple(every), tuple(map(tuple, macs)), times[0] * 1000 if times else None)

    @staticmethod
    def _answers(replies: Sequence[Frame]) -> Iterator[tuple[float, str]]:
        for frame in replies:
            if isinstance(frame.content, Arp):
                yield frame.at, frame.content.sender_mac

    def _arp(self, frame: Frame) -> Arp | None:
        if frame.interface != self.interface or not isinstance(frame.content, Arp):
            return None
        return frame.content
