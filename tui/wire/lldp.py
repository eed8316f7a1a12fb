"""What a switch says of itself: LLDP, IEEE 802.1AB (TLVs in 8.4 and 8.5, port VLAN id in annex D)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final, NamedTuple

from tui.clean import clean

NAME_LENGTH: Final = 64  # characters of a switch's or port's name that are kept
_TLVS: Final = 64  # looked at in one frame, at the most

_CHASSIS: Final = 1
_PORT: Final = 2
_PORT_DESCRIPTION: Final = 4
_SYSTEM: Final = 5
_ORGANISATION: Final = 127
_PORT_VLAN: Final = b"\x00\x80\xc2\x01"  # IEEE 802.1, subtype 1
_MAC_SUBTYPE: Final = {_CHASSIS: 4, _PORT: 3}
_NETWORK_SUBTYPE: Final = {_CHASSIS: 5, _PORT: 4}
_FAMILY_SIZE: Final = {1: 4, 2: 16}  # IANA address family numbers: IPv4, IPv6
_MAC: Final = 6
_VLAN_MASK: Final = 0xFFF


class Lldp(NamedTuple):
    """The switch at the other end of the cable. Names are clean and bounded, empty where not told."""

    chassis: str
    port: str
    system: str
    vlan: int | None
    """VLAN of untagged frames at that port; None where not told."""
    port_description: str = ""


def lldp(data: bytes, start: int) -> Lldp | None:
    """The LLDP message at *start* of *data*; None where it names neither chassis nor port."""
    first: dict[int, bytes] = {}
    vlan: int | None = None
    for kind, value in _tlvs(data, start):
        if kind != _ORGANISATION:
            first.setdefault(kind, value)
        elif value.startswith(_PORT_VLAN) and len(value) >= len(_PORT_VLAN) + 2:
            # Zero says that the port has none.
            vlan = int.from_bytes(value[4:6], "big") & _VLAN_MASK or None
    if _CHASSIS not in first or _PORT not in first:
        return None
    return Lldp(
        _identity(_CHASSIS, first[_CHASSIS]),
        _identity(_PORT, first[_PORT]),
        _name(first.get(_SYSTEM, b"")),
        vlan,
        _name(first.get(_PORT_DESCRIPTION, b"")),
    )


def _tlvs(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Type and value of each whole TLV, up to the end mark or the first that is cut."""
    for _ in range(_TLVS):
        if at + 2 > len(data):
            return
        head = int.from_bytes(data[at : at + 2], "big")
        kind, end = head >> 9, at + 2 + (head & 0x1FF)
        if not kind or end > len(data):
            return
        yield kind, data[at + 2 : end]
        at = end


def _identity(kind: int, value: bytes) -> str:
    """A chassis or port by its own kind of name: a MAC, an address, or text."""
    subtype, name = value[0] if value else 0, value[1:]
    if subtype == _MAC_SUBTYPE[kind] and len(name) == _MAC:
        return name.hex(":")
    if subtype == _NETWORK_SUBTYPE[kind] and name and _FAMILY_SIZE.get(name[0]) == len(name) - 1:
        return str(ipaddress.ip_address(name[1:]))
    return _name(name)


def _name(value: bytes) -> str:
    return clean(value.rstrip(b"\0"), NAME_LENGTH)
