"""What traffic tells of the network beneath: which card speaks for an address, and the switch we are on."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.wire.frames import Arp, Frame, Lldp, Tcp
from tui.wire.packets import RST, SYN

ADDRESSES: Final = 4_096  # whose cards are remembered
CHANGES: Final = 256  # newest changes of a card that are kept
SWITCHES: Final = 16  # switch ports told apart

By: TypeAlias = Literal["arp", "tcp"]
_NOBODY: Final = frozenset({"0.0.0.0", "::"})


class MacChange(NamedTuple):
    """Another card speaks for an address: replaced, moved, or two have the same address."""

    at: float
    address: str
    vlan: int | None
    by: By
    """From which traffic it is known; a router's two sides make a `tcp` one where both are mirrored."""
    before: str
    after: str


class Links:
    """Cards by address, within each VLAN, and switches by what they say of themselves."""

    def __init__(self) -> None:
        self.macs: OrderedDict[tuple[str, int | None, By], str] = OrderedDict()
        self.changes: deque[MacChange] = deque(maxlen=CHANGES)
        self.changed = 0
        """Changes in all."""
        self.switches: dict[str, Lldp] = {}
        """What was last heard by LLDP, by interface."""

    def frame(self, frame: Frame) -> None:
        """Note what *frame* tells."""
        content = frame.content
        if type(content) is Tcp:
            if content.flags & (SYN | RST) and frame.source_mac:
                self.card(frame.at, content.source, frame.vlan, "tcp", frame.source_mac)
        elif type(content) is Arp:
            if content.sender not in _NOBODY and content.sender_mac:
                self.card(frame.at, content.sender, frame.vlan, "arp", content.sender_mac)
        elif type(content) is Lldp and (frame.interface in self.switches or len(self.switches) < SWITCHES):
            self.switches[frame.interface] = content

    def card(self, at: float, address: str, vlan: int | None, by: By, mac: str) -> None:
        """*mac* speaks for *address*."""
        place = (address, vlan, by)
        before = self.macs.get(place)
        if before == mac:
            return
        if before is not None:
            self.changes.append(MacChange(at, address, vlan, by, before, mac))
            self.changed += 1
        elif len(self.macs) >= ADDRESSES:
            self.macs.popitem(last=False)
        self.macs[place] = mac
