"""What traffic tells of the network beneath: which card speaks for an address, and the switch we are on."""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.wire.frames import Arp, Frame, Lldp, Tcp
from tui.wire.packets import RST, SYN

ADDRESSES: Final = 4_096  # whose cards are remembered
CHANGES: Final = 256  # newest changes of a card that are kept
SWITCHES: Final = 16  # switch ports told apart
RIVALS_S: Final = 600.0  # within this, a card that comes back has a rival; later it was put back in place
CONTESTED: Final = 256  # addresses by which several cards are kept apart
CARDS: Final = 8  # of one such address

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
        self._replaced: OrderedDict[tuple[str, int | None], dict[str, float]] = OrderedDict()
        """Cards that another one followed by ARP, and when."""
        self._rivals: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()
        """Cards that take turns at an address, and when they last did."""

    def frame(self, frame: Frame) -> None:
        """Note what *frame* tells."""
        content = frame.content
        if type(content) is Tcp:
            if content.flags & (SYN | RST) and frame.source_mac:
                self.card(frame.at, content.source, frame.vlan, "tcp", frame.source_mac)
        elif type(content) is Arp:
            if content.sender not in _NOBODY and content.sender_mac:
                self.card(frame.at, content.sender, frame.vlan, "arp", content.sender_mac)
        elif type(content) is Lldp:
            # What goes out is what this host says of itself.
            known = frame.interface in self.switches or len(self.switches) < SWITCHES
            if known and not frame.outgoing:
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
            if by == "arp":
                self._turn(at, address, vlan, before, mac)
        elif len(self.macs) >= ADDRESSES:
            self.macs.popitem(last=False)
        self.macs[place] = mac

    def rivals(self, now: float) -> dict[str, tuple[str, ...]]:
        """Addresses that several cards claim by turns, up to `RIVALS_S` before *now*, with those cards."""
        for address, (at, _) in list(self._rivals.items()):
            if now - at > RIVALS_S:
                del self._rivals[address]
        return {address: tuple(sorted(cards)) for address, (_, cards) in self._rivals.items()}

    def _turn(self, at: float, address: str, vlan: int | None, before: str, after: str) -> None:
        """*after* speaks where *before* did: one of two by turns if it has done so before."""
        place = (address, vlan)
        replaced = self._replaced.pop(place, {})
        since = replaced.get(after)
        replaced.pop(before, None)
        self._replaced[place] = replaced = dict([*replaced.items(), (before, at)][-CARDS:])
        if len(self._replaced) > CONTESTED:
            self._replaced.popitem(last=False)
        if since is None or at - since > RIVALS_S:
            return
        lately = {card for card, moment in replaced.items() if at - moment <= RIVALS_S}
        self._rivals.pop(address, None)
        self._rivals[address] = at, frozenset({after, *sorted(lately - {after})[: CARDS - 1]})
        if len(self._rivals) > CONTESTED:
            self._rivals.popitem(last=False)
