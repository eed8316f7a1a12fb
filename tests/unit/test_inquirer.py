"""What is asked of single devices by key: politely, on one connection, stoppable, and told as it goes on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests import servers
from tests.lab.gateway import Gateway
from tests.lab.identity_servers import who
from tests.unit.inquirer_tools import Asking, Device, hurry, meter, running
from tests.waiting import until
from tui import limits
from tui.clock import SystemClock
from tui.device_events import Peeked, UnitAnswered, UnitsSeen
from tui.engine import Engine
from tui.events import Spared
from tui.probes.manners import Manners
from tui.probes.tcp import LET_GO
from tui.records import Session, Target
from tui.state.holding import Holding
from tui.workers import unit_sweep
from tui.workers.inquirer import BY_HAND, NO_PROBING


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait between requests."""
    hurry(monkeypatch)


async def test_every_unit_id_is_asked_on_one_connection() -> None:
    """Those that matter first, each once, told first as begun and last as over, closed by FIN."""
    device = Device(bodies={7: servers.ANSWER, 9: servers.ANSWER})
    async with running(device) as (asking, log):
        asking.units()
        assert asking.last(UnitsSeen).running
        assert asking.last(UnitsSeen).left == 249
        await asking.ended(UnitsSeen)
        await until(lambda: log.ended_by == ["fin"])
        assert log.opened == 1
    told = asking.last(UnitsSeen)
    assert device.asked[:4] == [1, 255, 0, 246]
    assert sorted(device.asked) == sorted({0, 255, *range(1, 248)})
    assert [one.unit for one in told.units if one.face == "answers"] == [7, 9]
    assert (told.judgement, told.full, told.left, told.next_unit, told.ended) == (
        "gateway",
        True,
        0,
        None,
        "",
    )
    assert (told.connections, told.requests) == (1, 249)


async def test_progress_is_told_once_a_second_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    """249 answers within a second are three tellings: it waits, it begins and goes on, it is over."""
    monkeypatch.setattr(unit_sweep, "_TOLD_S", 3600.0)
    async with running(Device()) as (asking, _):
        asking.units()
        await asking.ended(UnitsSeen)
        told = asking.told(UnitsSeen)
        assert len(told) == 4
        assert told[2].left_s is not None
        assert told[-1].judgement == "ignores-unit"


async def test_a_stopped_sweep_goes_on_where_it_was() -> None:
    """Stopped by hand it closes by FIN and names the next unit; asked again it asks only the rest."""
    device = Device(silent=range(60, 240), bodies=dict.fromkeys(range(60), servers.ANSWER))
    async with running(device) as (asking, log):
        asking.units()
        await until(lambda: 59 in device.asked)
        asking.worker.leave(asking.target, "units")
        await asking.ended(UnitsSeen)
        await until(lambda: log.ended_by == ["fin"])
        stopped = asking.last(UnitsSeen)
        assert stopped.ended == BY_HAND
        assert stopped.next_unit in {60, 61}
        assert stopped.left == 249 - len(stopped.units)
        before, device.silent = len(device.asked), range(0)
        asking.units()
        await asking.ended(UnitsSeen, 2)
        told = asking.last(UnitsSeen)
        assert device.asked[before] == stopped.next_unit
        assert len(told.units) == 249
        assert told.units[: len(stopped.units)] == stopped.units
        assert (told.left, told.next_unit, told.connections) == (0, None, 2)
        assert not {1, 255, 0, 59}.intersection(device.asked[before:])


async def test_after_a_restart_a_stopped_sweep_goes_on_as_well() -> None:
    """What the last run had asked is not asked again, and its answers stay."""
    device = Device(bodies=dict.fromkeys(range(60), servers.ANSWER))
    async with running(device) as (asking, _):
        known = tuple(
            UnitAnswered(unit=unit, face="answers", value=5) for unit in (1, 255, 0, *range(2, 200))
        )
        seen = UnitsSeen(
            at=1.0, address=asking.target.address, port=asking.target.port, units=known, full=True,
            next_unit=200, connections=3, requests=201,
        )  # fmt: skip
        asking.about = asking.about._replace(seen=seen)
        asking.units()
        await asking.ended(UnitsSeen)
        told = asking.last(UnitsSeen)
    assert sorted(device.asked) == list(range(200, 248))
    assert told.units[: len(known)] == known
    assert (told.left, told.connections) == (0, 4)


async def test_units_behind_a_gateway_are_asked_what_they_are() -> None:
    """Once all ids have been asked, on the same connection; their words stand beside them."""
    units = {7: who({0: 1}, {0: b"Maker", 1: b"Meter 7", 2: b"1"}), 9: who({0: 2})}
    gateway = Gateway(units, rest="path")
    async with running(gateway.talk) as (asking, log):
        asking.units()
        await asking.ended(UnitsSeen)
        told = asking.last(UnitsSeen)
        assert log.opened == 1
    assert {one.unit: one.said for one in told.units if one.said} == {7: "Maker Meter 7 1"}


async def test_what_was_known_stays_in_view_until_there_is_news() -> None:
    """A sweep that cannot even connect takes nothing from the screen."""
    async with running(Device(bodies={7: servers.ANSWER})) as (asking, log):
        asking.units()
        await asking.ended(UnitsSeen)
        asking.about = asking.about._replace(seen=asking.last(UnitsSeen))
        await log.stop_listening()
        asking.units()
        await asking.ended(UnitsSeen, 2)
        told = asking.last(UnitsSeen)
        assert told.units == asking.about.seen.units if asking.about.seen else False
        assert told.ended == "no connection (RST)"


async def test_a_device_that_ends_every_connection_is_given_up() -> None:
    """Two first requests answered by the end of the connection are enough."""
    async with running(servers.hang_up) as (asking, log):
        asking.units()
        await asking.ended(UnitsSeen)
        assert log.opened <= 2
        assert asking.last(UnitsSeen).ended


