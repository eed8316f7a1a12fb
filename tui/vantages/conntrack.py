"""Sessions of others that this host routes or firewalls: the connection tracking table, asked by netlink."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Callable
from typing import Final, NamedTuple

from tui import limits
from tui.records import Session, SessionKey
from tui.vantages import NothingThereError, Reading, Seen, VantageError
from tui.vantages.conntrack_message import Answer, Entry, refusal, request

_NETFILTER: Final = 12  # NETLINK_NETFILTER in linux/netlink.h
_BUFFER: Final = 1 << 20
_MOVED_S: Final = 2.0
"""A deadline that moves by more than its rounding to seconds has been renewed by a packet."""


class _Known(NamedTuple):
    """What is remembered of an entry between readings."""

    since: float
    active_at: float | None
    deadline: float
    """Monotonic seconds at which it would have ended, when a packet was noticed last."""


class ConntrackTable:
    """Reads the tracked TCP connections to *ports*; safe for one thread at a time."""

    name: Final = "conntrack"
    sees: Final = (
        "TCP sessions of other hosts that this host routes or firewalls, with the time each has left"
    )
    exact: Final = False
    needed: Final = False

    def __init__(self, ports: frozenset[int], mono: Callable[[], float] = time.monotonic) -> None:
        self._ports = ports
        self._mono = mono
        self._known: dict[tuple[SessionKey, int], _Known] = {}

    def read(self, at: float) -> Reading:
        """The sessions, read at wall time *at*; those that are over left out.

        `since` is the first reading that had the session, `active_at` the last one that found it renewed.

        Raises:
            VantageError: not on Linux, not permitted, nothing is tracked here, or a broken answer.
        """
        found, left_out = _dump(self._ports)
        now, before, self._known = self._mono(), self._known, {}
        tracked: dict[SessionKey, Seen] = {}
        for entry in found:
            known = _again(before.get((entry.key, entry.number)), entry, at, now)
            self._known[entry.key, entry.number] = known
            tracked[entry.key] = Seen(_session(entry, known, at), aliases=entry.aliases)
        return Reading(tracked, detail=f"{left_out} more than are kept" if left_out else "")


def _again(before: _Known | None, entry: Entry, at: float, now: float) -> _Known:
    deadline = now + entry.left_s
    if before is None:
        return _Known(at, None, deadline)
    if deadline - before.deadline >= _MOVED_S:
        return _Known(before.since, at, deadline)
    # Shorter waits follow a change of state: the deadline to compare with is the new one.
    return before._replace(deadline=min(before.deadline, deadline))


def _session(entry: Entry, known: _Known, at: float) -> Session:
    return Session(
        client=entry.key.client,
        client_port=entry.key.client_port,
        address=entry.key.address,
        port=entry.key.port,
        state=entry.state,
        side="none",
        since=known.since,
        active_at=known.active_at,
        vantage=ConntrackTable.name,
        expires_at=at + entry.left_s,
        dialled=str(entry.dialled) if entry.dialled else "",
    )


def _dump(ports: frozenset[int]) -> tuple[list[Entry], int]:
    """The entries of *ports*, and how many more there were than are kept."""
    if sys.platform != "linux":
        raise VantageError("connections are tracked this way on Linux only")
    answer = Answer(ports)
    try:
        # A socket of its own for each reading: no answer to an abandoned request can follow.
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETFILTER) as link:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            link.settimeout(limits.NETLINK_S)
            link.bind((0, 0))
            link.send(request())
            _fill(answer, link)
    except TimeoutError as error:
        raise VantageError(f"reading takes longer than {limits.NETLINK_S:g} s") from error
    except OSError as error:
        raise refusal(error.errno or errno.EIO) from error
    if not answer.entries_seen:
        raise NothingThereError("nothing is tracked here: no firewall rule asks for it (`ct state` does)")
    return list(answer.found.values()), answer.left_out


def _fill(answer: Answer, link: socket.socket) -> None:
    """Gather the answer until its end."""
    buffer = bytearray(_BUFFER)
    deadline = time.monotonic() + limits.NETLINK_S
    while not answer.done:
        if time.monotonic() > deadline:
            raise TimeoutError
        size, _, flags, sender = link.recvmsg_into([buffer])
        if flags & socket.MSG_TRUNC:
            raise VantageError("the kernel's answer is larger than the buffer")
        if sender[0] == 0:  # processes may write to a netlink socket too; the kernel is number 0
            answer.feed(buffer, size)
