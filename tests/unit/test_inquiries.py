"""What the sweep goes on to ask: who a device is and which unit ids answer, on one connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests import servers
from tests.lab.gateway import Gateway
from tests.lab.identity_servers import Device, who
from tests.waiting import until
from tui.cli import run as command
from tui.clock import SystemClock
from tui.device_events import Identified, UnitsSeen
from tui.event import Event
from tui.events import Climbed, Probed, decode, encode
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.targets import Plan, addresses
from tui.profiles.lookup import profile
from tui.records import Target
from tui.state.store import Store
from tui.workers.inquiries import Inquiries
from tui.workers.sweep import Sweep

OBJECTS: Final = {0: b"Schneider Electric", 1: b"TM241CE24R", 2: b"V5.1"}
NAMED: Final = who({0: 7}, OBJECTS)


class Run:
    """A sweep that goes on to ask; its events are folded into a store, as by the engine."""

    def __init__(self, port: int, *, interval: float | None = 0.05, **about: Any) -> None:
        self.events: list[Event] = []
        self.store = Store()
        self.clock = SystemClock()
        self.own = OwnConnections(self.clock)
        self.pace = Pace(1000.0, self.clock)
        self.inquiries = Inquiries(self.clock, device=self.store.devices.get, **about)
        self.target = Target(servers.HOST, port)
        self._interval = interval

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self.store.apply(event)

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, true: Callable[[], object], unit: int | None = None) -> None:
        """Sweep until it is true."""
        plan = Plan(await addresses([servers.HOST]), [self.target.port])
        sweep = Sweep(
            plan, self.pace, self.clock, interval=self._interval, own=self.own, unit=unit,
            further=self.inquiries,
        )  # fmt: skip
        task = asyncio.create_task(sweep.run(self.tell))
        try:
            await until(lambda: true() or task.done(), "it is so")
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_device_is_asked_once_on_the_connection_of_the_sweep() -> None:
    """The first sweep tells who it is; the ones after it ask no more than a register."""
    device = Device(NAMED)
    async with servers.serving(device.talk) as (port, log):
        run = Run(port)
        await run.until(lambda: log.opened > 3)
    (told,) = run.of(Identified)
    assert (told.vendor, told.product, told.revision) == ("Schneider Electric", "TM241CE24R", "V5.1")
    assert log.most_at_once == 1
    assert set(device.functions[-2:]) == {3}
    assert run.store.devices[run.target].identity is told


async def test_the_outcome_is_told_before_the_rest_is_asked() -> None:
    """Who looks at the screen sees that it answers before it has said who it is."""
    async with servers.serving(Device(NAMED).talk) as (port, _):
        run = Run(port)
        await run.until(lambda: run.of(Identified))
    kinds = [type(event) for event in run.events if isinstance(event, Probed | Identified)]
    assert kinds[:2] == [Probed, Identified]


async def test_behind_a_gateway_the_unit_that_speaks_is_asked() -> None:
    """Where the configured unit is silent behind it, others are asked, and one of those who it is."""
    gateway = Gateway({1: NAMED, 255: who({0: 1}, {0: b"Moxa", 1: b"MGate", 2: b"4"})}, rest="target")
    gateway.timeout_s = 0.05
    async with servers.serving(gateway.talk) as (port, log):
        run = Run(port)
        await run.until(lambda: run.of(Identified), unit=7)
    (told,), units = run.of(Identified), run.of(UnitsSeen)[-1]
    assert told.unit == 1
    assert units.judgement == "gateway"
    faces = {one.unit: one.face for one in units.units}
    assert (faces[7], faces[1], faces[255]) == ("target-silent", "answers", "answers")
    assert log.most_at_once == 1


async def test_a_device_away_for_long_is_asked_again() -> None:
    """What comes back after ten minutes may be another device at the same address."""
    device = Device(NAMED)
    async with servers.serving(device.talk) as (port, _):
        run = Run(port)
        now = run.clock.wall()
        here = Target(servers.HOST, port)
        run.tell(Identified(at=now - 9000, address=here.address, port=port, unit=1, vendor="Old"))
        run.tell(Probed(at=now - 5000, address=here.address, port=port, state="answers", reply="answer"))
        run.tell(Probed(at=now - 60, address=here.address, port=port, state="timeout"))
        await run.until(lambda: len(run.of(Identified)) > 1)
    assert run.of(Identified)[-1].vendor == "Schneider Electric"


async def test_what_is_known_from_before_is_not_asked() -> None:
    """A restart of the monitor costs the devices no questions."""
    device = Device(NAMED)
    async with servers.serving(device.talk) as (port, log):
        run = Run(port)
        run.tell(Identified(at=run.clock.wall(), address=servers.HOST, port=port, unit=1, vendor="Known"))
        await run.until(lambda: log.opened > 2)
    assert set(device.functions) == {3}


async def test_a_device_that_needs_a_pause_gets_it_and_stays_a_finding() -> None:
    """Once a climb has found that it needs a pause, the sweep waits, has its answer, and the cause stands."""
    device = Device(NAMED, deaf_s=1.0, spoilt=True)
    async with servers.serving(device.talk) as (port, _):
        run = Run(port)
        now = run.clock.wall()
        here: Any = {"address": servers.HOST, "port": port}
        run.tell(Probed(at=now, state="open", reply="silent", **here))
        facts = {"connect": "open", "reply": "silent", "again": "answers"}
        run.tell(Climbed(at=now, facts=facts, done=True, **here))
        await run.until(lambda: run.of(Identified))
        found = run.store.devices[run.target]
    assert found.state == "answers"
    assert found.pause_s > 1.0
    assert found.found is not None
    assert run.of(Identified)[0].ways.before_s > 1.0


async def test_the_last_connection_is_let_go_in_the_midst() -> None:
    """Somebody who wants the device's only slot has it at once; that it answered is told all the same."""
    device = Device(NAMED, delay_s=0.3)
    async with servers.serving(device.talk) as (port, log):
        run = Run(port, interval=60.0)

        def let_go() -> bool:
            for connection in list(run.own._standing.values()):
                if len(device.asked) > 1:
                    connection.let_go()
            return len([event for event in run.of(Probed) if event.closed]) > 0

        await run.until(let_go)
    (told,) = [event for event in run.of(Probed) if event.closed]
    assert (told.state, told.closed) == ("answers", "fin")
    assert run.of(Identified) == []
    assert log.ended_by == ["fin"]


