"""What plain tools see of a scenario: one connect, one read, and the frames on the client's wire."""

from __future__ import annotations

import errno
import ipaddress
import socket
import subprocess
from collections.abc import Iterator
from typing import Final

from tests.lab.capture import ACK, RST, SYN, Capture
from tests.lab.verdict.plant import Plant
from tests.lab.verdict.scenario import Scenario
from tests.lab.verdict.wire import listening

_CONNECT_S: Final = 3.6  # three ARP requests, a second apart, and what they take
_ANSWER_S: Final = 1.2
_ERRORS: Final = frozenset({3, 11})  # ICMP: unreachable, time exceeded


def signature(plant: Plant, scenario: Scenario) -> str:
    """How the connect ended, and what came over the wire or on the connection: `connected, answer`."""
    host, port = scenario.dialled
    if not scenario.address and not _literal(host):
        done = subprocess.run(
            plant.hosts["client"].inside("getent", "ahosts", host),
            check=False, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        if done.returncode:
            return "name not found"
        host = done.stdout.split()[0]
    unit = int(scenario.arguments[scenario.arguments.index("--unit") + 1]) if scenario.arguments else 1
    with listening(plant.hosts["client"]) as capture:
        word, said = plant.hosts["client"].do(lambda: _talk(host, port, unit))
        return f"{word}, {said or _wire(capture, host, port)}"


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _talk(host: str, port: int, unit: int) -> tuple[str, str]:
    """How a connect ends, and what its one request gets; empty where it did not connect."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as sock:
        sock.settimeout(_CONNECT_S)
        try:
            sock.connect((host, port))
        except TimeoutError:
            return "timeout", ""
        except OSError as error:
            return errno.errorcode[error.errno or 0], ""
        sock.settimeout(_ANSWER_S)
        try:
            sock.sendall(b"\0\7\0\0\0\6" + bytes((unit, 3)) + b"\0\0\0\1")
            said = sock.recv(260)
        except TimeoutError:
            return "connected", "silence"
        except ConnectionError:
            said = b""
        # FIN or RST is a matter of what was unread: both are an end.
        if not said:
            return "connected", "ended"
        if said[:6] == b"\0\7\0\0\0\5" and said[7] == 3:
            return "connected", "answer"
        if said[:6] == b"\0\7\0\0\0\3" and said[7] == 0x83:
            return "connected", f"exception {said[8]}"
        return "connected", f"bytes {said[:8].hex()}"


def _wire(capture: Capture, host: str, port: int) -> str:
    """The last word on the wire about a connection that did not come to be."""
    heard, left = "nothing heard", False
    for packet in _packets(capture):
        header = (packet[0] & 0xF) * 4
        source, target = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
        if packet[9] == socket.IPPROTO_ICMP and packet[header] in _ERRORS and source != target:
            heard = f"ICMP {packet[header]}/{packet[header + 1]} from {source}"
        elif packet[9] == socket.IPPROTO_TCP:
            ports = int.from_bytes(packet[header : header + 2], "big"), packet[header + 2 : header + 4]
            flags = packet[header + 13]
            left |= target == host and int.from_bytes(ports[1], "big") == port
            if (source, ports[0]) == (host, port):
                heard = f"RST ttl {packet[8]}" if flags & RST else heard
                heard = f"SYN-ACK ttl {packet[8]}" if flags & (SYN | ACK) == SYN | ACK else heard
    return heard if left or heard != "nothing heard" else "no SYN left"


def _packets(capture: Capture) -> Iterator[bytes]:
    """The IPv4 packets of a capture."""
    while True:
        try:
            data, where = capture._sock.recvfrom(128)
        except BlockingIOError:
            return
        # What this host's own filter says to itself passes loopback.
        if where[1] == 0x0800 and where[0] != "lo":
            yield data
