"""The values of a profile, read by key: named, scaled, read again on one connection that is given back."""

from __future__ import annotations

import asyncio

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests import servers
from tests.unit.inquirer_tools import Asking, hurry, meter, running
from tests.waiting import until
from tui import limits
from tui.device_events import Peeked, UnitsSeen
from tui.events import Spared
from tui.records import Target
from tui.workers.inquired import Inquired
from tui.workers.inquirer import BUSY


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests need not wait between requests."""
    hurry(monkeypatch)


async def test_the_only_connection_is_never_kept() -> None:
    """With a limit of one no unit sweep is done, and values are read and the connection given back."""
    async with running(meter()) as (asking, log):
        asking.about = asking.about._replace(limit=1)
        asking.units()
        assert "one connection only" in asking.last(UnitsSeen).ended
        assert log.opened == 0
        asking.peek()
        await asking.ended(Peeked)
        await until(lambda: log.ended_by == ["fin"])


async def test_values_are_scaled_named_and_read_again_on_one_connection() -> None:
    """Number, unit, raw registers and place; a register that is not there has its reason; r costs no more."""
    device = meter()
    async with running(device) as (asking, log):
        asking.peek()
        assert (asking.last(Peeked).running, asking.last(Peeked).values) == (True, ())
        await asking.ended(Peeked)
        told = asking.last(Peeked)
        assert (told.profile, told.unit, told.failure) == ("meter", 1, "")
        assert [(v.name, v.where, v.text, v.unit, v.raw) for v in told.values] == [
            ("voltage", "holding 10", "230", "V", "08fc"),
            ("energy", "holding 20-21", "65536", "kWh", "0001 0000"),
            ("not there", "input 99", "", "", ""),
        ]
        assert "02" in told.values[2].failure or "address" in told.values[2].failure
        device.values = {(3, 10): b"\x08\xfd", (3, 20): b"\0\0\0\1"}
        asking.peek()
        await asking.ended(Peeked, 2)
        assert [value.text for value in asking.last(Peeked).values] == ["230.1", "1", ""]
        assert (log.opened, log.ended_by) == (1, [])
        asking.worker.leave(asking.target, "peek")
        await until(lambda: log.ended_by == ["fin"])
        assert asking.last(Peeked).failure == ""


async def test_a_connection_nobody_reads_on_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a further reading it is closed by FIN, and the values stay."""
    monkeypatch.setattr(limits, "PEEK_KEPT_S", 0.05)
    async with running(meter()) as (asking, log):
        asking.peek()
        await until(lambda: log.ended_by == ["fin"])
        assert asking.last(Peeked).values[0].text == "230"
        asking.peek()
        await asking.ended(Peeked, 2)
        assert log.opened == 2


async def test_whoever_else_of_ours_waits_gets_the_device() -> None:
    """A kept connection is closed when the sweep or a climb wants the address."""
    async with running(meter()) as (asking, log):
        asking.peek()
        await asking.ended(Peeked)
        async with asyncio.timeout(5.0), asking.pace.connection(servers.HOST):
            await until(lambda: log.ended_by == ["fin"])


async def test_a_device_that_closes_is_read_again_on_a_new_connection() -> None:
    """Its close is not our failure, its FIN is answered at once, and each key press costs one connection."""
    async with running(meter(closes_after=3)) as (asking, log):
        for times in (1, 2):
            asking.peek()
            await asking.ended(Peeked, times)
            told = asking.last(Peeked)
            assert (told.failure, told.values[0].text) == ("", "230")
            await until(lambda: log.open_now == 0)
            assert log.opened == times


async def test_a_device_that_closes_in_between_is_told() -> None:
    """What came stands, what did not says so, and the reason is in words."""
    async with running(meter(closes_after=1)) as (asking, _):
        asking.peek()
        await asking.ended(Peeked)
        told = asking.last(Peeked)
        assert "the device ended the connection" in told.failure
        assert [bool(value.failure) for value in told.values] == [False, True, True]


async def test_without_a_profile_it_says_what_to_do() -> None:
    """No connection is made; the way to name a profile and to read without one are told."""
    async with running(meter()) as (asking, log):
        asking.about = Inquired()
        asking.peek()
        told = asking.last(Peeked)
        assert told.failure.startswith("no profile says what to read here")
        assert "port502 read" in told.failure
        assert (log.opened, asking.told(Spared)) == (0, [])


async def test_never_two_connections_to_an_address() -> None:
    """Values are not read into a unit sweep, and a unit sweep ends the reading of values."""
    device = meter(silent=range(2, 256))
    async with running(device) as (asking, log):
        asking.peek()
        await asking.ended(Peeked)
        asking.units()
        await until(lambda: asking.last(UnitsSeen).units)
        asking.peek()
        assert asking.last(Peeked).failure == BUSY
        assert "by hand" in asking.worker.busy(Target(servers.HOST, 1))
        assert asking.worker.busy(Target("127.51.1.2", asking.target.port)) == ""
        asking.worker.leave(asking.target, "units")
        await asking.ended(UnitsSeen)
        await until(lambda: log.open_now == 0)
        assert (log.opened, log.most_at_once) == (2, 1)
        assert asking.worker.busy(asking.target) == ""


async def test_who_never_closed_our_connection_gets_no_other() -> None:
    """A device that acknowledges our FIN and keeps its end may still hold a slot: once is enough."""

    async def keeps(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await meter(closes_after=1_000).talk(reader, writer)
        await asyncio.sleep(30.0)

    async with running(keeps) as (asking, log):
        asking.about = asking.about._replace(limit=1)
        asking.peek()
        await asking.ended(Peeked)
        await until(lambda: asking.worker._left_open)
        asking.peek()
        await until(lambda: asking.told(Spared))
        assert "may still hold it" in asking.last(Peeked).failure
        assert log.opened == 1


async def test_a_page_opened_again_at_once_is_read() -> None:
    """Left and come back to while its connection is still being closed: read on a new one, never on two."""
    async with running(meter()) as (asking, log):
        asking.peek()
        await asking.ended(Peeked)
        asking.worker.leave(asking.target, "peek")
        await asyncio.sleep(0)
        asking.peek()
        await until(lambda: log.opened == 2)
        await until(lambda: len(asking.told(Peeked)) >= 5 and not asking.last(Peeked).running)
        assert (asking.last(Peeked).values[0].text, log.most_at_once) == ("230", 1)


async def test_a_library_server_is_read() -> None:
    """Pymodbus as the device: its unit's own values, by the names of the profile."""
    simdata = [SimData(0, count=100, values=2300, datatype=DataType.REGISTERS)]
    port = servers.closed_port()
    server = ModbusTcpServer([SimDevice(7, simdata=simdata)], address=(servers.HOST, port))
    await server.serve_forever(background=True)
    asking = Asking(port)
    asking.about = asking.about._replace(unit=7)
    task = asyncio.create_task(asking.worker.run(asking.events.append))
    try:
        await asyncio.sleep(0)
        asking.peek()
        await asking.ended(Peeked)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
    told = asking.last(Peeked)
    assert (told.unit, told.failure) == (7, "")
    assert [(value.text, value.unit) for value in told.values[:2]] == [("230", "V"), ("150735100", "kWh")]
