"""One ARP request: the only frame that is ever built here rather than by the kernel."""

from __future__ import annotations

import ipaddress
import socket
import struct
import sys
from typing import Final

from tui.wire.frames import ARP
from tui.wire.packet_socket import CaptureError, refusal

_ETHERNET_KIND: Final = 1  # ARPHRD_ETHER
_BROADCAST: Final = b"\xff" * 6
_FRAME: Final = struct.Struct("!6s6sHHHBBH6s4s6s4s")
_IPV4: Final = 0x0800
_REQUEST: Final = 1
_SHORTEST: Final = 60  # bytes of an Ethernet frame without its check sum


def arp_request(interface: str, target: str, *, sender_ip: str) -> None:
    """Ask once on *interface*, by broadcast, who has the IPv4 address *target*.

    *sender_ip* is this host's own address there: whoever hears the question notes it with our MAC.

    Raises:
        CaptureError: no privilege, no such interface, or one without ARP.
        ValueError: not an IPv4 address.
    """
    asked, own = (ipaddress.IPv4Address(address).packed for address in (target, sender_ip))
    if sys.platform != "linux":
        raise CaptureError("ARP can be asked directly on Linux only")
    try:
        # Protocol 0: a socket that only sends.
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, 0) as sock:
            sock.bind((interface, 0))
            _, _, _, kind, mac = sock.getsockname()
            if kind != _ETHERNET_KIND:
                raise CaptureError(f"{interface} is no Ethernet: there is no ARP on it")
            frame = _FRAME.pack(
                _BROADCAST, mac, ARP, _ETHERNET_KIND, _IPV4, 6, 4, _REQUEST, mac, own, bytes(6), asked
            )
            sock.send(frame.ljust(_SHORTEST, b"\0"))
    except OSError as error:
        raise refusal(error, interface) from error