@pytest.mark.parametrize("what", ["units", "peek"])
async def test_one_key_closes_by_fin(what: Any) -> None:
    """Probing stopped while an answer is awaited: FIN, told, and what waits is not begun."""
    async with running(servers.mute) as (asking, log):
        asking.worker.inquire(asking.target, what)
        await until(lambda: log.open_now)
        asking.worker.inquire(Target(servers.HOST, 1), what)
        await asking.worker.allow(allowed=False)
        await until(lambda: log.ended_by == ["fin"])
        told: list[Any] = [*asking.told(UnitsSeen), *asking.told(Peeked)]
        newest = {event.target: event for event in told}
        assert len(newest) == 2
        for event in newest.values():
            assert not event.running
            assert NO_PROBING in {getattr(event, "ended", ""), getattr(event, "failure", "")}
        asking.worker.inquire(asking.target, what)
        await asyncio.sleep(0.02)
        assert log.opened == 1


@pytest.mark.parametrize("what", ["units", "peek"])
async def test_a_last_connection_that_is_wanted_is_let_go(what: Any) -> None:
    """Ours ends by FIN at once, and that is said."""
    async with running(servers.mute) as (asking, log):
        asking.worker.inquire(asking.target, what)
        await until(lambda: log.open_now and asking.target in asking.own.standing)
        await asyncio.sleep(0.02)
        trying = Session(
            client="127.51.9.9", client_port=40_000, address=asking.target.address, port=asking.target.port,
            state="SYN_SENT", side="client", since=0.0,
        )  # fmt: skip
        assert asking.own.crowd(asking.target, Holding(3, limit=4), [trying])
        await until(lambda: log.ended_by == ["fin"])
        await asking.ended(UnitsSeen if what == "units" else Peeked)
        told: Any = [*asking.told(UnitsSeen), *asking.told(Peeked)][-1]
        assert LET_GO in {getattr(told, "ended", ""), getattr(told, "failure", "")}


@pytest.mark.parametrize("what", ["units", "peek"])
async def test_a_device_at_its_limit_is_left_alone(what: Any) -> None:
    """Nothing is opened, and both the device's line and the answer say why."""
    async with running(meter()) as (asking, log):
        asking.spare = "4 of 4 connections taken"
        asking.worker.inquire(asking.target, what)
        assert asking.last(Spared).reason == asking.spare
        told: Any = [*asking.told(UnitsSeen), *asking.told(Peeked)][-1]
        assert not told.running
        assert asking.spare in {getattr(told, "ended", ""), getattr(told, "failure", "")}
        assert log.opened == 0


async def test_manners_are_kept_to() -> None:
    """The pause before the first request and those between are waited for, by sweep and reading alike."""
    device = meter(silent=range(3, 250))
    async with running(device) as (asking, _):
        asking.about = asking.about._replace(manners=Manners(0.2, 0.1))
        asking.peek()
        await asking.ended(Peeked)
        asking.units()
        await until(lambda: len(device.at) >= 5)
    first, *rest = device.at[:3]
    assert first >= 0.19
    assert rest[0] - first >= 0.09
    assert device.at[3] >= 0.19
    assert device.at[4] - device.at[3] >= 0.09


async def test_a_sweep_remembered_as_running_can_be_ended() -> None:
    """Told as running by a run that broke off: stopping ends it with what it had found."""
    units = (UnitAnswered(unit=7, face="answers"),)
    async with running(Device()) as (asking, log):
        seen = UnitsSeen(at=1.0, address=servers.HOST, port=1, units=units, full=True, running=True, left=9)
        asking.about = asking.about._replace(seen=seen)
        asking.worker.leave(asking.target, "units")
        told = asking.last(UnitsSeen)
        assert (told.running, told.ended, told.units) == (False, BY_HAND, units)
        asking.about = asking.about._replace(seen=told)
        asking.worker.leave(asking.target, "units")
        assert (len(asking.events), log.opened) == (1, 0)


async def test_the_engine_hands_on_what_is_asked() -> None:
    """From any thread, once its workers run; and what came of it is in its store."""
    device = Device(bodies={7: servers.ANSWER})
    async with servers.serving(device.talk) as (port, log):
        asking = Asking(port)
        engine = Engine(lambda _store: [asking.worker], SystemClock())
        engine.start()
        try:
            engine.inquire(asking.target, "units")

            def units() -> UnitsSeen | None:
                update = engine.pull()
                held = update.snapshot.devices.get(asking.target) if update else None
                return held.units if held else None

            await until(lambda: (seen := units()) is not None and not seen.running)
            engine.inquire(asking.target, "peek")
            await until(lambda: log.opened == 2)
            engine.leave(asking.target, "peek")
            await until(lambda: log.ended_by == ["fin", "fin"])
        finally:
            await asyncio.to_thread(engine.stop)


async def test_what_it_is_is_asked_by_whoever_asks_that() -> None:
    """The wish is handed on; nothing is opened for it here."""
    async with running(meter()) as (asking, log):
        asking.worker.inquire(asking.target, "identity")
        assert asking.again == [asking.target]
        assert (asking.events, log.opened) == ([], 0)


async def test_more_wishes_than_fit_are_told() -> None:
    """Two at once, a few wait, and each of the others says that it does not."""
    async with running(servers.mute) as (asking, log):
        for number in range(1, 40):
            asking.worker.inquire(Target(f"127.51.7.{number}", asking.target.port), "peek")
        refused = [event for event in asking.told(Peeked) if "others are being asked" in event.failure]
        assert len(refused) == 39 - limits.INQUIRIES_WAITING
        assert log.opened == 0
