"""Sessions in other network namespaces of this host, named ones and those of containers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest

from tests.lab.net import Namespace, needs_lab, wire
from tui.vantages import LISTEN, Socket, VantageError
from tui.vantages.namespaces import NamespaceTables

pytestmark = needs_lab

_PORTS: Final = frozenset({502})
_DEVICE: Final = "10.99.0.2"
_WAIT_S: Final = 10.0
_LONELY: Final = """
import socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
server = socket.create_server(("127.0.0.1", 502))
client = socket.create_connection(server.getsockname())
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hosts() -> Iterator[tuple[Namespace, Namespace]]:
    """A client and a device, in a namespace each, with one session."""
    with ExitStack() as stack:
        client, device = Namespace(stack), Namespace(stack)
        wire(client, "10.99.0.1/24", device, f"{_DEVICE}/24")
        server = stack.enter_context(device.do(lambda: socket.create_server((_DEVICE, 502))))
        stack.enter_context(client.do(lambda: socket.create_connection((_DEVICE, 502), _WAIT_S)))
        stack.enter_context(server.accept()[0])
        yield client, device


def _namespace() -> int:
    """The network namespace of this thread."""
    return Path("/proc/thread-self/ns/net").stat().st_ino


def _read(tables: NamespaceTables) -> dict[str, list[Socket]]:
    return {found.netns: found.sockets for found in tables.read(_PORTS)}


def _ends(sockets: list[Socket]) -> list[tuple[str, int]]:
    return sorted((sock.remote, sock.remote_port) for sock in sockets if sock.state != LISTEN)


def test_each_namespace_by_its_name(hosts: tuple[Namespace, Namespace]) -> None:
    """Both ends are seen where they are, with the process that has them; our thread stays where it was."""
    client, device = hosts
    before = _namespace()
    found = _read(NamespaceTables())
    assert _namespace() == before
    assert _ends(found[client.name]) == [(_DEVICE, 502)]
    assert [sock.state for sock in found[device.name] if sock.local_port == 502].count("ESTABLISHED") == 1
    assert {sock.pid for sock in found[client.name]} == {os.getpid()}


def test_what_is_seen_stays_that_of_each_namespace(hosts: tuple[Namespace, Namespace]) -> None:
    """From inside one of them the others are seen, and not it itself."""
    client, device = hosts
    found = client.do(lambda: _read(NamespaceTables()))
    assert device.name in found
    assert client.name not in found


def test_a_namespace_without_a_name_has_that_of_a_process() -> None:
    """As a container's: found by its processes, once however many there are."""
    with ExitStack() as stack:
        words = ["unshare", "--net", sys.executable, "-c", _LONELY]
        process = stack.enter_context(
            subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        found = _read(NamespaceTables())
        (name,) = [name for name in found if name.endswith(f"[{process.pid}]")]
        assert name.startswith("python")
        assert len(_ends(found[name])) == 2
        assert {sock.pid for sock in found[name] if sock.inode} == {process.pid}


def test_a_namespace_that_is_gone_is_forgotten() -> None:
    """What was made and removed again costs nothing, and no later reading."""
    tables = NamespaceTables()
    with ExitStack() as stack:
        name = Namespace(stack).name
        tables.read(_PORTS)
    assert name not in _read(tables)
    assert name not in dict(tables.closed)


def test_what_is_no_namespace_is_told(tmp_path: Path) -> None:
    """A file that leads nowhere is not entered: with nothing else to see, that is an error with a reason."""
    (tmp_path / "empty").write_text("")
    tables = NamespaceTables(proc=str(tmp_path / "no-such"), named=str(tmp_path))
    with pytest.raises(VantageError, match="may be entered: Invalid argument"):
        tables.read(_PORTS)
    assert dict(tables.closed) == {"empty": "Invalid argument"}


def test_without_others_there_is_nothing(tmp_path: Path) -> None:
    """No other namespace is no error."""
    assert NamespaceTables(proc=str(tmp_path), named=str(tmp_path)).read(_PORTS) == []
