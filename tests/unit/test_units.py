"""Which unit ids answer, asked of real servers on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests import servers
from tests.waiting import until
from tui.clock import SystemClock
from tui.probes import units as probe
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.unit_faces import Unit, Units, few
from tui.probes.units import OPENED_MOST, Waiting, opener, sweep
from tui.records import Face, Target

_ALL: Final = range(1, 248)
_SILENT: Final = b""
_NO_PATH: Final = b"\x83\x0a"
_NO_TARGET: Final = b"\x83\x0b"
_BUSY: Final = b"\x83\x06"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between connections, and after a busy unit, nothing needs to be waited for here."""
    monkeypatch.setattr(probe, "_AGAIN_S", 0.01)
    monkeypatch.setattr(probe, "_BUSY_S", 0.01)


def _value(value: int) -> bytes:
    return b"\3\2" + value.to_bytes(2, "big")


class _Gateway:
    """Answers each unit by its own body, late where it says so, and counts what waits for an answer."""

    def __init__(
        self, bodies: Mapping[int, bytes], rest: bytes = _SILENT, late: Mapping[bytes, float] | None = None
    ) -> None:
        self.bodies = dict(bodies)
        self.rest = rest
        self.late = late or {}
        self.asked: list[int] = []
        self.waiting = 0
        self.most_waiting = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while len(request := await reader.read(12)) == 12:
            body = self.bodies.get(request[6], self.rest)
            self.asked.append(request[6])
            if not body:
                continue
            self.waiting += 1
            self.most_waiting = max(self.most_waiting, self.waiting)
            loop.call_later(self.late.get(body, 0.0), self._say, writer, request, body)

    def _say(self, writer: asyncio.StreamWriter, request: bytes, body: bytes) -> None:
        self.waiting -= 1
        writer.write(_framed(request, body))


def _framed(request: bytes, body: bytes, unit: int | None = None) -> bytes:
    said = request[6] if unit is None else unit
    return request[:4] + (len(body) + 1).to_bytes(2, "big") + bytes((said,)) + body


async def _sweep(port: int, units: Sequence[int], **how: Any) -> Units:
    clock = SystemClock()
    opened = opener(Target(servers.HOST, port), Pace(10_000, clock), OwnConnections(clock))
    settings: dict[str, Any] = {
        "between_s": 0.0,
        "wait_s": 0.5,
        "least_s": 0.05,
        "told": lambda _found: None,
    } | how
    return await sweep(opened, units, **settings)


def _faces(found: Units) -> dict[int, Face]:
    return {unit.unit: unit.face for unit in found.asked}


async def test_units_of_a_library_server_are_several() -> None:
    """Pymodbus with three units: each has its value, and 04 for another id is not a device."""
    devices = [
        SimDevice(unit, simdata=[SimData(0, count=9, values=unit, datatype=DataType.REGISTERS)])
        for unit in (1, 7, 9)
    ]
    port = servers.closed_port()
    server = ModbusTcpServer(devices, address=(servers.HOST, port))
    await server.serve_forever(background=True)
    try:
        found = await _sweep(port, range(1, 12))
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
    assert {unit.unit: unit.value for unit in found.asked if unit.face == "answers"} == {1: 1, 7: 7, 9: 9}
    assert {unit.code for unit in found.asked if unit.face == "exception"} == {4}
    assert (found.judgement, found.ended, found.opened, found.closed) == ("several", "all", 1, ("fin",))


async def test_a_server_that_ignores_the_unit_is_one_device() -> None:
    """247 unit ids answered alike are not 247 devices; all of them on one connection, ended by FIN."""
    async with servers.serving(servers.answer) as (port, log):
        told: list[Units] = []
        found = await asyncio.wait_for(_sweep(port, _ALL, told=told.append), 10)
        await until(lambda: log.ended_by)
        assert (log.opened, log.ended_by) == (1, ["fin"])
    assert (found.judgement, found.ended, found.left, found.requests) == ("ignores-unit", "all", (), 247)
    assert [len(step.asked) for step in told] == [*range(1, 248), 247]
    assert all(step.left_s is not None and step.left_s >= 0 for step in told)


async def test_a_library_server_that_ignores_the_unit_is_seen_by_the_few() -> None:
    """PyModbusTCP answers for any unit."""
    library = pytest.importorskip("pyModbusTCP.server")
    port = servers.closed_port()
    server = library.ModbusServer(servers.HOST, port, no_block=True)
    server.start()
    try:
        found = await _sweep(port, few(1))
    finally:
        server.stop()
    assert (found.judgement, found.requests, found.closed) == ("ignores-unit", 4, ("fin",))


