"""Whether an address can be meant at all: its kind, and whether it is a typing slip from one nearby."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Kind: TypeAlias = Literal[
    "unspecified", "multicast", "broadcast", "network", "reserved",
    "loopback", "own", "link-local", "documentation", "public", "near",
]  # fmt: skip

_IMPOSSIBLE: Final = frozenset({"unspecified", "multicast", "broadcast", "network", "reserved"})
_LIMITED_BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")  # RFC 919 7
# "This network" (RFC 791 3.2, RFC 1122 3.2.1.3) and what is kept for future use (RFC 1112 4).
_RESERVED: Final = (ipaddress.IPv4Network("0.0.0.0/8"), ipaddress.IPv4Network("240.0.0.0/4"))
# RFC 5737 3, RFC 3849 2, RFC 9637 4.
_DOCUMENTATION: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
)
_LAST_WITH_BROADCAST: Final = 30  # longer prefixes have no network and no broadcast address: RFC 3021
_NEAR_PREFIX: Final = 16  # in a larger network of our own, one slip away is no coincidence worth telling
_SIBLINGS: Final = 24  # devices in one network of this prefix differ by one digit as a rule
_DIGITS: Final = "0123456789"
_SURE: Final = frozenset({"swapped", "doubled"})


class OwnNetwork(NamedTuple):
    """An address of this host, the interface that has it, and how long its network's prefix is."""

    interface: str
    address: str
    prefix: int


class Suspicion(NamedTuple):
    """What is odd about an address, told in *words*; *nearest* is the address that may have been meant."""

    kind: Kind
    words: str
    nearest: str | None = None
    sure: bool = False
    """Whether it looks like a slip (two digits swapped, one doubled) and not just like a network nearby."""

    @property
    def impossible(self) -> bool:
        """Whether no TCP device can live there; otherwise this is a hint for when nothing answers."""
        return self.kind in _IMPOSSIBLE


def suspicion(address: str, own: Sequence[OwnNetwork], near: Collection[str] = ()) -> Suspicion | None:
    """What is odd about *address* for a host with the networks *own*; None if nothing is.

    *near* are devices that are known. Typing slips are looked for in IPv4 only, and only in an address
    outside this host's own networks.

    Raises:
        ValueError: *address* is not an IP address. An interface after `%` is allowed.
    """
    asked = _plain(address)
    networks = [_network(entry) for entry in own]
    odd = _by_its_kind(asked, own)
    if odd is None and not any(asked in network for network in networks):
        odd = _by_its_place(asked)
        slip, meant = ("", "") if str(asked) in near else _meant(asked, own, near)
        if meant:
            words = odd.words if odd else f"{asked} is in no network of this host"
            where = _where(meant, own)
            odd = Suspicion(
                odd.kind if odd else "near", f"{words}; was {meant}{where} meant?", meant, slip in _SURE
            )
    return odd


def _plain(address: str) -> _Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        return found.ipv4_mapped
    return found


def _network(own: OwnNetwork) -> _Network:
    return ipaddress.ip_network((own.address.partition("%")[0], own.prefix), strict=False)


def _by_its_kind(asked: _Address, own: Sequence[OwnNetwork]) -> Suspicion | None:
    """What holds wherever the address lies, and what an own network makes of it."""
    if asked.is_unspecified:
        return Suspicion("unspecified", f"{asked} means 'no address'; no device has it")
    if asked.is_loopback:
        return Suspicion("loopback", f"{asked} is this host itself")
    if asked == _LIMITED_BROADCAST:
        return Suspicion("broadcast", f"{asked} means every device at once; TCP needs one device")
    if asked.is_multicast:
        return Suspicion("multicast", f"{asked} is a multicast address; TCP needs one device")
    for entry in own:
        if asked == _plain(entry.address):
            return Suspicion("own", f"{asked} is this host's own address on {entry.interface}")
    edge = next(filter(None, (_edge(asked, entry) for entry in own)), None)
    if edge is None and any(asked in network for network in _RESERVED):
        return Suspicion("reserved", f"{asked} is in a reserved range; no device can have it")
    return edge


def _edge(asked: _Address, own: OwnNetwork) -> Suspicion | None:
    """Whether *asked* is the first or last address of an own network."""
    network = _network(own)
    if network.version == 6 or network.prefixlen > _LAST_WITH_BROADCAST:  # noqa: PLR2004 - IP version
        return None
    where = f"{network} on {own.interface}"
    if asked == network.broadcast_address:
        return Suspicion("broadcast", f"{asked} is the broadcast address of {where}; TCP needs one device")
    if asked == network.network_address:
        return Suspicion("network", f"{asked} is the name of the network {where}, not a device")
    return None


def _by_its_place(asked: _Address) -> Suspicion | None:
    """What is odd about an address in no network of this host."""
    if any(asked in network for network in _DOCUMENTATION):
        return Suspicion("documentation", f"{asked} is an example address from manuals")
    if asked.version == 6:  # noqa: PLR2004 - IP version
        return None  # public addresses are the rule there
    if asked.is_link_local:
        # RFC 3927 2.7: never forwarded by a router.
        words = f"{asked} is what a device gives itself when nobody gave it an address; no router leads there"
        return Suspicion("link-local", words)
    if asked.is_global:
        return Suspicion("public", f"{asked} is a public internet address")
    return None


def _where(address: str, own: Sequence[OwnNetwork]) -> str:
    for entry in own:
        if ipaddress.ip_address(address) in _network(entry):
            return f" on {entry.interface}"
    return ""


def _meant(asked: _Address, own: Sequence[OwnNetwork], near: Collection[str]) -> tuple[str, str]:
    """The slip and the address it was made from: a known device's, or else one that an own network holds."""
    if asked.version == 6:  # noqa: PLR2004 - IP version
        return "", ""
    siblings = ipaddress.ip_network((int(asked), _SIBLINGS), strict=False)
    texts = _before_slip(str(asked))
    candidates = [(slip, found) for slip, text in texts if (found := _ipv4(text)) is not None]
    for slip, found in candidates:
        if str(found) in near and not (slip == "changed" and found in siblings):
            return slip, str(found)
    ours = {_plain(entry.address) for entry in own}
    for entry in own:
        network = _network(entry)
        if network.version == 6 or not _NEAR_PREFIX <= network.prefixlen <= _LAST_WITH_BROADCAST:  # noqa: PLR2004
            continue
        edges = {network.network_address, network.broadcast_address}
        for slip, found in candidates:
            if found in network and found not in edges and found not in ours:
                return slip, str(found)
    return "", ""


def _ipv4(text: str) -> ipaddress.IPv4Address | None:
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None  # most slips lead to no address


def _before_slip(typed: str) -> Iterator[tuple[str, str]]:
    """Each text from which one slip leads to *typed*, surest slips first, with the slip's name."""
    for at in range(len(typed) - 1):
        one, two = typed[at], typed[at + 1]
        if one != two and one in _DIGITS and two in _DIGITS:
            yield "swapped", typed[:at] + two + one + typed[at + 2 :]
    for at in range(1, len(typed)):
        if typed[at] == typed[at - 1] != ".":
            yield "doubled", typed[:at] + typed[at + 1 :]
    for at in range(len(typed) + 1):
        for digit in _DIGITS:
            yield "dropped", typed[:at] + digit + typed[at:]
    for at, old in enumerate(typed):
        if old != ".":
            for digit in _DIGITS.replace(old, ""):
                yield "changed", typed[:at] + digit + typed[at + 1 :]
