"""The sweep, against real servers."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests import servers
from tests.waiting import until
from tui import limits
from tui.clock import SystemClock
from tui.event import Event
from tui.events import Probed, Probing, Spared, StateChanged, SweepEnded, SweepStarted
from tui.probes.pace import Pace
from tui.probes.targets import Plan, addresses
from tui.records import Target
from tui.workers.sweep import Sweep


async def _plan(texts: list[str], port: int) -> Plan:
    return Plan(await addresses(texts), [port])


async def _once(texts: list[str], port: int, **options: object) -> list[Event]:
    events: list[Event] = []
    clock = SystemClock()
    sweep = Sweep(await _plan(texts, port), Pace(1000.0, clock), clock, interval=None, **options)  # type: ignore[arg-type]
    await sweep.run(events.append)
    return events


@asynccontextmanager
async def _running(sweep: Sweep, events: list[Event]) -> AsyncIterator[None]:
    task = asyncio.create_task(sweep.run(events.append))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _of(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


async def test_every_address_has_its_own_outcome() -> None:
    """Answering, refusing and mute hosts of one network are told apart, and counted."""
    async with (
        servers.serving(servers.answer, "127.51.2.1") as (port, _),
        servers.serving(servers.hang_up, "127.51.2.2", port),
    ):
        events = await _once(["127.51.2.0/29"], port)
    states = {event.address: event.state for event in events if isinstance(event, Probed)}
    assert states == {
        "127.51.2.1": "answers",
        "127.51.2.2": "open",
        **{f"127.51.2.{n}": "refused" for n in range(3, 7)},
    }
    (ended,) = _of(events, SweepEnded)
    assert isinstance(ended, SweepEnded)
    assert ended.counts == {"answers": 1, "open": 1, "refused": 4}


async def test_one_connection_to_a_device_closed_by_fin() -> None:
    """A healthy device is judged with exactly one connection, which ends by FIN."""
    async with servers.serving(servers.answer) as (port, log):
        await _once([servers.HOST], port)
        await until(lambda: log.ended_by)
    assert (log.opened, log.most_at_once, log.ended_by) == (1, 1, ["fin"])


async def test_silence_is_asked_once_more_before_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that misses the first question but hears the second is not called silent."""
    asked: list[float] = []
    ask = Sweep._ask

    async def counted(self: Sweep, target: Target, *, again: bool) -> Probed:
        asked.append(again)
        return await ask(self, target, again=again)

    monkeypatch.setattr(Sweep, "_ask", counted)
    monkeypatch.setattr(limits, "CONNECT_FIRST_S", 0.3)
    monkeypatch.setattr(limits, "CONNECT_AGAIN_S", 0.4)
    with servers.unanswered_syn() as port:
        events = await _once([servers.HOST], port)
    assert asked == [False, True]
    assert [event.state for event in events if isinstance(event, Probed)] == ["timeout"]


@pytest.mark.parametrize(
    ("known", "rate"),
    [
        pytest.param(False, 1000.0, id="a stranger, among hosts that answered at once"),
        pytest.param(True, 1000.0, id="a known device"),
        pytest.param(False, 4.0, id="a stranger, silent before the last was asked"),
    ],
)
async def test_every_silent_address_is_asked_once_more(
    monkeypatch: pytest.MonkeyPatch, known: bool, rate: float
) -> None:
    """Whoever it is and whenever its first question ended, silence is told after two questions."""
    asked_again: list[str] = []
    ask = Sweep._ask

    async def counted(self: Sweep, target: Target, *, again: bool) -> Probed:
        asked_again.extend([target.address] if again else [])
        return await ask(self, target, again=again)

    monkeypatch.setattr(Sweep, "_ask", counted)
    monkeypatch.setattr(limits, "CONNECT_FLOOR_S", 0.1)
    monkeypatch.setattr(limits, "CONNECT_FIRST_S", 0.1)
    monkeypatch.setattr(limits, "CONNECT_AGAIN_S", 0.1)
    clock = SystemClock()
    with servers.unanswered_syn() as port:
        async with servers.serving(servers.answer, "127.51.1.2", port):
            units = {Target(servers.HOST, port): 1} if known else {}
            plan = await _plan(["127.51.1.1-2"], port)
            await Sweep(plan, Pace(rate, clock), clock, interval=None, units=units).run(lambda _event: None)
    assert asked_again == [servers.HOST]


async def test_unit_zero_is_a_unit() -> None:
    """A device configured with unit 0 is asked for 0, whatever the general unit."""
    async with servers.serving(servers.answer) as (port, _):
        events = await _once([servers.HOST], port, units={Target(servers.HOST, port): 0}, unit=5)
    assert [event.unit for event in events if isinstance(event, Probed)] == [0]


async def test_what_changed_since_the_last_sweep_is_an_event() -> None:
    """A device that stops listening between two sweeps is told as a change."""
    events: list[Event] = []
    clock = SystemClock()
    async with servers.serving(servers.answer) as (port, log):
        sweep = Sweep(await _plan([servers.HOST], port), Pace(1000.0, clock), clock, interval=60.0)
        async with _running(sweep, events):
            await until(lambda: _of(events, SweepEnded))
            await log.stop_listening()
            sweep.sweep_now()
            await until(lambda: _of(events, StateChanged))
    (change,) = _of(events, StateChanged)
    assert isinstance(change, StateChanged)
    assert (change.before, change.after) == ("answers", "refused")


