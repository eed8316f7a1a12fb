"""Our own connection never stands in anybody's way: it goes where it holds a device's last one."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Collection

import pytest

from tests import servers
from tests.unit.triage_tools import means
from tests.waiting import until
from tui import limits
from tui.clock import SystemClock
from tui.event import Event
from tui.events import Climbed, Probed, Spared, SweepEnded
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.talk import Talk
from tui.probes.targets import Plan, addresses
from tui.probes.tcp import LET_GO, Connection, LetGoError, connect
from tui.records import Session, Target
from tui.state.holding import Holding, holding
from tui.state.model import Device
from tui.state.store import Store
from tui.workers.sessions import Sessions
from tui.workers.sweep import Sweep
from tui.workers.triage import Triage

_TRIES = "import socket; socket.create_connection((%r, %d), 10)"


def _session(
    target: Target, state: str = "ESTABLISHED", since: float = 0.0, *, ours: bool = False
) -> Session:
    return Session(
        client="127.51.9.9", client_port=40_000, address=target.address, port=target.port, state=state,
        side="client", since=since, ours=ours,
    )  # fmt: skip


async def _ours(own: OwnConnections, target: Target) -> Connection:
    connection, outcome = await connect(target, 2.0)
    assert connection is not None, outcome
    own.opened(connection.local_port, target, connection)
    return connection


async def _crowd_when_open(own: OwnConnections, target: Target) -> None:
    """Somebody tries to connect while our question is under way and one other holds the rest."""
    await until(lambda: target in own.standing)
    await asyncio.sleep(0)
    assert own.crowd(target, Holding(1, limit=2), [_session(target, "SYN_SENT")])


async def test_a_third_client_of_two_places_finds_ours_free_at_once() -> None:
    """One other holds a place, we wait for a mute device, a third tries: ours ends by FIN within 100 ms."""
    clock, store, folded = SystemClock(), Store(), list[object]()
    own = OwnConnections(clock)
    with socket.socket() as device, socket.socket() as other:
        device.bind((servers.HOST, 0))
        device.listen(1)  # Linux completes one connection more: two in all
        target = Target(*device.getsockname())
        worker = Sessions([target.port], clock, own=own)
        known = Device(address=target.address, port=target.port, limit=2)

        async def look(*, trying: bool = False) -> bool:
            await worker.poll(lambda event: folded.append(store.apply(event)))
            sessions = store.sessions_of(target)
            if trying and all(session.state != "SYN_SENT" for session in sessions):
                return False
            return own.crowd(target, holding(known, sessions, store.vantages, clock.wall()), sessions)

        other.connect(target)
        assert not await look()
        connection = await _ours(own, target)
        async with Talk(connection) as talk:
            asking = asyncio.ensure_future(talk.ask(1, 10.0))
            await asyncio.sleep(0)
            assert not await look()
            third = await asyncio.create_subprocess_exec(sys.executable, "-c", _TRIES % target)
            try:
                while not await look(trying=True):
                    pass
                began = time.monotonic()
                with pytest.raises(LetGoError):
                    await asking
                with pytest.raises(LetGoError):
                    await talk.listen(10.0)
                assert _ended_by_fin(device, connection.local_port)
                assert time.monotonic() - began < 0.1
            finally:
                third.kill()
                await third.wait()
        assert await connection.close() == "fin"


def _ended_by_fin(device: socket.socket, port: int) -> bool:
    """Whether the client with *port*, one of two that wait to be taken, has closed by FIN."""
    device.settimeout(5.0)
    for _ in range(2):
        sock, peer = device.accept()
        with sock:
            if peer[1] == port:
                sock.settimeout(5.0)
                while sock.recv(64):
                    pass
                return True
    return False


@pytest.mark.parametrize(
    ("held", "others"),
    [
        pytest.param(Holding(1), ["SYN_SENT"], id="no limit is known"),
        pytest.param(Holding(1, least=2), ["SYN_SENT"], id="only a lower bound is known"),
        pytest.param(Holding(1, limit=3), ["SYN_SENT"], id="one more is free"),
        pytest.param(Holding(1, limit=2), ["ESTABLISHED"], id="whoever is there was there before"),
        pytest.param(Holding(1, limit=2), ["TIME_WAIT new"], id="what is over wants nothing"),
        pytest.param(Holding(1, limit=2), ["ESTABLISHED new ours"], id="it is ours"),
    ],
)
async def test_ours_stays_where_it_stands_in_nobodys_way(held: Holding, others: Collection[str]) -> None:
    """It is not given up for nothing, nor for another device's sake."""
    own = OwnConnections(SystemClock())
    async with servers.serving(servers.mute) as (port, _):
        target = Target(servers.HOST, port)
        connection = await _ours(own, target)
        later = time.time() + 5.0
        seen = [
            _session(target, told.split()[0], later if "new" in told else 0.0, ours="ours" in told)
            for told in others
        ]
        elsewhere = _session(Target("127.51.1.77", port), "SYN_SENT")
        assert own.standing == {target}
        assert not own.crowd(target, held, [*seen, elsewhere])
        assert connection.stands
        await connection.close()
        assert own.standing == frozenset()


