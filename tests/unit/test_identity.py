"""What a device says it is, on one connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymodbus import ModbusDeviceIdentification
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, WriteSingleRegisterRequest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests import servers
from tests.lab.identity_servers import Device, page, refusing, registers
from tui import limits
from tui.clean import SAFE_PATTERN
from tui.probes import interview
from tui.probes.allowed import NotReadingError
from tui.probes.device_id import BYTES, OBJECTS
from tui.probes.identity import Identity, IdRegisters, completed, identify
from tui.probes.manners import Manners
from tui.probes.oui import vendor
from tui.probes.server_id import ServerId, decode
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.records import Target

_QUICK_S = 0.15
_HOSTILE = b"\x1b[31m\x1b]0;x\x07[bold red]\xe2\x80\xae\x00\xff\xfe\xc2\x9b"


async def _identified(port: int, **given: Any) -> Identity:
    connection, outcome = await connect(Target(servers.HOST, port), 2.0)
    assert connection is not None, outcome
    async with Talk(connection) as talk:
        identity = await identify(talk, 1, **given)
    await connection.close()
    return identity


async def _of(device: Device, **given: Any) -> Identity:
    """What the device tells on its one connection."""
    async with servers.serving(device.talk) as (port, log):
        identity = await _identified(port, **given)
    assert log.opened == 1
    return identity


@asynccontextmanager
async def _talking(device: Device) -> AsyncIterator[Talk]:
    async with servers.serving(device.talk) as (port, _):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        async with Talk(connection) as talk:
            yield talk
        await connection.close()


async def test_only_reading_requests_can_be_sent() -> None:
    """A request that writes raises, nothing of it leaves, and the talk goes on."""
    device = Device(registers({0: 7}))
    async with _talking(device) as talk:
        with pytest.raises(NotReadingError):
            await talk.send(1, WriteSingleRegisterRequest(address=0, registers=[1]), 1.0)
        assert (await talk.send(1, ReadHoldingRegistersRequest(address=0, count=1), 1.0)).reply == "answer"
        assert await talk.hear_out(0.0) == ()
    assert device.functions == [3]


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        (b"\3\4\0\1\0\2", "answer"),
        (b"\3\2\0\1", "malformed"),
        (b"\3\4\0\1\0", "malformed"),
        (b"\3\6\0\1\0\2\0\3", "malformed"),
        (b"\3\3\0\1\0", "malformed"),
        (b"\4\4\0\1\0\2", "malformed"),
        (b"\x83\2", "exception"),
    ],
)
async def test_an_answer_is_as_long_as_was_asked(body: bytes, reply: str) -> None:
    """Two registers are two: fewer, more and half ones are broken Modbus, never values."""
    async with _talking(Device(lambda _: body)) as talk:
        answer = await talk.send(1, ReadHoldingRegistersRequest(address=0, count=2), 1.0)
    assert (answer.reply, answer.message is not None) == (reply, reply == "answer")


async def test_many_answers_may_be_read_on_one_connection() -> None:
    """Every request brings the right to one answer more: the bound is on what nobody asked for."""
    device = Device(registers(dict.fromkeys(range(125), 1)))
    question = ReadHoldingRegistersRequest(address=0, count=125)
    async with _talking(device) as talk:
        replies = [(await talk.send(1, question, 2.0)).reply for _ in range(40)]
    assert replies == ["answer"] * 40


def _told(identity: Identity) -> str:
    return "\n".join(f"{line.asked}: {line.answer}" for line in identity.evidence)


async def test_a_pymodbus_server_is_identified() -> None:
    """An independent server's seven objects, basic then regular, on one connection."""
    texts = ("Maker", "PC-1", "V1.2", "http://maker", "Product", "Model", "App")
    names = ("VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl", "ProductName", "ModelName")
    known = dict(zip((*names, "UserApplicationName"), texts, strict=True))
    port = servers.closed_port()
    device = SimDevice(1, simdata=[SimData(0, count=9, values=5, datatype=DataType.REGISTERS)])
    told = ModbusDeviceIdentification(info_name=known)  # type: ignore[no-untyped-call]  # as pymodbus is
    server = ModbusTcpServer(device, address=(servers.HOST, port), identity=told)
    await server.serve_forever(background=True)
    try:
        identity = await _identified(port, registers=[IdRegisters(3, 2, 3)])
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
    assert identity.objects == dict(enumerate(texts))
    assert (identity.vendor, identity.product, identity.revision) == ("Maker", "Product", "V1.2")
    assert identity.registers == {(3, 2): (5, 5, 5)}
    assert (identity.server, identity.again, identity.ended) == (None, False, "")
    first = identity.evidence[0]
    assert (first.rung, first.asked) == ("identity", "device identification, basic")
    assert first.raw is not None
    assert b"Maker" in bytes.fromhex(first.raw)


