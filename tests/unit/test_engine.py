"""The engine: supervision, folding, stopping."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from tests import servers
from tests.unit.triage_tools import means
from tests.waiting import ManualClock, eventually
from tui.cli.engine import live
from tui.clock import Clock, SystemClock
from tui.config import Settings
from tui.engine import Engine
from tui.event import Emit
from tui.events import Climbed, Probed, RunStarted
from tui.probes.pace import Pace
from tui.probes.targets import Plan, addresses
from tui.records import KnownDevice, Session, Target
from tui.session_events import Acted
from tui.state.model import Snapshot
from tui.workers import Worker
from tui.workers.sweep import Sweep
from tui.workers.triage import Triage


class _Worker:
    name = "worker"

    def __init__(self, work: Callable[[Emit], Awaitable[None]]) -> None:
        self._work = work

    async def run(self, emit: Emit) -> None:
        await self._work(emit)


@contextmanager
def _engine(work: Callable[[Emit], Awaitable[None]], clock: Clock | None = None) -> Iterator[Engine]:
    engine = Engine(lambda _store: [_Worker(work)], clock or SystemClock())
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def _latest(engine: Engine, held: list[Snapshot]) -> Snapshot:
    if update := engine.pull():
        held.append(update.snapshot)
    return held[-1]


class _HeldClock(ManualClock):
    """Sleeps until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.to_thread(self.go.acquire)


def test_a_crash_is_told_and_the_worker_runs_again_with_back_off() -> None:
    """A worker that keeps failing becomes a health line, inert on screen, and waits longer each time."""
    clock = _HeldClock()
    runs: list[int] = []

    async def fail(_emit: Emit) -> None:
        runs.append(1)
        if len(runs) == 4:
            await asyncio.Event().wait()
        raise ValueError("bad \x1b[31mluck")

    with _engine(fail, clock) as engine:
        held: list[Snapshot] = []
        for delay in (1, 2, 4):
            words = f"ValueError: bad \\x1b[31mluck; starting it again in {delay} s"
            eventually(lambda words=words: _text(engine, held) == words, words)  # type: ignore[misc]
            clock.go.release()
        eventually(lambda: _text(engine, held) == "running again")
    assert len(runs) == 4
    assert clock.slept == [1.0, 2.0, 4.0]


def _text(engine: Engine, held: list[Snapshot]) -> str:
    health = _latest(engine, held).health.get("worker")
    return health.text if health else ""


def test_pull_gives_only_what_is_new() -> None:
    """Nothing new is None; something new names its key."""
    go = threading.Event()

    async def probe_once(emit: Emit) -> None:
        emit(Probed(at=1.0, address="10.0.0.1", port=502, state="answers"))
        await asyncio.to_thread(go.wait)
        emit(Probed(at=2.0, address="10.0.0.2", port=502, state="answers"))
        await asyncio.Event().wait()

    with _engine(probe_once) as engine:
        first = _pulled(engine, Target("10.0.0.1", 502))
        assert engine.pull() is None
        go.set()
        second = _pulled(engine, Target("10.0.0.2", 502))
    assert len(first.devices) == 1
    assert len(second.devices) == 2


def _pulled(engine: Engine, target: Target) -> Snapshot:
    found: list[Snapshot] = []

    def look() -> bool:
        update = engine.pull()
        if update is not None and target in update.dirty:
            found.append(update.snapshot)
        return bool(found)

    eventually(look)
    return found[0]


def test_findings_come_from_what_workers_saw() -> None:
    """An event goes the whole way: state, rules, finding."""

    async def refuse(emit: Emit) -> None:
        known = (KnownDevice(address="10.0.0.1"),)
        emit(RunStarted(at=1.0, version="1", host="h", known=known))
        emit(Probed(at=1.0, address="10.0.0.1", port=502, state="refused", sender="10.0.0.1"))
        await asyncio.Event().wait()

    with _engine(refuse) as engine:
        held: list[Snapshot] = []
        eventually(lambda: _latest(engine, held).findings)
        (finding,) = held[-1].findings.values()
        engine.marks.acknowledge(finding.id)
        eventually(lambda: _latest(engine, held).findings[finding.id].acknowledged_at)
        engine.marks.shelve(finding.id, 60.0)
        eventually(lambda: _latest(engine, held).findings[finding.id].shelved_until)
    assert finding.cause == "not-listening"


def test_what_keeps_the_engine_from_starting_is_raised() -> None:
    """A wrong construction is an error at start, not a silent thread."""

    def build(_store: object) -> list[_Worker]:
        raise RuntimeError("no workers")

    with pytest.raises(RuntimeError, match="no workers"):
        Engine(build, SystemClock()).start()


