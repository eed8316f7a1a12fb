"""The sessions worker on real connections: what it tells, and what it does when a vantage fails."""

from __future__ import annotations

import asyncio
import errno
import socket
import sys
import threading
from collections.abc import Callable

import pytest

from tests.unit.socket_tools import connected
from tests.waiting import ManualClock
from tui import limits
from tui.clock import SystemClock
from tui.event import Event
from tui.probes.own import OwnConnections
from tui.records import Target
from tui.session_events import SessionGone, SessionSeen, VantageStatus
from tui.state.model import slots_taken
from tui.vantages import Socket, SocketTable, Vantage, VantageError
from tui.vantages.host import HostSessions
from tui.vantages.kernel import KernelTable
from tui.vantages.merge import merge
from tui.vantages.psutil_table import PsutilTable
from tui.workers.sessions import Sessions

linux = pytest.mark.skipif(sys.platform != "linux", reason="netlink is Linux")
SOCKET = Socket("10.0.0.1", 40_000, "10.0.0.2", 502, "ESTABLISHED")
PORTS = frozenset({502})


class HandClock(ManualClock):
    """Time that moves when it is told to; a sleep is noted and takes no time."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


class Scripted:
    """A socket table that answers as the test says."""

    sees = "what the test says"

    def __init__(self, name: str, *sockets: Socket) -> None:
        self.name = name
        self.sockets = list(sockets)
        self.refusal = ""
        self.reads = 0

    def read(self, ports: frozenset[int]) -> list[Socket]:
        assert ports == PORTS
        self.reads += 1
        if self.refusal:
            raise VantageError(self.refusal)
        return self.sockets


def alternatives(*tables: SocketTable) -> list[list[Vantage]]:
    """The best of *tables* that works is read."""
    return [[HostSessions(table, PORTS) for table in tables]]


async def told(worker: Sessions) -> list[Event]:
    events: list[Event] = []
    await worker.poll(events.append)
    return events


async def told_until(worker: Sessions, enough: Callable[[SessionSeen], bool]) -> SessionSeen:
    """The first session told for which *enough* holds."""
    async with asyncio.timeout(10):
        while True:
            for event in await told(worker):
                if isinstance(event, SessionSeen) and enough(event):
                    return event


def statuses(events: list[Event]) -> list[tuple[str, bool, str]]:
    return [(e.name, e.works, e.detail) for e in events if isinstance(e, VantageStatus)]


@linux
async def test_one_connection_on_this_host_is_one_session() -> None:
    """Both ends on loopback are one session with both states, this process as client, and told once."""
    with connected() as pair:
        worker = Sessions(pair.ports, SystemClock())
        status, event = await told(worker)
        assert isinstance(status, VantageStatus)
        assert isinstance(event, SessionSeen)
        session = event.session
        assert (session.client_port, session.port) == (pair.client_port, pair.port)
        assert (session.side, session.state, session.device_state) == ("both", "ESTABLISHED", "ESTABLISHED")
        assert session.process
        assert session.vantage == status.name == "kernel"
        assert not [e for e in await told(worker) if isinstance(e, SessionGone)]


@linux
async def test_device_that_closes_and_client_that_does_not() -> None:
    """A client that never closes is seen in CLOSE_WAIT and its device in FIN_WAIT2."""
    with connected() as pair:
        worker = Sessions(pair.ports, SystemClock())
        pair.device.shutdown(socket.SHUT_WR)
        event = await told_until(worker, lambda e: e.session.device_state == "FIN_WAIT2")
        assert event.session.state == "CLOSE_WAIT"


@linux
async def test_session_that_ends_is_told_once() -> None:
    """The end of a real session is one event, under the key it was told with."""
    with connected() as pair:
        worker = Sessions(pair.ports, SystemClock())
        seen = await told_until(worker, lambda _: True)
        pair.device.close()
        pair.client.close()
        gone: list[SessionGone] = []
        async with asyncio.timeout(10):
            while not gone:
                gone += [e for e in await told(worker) if isinstance(e, SessionGone)]
        assert [event.session for event in gone] == [seen.session.key]
        assert await told(worker) == []


@pytest.mark.parametrize(
    ("listen", "dial"), [("127.0.0.5", "127.0.0.5"), ("::1", "::1"), ("::", "127.0.0.9")]
)
@linux
def test_both_vantages_name_a_session_alike(listen: str, dial: str) -> None:
    """IPv4, IPv6 and mapped sessions keep their identity when one vantage takes over from the other."""
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    with connected(listen, dial) as pair:
        vantages: tuple[SocketTable, ...] = (KernelTable(), PsutilTable())
        kernel, other = (merge(v.read(pair.ports), pair.ports, vantage=v.name, at=0.0) for v in vantages)
        assert kernel.keys() == other.keys()
        for key, seen in kernel.items():
            theirs = other[key].session
            assert (seen.session.state, seen.session.side) == (theirs.state, theirs.side)
            assert (seen.session.pid, seen.session.process) == (theirs.pid, theirs.process)


def refuse_netlink(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def refuse(family: int = -1, *arguments: int) -> socket.socket:
        if family == socket.AF_NETLINK:
            raise PermissionError(errno.EACCES, "denied")
        return real(family, *arguments)

    monkeypatch.setattr("tui.vantages.inet_diag.socket.socket", refuse)


@linux
async def test_refused_netlink_falls_back_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel refuses netlink, sessions come from psutil and the reason is told."""
    with connected() as pair, monkeypatch.context() as patch:
        refuse_netlink(patch)
        events = await told(Sessions(pair.ports, SystemClock()))
    assert statuses(events) == [
        ("kernel", False, "the kernel refused: Permission denied"),
        ("psutil", True, ""),
    ]
    (seen,) = (e.session for e in events if isinstance(e, SessionSeen))
    assert (seen.vantage, seen.side, seen.state) == ("psutil", "both", "ESTABLISHED")


