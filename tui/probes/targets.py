"""Which addresses a sweep asks: networks, ranges, hosts and names, less what is excluded."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from tui import limits
from tui.clean import clean
from tui.records import Target

_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


class TargetError(ValueError):
    """A network, range or host that cannot be asked; one line that says how to mend it."""


class Addresses:
    """Addresses to ask, in order, counted without being listed; IPv6 hosts one by one."""

    def __init__(self, spans: Iterable[tuple[int, int]], hosts6: Iterable[str] = ()) -> None:
        self._spans = _merged(spans)
        self._starts = [first for first, _ in self._spans]
        self._hosts6 = tuple(dict.fromkeys(hosts6))

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self._spans) + len(self._hosts6)

    def __iter__(self) -> Iterator[str]:
        for first, last in self._spans:
            for number in range(first, last + 1):
                yield str(ipaddress.IPv4Address(number))
        yield from self._hosts6

    def __contains__(self, address: str) -> bool:
        if ":" in address:
            return address in self._hosts6
        number = int(ipaddress.IPv4Address(address))
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number <= self._spans[at][1]

    def without(self, other: Addresses) -> Addresses:
        """These addresses less *other*."""
        return Addresses(
            _subtracted(self._spans, other._spans),
            (host for host in self._hosts6 if host not in other._hosts6),
        )

    def with_(self, other: Addresses) -> Addresses:
        """These addresses and *other*."""
        return Addresses([*self._spans, *other._spans], [*self._hosts6, *other._hosts6])


class Plan:
    """One sweep: every address on every port, ports one after the other, then single targets."""

    def __init__(self, addresses: Addresses, ports: Sequence[int], single: Iterable[Target] = ()) -> None:
        self.addresses = addresses
        self.ports = tuple(dict.fromkeys(ports))
        self.single = tuple(
            target
            for target in dict.fromkeys(single)
            if target.port not in self.ports or target.address not in addresses
        )

    @property
    def hosts(self) -> int:
        """Addresses it asks."""
        return len(self.addresses) + len({target.address for target in self.single} - set(self._both()))

    def __len__(self) -> int:
        """Connections it opens at least."""
        return len(self.addresses) * len(self.ports) + len(self.single)

    def __iter__(self) -> Iterator[Target]:
        for port in self.ports:
            for address in self.addresses:
                yield Target(address, port)
        yield from self.single

    def __contains__(self, target: object) -> bool:
        if not isinstance(target, Target):
            return False
        return target in self.single or (target.port in self.ports and target.address in self.addresses)

    def _both(self) -> Iterator[str]:
        return (target.address for target in self.single if target.address in self.addresses)

    def seconds(self, rate: float) -> float:
        """How long it takes at *rate* connections a second, at the least."""
        return len(self) / rate


async def addresses(texts: Iterable[str]) -> Addresses:
    """The addresses that *texts* name: `10.0.0.0/24`, `10.0.0.5-20`, `10.0.0.5`, `::1`, `plc-12`.

    Raises:
        TargetError: a text that is none of these, or a name that does not resolve.
    """
    spans: list[tuple[int, int]] = []
    hosts6: list[str] = []
    for text in texts:
        found = _numeric(text)
        if found is None:
            found = await _named(text)
        for address in found if isinstance(found, list) else ():
            if isinstance(address, ipaddress.IPv4Address):
                spans.append((int(address), int(address)))
            else:
                hosts6.append(str(address))
        if isinstance(found, tuple):
            spans.append(found)
    return Addresses(spans, hosts6)


def spans(texts: Iterable[str]) -> list[tuple[int, int]]:
    """The IPv4 addresses that *texts* name by number, first and last; a text that names none is left out."""
    found: list[tuple[int, int]] = []
    for text in texts:
        try:
            named = _numeric(text)
        except TargetError:
            continue
        if isinstance(named, tuple):
            found.append(named)
        else:
            found += [(int(one), int(one)) for one in named or () if one.version == 4]  # noqa: PLR2004
    return _merged(found)


def _numeric(text: str) -> tuple[int, int] | list[_Address] | None:
    """A span or an address in *text*; None if it reads as a name."""
    shown = clean(text, 60)
    try:
        if "/" in text:
            return _network(text)
        if "-" in text and text.split("-", maxsplit=1)[0].count(".") == 3:  # noqa: PLR2004 - dots of a dotted quad
            return _range(text)
        return [ipaddress.ip_address(text.strip("[]"))]
    except ValueError as error:
        if isinstance(error, TargetError):
            raise
        if "/" in text or ":" in text or text.replace(".", "").replace("-", "").isdigit():
            raise TargetError(
                f"{shown!r} is not an address, network or range; write 10.0.0.0/24, 10.0.0.5-20 or 10.0.0.5"
            ) from error
        return None


def _network(text: str) -> tuple[int, int] | list[_Address]:
    network = ipaddress.ip_network(text, strict=False)
    if isinstance(network, ipaddress.IPv6Network):
        if network.num_addresses > 1:
            raise TargetError(f"{clean(text, 60)!r}: IPv6 networks are too large to sweep; name single hosts")
        return [network.network_address]
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.prefixlen <= 30:  # noqa: PLR2004 - shorter prefixes have a network and a broadcast address
        first, last = first + 1, last - 1
    return first, last


def _range(text: str) -> tuple[int, int]:
    start, _, end = text.partition("-")
    first = ipaddress.IPv4Address(start)
    last = ipaddress.IPv4Address(end if "." in end else f"{start.rpartition('.')[0]}.{end}")
    if last < first:
        raise TargetError(f"{clean(text, 60)!r} ends before it begins")
    return int(first), int(last)


async def _named(name: str) -> list[_Address]:
    loop = asyncio.get_running_loop()
    shown = clean(name, 60)
    try:
        async with asyncio.timeout(limits.RESOLVE_S):
            found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetError(
            f"{shown!r} does not resolve to an address; check the name or give the address"
        ) from error
    if not found:
        raise TargetError(f"{shown!r} has no address")
    # The resolver's first choice is what any other program here would dial.
    return [ipaddress.ip_address(str(found[0][4][0]).partition("%")[0])]


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _subtracted(
    spans: Iterable[tuple[int, int]], holes: Iterable[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    holes = list(holes)
    for first, last in spans:
        start = first
        for hole_first, hole_last in holes:
            if hole_last < start or hole_first > last:
                continue
            if hole_first > start:
                yield start, hole_first - 1
            start = hole_last + 1
        if start <= last:
            yield start, last
