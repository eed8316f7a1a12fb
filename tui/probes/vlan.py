"""Which VLAN this host is in on its way to a device, and in which one the device was heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.probes.route import Interface, Route
from tui.wire.frames import Arp, Frame, Icmp, Lldp, Tcp


class Vlan(NamedTuple):
    """What is known of VLANs on the way to one address."""

    own: int | None = None
    """Id of the interface on the way, where that is a VLAN's interface."""
    switch: Lldp | None = None
    """The switch this host is plugged into, and the port there, as it last told."""
    heard: tuple[int, ...] = ()
    """Ids of the tags heard on the way's interface, smallest first."""
    heard_in: int | None = None
    """The VLAN in which the device was heard while this host's way leads elsewhere; None if not so."""
    member: str = ""
    """Another interface of this host that is in that VLAN."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """One line for each thing worth telling."""
        told = []
        if self.heard_in is not None:
            here = "outside any VLAN" if self.own is None else f"in VLAN {self.own}"
            told.append(f"the device was heard in VLAN {self.heard_in}, but this host looks for it {here}")
        if self.member:
            told.append(f"{self.member} of this host is in VLAN {self.heard_in}, but is not the way taken")
        if self.switch is not None:
            vlan = f", VLAN {self.switch.vlan}" if self.switch.vlan else ""
            name = self.switch.system or self.switch.chassis
            told.append(f"the switch calls itself {name} and this port {self.switch.port!r}{vlan}")
        return tuple(told)


def look(route: Route, frames: Sequence[Frame], address: str) -> Vlan:
    """What *frames*, heard on this host, tell of VLANs on the *route* to *address*.

    A switch passes a foreign tag to this host only on a trunk or mirror port: having heard none says nothing.
    """
    way = next((entry for entry in route.interfaces if entry.name == route.interface), None)
    if way is None:
        return Vlan()
    # One frame shows on a VLAN's interface without its tag and on the one below with it; on a bridge's or
    # bond's port, and on the bridge or bond.
    below = way.parent if way.vlan is not None and way.parent else way.name
    places = {way.name, below} | {entry.name for entry in route.interfaces if entry.master == below}
    arrived = [frame for frame in frames if frame.interface in places and not frame.outgoing]
    switches = [frame.content for frame in arrived if isinstance(frame.content, Lldp)]
    tags = sorted({frame.vlan for frame in arrived if frame.vlan is not None})
    device = address.partition("%")[0]
    heard_in = _elsewhere([frame for frame in arrived if _speaker(frame) == device], way)
    members = (
        entry.name
        for entry in route.interfaces
        if heard_in is not None and entry.vlan == heard_in and entry.parent == below
    )
    return Vlan(way.vlan, switches[-1] if switches else None, tuple(tags), heard_in, next(members, ""))


def _elsewhere(spoken: Sequence[Frame], way: Interface) -> int | None:
    """The VLAN in which the device spoke, if it was not also heard where this host looks for it."""
    for frame in spoken:
        if frame.vlan == way.vlan or (frame.vlan is None and frame.interface == way.name):
            return None  # it lives here: a router or a mirror port shows it elsewhere too
    return min((frame.vlan for frame in spoken if frame.vlan is not None), default=None)


def _speaker(frame: Frame) -> str | None:
    """Who sent *frame*, as an IP address."""
    content = frame.content
    if isinstance(content, Arp):
        return content.sender
    if isinstance(content, Tcp | Icmp):
        return content.source
    return None
