"""Climbs that begin by themselves and by key: their budget, their manners, and what they leave behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests import servers
from tests.unit.triage_tools import means
from tests.waiting import ManualClock, until
from tui import limits
from tui.clock import SystemClock
from tui.event import Event
from tui.events import Climbed, Probed, Spared
from tui.ladder.site import Means, Subject
from tui.probes.pace import Pace
from tui.records import ProbeState, Target
from tui.state.store import Store
from tui.workers.memory import past_of
from tui.workers.triage import Triage


@asynccontextmanager
async def _running(triage: Triage, events: list[Event]) -> AsyncIterator[None]:
    task = asyncio.create_task(triage.run(events.append))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _triage(pace: Pace | None = None, **options: Callable[[Target], object]) -> Triage:
    clock = SystemClock()
    return Triage(means(pace or Pace(1000.0, clock), clock), **options)  # type: ignore[arg-type]


def _probed(at: float, state: ProbeState, **facts: object) -> Probed:
    return Probed(at=at, address="a", port=502, state=state, **facts)  # type: ignore[arg-type]


def _bad(port: int, state: ProbeState = "refused", host: str = servers.HOST) -> Probed:
    return Probed(at=1.0, address=host, port=port, state=state)


def _done(events: list[Event]) -> list[Climbed]:
    return [event for event in events if isinstance(event, Climbed) and event.done]


async def test_a_climb_by_key_tells_every_rung_and_how_the_device_is() -> None:
    """Asked for by key: reports as it goes, the whole at the end, and an outcome for the device's line."""
    events: list[Event] = []
    async with servers.serving(servers.answer) as (port, log):
        triage = _triage()
        async with _running(triage, events):
            triage.ask_now(Target(servers.HOST, port))
            await until(lambda: events and isinstance(events[-1], Probed))
    asking = [event.asking for event in events if isinstance(event, Climbed)]
    assert {"connect", "read"} <= set(asking)
    assert asking[-1] == ""
    (probed,) = (event for event in events if isinstance(event, Probed))
    assert (probed.state, probed.reply, probed.at) == ("answers", "answer", _done(events)[0].at)
    assert log.ended_by == ["fin"]


async def test_a_device_that_went_bad_waits_for_its_turn_and_is_climbed_once() -> None:
    """Told twice that it went bad, it is examined once."""
    events: list[Event] = []
    port = servers.closed_port()
    triage = _triage()
    async with _running(triage, events):
        triage.consider(_bad(port))
        triage.consider(_bad(port))
        await until(lambda: events and isinstance(events[-1], Probed))
        triage.ask_now(Target("127.51.1.9", port))
        await until(lambda: len(_done(events)) == 2)
    assert [climb.address for climb in _done(events)] == [servers.HOST, "127.51.1.9"]
    assert _done(events)[0].facts["connect"] == "rst"


async def test_a_device_at_its_limit_is_climbed_neither_by_itself_nor_by_key() -> None:
    """Every connection of it is somebody's: it is left alone, and the reason is told."""
    events: list[Event] = []
    async with servers.serving(servers.answer) as (port, log):
        triage = _triage(spare=lambda _target: "1 of 1 connections taken")
        async with _running(triage, events):
            triage.consider(_bad(port))
            await until(lambda: len(events) == 1)
            triage.ask_now(Target(servers.HOST, port))
            await until(lambda: len(events) == 2)
    assert [event.reason for event in events if isinstance(event, Spared)] == ["1 of 1 connections taken"] * 2
    assert log.opened == 0


async def test_a_device_that_kept_our_connection_is_not_climbed_by_itself() -> None:
    """One that never closed what we opened would lose a connection to each question."""
    triage, events = _triage(), list[Event]()
    async with _running(triage, events):
        await asyncio.sleep(0)
        triage.consider(Probed(at=1.0, address=servers.HOST, port=9, state="open", closed="fin-acked"))
        await until(lambda: events)
    (spared,) = events
    assert isinstance(spared, Spared)
    assert "never closed" in spared.reason


async def test_stop_ends_a_climb_by_fin_and_begins_none() -> None:
    """One key: the connection of a climb closes, what it knew is told, and nothing begins while stopped."""
    events: list[Event] = []
    async with servers.serving(servers.mute) as (port, log):
        triage = _triage()
        async with _running(triage, events):
            triage.ask_now(Target(servers.HOST, port))
            await until(lambda: log.open_now)
            await triage.allow(allowed=False)
            await until(lambda: log.ended_by == ["fin"])
            assert _done(events)[0].facts["connect"] == "open"
            triage.ask_now(Target(servers.HOST, port))
            triage.consider(_bad(port))
            opened = log.opened
            await asyncio.sleep(0.1)
            assert log.opened == opened
            await triage.allow(allowed=True)
            await until(lambda: log.opened > opened, "what waited to go on")


