"""Ending one TCP session: on this host by the kernel, elsewhere by what to type there.

Layouts: `struct nlmsghdr` (linux/netlink.h), `struct inet_diag_req_v2` (linux/inet_diag.h), SOCK_DESTROY
(linux/sock_diag.h).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import shlex
import socket
import struct
import sys
from typing import Final, Literal, TypeAlias

from tui import limits
from tui.records import DEFAULT_PORT, Session, Target

_SOCK_DIAG: Final = 4  # NETLINK_SOCK_DIAG in linux/netlink.h
_GET: Final = 20  # SOCK_DIAG_BY_FAMILY
_DESTROY: Final = 21  # SOCK_DESTROY
_ERROR: Final = 2  # NLMSG_ERROR
_REQUEST: Final = 0x1  # NLM_F_REQUEST
_REQUEST_ACK: Final = 0x5  # NLM_F_REQUEST | NLM_F_ACK
_ANY_COOKIE: Final = 0xFFFFFFFFFFFFFFFF  # INET_DIAG_NOCOOKIE, twice
_LISTEN: Final = 10  # include/net/tcp_states.h
_IPV4: Final = 4
_SEQUENCE: Final = 1
_BUFFER: Final = 1 << 16

_HEADER: Final = struct.Struct("=IHHII")
_ASKED: Final = struct.Struct("=BBBxI")
_FOUND: Final = struct.Struct("=xB2x")
_ENDS: Final = struct.Struct("!HH16s16s")
_INTERFACE: Final = struct.Struct("=I")
_COOKIE: Final = struct.Struct("=Q")
_STATUS: Final = struct.Struct("=i")

_ZONE: Final = re.compile(r"[A-Za-z0-9_.-]{1,15}")
_NAMESPACE: Final = re.compile(r"[A-Za-z0-9_.-]{1,40}")

_DIALLED: Final = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?")
"""As `Target` writes it."""
_PORTS: Final = 65535

End: TypeAlias = tuple[str, int]
"""Address and port."""
Why: TypeAlias = Literal["not-permitted", "gone", "unsupported", "elsewhere", "failed"]


class DestroyError(Exception):
    """The session was not ended; `why` as one word, the text says it for the screen."""

    def __init__(self, why: Why, text: str) -> None:
        super().__init__(text)
        self.why = why


def destroy(local: End, remote: End, cookie: int = 0) -> None:
    """End the TCP session between *local*, in this thread's network namespace, and *remote*.

    The program that has it sees ECONNABORTED and may open another; its peer gets an RST. With *cookie*, only
    if the socket is still that one. Blocks for twice `limits.NETLINK_S` at the most.

    Raises:
        DestroyError: not permitted, gone already, or a kernel without it.
        ValueError: they are no addresses of one family.
    """
    if sys.platform != "linux":
        raise DestroyError("unsupported", "only Linux can end a session of another program")
    # Where there is none the kernel would take one that listens at *local* instead: it is found first, and
    # then named by its cookie.
    found = _ask(_message(_GET, _REQUEST, local, remote, cookie or _ANY_COOKIE), _GET)
    if len(found) < _FOUND.size + _ENDS.size + _INTERFACE.size + _COOKIE.size:
        raise DestroyError("failed", "the kernel's answer is cut short")
    (state,) = _FOUND.unpack_from(found)
    ports = _ENDS.unpack_from(found, _FOUND.size)[:2]
    (own,) = _COOKIE.unpack_from(found, _FOUND.size + _ENDS.size + _INTERFACE.size)
    if state == _LISTEN or ports != (local[1], remote[1]):
        raise _refusal(errno.ENOENT)
    _ask(_message(_DESTROY, _REQUEST_ACK, local, remote, own), _ERROR)


def dialled(session: Session) -> Target:
    """What the client of *session* connected to: the device, unless that is translated on the way.

    Raises:
        ValueError: it is no address.
    """
    if not session.dialled:
        return session.target
    found = _DIALLED.fullmatch(session.dialled)
    if found is None:
        raise ValueError("not an address with a port")
    host, port = found["v6"] or found["v4"], int(found["port"] or DEFAULT_PORT)
    ipaddress.ip_address(host.partition("%")[0])
    if port > _PORTS:
        raise ValueError("not a port")
    return Target(host, port)


def commands(session: Session) -> list[str]:
    """What to type, as administrator, on the host that has the client's end of *session*, line by line.

    Linux first, where that ends this one session and nothing else; then Windows and macOS, where the process
    that has it must end: there one line finds its number, and the next ends it.

    Raises:
        ValueError: an address of the session is none.
    """
    to = dialled(session)
    client, device = _shown(session.client), _shown(to.address)
    local, port = int(session.client_port), int(to.port)
    bracketed = f"[{device}]" if ":" in device else device
    ss = ["ss", "-K", "src", _for_ss(client), "sport", "=", str(local), "dst", _for_ss(device)]
    table = "TCPv6" if ":" in device else "TCP"
    linux = [*_entering(session), *ss, "dport", "=", str(port)]
    return [
        shlex.join(linux),
        f'netstat -ano -p {table} | findstr /C:":{local} " | findstr /C:"{bracketed}:{port} "',
        "taskkill /PID NUMBER /F",
        f"sudo lsof -nP -iTCP@{bracketed}:{port} | grep -F ':{local}->'",
        "sudo kill NUMBER",
    ]


def _entering(session: Session) -> list[str]:
    """The beginning of a command that has to be run in another network namespace of the host."""
    if not session.netns:
        return []
    if session.pid is not None:
        return ["nsenter", "-t", str(int(session.pid)), "-n"]
    if not _NAMESPACE.fullmatch(session.netns):
        raise ValueError("not the name of a network namespace")
    return ["ip", "netns", "exec", session.netns]


def _shown(address: str) -> str:
    """*address* in its usual form, which no shell takes for anything else.

    Raises:
        ValueError: it is none.
    """
    plain, percent, zone = address.partition("%")
    text = str(ipaddress.ip_address(plain))
    if percent and not _ZONE.fullmatch(zone):
        raise ValueError("not the name of an interface")
    return text + percent + zone


def _for_ss(address: str) -> str:
    plain = address.partition("%")[0]
    return f"[{plain}]" if ":" in plain else plain


def _message(kind: int, flags: int, local: End, remote: End, cookie: int) -> bytes:
    ends = [ipaddress.ip_address(address.partition("%")[0]) for address, _ in (local, remote)]
    if ends[0].version != ends[1].version:
        raise ValueError("both ends of a session have addresses of one family")
    body = (
        _ASKED.pack(socket.AF_INET if ends[0].version == _IPV4 else socket.AF_INET6, socket.IPPROTO_TCP, 0, 0)
        + _ENDS.pack(local[1], remote[1], ends[0].packed, ends[1].packed)
        + _INTERFACE.pack(_index(local[0], remote[0]))
        + _COOKIE.pack(cookie)
    )
    return _HEADER.pack(_HEADER.size + len(body), kind, flags, _SEQUENCE, 0) + body


def _index(*addresses: str) -> int:
    """Number of the interface that a zone in one of *addresses* names; 0 where there is none."""
    zone = next((zone for address in addresses if (zone := address.partition("%")[2])), "")
    if not zone:
        return 0
    try:
        return socket.if_nametoindex(zone)
    except OSError as error:
        raise _refusal(errno.ENOENT) from error


def _ask(message: bytes, wanted: int) -> bytes:
    """Send *message* to the kernel; what its answer of kind *wanted* holds."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _SOCK_DIAG) as link:
            link.settimeout(limits.NETLINK_S)
            link.bind((0, 0))
            link.send(message)
            answer, sender = link.recvfrom(_BUFFER)
    except TimeoutError as error:
        raise DestroyError("failed", f"the kernel did not answer in {limits.NETLINK_S:g} s") from error
    except OSError as error:
        raise _refusal(error.errno or errno.EIO) from error
    if sender[0] != 0 or len(answer) < _HEADER.size + _STATUS.size:
        raise DestroyError("failed", "the kernel's answer is cut short")
    _, kind, _, sequence, _ = _HEADER.unpack_from(answer)
    (status,) = _STATUS.unpack_from(answer, _HEADER.size)
    if kind == _ERROR and status:
        raise _refusal(-status if status < 0 else errno.EPROTO)
    if kind != wanted or sequence != _SEQUENCE:
        raise DestroyError("failed", "the kernel gave another answer than was asked for")
    return answer[_HEADER.size :]


def _refusal(number: int) -> DestroyError:
    if number in {errno.EPERM, errno.EACCES}:
        return DestroyError("not-permitted", "ending it needs root, or the capability cap_net_admin")
    if number in {errno.ENOENT, errno.ESTALE}:
        return DestroyError("gone", "the session is gone already")
    if number in {errno.EOPNOTSUPP, errno.EINVAL, errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT}:
        return DestroyError("unsupported", "this kernel cannot end sessions (no CONFIG_INET_DIAG_DESTROY)")
    return DestroyError("failed", f"the kernel refused: {os.strerror(number)}")