async def test_falling_back_midway_and_coming_back() -> None:
    """A vantage that fails midway is told once, replaced at once, and tried again only later."""
    clock, best, second = HandClock(), Scripted("best", SOCKET), Scripted("second", SOCKET)
    worker = Sessions(PORTS, clock, vantages=alternatives(best, second))
    assert statuses(await told(worker)) == [("best", True, "")]
    best.refusal = "denied"
    events = await told(worker)
    assert statuses(events) == [("best", False, "denied"), ("second", True, "")]
    assert not [e for e in events if isinstance(e, SessionGone)]
    for _ in range(3):
        assert await told(worker) == []
    assert best.reads == 2
    best.refusal = ""
    clock.now += limits.VANTAGE_RETRY_S
    events = await told(worker)
    assert statuses(events) == [("best", True, "")]
    (seen,) = (e.session for e in events if isinstance(e, SessionSeen))
    assert (seen.vantage, seen.since) == ("best", 1000.0)


async def test_nothing_works() -> None:
    """With every vantage failing nothing is called gone, and the first to recover is used at once."""
    only = Scripted("only", SOCKET)
    worker = Sessions(PORTS, HandClock(), vantages=alternatives(only))
    await told(worker)
    only.refusal = "denied\x1b[2J"
    assert statuses(await told(worker)) == [("only", False, "denied\\x1b[2J")]
    assert await told(worker) == []
    only.refusal = ""
    assert statuses(await told(worker)) == [("only", True, "")]


async def test_pause_follows_each_reading() -> None:
    """The interval runs from the end of a reading, so that readings never pile up."""
    thrice = asyncio.Event()

    class Paused(HandClock):
        async def sleep(self, seconds: float) -> None:
            assert vantage.reads == len(self.slept) + 1
            await super().sleep(seconds)
            if len(self.slept) == 3:
                thrice.set()

    clock, vantage = Paused(), Scripted("only")
    worker = Sessions(PORTS, clock, interval=7.0, vantages=alternatives(vantage))
    task = asyncio.create_task(worker.run(lambda _: None))
    async with asyncio.timeout(10):
        await thrice.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(clock.slept) == {7.0}


async def test_loop_stays_free_and_readings_never_overlap() -> None:
    """A slow reading blocks neither the loop nor is it joined by another, even after a restart."""
    begun, release = threading.Semaphore(0), threading.Semaphore(0)

    class Slow(Scripted):
        inside = 0
        most = 0

        def read(self, ports: frozenset[int]) -> list[Socket]:
            self.inside += 1
            self.most = max(self.most, self.inside)
            begun.release()
            assert release.acquire(timeout=10)
            self.inside -= 1
            return super().read(ports)

    def emit(event: Event) -> None:
        if isinstance(event, SessionSeen):
            told_one.set()

    slow, told_one = Slow("slow", SOCKET), asyncio.Event()
    worker = Sessions(PORTS, HandClock(), vantages=alternatives(slow))
    async with asyncio.timeout(10):
        first = asyncio.create_task(worker.run(emit))
        assert await asyncio.to_thread(begun.acquire, timeout=10)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        second = asyncio.create_task(worker.run(emit))
        for _ in range(100):
            await asyncio.sleep(0)
        release.release(100)
        await told_one.wait()
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    assert slow.most == 1


def test_too_many_ports_are_refused_at_once() -> None:
    """More ports than the kernel filter takes is an error when the worker is made, not at each poll."""
    with pytest.raises(ValueError, match="ports"):
        Sessions(range(1, limits.WATCHED_PORTS + 2), SystemClock())


async def test_our_own_connection_is_shown_only_when_it_outlasts_its_work() -> None:
    """A question under way is nobody's session; one that the device never closed is shown as ours."""
    clock = HandClock()
    own = OwnConnections(clock)
    own.opened(SOCKET.local_port, Target(SOCKET.remote, SOCKET.remote_port))
    worker = Sessions(PORTS, clock, vantages=alternatives(Scripted("scripted", SOCKET)), own=own)
    assert not [event for event in await told(worker) if isinstance(event, SessionSeen)]
    clock.now += limits.OWN_HIDDEN_S + 1
    (seen,) = [event for event in await told(worker) if isinstance(event, SessionSeen)]
    assert seen.session.ours
    assert slots_taken((seen.session,)) == 0


async def test_own_connections_are_forgotten_after_a_while() -> None:
    """Weeks of sweeps do not pile up: what the kernel no longer shows is not remembered."""
    clock = HandClock()
    own = OwnConnections(clock)
    for port in range(1, 100):
        own.opened(port, Target("10.0.0.2", 502))
        clock.now += limits.OWN_KEPT_S / 10
    assert len(own._opened) <= 11
