"""Which addresses lie on a link of this host: reached by ARP, without a gateway."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Final

from tui.clock import Clock

_ROUTES: Final = Path("/proc/net/route")
_FLAGS: Final = "/sys/class/net/{}/flags"
_FRESH_S: Final = 5.0
_NO_GATEWAY: Final = "00000000"
_NOARP: Final = 0x80  # include/uapi/linux/if.h IFF_NOARP
_FIELDS: Final = 8  # up to the mask


class Links:
    """The IPv4 routes of the main table, read every few seconds. None where there are none to read."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._read_at: float | None = None
        self._by_mask: list[tuple[int, dict[int, bool]]] = []

    def by_arp(self, address: str) -> bool:
        """Whether the most specific route to *address* is a link that uses ARP."""
        if ":" in address:
            return False
        now = self._clock.mono()
        if self._read_at is None or now - self._read_at >= _FRESH_S:
            self._by_mask = _routes()
            self._read_at = now
        number = int(ipaddress.IPv4Address(address))
        for mask, networks in self._by_mask:
            if (number & mask) in networks:
                return networks[number & mask]
        return False


def _routes() -> list[tuple[int, dict[int, bool]]]:
    """For each mask, longest first: whether each network is a link that uses ARP."""
    try:
        lines = _ROUTES.read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return []  # not Linux
    found: dict[int, dict[int, bool]] = {}
    for line in lines:
        fields = line.split()
        if len(fields) >= _FIELDS:
            interface, network, gateway, mask = fields[0], fields[1], fields[2], fields[7]
            arp = gateway == _NO_GATEWAY and _uses_arp(interface)
            found.setdefault(_number(mask), {}).setdefault(_number(network), arp)
    return sorted(found.items(), reverse=True)


def _uses_arp(interface: str) -> bool:
    try:
        return not int(Path(_FLAGS.format(interface)).read_text(encoding="ascii"), 16) & _NOARP
    except (OSError, ValueError):
        return False


def _number(field: str) -> int:
    """The kernel prints addresses as hexadecimal numbers in its own byte order."""
    return socket.ntohl(int(field, 16))
