"""Ending one session of this host for real: that one and nothing else, in whichever namespace it is."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest

from tests.lab.net import Namespace, needs_lab, wire
from tests.waiting import eventually
from tui.clock import SystemClock
from tui.engine import Engine
from tui.events import decode
from tui.journal.record import Recorder
from tui.probes.ending import end_session
from tui.records import Session
from tui.session_events import Acted
from tui.vantages.namespaces import NamespaceSessions
from tui.workers.user import console_user

pytestmark = needs_lab

_DEVICE: Final = "10.99.0.2"
_CLIENT: Final = "10.99.0.1"
_PORT: Final = 502
_WAIT_S: Final = 10.0


class Plant(NamedTuple):
    """A client and a device in a namespace each, with two sessions."""

    client: Namespace
    device: Namespace
    server: socket.socket
    ours: list[socket.socket]
    """The client's sockets."""
    theirs: list[socket.socket]
    """The device's, in the same order."""

    def session(self, number: int) -> Session:
        """A session as the monitor sees it from outside."""
        port = self.ours[number].getsockname()[1]
        seen = NamespaceSessions(frozenset({_PORT})).read(1.0).sessions.values()
        return next(each.session for each in seen if each.session.client_port == port)


@pytest.fixture
def plant() -> Iterator[Plant]:
    """Two sessions between two namespaces."""
    with ExitStack() as stack:
        client, device = Namespace(stack), Namespace(stack)
        wire(client, f"{_CLIENT}/24", device, f"{_DEVICE}/24")
        server = stack.enter_context(device.do(lambda: socket.create_server((_DEVICE, _PORT))))
        ours, theirs = [], []
        for _ in range(2):
            dial = partial(socket.create_connection, (_DEVICE, _PORT), _WAIT_S)
            ours.append(stack.enter_context(client.do(dial)))
            theirs.append(stack.enter_context(server.accept()[0]))
            theirs[-1].settimeout(_WAIT_S)
        yield Plant(client, device, server, ours, theirs)


_WITHOUT_RIGHTS: Final = """
import sys
from tui.clock import SystemClock
from tui.records import Session
from tui.workers.acts import Acts
import msgspec
session = msgspec.json.decode(sys.argv[1], type=Session)
outcome = Acts(lambda event: None, SystemClock()).end_session(session).result(10)
print(outcome.ok, "cap_net_admin" in outcome.text)
"""


def _lives(plant: Plant, number: int) -> bool:
    plant.ours[number].sendall(b"x")
    return plant.theirs[number].recv(1) == b"x"


def _namespace() -> int:
    return Path("/proc/thread-self/ns/net").stat().st_ino


def test_one_session_of_another_namespace_is_ended_and_recorded(plant: Plant, tmp_path: Path) -> None:
    """Its program sees it aborted, the device an RST; listener, other session and our thread stay."""
    clock = SystemClock()
    engine = Engine(lambda _store: [], clock, recorder=lambda store: Recorder(tmp_path, clock, store.events))
    before = _namespace()
    session = plant.session(0)
    assert session.netns in {plant.client.name, plant.device.name}
    engine.start()
    try:
        outcome = engine.end_session(session).result(_WAIT_S)
    finally:
        engine.stop()
    assert (outcome.ok, outcome.instead) == (True, None), outcome.text
    with pytest.raises(ConnectionAbortedError):
        plant.ours[0].recv(1)
    with pytest.raises(ConnectionResetError):
        plant.theirs[0].recv(1)
    assert _lives(plant, 1)
    with plant.client.do(lambda: socket.create_connection((_DEVICE, _PORT), _WAIT_S)):
        plant.server.accept()[0].close()
    assert _namespace() == before
    lines = [decode(line) for path in tmp_path.iterdir() for line in path.read_bytes().splitlines()]
    (act,) = (event for event in lines if isinstance(event, Acted))
    assert (act.user, act.act, act.ok, act.session) == (console_user(), "end-session", True, session)
    assert abs(act.at - clock.wall()) < _WAIT_S