async def test_a_gateway_is_told_unit_by_unit() -> None:
    """Answers, 0A, 0B after the serial timeout, 06 and silence; never two requests at once to it."""
    bodies = {1: _value(5), 3: _value(6), 4: _NO_PATH, 5: _NO_TARGET, 6: _BUSY, 8: _NO_TARGET, 9: b"\x83\x02"}
    gateway = _Gateway(bodies, late={_NO_TARGET: 0.2})
    async with servers.serving(gateway.talk) as (port, log):
        found = await _sweep(port, range(1, 10))
        assert log.opened == 1
    assert _faces(found) == {
        1: "answers", 2: "silent", 3: "answers", 4: "path", 5: "target-silent", 6: "exception",
        7: "silent", 8: "target-silent", 9: "exception",
    }  # fmt: skip
    assert [unit.code for unit in found.asked if unit.unit in {6, 9}] == [6, 2]
    assert found.judgement == "gateway"
    assert gateway.most_waiting == 1
    assert gateway.asked.count(6) == 2, "busy is asked once more"


async def test_a_busy_unit_may_answer_the_second_time() -> None:
    """06 says later, not no."""
    gateway = _Gateway({1: _BUSY}, rest=_value(5))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asking = asyncio.create_task(gateway.talk(reader, writer))
        await until(lambda: gateway.asked)
        gateway.bodies[1] = _value(5)
        await asking

    async with servers.serving(talk) as (port, _):
        found = await _sweep(port, [1])
    assert (_faces(found), found.requests) == ({1: "answers"}, 2)


async def test_many_mute_units_are_swept_in_bounded_time() -> None:
    """Mute units cost the short wait each, not the long one, and one connection."""
    gateway = _Gateway({unit: _value(unit) for unit in range(5, 35, 5)})
    async with servers.serving(gateway.talk) as (port, log):
        found = await asyncio.wait_for(_sweep(port, range(1, 36), least_s=0.005, wait_s=0.5), 8)
        assert log.opened == 1
    assert sum(unit.face == "answers" for unit in found.asked) == 6
    assert (len(found.asked), found.judgement) == (35, "several")


async def test_0b_that_comes_late_ends_the_silence_and_is_waited_for_from_then_on() -> None:
    """A serial timeout longer than our patience is learnt from the first late word of it."""
    gateway = _Gateway({1: _value(5)}, rest=_NO_TARGET, late={_NO_TARGET: 0.25})
    async with servers.serving(gateway.talk) as (port, _):
        found = await _sweep(port, range(1, 6), wait_s=0.15)
    assert _faces(found) == {1: "answers"} | dict.fromkeys(range(2, 6), "target-silent")
    assert all(unit.seconds >= 0.24 for unit in found.asked[1:])
    assert gateway.most_waiting <= 2
    assert found.judgement == "gateway"


@pytest.mark.parametrize("reads_first", [True, False])
async def test_a_device_that_ends_connections_is_reopened_and_every_unit_is_asked(reads_first: bool) -> None:
    """It closes after every 20 requests, with or without having read one more: no unit is blamed."""

    async def twenty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(20):
            if len(request := await reader.read(12)) < 12:
                return
            writer.write(_framed(request, servers.ANSWER))
        if reads_first:
            await reader.read(12)
        writer.close()

    async with servers.serving(twenty) as (port, log):
        found = await _sweep(port, range(1, 101))
        assert log.most_at_once == 1
        assert 5 <= log.opened == found.opened <= 6
    assert set(_faces(found).values()) == {"answers"}
    assert (len(found.asked), found.ended) == (100, "all")


