"""Which way this host sends to an address, and what its neighbour table holds: asked of the Linux kernel."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, Final, Literal, NamedTuple, TypeAlias, TypeVar, cast

from tui import limits
from tui.clean import clean
from tui.probes.suspect import OwnNetwork

T = TypeVar("T")
Kind: TypeAlias = Literal["link", "gateway", "local", "none", "forbidden"]
_Message: TypeAlias = Mapping[str, Any]
"""One netlink message as pyroute2 gives it: the header's fields, and the attributes as pairs."""

# What the kernel says, in place of a route, for rules and routes of these types: net/ipv4/fib_semantics.c
# fib_props. A rule of type "unreachable" says ENETUNREACH, and so cannot be told from having no route.
_FORBIDDEN: Final = {errno.EACCES: "prohibit", errno.EINVAL: "blackhole", errno.EHOSTUNREACH: "unreachable"}
_UP: Final = 0x1  # include/uapi/linux/if.h IFF_UP
_LOCAL: Final = 2  # include/uapi/linux/rtnetlink.h RTN_LOCAL
# include/uapi/linux/neighbour.h
_STATES: Final = {
    0x00: "none", 0x01: "incomplete", 0x02: "reachable", 0x04: "stale", 0x08: "delay", 0x10: "probe",
    0x20: "failed", 0x40: "noarp", 0x80: "permanent",
}  # fmt: skip
_ANSWERED: Final = frozenset({"reachable", "stale", "delay", "probe", "permanent"})


class RouteError(Exception):
    """The kernel could not be asked; one line that says why."""


class _RefusedError(RouteError):
    """The kernel's own refusal, errno *number*."""

    def __init__(self, number: int) -> None:
        super().__init__(f"the kernel refused: {os.strerror(number)}")
        self.number = number


class Interface(NamedTuple):
    """A network interface of this host; *kind* as the kernel names it, empty for hardware."""

    name: str
    up: bool
    carrier: bool
    """Whether there is a link: a cable, and something at its other end."""
    kind: str = ""
    vlan: int | None = None
    """802.1Q id, of a VLAN's interface only."""
    parent: str = ""
    """The interface it lies on, where it lies on one of this namespace."""
    master: str = ""
    """The bridge or bond that it is a port of."""
    mac: str = ""
    mtu: int = 0
    """Octets."""


class Route(NamedTuple):
    """Where this host sends to an address, and its own networks and interfaces at that moment."""

    kind: Kind
    """On a link, by a gateway, to this host itself, nowhere, or forbidden by a rule or route of this host."""
    interface: str = ""
    """Way out; empty where there is none."""
    gateway: str | None = None
    source: str | None = None
    """Our address on this way."""
    mtu: int | None = None
    """Octets: the route's own figure, else the interface's."""
    word: str = ""
    """What forbids: `prohibit`, `blackhole` or `unreachable`."""
    own: tuple[OwnNetwork, ...] = ()
    interfaces: tuple[Interface, ...] = ()
    others: tuple[str, ...] = ()
    """Interfaces other than the way out whose own network holds the address too."""


class Neighbour(NamedTuple):
    """One entry of the kernel's neighbour table; *mac* is empty as long as nobody has answered."""

    state: str
    """`reachable`, `stale`, `delay`, `probe`, `permanent`, `noarp`, `incomplete`, `failed` or `none`."""
    mac: str = ""

    @property
    def answered(self) -> bool:
        """Whether the neighbour's hardware address is known, freshly or from before."""
        return self.state in _ANSWERED and bool(self.mac)


async def route(address: str) -> Route:
    """Where the kernel sends to *address*; nothing is sent. Policy rules are honoured, except those by port.

    An interface after `%` is asked for by name. Interface names are cleaned for showing.

    Raises:
        RouteError: not Linux, or netlink failed.
        ValueError: *address* is not an IP address.
    """
    host, zone = _plain(address)
    return await _in_time(lambda: _route(host, zone))


async def neighbour(address: str, interface: str) -> Neighbour | None:
    """What the neighbour table holds for *address* on *interface*, IPv4 or IPv6; None without an entry.

    Only reads: nothing is sent, and an old entry stays as it is.

    Raises:
        RouteError: not Linux, no such interface, a kernel before 5.0, or netlink failed.
        ValueError: *address* is not an IP address.
    """
    host, _ = _plain(address)
    return await _in_time(lambda: _neighbour(host, interface))


async def _in_time(ask: Callable[[], T]) -> T:
    # A slow disk under a busy host is no silence of the kernel.
    await asyncio.to_thread(_load)
    try:
        async with asyncio.timeout(limits.NETLINK_S):
            return await asyncio.to_thread(ask)
    except TimeoutError as error:
        raise RouteError(f"the kernel did not answer within {limits.NETLINK_S:g} s") from error


def _load() -> None:
    with suppress(ImportError):  # told when it is needed
        import_module("pyroute2")


def _plain(address: str) -> tuple[str, str]:
    host, _, zone = address.partition("%")
    found = ipaddress.ip_address(host)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found), zone