async def test_more_follows_is_followed() -> None:
    """Objects that need several answers are put together; each is asked for once."""
    pages = {0: page({0: b"Maker"}, more=1, following=1), 1: page({1: b"A", 2: b"B"}, level=1)}
    device = Device(lambda body: pages[body[3]] if body[0] == 43 else refusing(body))
    identity = await _of(device)
    assert identity.objects == {0: "Maker", 1: "A", 2: "B"}
    assert device.functions == [43, 43, 3, 3, 3]


@pytest.mark.parametrize(("step", "kept"), [(-1, 3), (0, 2), (1, 17), (40, 14)])
async def test_more_follows_for_ever_ends(step: int, kept: int) -> None:
    """A device that never stops gets a bounded number of questions, whether it goes on or in circles."""

    def endless(body: bytes) -> bytes:
        if body[0] != 43:
            return refusing(body)
        return page({body[3]: b"x" * 240}, more=1, following=(body[3] + step) % 256)

    device = Device(endless)
    identity = await _of(device)
    assert len(identity.objects) == kept
    assert sum(map(len, identity.objects.values())) <= BYTES
    assert device.functions.count(43) <= OBJECTS
    assert len(identity.evidence) <= limits.CLIMB_EVIDENCE
    assert identity.ended == ""


@pytest.mark.parametrize(
    ("answer", "objects"),
    [
        (page({0: b"Maker", 1: b"Code"})[:-1], {0: "Maker"}),
        (page({0: b"Maker"}) + b"\1\xff", {0: "Maker"}),
        (page({0: b"Maker"}) + b"\1", {}),
        (page({0: b"Maker"}) + b"\1\4Code", {0: "Maker", 1: "Code"}),
        (page({})[:-1], {}),
        (b"\x2b\x0d\0\0", {}),
        (b"\x2b\x0e", {}),
        (page({0: b""}), {0: ""}),
    ],
    ids=["cut", "claims more", "half an object", "miscounted", "no head", "type 13", "nothing", "empty"],
)
async def test_wrong_lengths_cost_only_what_is_broken(answer: bytes, objects: dict[int, str]) -> None:
    """What came whole is kept, what is cut off is not, and the next question is still asked."""
    device = Device(lambda body: answer if body[0] == 43 else refusing(body))
    identity = await _of(device)
    assert identity.objects == objects
    assert 3 in device.functions


@pytest.mark.parametrize("text", [_HOSTILE, _HOSTILE * 9, b"\x00" * 240, b"\xff" * 240, b"\x1b" * 240])
async def test_hostile_texts_are_inert(text: bytes) -> None:
    """Escapes, direction marks, NUL and bad UTF-8 come out visible, bounded and harmless, in every line."""
    device = Device(
        lambda body: page({0: text, 1: text[:4]}, level=1) if body[0] == 43 else b"\x11\3\1\xff" + text[:1]
    )
    identity = await _of(device)
    shown = [*identity.objects.values(), identity.vendor, identity.product, _told(identity)]
    for line in shown[:-1] + shown[-1].split("\n"):
        assert re.search(SAFE_PATTERN, line)
    assert all(len(line) <= limits.TEXT for line in shown[:-1])


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(min_size=1, max_size=240), min_size=1, max_size=6))
def test_arbitrary_answers_never_crash_it(bodies: Sequence[bytes]) -> None:
    """Whatever a device answers to whatever was asked, there is an identity, and it is inert."""

    async def run() -> Identity:
        left = list(bodies)
        device = Device(lambda body: body[: 2 if body[0] == 43 else 1] + left.pop() if left else b"")
        return await _of(device, wait_s=1.0)

    identity = asyncio.run(run())
    for line in identity.evidence:
        assert re.search(SAFE_PATTERN, line.answer)


