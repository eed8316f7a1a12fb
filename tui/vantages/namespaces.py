"""The socket tables of this host's other network namespaces: containers, and networks made by hand."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tui.clean import clean
from tui.vantages import Reading, Socket, VantageError
from tui.vantages.kernel import KernelTable
from tui.vantages.merge import merge
from tui.vantages.processes import describe
from tui.vantages.union import union
from tui.wire.netns import Identity, apart, enter

NAMESPACES: Final = 128  # entered in one reading, at the most
NAMESPACES_S: Final = 5.0  # for all of them to be read
_NAME: Final = 40  # characters of a namespace's name


class Place(NamedTuple):
    """A namespace that may be entered: its name, and a file that leads there."""

    name: str
    """As `ip netns` names it, else a process in it, as `process[pid]`."""
    path: str


class InNamespace(NamedTuple):
    """What one other namespace has."""

    netns: str
    sockets: list[Socket]


class NamespaceSessions:
    """The sessions to *ports* of this host's other network namespaces, as one list."""

    name: Final = "namespaces"
    exact: Final = False
    needed: Final = False

    def __init__(self, ports: frozenset[int], tables: NamespaceTables | None = None) -> None:
        self._ports = ports
        self._tables = tables or NamespaceTables()

    @property
    def sees(self) -> str:
        """What it sees, in words."""
        return self._tables.sees

    def read(self, at: float) -> Reading:
        """The sessions with an end in another namespace, at wall time *at*.

        Raises:
            VantageError: as `NamespaceTables.read`.
        """
        found = self._tables.read(self._ports)
        seen = [
            merge(sockets, self._ports, vantage=self.name, at=at, netns=netns) for netns, sockets in found
        ]
        unseen = [f"{name}: {reason}" for name, reason in self._tables.closed]
        if self._tables.left_out:
            unseen.append(f"{self._tables.left_out} more than the {NAMESPACES} read at once")
        return Reading(union(seen), detail="; ".join(unseen))


class NamespaceTables:
    """Reads the kernel's table of every other network namespace; safe for one thread at a time.

    All entering is done by a thread that ends with the reading: no other ever changes its namespace.
    """

    name: Final = "namespaces"
    sees: Final = "TCP sessions of this host's other network namespaces, containers among them"

    def __init__(self, proc: str = "/proc", named: str = "/run/netns") -> None:
        self._proc = proc
        self._named = named
        self._tables: dict[Identity, KernelTable] = {}
        self.closed: tuple[tuple[str, str], ...] = ()
        """Namespaces that the last reading could not look into, each with the reason."""
        self.left_out = 0
        """Namespaces beyond `NAMESPACES` in the last reading."""

    def read(self, ports: frozenset[int]) -> list[InNamespace]:
        """The sockets with one of *ports* at either end, of each other namespace that has any.

        Raises:
            VantageError: not on Linux, there are others and none may be entered, or it takes too long.
        """
        if sys.platform != "linux":
            raise VantageError("network namespaces are a thing of Linux")
        places = self._places()
        if not places:
            self._tables, self.closed = {}, ()
            return []
        self._tables = {identity: self._tables.get(identity) or KernelTable() for identity in places}
        work = [(place, identity, self._tables[identity]) for identity, place in places.items()]
        try:
            found, refused = apart(lambda: _read(work, ports), NAMESPACES_S)
        except TimeoutError as error:
            raise VantageError("the other network namespaces take too long to read") from error
        self.closed = tuple(refused)
        if len(refused) == len(work):
            raise VantageError(f"none of {len(work)} other namespaces may be entered: {refused[0][1]}")
        return found

    def _places(self) -> dict[Identity, Place]:
        """Every other namespace of this host, named ones first."""
        own = _identity(f"{self._proc}/thread-self/ns/net")
        places: dict[Identity, Place] = {}
        for place in (*self._by_name(), *self._by_process()):
            identity = _identity(place.path)
            if identity is not None and identity != own:
                places.setdefault(identity, place)
        self.left_out = max(0, len(places) - NAMESPACES)
        kept = list(places.items())[:NAMESPACES]
        return {
            identity: place if place.name else place._replace(name=_of_process(place.path))
            for identity, place in kept
        }

    def _by_name(self) -> Iterator[Place]:
        try:
            names = sorted(os.listdir(self._named))  # noqa: PTH208 - the same as for the processes
        except OSError:
            return  # nobody has named one
        for name in names:
            yield Place(clean(name, _NAME), f"{self._named}/{name}")

    def _by_process(self) -> Iterator[Place]:
        try:
            names = os.listdir(self._proc)  # noqa: PTH208 - there are thousands, and plain text is fastest
        except OSError:
            return
        for pid in sorted(int(name) for name in names if name.isdecimal()):
            yield Place("", f"{self._proc}/{pid}/ns/net")


def _identity(path: str) -> Identity | None:
    """The namespace behind *path*; None where it has gone or is none of ours to see."""
    try:
        found = os.stat(path)  # noqa: PTH116 - one for each process: plain text is fastest
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _of_process(path: str) -> str:
    """The name of a namespace that has none: the eldest process in it."""
    pid = int(Path(path).parts[-3])
    return clean(f"{describe(pid).process or 'process'}[{pid}]", _NAME)


def _read(
    work: list[tuple[Place, Identity, KernelTable]], ports: frozenset[int]
) -> tuple[list[InNamespace], list[tuple[str, str]]]:
    """Enter one namespace after the other; for a thread that is not used for anything else afterwards."""
    found: list[InNamespace] = []
    refused: list[tuple[str, str]] = []
    for place, identity, table in work:
        try:
            if not enter(place.path, identity):
                continue
            sockets = table.read(ports)
        except (OSError, VantageError) as error:
            refused.append((place.name, _reason(error)))
        else:
            if sockets:
                found.append(InNamespace(place.name, sockets))
    return found, refused


def _reason(error: OSError | VantageError) -> str:
    if isinstance(error, OSError) and error.errno in {errno.EPERM, errno.EACCES}:
        return "needs root, or the capability cap_sys_admin"
    return clean(error.strerror or str(error) if isinstance(error, OSError) else str(error))