async def test_a_device_that_never_lets_a_connection_last_is_left_alone() -> None:
    """Connections are bounded; what is known stays known, and what was not asked is told."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_framed(await reader.read(12), servers.ANSWER))
        writer.close()

    async with servers.serving(once) as (port, log):
        found = await _sweep(port, _ALL)
        assert log.opened == found.opened == OPENED_MOST
    assert found.ended == "closes"
    assert len(found.asked) == OPENED_MOST
    assert found.left == tuple(_ALL)[OPENED_MOST:]


async def test_a_unit_on_which_the_device_closes_is_told_and_the_others_are_asked() -> None:
    """It closes whenever unit 3 is asked, first or later: that is the face of unit 3 alone."""

    async def not_three(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(request := await reader.read(12)) == 12 and request[6] != 3:
            writer.write(_framed(request, servers.ANSWER))
        writer.close()

    async with servers.serving(not_three) as (port, log):
        found = await _sweep(port, range(1, 6))
        assert log.opened == 3
    assert _faces(found) == dict.fromkeys((1, 2, 4, 5), "answers") | {3: "closed"}


async def test_a_device_that_answers_by_its_own_unit_id_ignores_them() -> None:
    """Unit 7 answers for every id: one device, and each answer is told for what it is."""

    async def seven(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(request := await reader.read(12)) == 12:
            writer.write(_framed(request, servers.ANSWER, 7))

    async with servers.serving(seven) as (port, _):
        found = await _sweep(port, few(7))
    assert _faces(found) == {7: "answers", 1: "other-unit", 255: "answers", 0: "answers", 246: "other-unit"}
    assert found.judgement == "ignores-unit"


@pytest.mark.parametrize(
    ("server", "ended", "most"),
    [
        (servers.mute, "all", 1),
        (servers.hang_up, "closes", 2),
        (servers.saying(b"SSH-2.0-x\r\n"), "not-modbus", 1),
    ],
)
async def test_what_answers_no_unit_is_nothing(server: servers.Talk, ended: str, most: int) -> None:
    """Silence, a closed door and another protocol each end the sweep with their own word."""
    async with servers.serving(server) as (port, log):
        found = await _sweep(port, few(1), wait_s=0.05)
        assert log.opened <= most
    assert (found.judgement, found.ended) == ("nothing", ended)


async def test_nobody_there_is_told_with_the_word_of_the_connect() -> None:
    """A refused connect asks nothing."""
    found = await _sweep(servers.closed_port(), [1])
    assert (found.ended, found.detail, found.asked, found.left) == ("unreachable", "RST", (), (1,))


async def test_garbage_between_answers_costs_one_unit_and_one_connection() -> None:
    """Where the next frame begins cannot be known any more: asked on, on another connection."""
    gateway = _Gateway({3: b"\xff"}, rest=_value(5))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(request := await reader.read(12)) == 12:
            writer.write(b"garbage" * 9 if request[6] == 3 else _framed(request, gateway.rest))

    async with servers.serving(talk) as (port, log):
        found = await _sweep(port, range(1, 6))
        assert log.opened == 2
    assert _faces(found) == dict.fromkeys((1, 2, 4, 5), "answers") | {3: "malformed"}


async def test_stopped_it_says_what_is_known_and_closes_by_fin() -> None:
    """Cancelled in the middle: what was found, what is left, and a clean end."""
    told: list[Units] = []
    gateway = _Gateway({unit: _value(unit) for unit in range(5)})
    async with servers.serving(gateway.talk) as (port, log):
        running = asyncio.create_task(_sweep(port, range(1, 20), told=told.append, wait_s=30))
        await until(lambda: 5 in gateway.asked)
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()
        await until(lambda: log.ended_by)
        assert log.ended_by == ["fin"]
    assert _faces(told[-1]) == dict.fromkeys(range(1, 5), "answers")
    assert (told[-1].left, told[-1].ended, told[-1].closed) == (tuple(range(5, 20)), "stopped", ("fin",))


@pytest.mark.parametrize("between", [True, False], ids=["between requests", "waiting"])
async def test_let_go_it_asks_no_more_and_opens_no_other(between: bool) -> None:
    """Somebody needs the device's last connection: ours ends at once and stays ended."""
    clock = SystemClock()
    gateway = _Gateway({1: _value(1)})
    async with servers.serving(gateway.talk) as (port, log):
        open_one = opener(Target(servers.HOST, port), Pace(1000, clock), OwnConnections(clock))
        opened: list[Any] = []

        async def remembered() -> Any:
            opened.append(await open_one())
            return opened[-1]

        def told(_found: Units) -> None:
            if between:
                opened[0][0].let_go()

        running = asyncio.create_task(sweep(remembered, (1, 2, 3), told=told, between_s=0.0, wait_s=30))
        if not between:
            await until(lambda: 2 in gateway.asked)
            opened[0][0].let_go()
        found = await running
        assert log.opened == 1
    assert (found.ended, found.left, _faces(found)) == ("let-go", (2, 3), {1: "answers"})


def _unit(face: Face, seconds: float = 0.01) -> Unit:
    return Unit(1, face, seconds)


def test_the_wait_is_learnt() -> None:
    """In full at first, then four times the slowest answer, and never less than 0B needs."""
    waiting = Waiting(3.0, 0.3)
    assert waiting.seconds == 3.0
    waiting.saw(_unit("answers", 0.2))
    assert waiting.seconds == 3.0, "no silence has been waited for yet"
    for _ in range(2):
        waiting.saw(_unit("silent", 3.0))
    assert waiting.seconds == pytest.approx(0.8)
    waiting.saw(_unit("answers", 1.0), late=True)
    assert 1.25 < waiting.seconds < 2.0
    waiting.saw(_unit("target-silent", 2.0))
    assert 2.0 < waiting.seconds < 3.0
    waiting.saw(_unit("target-silent", 60.0), late=True)
    assert waiting.seconds == 10.0