async def test_without_identification_the_server_id_is_asked() -> None:
    """Function 17 is the fallback, and not asked of a device that has told its name."""
    device = Device(lambda body: b"\x11\7\2\xffPLC-7" if body[0] == 17 else refusing(body))
    identity = await _of(device)
    assert identity.server == ServerId("02", running=True, text="PLC-7")
    assert (identity.product, identity.conformity) == ("PLC-7", None)
    assert device.functions[:2] == [43, 17]


@pytest.mark.parametrize(("report", "ended"), [(b"\x11\7\2\xffPLC-7", ""), (b"", "closed")])
async def test_the_server_id_completes_an_identification(report: bytes, ended: str) -> None:
    """Asked at the end: what it adds is kept, and a device that closes at it costs nothing known."""
    device = Device(lambda body: report if body[0] == 17 else _honest(body))
    async with _talking(device) as talk:
        identity = await identify(talk, 1)
        assert 17 not in device.functions
        whole = await completed(talk, 1, identity)
        assert talk.ended == ended
        assert await completed(talk, 1, whole) == whole
    assert (whole.vendor, whole.again) == ("Maker", False)
    assert whole.server == (decode(report[2:]) if report else None)
    assert device.functions.count(17) == 1


@pytest.mark.parametrize(
    ("data", "server"),
    [
        (b"", ServerId("", None, "")),
        (b"\1", ServerId("01", None, "\\x01")),
        (b"\1\0", ServerId("01", running=False, text="")),
        (b"Pymodbus\xff", ServerId(b"Pymodbus".hex(), running=True, text="Pymodbus")),
        (b"ABC", ServerId("414243", None, "ABC")),
    ],
)
def test_server_ids_are_taken_apart(data: bytes, server: ServerId) -> None:
    """Both habits of placing the run indicator are understood; where it is not seen it is not claimed."""
    assert decode(data) == server


async def test_silence_to_one_question_does_not_spoil_the_next() -> None:
    """A device that ignores unknown functions is still read, and is not called one that needs time."""
    table = registers(dict.fromkeys(range(10), 7))
    device = Device(lambda body: table(body) if body[0] == 3 else None)
    identity = await _of(device, wait_s=_QUICK_S, registers=[IdRegisters(3, 4, 2)])
    assert identity.registers == {(3, 4): (7, 7)}
    assert (identity.manners, identity.again) == (Manners(), False)


async def test_a_silent_device_is_asked_two_questions_more() -> None:
    """Three silences in a row end it; the lesson is to wait before the first request."""
    device = Device(lambda _: None)
    identity = await _of(device, wait_s=_QUICK_S)
    assert len(device.asked) == interview.SILENCES
    assert (identity.manners.before_s, identity.again) == (limits.CLIMB_WARM_UP_S, True)
    again = await _of(device, wait_s=_QUICK_S, manners=Manners(before_s=0.1))
    assert again.again
    last = await _of(device, wait_s=_QUICK_S, manners=identity.manners._replace(idle_close_s=0.1))
    assert not last.again


async def test_a_gateway_that_speaks_for_nobody_is_not_asked_on() -> None:
    """Each 0B costs the serial line a timeout: three are enough."""
    device = Device(lambda body: bytes([body[0] | 0x80, 0x0B]))
    assert not (await _of(device)).objects
    assert len(device.asked) == interview.SILENCES


def _honest(body: bytes) -> bytes:
    return page({0: b"Maker"}, level=1) if body[0] == 43 else refusing(body)


