"""Which process owns a socket, found on real processes and looked up no more than needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.unit.socket_tools import connected, listening
from tui import limits
from tui.vantages.kernel import KernelTable
from tui.vantages.processes import Owners, describe, user_name

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")

CLIENT = """
import socket, sys
with open("/proc/self/comm", "w") as comm:
    comm.write(sys.argv[3])
with socket.create_connection((sys.argv[1], int(sys.argv[2]))):
    print("connected", flush=True)
    sys.stdin.read()
"""


@contextmanager
def client_process(server: socket.socket, name: str) -> Iterator[int]:
    """A child called *name* that holds a connection to *server*; gives its process id."""
    address, port = server.getsockname()
    with subprocess.Popen(
        [sys.executable, "-c", CLIENT, address, str(port), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"connected\n"
        yield child.pid
        child.communicate()


def inode(end: socket.socket) -> int:
    return os.fstat(end.fileno()).st_ino


def test_child_process_is_named() -> None:
    """The session of another process carries its id, name and user."""
    with listening() as server, client_process(server, "historian") as pid:
        port = server.getsockname()[1]
        client = next(s for s in KernelTable().read(frozenset({port})) if s.remote_port == port)
        assert (client.pid, client.process) == (pid, "historian")
        assert client.user == psutil.Process().username()


def test_hostile_name_is_made_inert() -> None:
    """A process name with terminal codes cannot reach the screen as such."""
    with listening() as server, client_process(server, "a\x1b[2Jb") as pid:
        assert describe(pid).process == "a\\x1b[2Jb"


def test_each_new_socket_costs_one_look() -> None:
    """Sockets already known are never looked for again, however often the table is read."""
    owners = Owners()
    with connected() as pair:
        first = {inode(pair.client), inode(pair.device)}
        for _ in range(3):
            assert {owner.pid for owner in owners.of(first).values()} == {os.getpid()}
        assert owners.scans == 1
        with connected() as other:
            both = owners.of(first | {inode(other.client)})
            assert len(both) == 3
            assert owners.scans == 2


def test_unseen_owner_is_looked_for_once_more_then_left() -> None:
    """A socket of a process that is hidden from us costs two looks in all, however long it lives."""
    now = 100.0
    owners = Owners(mono=lambda: now)
    for _ in range(5):
        assert owners.of([1]) == {}
    assert owners.scans == 1
    now += limits.OWNER_RETRY_S
    for _ in range(5):
        assert owners.of([1]) == {}
        now += limits.OWNER_RETRY_S
    assert owners.scans == 2


def test_gone_sockets_are_forgotten() -> None:
    """Nothing is kept of inodes that are no longer in the table."""
    owners = Owners()
    with connected() as pair:
        owners.of([inode(pair.client), 1])
        assert owners.of([]) == {}
        assert (owners._found, owners._missing) == ({}, {})


def test_unreadable_processes_are_passed_over(tmp_path: Path) -> None:
    """A process without a readable descriptor folder, and other entries, do not stop the look."""
    (tmp_path / "self").mkdir()
    (tmp_path / "77").mkdir()
    (tmp_path / "78" / "fd").mkdir(parents=True)
    (tmp_path / "78" / "fd" / "0").write_text("")
    (tmp_path / "79" / "fd").mkdir(parents=True)
    (tmp_path / "79" / "fd" / "3").symlink_to("socket:[4242]")
    found = Owners(proc=str(tmp_path)).of([4242])
    assert found[4242].pid == 79


def test_nothing_is_known_of_a_process_that_is_gone() -> None:
    """A process that ended between the look and the question leaves its number, no error."""
    with subprocess.Popen([sys.executable, "-c", ""]) as child:
        child.wait()
    assert describe(child.pid) == (child.pid, "", "")


def test_user_without_name_is_its_number() -> None:
    """A user number the system has no name for is shown as it is."""
    assert user_name(4_000_111_222) == "4000111222"