@contextmanager
def _kernel() -> Iterator[Any]:
    """A netlink socket; what pyroute2 lacks in types stays in here and in `_messages`."""
    if sys.platform != "linux":
        raise RouteError("routes and neighbours are read from the Linux kernel; this system has another")
    try:
        # Here, because it takes a fifth of a second that most commands need not spend.
        from pyroute2 import IPRoute  # type: ignore[import-untyped]  # noqa: PLC0415
        from pyroute2.netlink.exceptions import NetlinkError  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise RouteError("routes and neighbours need the Python package pyroute2") from error
    try:
        with IPRoute() as kernel:
            yield kernel
    except NetlinkError as error:
        raise _RefusedError(error.code) from error
    except OSError as error:
        raise RouteError(f"netlink failed: {error.strerror or error}") from error


def _messages(answer: object) -> list[_Message]:
    return list(cast("Iterable[_Message]", answer))


def _attributes(message: _Message) -> dict[str, Any]:
    return dict(message["attrs"])


def _route(host: str, zone: str) -> Route:
    with _kernel() as kernel:
        links = _messages(kernel.get_links())
        addresses = _messages(kernel.get_addr())
    names = {link["index"]: clean(_attributes(link)["IFLA_IFNAME"]) for link in links}
    own = tuple(_networks(addresses, names))
    here = Route("none", own=own, interfaces=tuple(_interface(link, names) for link in links))
    try:
        with _kernel() as kernel:
            out = {"oif": _index(zone)} if zone else {}
            found = _messages(kernel.route("get", dst=host, **out))[0]
    except _RefusedError as refused:
        if refused.number == errno.ENETUNREACH:
            return here._replace(others=_others(host, own, ""))
        if refused.number in _FORBIDDEN:
            word = _FORBIDDEN[refused.number]
            return here._replace(kind="forbidden", word=word, others=_others(host, own, ""))
        raise
    return _way(host, found, here, names)


def _way(host: str, found: _Message, here: Route, names: Mapping[int, str]) -> Route:
    """*here* with the way out that the kernel *found*."""
    known = _attributes(found)
    interface = names.get(known.get("RTA_OIF", 0), "")
    gateway = known.get("RTA_GATEWAY") or known.get("RTA_VIA", {}).get("addr")
    local = found["type"] == _LOCAL
    mtu = dict(known.get("RTA_METRICS", {}).get("attrs", ())).get("RTAX_MTU")
    return here._replace(
        kind="local" if local else "gateway" if gateway else "link",
        interface=interface,
        gateway=gateway,
        source=known.get("RTA_PREFSRC"),
        mtu=mtu or next((entry.mtu for entry in here.interfaces if entry.name == interface), None),
        others=() if local else _others(host, here.own, interface),
    )


def _index(interface: str) -> int:
    try:
        return int(interface) if interface.isdigit() else socket.if_nametoindex(interface)
    except OSError as error:
        raise RouteError(f"this host has no interface {clean(interface)!r}") from error


def _networks(addresses: list[_Message], names: Mapping[int, str]) -> Iterator[OwnNetwork]:
    for message in addresses:
        known = _attributes(message)
        # IFA_ADDRESS is the far end where the link has two ends only: include/uapi/linux/if_addr.h
        address = known.get("IFA_LOCAL") or known.get("IFA_ADDRESS")
        if not address:
            continue
        single = 32 if message["family"] == socket.AF_INET else 128
        pair = address != known.get("IFA_ADDRESS")
        yield OwnNetwork(names.get(message["index"], ""), address, single if pair else message["prefixlen"])


def _interface(link: _Message, names: Mapping[int, str]) -> Interface:
    known = _attributes(link)
    about = dict(known.get("IFLA_LINKINFO", {}).get("attrs", ()))
    kind = clean(str(about.get("IFLA_INFO_KIND") or ""))
    data = about.get("IFLA_INFO_DATA") if kind == "vlan" else None
    # For a veth this is its other end, and across namespaces the number means another interface.
    below = None if kind == "veth" or "IFLA_LINK_NETNSID" in known else known.get("IFLA_LINK")
    return Interface(
        names[link["index"]],
        up=bool(link["flags"] & _UP),
        carrier=bool(known.get("IFLA_CARRIER")),
        kind=kind,
        vlan=dict(data["attrs"]).get("IFLA_VLAN_ID") if data else None,
        parent=names.get(below, "") if below and below != link["index"] else "",
        master=names.get(known.get("IFLA_MASTER", 0), ""),
        mac=str(known.get("IFLA_ADDRESS") or ""),
        mtu=known.get("IFLA_MTU", 0),
    )


def _others(host: str, own: tuple[OwnNetwork, ...], out: str) -> tuple[str, ...]:
    address = ipaddress.ip_address(host)
    if address.is_link_local and address.version == 6:  # noqa: PLR2004 - every interface has that network
        return ()
    holding = (
        entry.interface
        for entry in own
        if address in ipaddress.ip_network((entry.address, entry.prefix), strict=False)
    )
    return tuple(name for name in dict.fromkeys(holding) if name != out)


def _neighbour(host: str, interface: str) -> Neighbour | None:
    try:
        with _kernel() as kernel:
            entry = _messages(kernel.neigh("get", dst=host, ifindex=_index(interface)))[0]
    except _RefusedError as refused:
        if refused.number == errno.ENOENT:
            return None
        raise
    return Neighbour(_STATES.get(entry["state"], "none"), str(_attributes(entry).get("NDA_LLADDR") or ""))