async def test_devices_that_need_rest_or_haste_are_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost early requests are asked again, a close after silence shortens waits; both are kept next time."""
    assert interview.FIRST_S > 1.5
    monkeypatch.setattr(interview, "FIRST_S", 0.7)
    device = Device(_honest, deaf_s=0.5)
    closing = Device(_honest, idle_s=0.8)
    resting, idle = await asyncio.gather(
        _of(device), _of(closing, manners=Manners(before_s=1.5, between_s=0.1))
    )
    assert resting.vendor == "Maker"
    assert 0.5 <= resting.manners.before_s <= 1.5
    assert not resting.again
    assert (idle.vendor, idle.ended, idle.again) == ("", "closed", True)
    assert idle.manners.idle_close_s is not None
    assert 0.7 < idle.manners.idle_close_s < 1.2
    assert closing.asked == []
    device.asked.clear()
    warm, brisk = await asyncio.gather(
        _of(device, manners=resting.manners), _of(closing, manners=idle.manners)
    )
    assert (warm.vendor, brisk.vendor) == ("Maker", "Maker")
    assert (warm.again, brisk.again, brisk.ended) == (False, False, "")
    assert device.asked[0][0] >= 0.5


async def test_a_device_that_an_early_request_spoils_answers_the_next_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the connection is lost with the early request, what was learnt makes the second one work."""
    monkeypatch.setattr(limits, "CLIMB_WARM_UP_S", 0.4)
    device = Device(_honest, deaf_s=0.3, spoilt=True)
    first = await _of(device, wait_s=_QUICK_S)
    assert (first.vendor, first.again) == ("", True)
    assert (await _of(device, wait_s=_QUICK_S, manners=first.manners)).vendor == "Maker"


async def test_a_device_that_closes_at_a_question_is_not_asked_it_again() -> None:
    """Function 43 ends the connection: the next one goes without it and learns the rest."""
    table = {43: b"", 17: b"\x11\4\1\xffX1"}
    device = Device(lambda body: table.get(body[0], refusing(body)))
    first = await _of(device)
    assert (first.manners.refuses, first.again, first.ended) == ((43,), True, "closed")
    device.asked.clear()
    second = await _of(device, manners=first.manners._replace(before_s=0.0))
    assert 43 not in device.functions
    assert second.product == "X1"


async def test_an_idle_closer_that_ignores_a_question_is_kept_awake() -> None:
    """Once its patience is known we wait less than that for an answer, and the rest is asked in time."""
    device = Device(lambda body: None if body[0] in {43, 17} else refusing(body), idle_s=0.5)
    identity = await _of(device, manners=Manners(idle_close_s=0.5))
    assert (identity.ended, identity.again) == ("", False)
    assert device.functions.count(3) == 4


async def test_requests_are_spaced_as_the_device_needs() -> None:
    """Between an answer and the next request lies at least the time given."""
    device = Device(_honest)
    await _of(device, manners=Manners(between_s=0.1))
    times = [at for at, _ in device.asked]
    assert len(times) == 4
    assert all(later - earlier > 0.09 for earlier, later in pairwise(times))


async def test_a_slow_first_answer_is_no_need_for_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that comes after our patience is taken, and nothing false is learnt from it."""
    monkeypatch.setattr(interview, "FIRST_S", 0.1)
    device = Device(_honest, delay_s=0.13)
    identity = await _of(device)
    assert (identity.vendor, identity.manners, identity.again) == ("Maker", Manners(), False)


@pytest.mark.parametrize(
    ("mac", "maker"),
    [
        ("00:30:de:01:02:03", "WAGO"),
        ("00-80-F4-01-02-03", "TELEMECANIQUE"),
        ("00:50:c2:00:00:07", "T.L.S."),
        ("02:30:de:01:02:03", ""),
        ("70:b3:d5:00:00:01", ""),
        ("zz:zz:zz:zz:zz:zz", ""),
        ("\x1b[31m00:30:de", ""),
        ("99999", ""),
    ],
)
def test_the_maker_of_an_interface(mac: str, maker: str) -> None:
    """Registered makers by name; made-up addresses, shared blocks and nonsense by nothing."""
    assert vendor(mac).startswith(maker)
    assert bool(vendor(mac)) == bool(maker)