async def test_stop_closes_every_socket_and_starts_nothing() -> None:
    """One key ends all probing: open connections close, and nothing is asked until it is allowed again."""
    events: list[Event] = []
    clock = SystemClock()
    async with servers.serving(servers.mute) as (port, log):
        sweep = Sweep(await _plan([servers.HOST], port), Pace(1000.0, clock), clock, interval=0.01)
        async with _running(sweep, events):
            await until(lambda: log.open_now)
            await sweep.allow(allowed=False)
            await until(lambda: not log.open_now, "the server to see our end")
            assert [event.stopped for event in events if isinstance(event, SweepEnded)] == [True]
            sweep.sweep_now()
            opened = log.opened
            await asyncio.sleep(0.1)
            assert log.opened == opened
            await sweep.allow(allowed=True)
            await until(lambda: log.opened > opened, "probing to go on")
    assert [event.allowed for event in events if isinstance(event, Probing)] == [False, True]


async def test_a_spared_device_is_not_touched() -> None:
    """A device at its limit is left alone, and the reason is told."""
    async with servers.serving(servers.answer) as (port, log):
        events = await _once([servers.HOST], port, spare=lambda _target: "full")
    assert log.opened == 0
    assert [event.reason for event in events if isinstance(event, Spared)] == ["full"]


async def test_a_device_that_never_closes_is_not_asked_again() -> None:
    """A hung device that keeps our connection gets no second one, however many sweeps go by."""
    events: list[Event] = []
    clock = SystemClock()
    with socket.socket() as hung:
        hung.bind((servers.HOST, 0))
        hung.listen()
        port = hung.getsockname()[1]
        sweep = Sweep(await _plan([servers.HOST], port), Pace(1000.0, clock), clock, interval=60.0)
        async with _running(sweep, events):
            for number in range(1, 5):
                sweep.sweep_now()
                await until(lambda n=number: len(_of(events, SweepEnded)) >= n)  # type: ignore[misc]
    assert len(_of(events, Probed)) == 1
    assert "never closed" in [event.reason for event in events if isinstance(event, Spared)][-1]


async def test_a_device_that_gives_nothing_rests() -> None:
    """A device that took a connection and closed it is skipped by the next sweep."""
    events: list[Event] = []
    clock = SystemClock()
    async with servers.serving(servers.hang_up) as (port, log):
        sweep = Sweep(await _plan([servers.HOST], port), Pace(1000.0, clock), clock, interval=60.0)
        async with _running(sweep, events):
            for number in (1, 2):
                sweep.sweep_now()
                await until(lambda n=number: len(_of(events, SweepEnded)) >= n)  # type: ignore[misc]
        assert log.opened == 1
    assert len(_of(events, Spared)) >= 1


async def test_a_device_that_goes_bad_is_told_once() -> None:
    """Bad outcomes are told when they follow a good one or none, not again in every sweep."""
    bad: list[str] = []
    events: list[Event] = []
    clock = SystemClock()
    async with servers.serving(servers.answer) as (port, log):
        sweep = Sweep(
            await _plan([servers.HOST], port),
            Pace(1000.0, clock),
            clock,
            interval=60.0,
            units={Target(servers.HOST, port): 1},
            went_bad=lambda event: bad.append(event.state),
        )
        async with _running(sweep, events):
            await until(lambda: _of(events, SweepEnded))
            assert bad == []
            assert sweep.is_well(Target(servers.HOST, port))
            await log.stop_listening()
            for number in (2, 3, 4):
                sweep.sweep_now()
                await until(lambda n=number: len(_of(events, SweepEnded)) >= n)  # type: ignore[misc]
    assert bad == ["refused"]
    assert sweep.is_bad(Target(servers.HOST, port))
    assert not sweep.is_well(Target(servers.HOST, port))


async def test_an_empty_plan_ends_at_once() -> None:
    """Nothing to ask is a sweep of zero, not an error."""
    events = await _once([], 502)
    assert [type(event) for event in events] == [SweepStarted, SweepEnded]


async def test_a_shortage_of_this_host_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full neighbour table or too many open files is waited out before anything is said of the device."""
    import errno  # noqa: PLC0415

    real: Callable[..., socket.socket] = socket.socket
    failures = iter([OSError(errno.ENOBUFS, "No buffer space available")])

    def short(*arguments: int, **options: int) -> socket.socket:
        for failure in failures:
            raise failure
        return real(*arguments, **options)

    async with servers.serving(servers.answer) as (port, _):
        monkeypatch.setattr("tui.probes.tcp.socket.socket", short)
        monkeypatch.setattr("tui.workers.sweep._SHORTAGE_S", 0.01)
        events = await _once([servers.HOST], port)
    assert [event.state for event in events if isinstance(event, Probed)] == ["answers"]