async def test_a_climb_and_a_sweep_never_touch_an_address_at_once() -> None:
    """The climb waits for the connection that the sweep has to the address."""
    clock = SystemClock()
    pace = Pace(1000.0, clock)
    events: list[Event] = []
    async with servers.serving(servers.answer) as (port, log):
        triage = _triage(pace)
        async with _running(triage, events):
            async with pace.connection(servers.HOST):
                triage.ask_now(Target(servers.HOST, port))
                await asyncio.sleep(0.1)
                assert log.opened == 0
            await until(lambda: log.opened)


async def test_few_climb_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many go bad, two are examined at a time and the others wait."""
    now, most = 0, 0
    go = asyncio.Event()

    async def slow(subject: Subject, _means: Means, _told: object) -> Climbed:
        nonlocal now, most
        now, most = now + 1, max(most, now + 1)
        await go.wait()
        now -= 1
        return Climbed(at=1.0, address=subject.target.address, port=1, done=True)

    monkeypatch.setattr("tui.ladder.climb.climb", slow)
    triage = _triage()
    async with _running(triage, []):
        for number in range(5):
            triage.consider(_bad(1, host=f"10.0.0.{number}"))
        await until(lambda: now == limits.TRIAGE_AT_ONCE)
        assert len(triage._went_bad) == 3
        go.set()
        await until(lambda: not triage._went_bad and not now)
    assert most == limits.TRIAGE_AT_ONCE


async def test_a_mass_outage_costs_a_bounded_number_of_climbs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty in ten minutes at the most; what does not fit into the queue is told; keys come first."""
    clock = ManualClock()
    begun: list[tuple[str, float]] = []
    told: list[Event] = []

    async def quick(subject: Subject, _means: Means, _told: object) -> Climbed:
        begun.append((subject.target.address, clock.mono()))
        return Climbed(at=1.0, address=subject.target.address, port=1, done=True)

    monkeypatch.setattr("tui.ladder.climb.climb", quick)
    monkeypatch.setattr(limits, "TRIAGE_CLIMBS", 4)
    monkeypatch.setattr(limits, "TRIAGE_AT_ONCE", 1)
    triage = Triage(means(Pace(1000.0, clock), clock))
    for number in range(limits.TRIAGE_QUEUE + 2):
        triage._emit = told.append
        triage.consider(_bad(1, host=f"10.0.0.{number}"))
    assert [type(event) for event in told] == [Spared, Spared]
    triage.ask_now(Target("10.9.9.9", 1))
    async with _running(triage, told):
        await until(lambda: len(begun) == limits.TRIAGE_QUEUE + 1)
    assert begun[0][0] == "10.9.9.9"
    times = [at for address, at in begun if address != "10.9.9.9"]
    assert all(
        later - first >= limits.TRIAGE_WINDOW_S for first, later in zip(times, times[4:], strict=False)
    )


async def test_what_recovered_while_it_waited_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is fine again when its turn comes is not touched."""
    begun: list[str] = []

    async def quick(subject: Subject, _means: Means, _told: object) -> Climbed:
        begun.append(subject.target.address)
        return Climbed(at=1.0, address=subject.target.address, port=1, done=True)

    monkeypatch.setattr("tui.ladder.climb.climb", quick)
    triage = _triage(still_bad=lambda target: target.address == "10.0.0.2")
    async with _running(triage, []):
        triage.consider(_bad(1, host="10.0.0.1"))
        triage.consider(_bad(1, host="10.0.0.2"))
        await until(lambda: begun)
    assert begun == ["10.0.0.2"]


async def test_only_what_worked_before_is_history() -> None:
    """A device that connects without ever having answered has no past."""
    clock = ManualClock()
    store = Store()
    past = past_of(store, clock)
    assert (await past(Target("a", 502))).reached_s is None
    store.apply(_probed(990.0, "open", reply="closed"))
    assert (await past(Target("a", 502))).reached_s is None
    store.apply(_probed(995.0, "answers"))
    store.apply(_probed(998.0, "refused"))
    assert (await past(Target("a", 502))).reached_s == 5.0