async def test_the_profile_of_the_configuration_says_how_to_ask() -> None:
    """Its id registers are read, and its unit ids are among the few that are tried."""
    known = profile("kostal-plenticore")
    device = Device(NAMED)
    async with servers.serving(device.talk) as (port, _):
        run = Run(port, product=lambda _target: known)
        await run.until(lambda: run.of(UnitsSeen))
    assert set(known.units) <= {one.unit for one in run.of(UnitsSeen)[-1].units}


async def test_a_sweep_over_unit_ids_names_them_all() -> None:
    """Every unit behind a gateway that speaks is asked who it is, on the one connection."""
    units = {
        number: who({0: number}, {0: b"Maker", 1: b"Meter %d" % number, 2: b"1"}) for number in (1, 3, 9)
    }
    gateway = Gateway(units, rest="path")
    async with servers.serving(gateway.talk) as (port, log):
        run = Run(port, interval=None, units=range(1, 12))
        await run.until(lambda: False)
    last = run.of(UnitsSeen)[-1]
    assert {one.unit for one in last.units if one.face == "answers"} == {1, 3, 9}
    said = {one.unit: one.said for one in last.units if one.said}
    assert said == {3: "Maker Meter 3 1", 9: "Maker Meter 9 1"}
    assert (last.left, last.running, last.full) == (0, False, True)
    assert log.opened == 1


async def test_scan_prints_what_was_learnt(capsys: pytest.CaptureFixture[str]) -> None:
    """The device of `scan --identify --json` has identity, products and unit ids."""
    async with servers.serving(Device(NAMED).talk) as (port, log):
        arguments = ["scan", servers.HOST, "--port", str(port), "--identify"]
        assert await asyncio.to_thread(command, [*arguments, "--json"]) == 0
        assert log.opened == 1
        told = json.loads(capsys.readouterr().out)["device"]
        await asyncio.to_thread(command, arguments)
    assert told["identity"]["objects"] == {"0": "Schneider Electric", "1": "TM241CE24R", "2": "V5.1"}
    assert told["judgement"] == "ignores-unit"
    assert {one["unit"] for one in told["units"]} >= {0, 1, 255}
    assert isinstance(told["suits"], list)
    text = capsys.readouterr().out
    assert "says it is Schneider Electric TM241CE24R V5.1" in text
    assert "answers whatever the unit id says" in text


@pytest.mark.parametrize("given", ["0-256", "9-2", "x", "1-"])
def test_a_range_of_unit_ids_must_be_one(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what is wrong with it; nothing is asked."""
    assert command(["scan", "127.0.0.1", "--units", given]) == 3
    assert "--units" in capsys.readouterr().err


async def test_check_says_what_the_device_is(capsys: pytest.CaptureFixture[str]) -> None:
    """On the connection on which it answered; the object of `--json` has it as `device`."""
    device = Device(NAMED)
    async with servers.serving(device.talk) as (port, log):
        arguments = ["check", f"{servers.HOST}:{port}"]
        assert await asyncio.to_thread(command, [*arguments, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert log.opened == told["cost"]["connections"] == 1
        await asyncio.to_thread(command, arguments)
    assert told["device"]["identity"]["product"] == "TM241CE24R"
    assert "says it is Schneider Electric TM241CE24R V5.1" in capsys.readouterr().out


async def test_check_of_a_device_that_says_nothing_of_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """A server of bare registers gets a verdict all the same, and no invented identity."""
    async with servers.serving(Device(who({0: 1})).talk) as (port, _):
        assert await asyncio.to_thread(command, ["check", f"{servers.HOST}:{port}", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["device"]["identity"]["product"] == ""
    assert told["device"]["suits"] == []


HOSTILE: Final = (
    b"\x1b]0;owned\x07\x1b[2J\x1b[31mM241",
    b"[red]M241[/] [@click=app.quit]x[/]",
    "abc\u202e142M\u2066".encode(),
    b"M241\0\0\0\0",
    b"M" * 240,
    b"\xff\xfe\xf0M241\xc3",
)


@pytest.mark.parametrize("words", HOSTILE)
async def test_hostile_words_are_inert_in_the_journal_and_in_json(
    words: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """Escapes, markup, bidi marks, NUL, long and broken text: recorded and printed as harmless text."""
    says = who({0: 7}, {0: words, 1: words, 2: b"1"}, b"\1\xff" + words)
    async with servers.serving(Device(says).talk) as (port, _):
        run = Run(port)
        await run.until(lambda: run.of(Identified))
        arguments = ["scan", servers.HOST, "--port", str(port), "--identify", "--json"]
        assert await asyncio.to_thread(command, arguments) == 0
    (told,) = run.of(Identified)
    assert decode(encode(told)) == told
    printed = capsys.readouterr().out.rstrip("\n")
    assert printed.isprintable()
    shown = json.loads(printed)["device"]["identity"]
    for text in (shown["vendor"], shown["product"], *shown["objects"].values()):
        assert text.isprintable()
        assert not set(text) & set("\u202e\u2066")
