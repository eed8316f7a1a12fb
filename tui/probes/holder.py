"""The process that holds a session, and asking it to end: only while it surely is the one that was seen."""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import psutil

from tui.clean import clean
from tui.probes.destroy import End, dialled
from tui.records import Session

_MAPPED: Final = "::ffff:"
_NEVER: Final = frozenset({0, 1})
"""Process ids of the kernel and of the first process: with them the whole host would end."""


class HolderError(Exception):
    """The process must not, or cannot, be ended; the text says why, for the screen."""


class Holder(NamedTuple):
    """A process that was found to hold a session at its client's end."""

    pid: int
    process: str
    """Its name, clean."""
    started: float
    """Wall seconds: tells it from a later process of the same number."""
    others: int
    """TCP connections it has besides."""


def holder(session: Session) -> Holder:
    """Who holds the client's end of *session* and may be sent a signal by this user.

    Raises:
        HolderError: nobody surely does, or it is a process that is never ended from here.
    """
    pid = session.pid
    if pid is None or session.side not in {"client", "both"}:
        raise HolderError("no program of this host is known to hold it")
    if session.ours or pid in _NEVER or pid == os.getpid():
        raise HolderError("this program is never ended from here")
    if os.name != "posix":
        raise HolderError("this system has no gentle way to end a program")
    try:
        process = psutil.Process(pid)
        name = clean(process.name())
        if not session.process or name != session.process:
            raise HolderError(f"process {pid} is another program by now")
        os.kill(pid, 0)
        others = _others(session, process)
        return Holder(pid, name, process.create_time(), others)
    except (psutil.NoSuchProcess, ProcessLookupError) as error:
        raise HolderError(f"process {pid} is gone") from error
    except (psutil.AccessDenied, PermissionError) as error:
        raise HolderError(f"{session.process}[{pid}] belongs to another user") from error


def end_process(session: Session, held: Holder) -> None:
    """Send SIGTERM to the process *held*, once more sure that it is that one and still holds *session*.

    Raises:
        HolderError: as `holder`, or it is another process by now.
    """
    now = holder(session)
    if (now.pid, now.process, now.started) != (held.pid, held.process, held.started):
        raise HolderError(f"process {held.pid} is another program by now")
    try:
        psutil.Process(now.pid).terminate()
    except psutil.NoSuchProcess as error:
        raise HolderError(f"process {held.pid} is gone") from error
    except psutil.AccessDenied as error:
        raise HolderError(f"{held.process}[{held.pid}] belongs to another user") from error


def _others(session: Session, process: psutil.Process) -> int:
    """How many connections the process has besides *session*, which it must have."""
    client = (session.client, session.client_port)
    try:
        wanted = {(client, _plain(dialled(session))), (client, _plain(session.target))}
    except ValueError as error:
        raise HolderError("its addresses are none") from error
    wanted = {(_plain(local), remote) for local, remote in wanted}
    held = [
        (_plain(row.laddr), _plain(row.raddr))
        for row in process.net_connections("tcp")
        if row.laddr and row.raddr
    ]
    if wanted.isdisjoint(held):
        raise HolderError(f"{session.process}[{session.pid}] holds the session no more")
    return sum(ends not in wanted for ends in held)


def _plain(end: End) -> End:
    """Address and port without a zone, as IPv4 where it is only mapped into IPv6."""
    address, port = end
    address = address.partition("%")[0]
    return (address.removeprefix(_MAPPED) if "." in address else address), port
