"""Which process owns a socket: looked up once for each new one, because looking is dear."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

import psutil

from tui import limits
from tui.clean import clean

if sys.platform != "win32":
    import pwd

_PREFIX: Final = "socket:["


class Owner(NamedTuple):
    """A process that has a socket open; what cannot be seen of it is empty."""

    pid: int | None = None
    process: str = ""
    user: str = ""


def describe(pid: int) -> Owner:
    """Name and user of process *pid*; each stays empty where it cannot be seen."""
    try:
        process = psutil.Process(pid)
    except psutil.Error:
        return Owner(pid)
    return Owner(pid, _text(process.name), _text(process.username))


@lru_cache(maxsize=256)
def user_name(uid: int) -> str:
    """The name of user number *uid*, or the number where it has none."""
    if sys.platform == "win32":
        return ""
    try:
        return clean(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return str(uid)


def _text(ask: Callable[[], str]) -> str:
    try:
        return clean(ask())
    except (psutil.Error, KeyError):  # gone, hidden, or a user the system has no name for
        return ""


def _sockets(proc: str, pid: int) -> Iterator[int]:
    """Inodes of the sockets process *pid* has open; none where we may not look or it is gone."""
    folder = f"{proc}/{pid}/fd"
    try:
        descriptors = os.listdir(folder)  # noqa: PTH208 - there are thousands, and plain text is fastest
    except OSError:
        return
    for descriptor in descriptors:
        try:
            link = os.readlink(f"{folder}/{descriptor}")  # noqa: PTH115 - the same
        except OSError:  # closed since
            continue
        if link.startswith(_PREFIX):
            yield int(link[len(_PREFIX) : -1])


class Owners:
    """Owners of the sockets that are there now, by inode; safe for one thread at a time.

    Each call of `of` scans the processes at most once, and only for sockets it has not met before. A
    socket whose owner is not found is looked for once more after `limits.OWNER_RETRY_S`, and then
    stays without: it belongs to another user or another namespace.
    """

    def __init__(self, mono: Callable[[], float] = time.monotonic, proc: str = "/proc") -> None:
        self._mono = mono
        self._proc = proc
        self._found: dict[int, Owner] = {}
        self._missing: dict[int, float | None] = {}
        """When to look again, or None for never."""
        self.scans = 0
        """How often the processes were scanned."""

    def of(self, inodes: Iterable[int]) -> Mapping[int, Owner]:
        """The owners of *inodes*, as far as they can be seen; every other inode is forgotten."""
        present = set(inodes)
        self._found = {inode: owner for inode, owner in self._found.items() if inode in present}
        self._missing = {inode: again for inode, again in self._missing.items() if inode in present}
        now = self._mono()
        wanted = {inode for inode in present if inode not in self._found and self._due(inode, now)}
        if wanted:
            self._scan(wanted)
            for inode in wanted - self._found.keys():
                self._missing[inode] = None if inode in self._missing else now + limits.OWNER_RETRY_S
        return self._found

    def _due(self, inode: int, now: float) -> bool:
        again = self._missing.get(inode, now)
        return again is not None and again <= now

    def _scan(self, wanted: set[int]) -> None:
        self.scans += 1
        left = set(wanted)
        for pid in self._candidates():
            mine = left.intersection(_sockets(self._proc, pid))
            if mine:
                self._found.update(dict.fromkeys(mine, describe(pid)))
                left -= mine
                if not left:
                    return

    def _candidates(self) -> Iterator[int]:
        """Process ids, the likeliest owners first: ourselves, those who own a socket already, the rest."""
        owning = (owner.pid for owner in self._found.values() if owner.pid is not None)
        likely = dict.fromkeys((os.getpid(), *owning))
        yield from likely
        try:
            names = os.listdir(self._proc)  # noqa: PTH208 - the same
        except OSError:
            return
        for name in names:
            if name.isdecimal() and int(name) not in likely:
                yield int(name)