async def test_one_that_came_later_is_reason_enough() -> None:
    """A new session that takes a place counts as much as one that is still trying."""
    own = OwnConnections(SystemClock())
    async with servers.serving(servers.mute) as (port, log):
        target = Target(servers.HOST, port)
        connection = await _ours(own, target)
        assert own.crowd(target, Holding(2, limit=2), [_session(target, since=time.time() + 1.0)])
        await until(lambda: log.ended_by == ["fin"])
        assert not own.crowd(target, Holding(2, limit=2), [_session(target, "SYN_SENT")])
        assert await connection.close() == "fin"


async def test_the_last_place_is_not_held_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """With nobody in sight it is still given back, between two readings of the sessions."""
    monkeypatch.setattr("tui.probes.own._LAST_S", 0.3)
    own = OwnConnections(SystemClock())
    async with servers.serving(servers.mute) as (port, log):
        target = Target(servers.HOST, port)
        connection = await _ours(own, target)
        began = time.monotonic()
        assert not own.crowd(target, Holding(0, limit=1), [])
        await until(lambda: log.ended_by == ["fin"])
        assert 0.2 < time.monotonic() - began < 0.8
        await connection.close()


async def test_what_the_device_did_before_is_still_told() -> None:
    """A connection that the device had closed already was not let go by us."""
    async with servers.serving(servers.hang_up) as (port, _):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        async with Talk(connection) as talk:
            await until(lambda: talk.ended)
            connection.let_go()
            assert (await talk.listen(1.0)).ended == "closed"
            assert (await talk.ask(1, 1.0)).reply == "closed"
        await connection.close()


async def test_being_stopped_is_not_being_let_go() -> None:
    """A question cancelled while its connection is let go ends as cancelled, so that a stop always stops."""
    async with servers.serving(servers.mute) as (port, _):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        reading = asyncio.ensure_future(connection.receive())
        await asyncio.sleep(0.01)
        connection.let_go()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert await connection.close() == "fin"


async def test_a_sweep_says_that_it_let_go_and_blames_nobody() -> None:
    """No outcome, nothing bad: the device is left alone, with the reason."""
    clock = SystemClock()
    own, events = OwnConnections(clock), list[Event]()
    async with servers.serving(servers.mute) as (port, log):
        target = Target(servers.HOST, port)
        plan = Plan(await addresses([servers.HOST]), [port])
        sweep = Sweep(plan, Pace(1000.0, clock), clock, interval=None, own=own)
        await asyncio.gather(sweep.run(events.append), _crowd_when_open(own, target))
        assert log.ended_by == ["fin"]
    assert [event.reason for event in events if isinstance(event, Spared)] == [LET_GO]
    assert not [event for event in events if isinstance(event, Probed)]
    assert [event.counts for event in events if isinstance(event, SweepEnded)] == [{}]
    assert not sweep.is_bad(target)


async def test_a_device_that_keeps_what_was_let_go_is_not_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Otherwise each sweep would cost a hung device one more of its connections."""
    monkeypatch.setattr(limits, "CLOSE_S", 0.1)
    clock = SystemClock()
    own, events = OwnConnections(clock), list[Event]()
    with socket.socket() as hung:
        hung.bind((servers.HOST, 0))
        hung.listen()
        target = Target(*hung.getsockname())
        plan = Plan(await addresses([servers.HOST]), [target.port])
        sweep = Sweep(plan, Pace(1000.0, clock), clock, interval=60.0, own=own)
        running = asyncio.create_task(sweep.run(events.append))
        await _crowd_when_open(own, target)
        for number in (1, 2):
            await until(lambda n=number: sum(isinstance(e, SweepEnded) for e in events) >= n)  # type: ignore[misc]
            sweep.sweep_now()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    reasons = [event.reason for event in events if isinstance(event, Spared)]
    assert reasons[0] == LET_GO
    assert "never closed" in reasons[1]


async def test_a_climb_notes_what_it_could_not_ask_and_opens_nothing_more() -> None:
    """The question under way is untried with the reason; no other connection is opened, no outcome told."""
    clock, events = SystemClock(), list[Event]()
    given = means(Pace(1000.0, clock), clock)
    async with servers.serving(servers.mute) as (port, log):
        target = Target(servers.HOST, port)
        triage = Triage(given)
        running = asyncio.create_task(triage.run(events.append))
        await until(lambda: triage._emit == events.append)
        triage.ask_now(target)
        await until(lambda: any(isinstance(e, Climbed) and e.asking == "read" for e in events))
        await _crowd_when_open(given.own, target)
        await until(lambda: any(isinstance(event, Spared) for event in events))
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert (log.opened, log.ended_by) == (1, ["fin"])
    last = [event for event in events if isinstance(event, Climbed)][-1]
    assert (last.done, last.facts["connect"], last.untried["read"]) == (True, "open", LET_GO)
    assert "reply" not in last.facts
    assert [event.reason for event in events if isinstance(event, Spared)] == [LET_GO]
    assert not [event for event in events if isinstance(event, Probed)]
