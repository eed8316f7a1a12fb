"""What captured frames tell of one connect: did it leave, who answered, and from how far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tui.records import Target
from tui.wire.frames import Frame, Icmp, Tcp


class Traces(NamedTuple):
    """The frames of one connect, or of all connects to one port."""

    left: bool = False
    """A SYN left this host."""
    accepted: Tcp | None = None
    """The first SYN-ACK that arrived."""
    reset: Tcp | None = None
    """The first RST that arrived before any SYN-ACK."""
    answer_mac: str = ""
    """Hardware address that the first answer came from, on Ethernet."""
    icmp: Icmp | None = None
    """An ICMP error about it from elsewhere."""


def traces(frames: Iterable[Frame], target: Target, port: int | None) -> Traces:
    """What *frames* show of connects from our *port* (any of ours, where it is not known) to *target*."""
    found = Traces()
    for frame in frames:
        segment = frame.content
        if isinstance(segment, Icmp):
            found = _icmp(found, frame, segment, target)
        if not isinstance(segment, Tcp):
            continue
        if frame.outgoing and _goes_to(segment, target, port) and segment.syn and not segment.accepts:
            found = found._replace(left=True)
        elif not frame.outgoing and _comes_from(segment, target, port):
            if segment.accepts and found.accepted is None:
                found = found._replace(accepted=segment, answer_mac=found.answer_mac or frame.source_mac)
            elif segment.rst and found.reset is None and found.accepted is None:
                found = found._replace(reset=segment, answer_mac=found.answer_mac or frame.source_mac)
    return found


def _icmp(found: Traces, frame: Frame, error: Icmp, target: Target) -> Traces:
    quoted = error.quoted
    if (
        found.icmp is None
        and not frame.outgoing
        and quoted is not None
        and quoted.destination == _bare(target)
    ):
        return found._replace(icmp=error)
    return found


def _bare(target: Target) -> str:
    return target.address.partition("%")[0]


def _goes_to(segment: Tcp, target: Target, port: int | None) -> bool:
    there = (segment.destination, segment.destination_port) == (_bare(target), target.port)
    return there and port in {None, segment.source_port}


def _comes_from(segment: Tcp, target: Target, port: int | None) -> bool:
    there = (segment.source, segment.source_port) == (_bare(target), target.port)
    return there and port in {None, segment.destination_port}


class Distances(NamedTuple):
    """TTLs with which other ports of the address answered; the last of each kind."""

    accepting: int | None = None
    refusing: int | None = None


def distances(frames: Iterable[Frame], target: Target) -> Distances:
    """How far away the other ports of *target*'s address are."""
    found = Distances()
    for frame in frames:
        segment = frame.content
        if not isinstance(segment, Tcp) or frame.outgoing or segment.source != _bare(target):
            continue
        if segment.source_port == target.port:
            continue
        if segment.accepts:
            found = found._replace(accepting=segment.ttl)
        elif segment.rst:
            found = found._replace(refusing=segment.ttl)
    return found