async def test_stop_and_keys_reach_a_running_sweep() -> None:
    """The screen's keys work through the engine: climb for one, sweep, stop probing, allow it; then quit."""
    async with servers.serving(servers.answer) as (port, log):
        plan = Plan(await addresses([servers.HOST]), [port])
        clock = SystemClock()
        run = RunStarted(at=1.0, version="1", host="h", ports=(port,))
        pace = Pace(1000.0, clock)

        def build(_store: object) -> list[Worker]:
            return [Sweep(plan, pace, clock), Triage(means(pace, clock))]

        engine = Engine(build, clock, first=(run,))
        engine.start()
        held: list[Snapshot] = []
        try:
            await asyncio.to_thread(eventually, lambda: _ended(_latest(engine, held)))
            engine.ask(Target(servers.HOST, port))
            await asyncio.to_thread(eventually, lambda: _climb_of(_latest(engine, held), port))
            asked = log.opened
            engine.sweep_now()
            await asyncio.to_thread(eventually, lambda: log.opened > asked)
            engine.allow_probing(False)
            await asyncio.to_thread(eventually, lambda: not _latest(engine, held).probing)
            engine.allow_probing(True)
            await asyncio.to_thread(eventually, lambda: _latest(engine, held).probing)
        finally:
            await asyncio.to_thread(engine.stop)
    assert not engine._thread.is_alive()


def _climb_of(snapshot: Snapshot, port: int) -> Climbed | None:
    """The finished climb of the server, if there is one."""
    device = snapshot.devices.get(Target(servers.HOST, port))
    return device.climb if device and device.climb and device.climb.done else None


def test_what_is_done_to_a_session_is_in_the_log() -> None:
    """Told at once, done by another thread, and kept with user and outcome, even where it came to nothing."""

    async def idle(_emit: Emit) -> None:
        await asyncio.Event().wait()

    session = Session(
        client="10.0.0.9", client_port=40_000, address="10.0.0.12", port=502, state="ESTABLISHED",
        side="none", since=1.0,
    )  # fmt: skip
    with _engine(idle) as engine:
        held: list[Snapshot] = []
        outcome = engine.end_session(session).result(10.0)
        eventually(lambda: any(isinstance(event, Acted) for event in _latest(engine, held).log))
        (act,) = (event for event in held[-1].log if isinstance(event, Acted))
        assert (act.user, act.session, act.ok, act.text) == (engine.user, session, False, outcome.text)


def test_what_is_being_done_at_the_end_is_still_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quit while an act is under way: it is waited for, and told before the engine ends."""
    quitting = threading.Event()

    def slow(_session: Session) -> None:
        assert quitting.wait(10.0)

    monkeypatch.setattr("tui.workers.acts.end_session", slow)
    session = Session(
        client="10.0.0.9", client_port=40_000, address="10.0.0.12", port=502, state="ESTABLISHED",
        side="client", since=1.0,
    )  # fmt: skip
    engine = Engine(lambda _store: [], SystemClock())
    engine.start()
    engine.end_session(session)
    threading.Timer(0.1, quitting.set).start()
    engine.stop()
    update = engine.pull()
    assert update is not None
    assert [event.ok for event in update.snapshot.log if isinstance(event, Acted)] == [True]


async def test_a_device_that_goes_bad_is_examined_once_and_the_finding_rests_on_it() -> None:
    """A server that stops answering: one climb by itself, its evidence in the finding, the row follows."""
    talks: list[servers.Talk] = [servers.answer]

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await talks[0](reader, writer)

    async with servers.serving(talk) as (port, log):
        clock = SystemClock()
        settings = Settings(networks=(servers.HOST,), ports=(port,), interval=1.0, journal=False)
        plan = Plan(await addresses([servers.HOST]), [port])
        known = (KnownDevice(address=servers.HOST, port=port),)
        run = RunStarted(at=clock.wall(), version="1", host="h", ports=(port,), known=known)
        engine = live(settings, plan, known, run, None)
        engine.start()
        held: list[Snapshot] = []
        try:
            await asyncio.to_thread(eventually, lambda: _ended(_latest(engine, held)))
            assert not held[-1].findings
            talks[0] = servers.hang_up
            await asyncio.to_thread(eventually, lambda: _climb_of(_latest(engine, held), port))
            climb = _climb_of(held[-1], port)
            await asyncio.to_thread(
                eventually, lambda: any(f.cleared_at is None for f in _latest(engine, held).findings.values())
            )
            sweeps = held[-1].sweep.number
            await asyncio.to_thread(eventually, lambda: _latest(engine, held).sweep.number > sweeps + 2)
            assert _climb_of(held[-1], port) == climb, "one climb for one going bad"
            assert log.most_at_once == 1
        finally:
            await asyncio.to_thread(engine.stop)
    assert climb is not None
    assert climb.facts["reply"] == "closed"
    assert "patient" in climb.asked
    (finding,) = (f for f in held[-1].findings.values() if f.cleared_at is None)
    assert {line.rung for line in finding.evidence} >= {"tcp", "modbus"}
    assert finding.evidence[0] in climb.evidence


def _ended(snapshot: Snapshot) -> bool:
    return bool(snapshot.sweep.counts) and not snapshot.sweep.running


def test_events_beyond_memory_are_counted_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the store must drop something, the monitor says so itself."""
    monkeypatch.setattr("tui.limits.DEVICES", 3)

    async def many(emit: Emit) -> None:
        for number in range(10):
            emit(Probed(at=1.0, address=f"10.0.0.{number}", port=502, state="refused"))
        await asyncio.Event().wait()

    with _engine(many) as engine:
        held: list[Snapshot] = []
        eventually(lambda: "memory" in _latest(engine, held).health)
    assert not held[-1].health["memory"].ok