def test_a_session_of_this_hosts_own_namespace_is_ended(plant: Plant) -> None:
    """From inside the client's namespace, where it needs no other."""
    plain = plant.session(0)
    here = msgspec.structs.replace(plain, netns="")
    plant.client.do(lambda: end_session(here))
    with pytest.raises(ConnectionAbortedError):
        plant.ours[0].recv(1)
    assert _lives(plant, 1)


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv to give up capabilities")
def test_without_the_capability_nothing_is_ended(plant: Plant) -> None:
    """The kernel refuses, the outcome says what is missing, and every session lives."""
    seen = msgspec.structs.replace(plant.session(0), netns="")
    words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", _WITHOUT_RIGHTS]
    line = plant.client.inside(*words, msgspec.json.encode(seen).decode())
    done = subprocess.run(line, check=True, capture_output=True, text=True, timeout=30)
    assert done.stdout.split() == ["False", "True"]
    assert _lives(plant, 0)
    assert _lives(plant, 1)


def test_the_devices_end_is_ended_where_only_that_is_here(plant: Plant) -> None:
    """On a host that is the device: its server loses the connection, the client gets the RST."""
    client, port = plant.ours[0].getsockname()
    served = Session(
        client=client, client_port=port, address=_DEVICE, port=_PORT, state="ESTABLISHED", side="device",
        since=0.0,
    )  # fmt: skip
    plant.device.do(lambda: end_session(served))
    with pytest.raises(ConnectionAbortedError):
        plant.theirs[0].recv(1)
    with pytest.raises(ConnectionResetError):
        plant.ours[0].recv(1)
    assert _lives(plant, 1)


def test_loopback_is_another_one_in_each_namespace(plant: Plant) -> None:
    """Two sessions of the same ends in two namespaces: the one meant is ended, the other lives."""
    with ExitStack() as stack:
        pairs = []
        for place in (plant.client, plant.device):
            server = stack.enter_context(place.do(lambda: socket.create_server(("127.0.0.1", _PORT))))
            dial = partial(
                socket.create_connection, ("127.0.0.1", _PORT), _WAIT_S, source_address=("127.0.0.1", 40_000)
            )
            end = stack.enter_context(place.do(dial))
            pairs.append((end, stack.enter_context(server.accept()[0])))
        meant = Session(
            client="127.0.0.1", client_port=40_000, address="127.0.0.1", port=_PORT, netns=plant.device.name,
            state="ESTABLISHED", side="both", since=0.0,
        )  # fmt: skip
        plant.client.do(lambda: end_session(meant))
        with pytest.raises(ConnectionAbortedError):
            pairs[1][0].recv(1)
        pairs[0][0].sendall(b"x")
        assert pairs[0][1].recv(1) == b"x"


def test_what_the_client_dialled_is_ended_where_it_is_translated(plant: Plant) -> None:
    """The client's socket knows the address it dialled; the session goes by the device's own."""
    for words in (
        ("add", "table", "ip", "lab"),
        ("add", "chain", "ip", "lab", "out", "{ type nat hook output priority -100; }"),
        ("add", "rule", "ip", "lab", "out", "ip", "daddr", "10.99.0.7", "tcp", "dport", "1502",
         "dnat", "to", f"{_DEVICE}:{_PORT}"),
    ):  # fmt: skip
        plant.client.run("nft", *words)
    with ExitStack() as stack:
        dial = partial(socket.create_connection, ("10.99.0.7", 1502), _WAIT_S)
        end = stack.enter_context(plant.client.do(dial))
        theirs = stack.enter_context(plant.server.accept()[0])
        theirs.settimeout(_WAIT_S)
        client, port = end.getsockname()
        session = Session(
            client=client, client_port=port, address=_DEVICE, port=_PORT, dialled="10.99.0.7:1502",
            state="ESTABLISHED", side="client", since=0.0,
        )  # fmt: skip
        plant.client.do(lambda: end_session(session))
        with pytest.raises(ConnectionAbortedError):
            end.recv(1)
        with pytest.raises(ConnectionResetError):
            theirs.recv(1)
    eventually(lambda: _lives(plant, 1) and _lives(plant, 0), "the others live")
