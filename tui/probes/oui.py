"""Who made a network interface, by the first half of its hardware address."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from tui.clean import clean

_LOCAL: Final = 0x02
"""Bit of the first byte: the address was made up locally (IEEE 802, section 8.4)."""
_LEAST: Final = 12  # characters; less would be taken for a number
_KEPT: Final = 4096
_REGISTRY: Final = "IEEE Registration Authority"
"""Holds the blocks that are given away in smaller parts: it made nothing."""


@lru_cache(maxsize=_KEPT)
def vendor(mac: str) -> str:
    """Maker of the interface *mac* as registered with IEEE; empty where it is not known.

    The first call reads the register, which takes a tenth of a second.
    """
    # Worth its time and memory only where somebody asks.
    from netaddr import EUI, AddrFormatError, NotRegisteredError  # noqa: PLC0415

    if len(mac) < _LEAST:
        return ""
    try:
        address = EUI(mac)
        if address.words[0] & _LOCAL:
            return ""
        # Blocks of 4096 addresses were registered under an OUI of the register's own.
        block = address.iab or address.oui
        name = str(block.registration()["org"])
    except (AddrFormatError, NotRegisteredError, ValueError, TypeError):
        return ""
    return "" if name == _REGISTRY else clean(name)
