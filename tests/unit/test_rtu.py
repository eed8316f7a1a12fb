"""RTU carried over TCP."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerType
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests import servers
from tui.clean import SAFE_PATTERN
from tui.probes import rtu
from tui.probes.rtu import RtuAnswer
from tui.probes.tcp import connect
from tui.records import Target

_UNIT = 9


def _sealed(data: bytes) -> bytes:
    return data + FramerRTU.compute_CRC(data).to_bytes(2, "big")


_ANSWER = _sealed(bytes([_UNIT, 3, 2, 0, 5]))
_REFUSAL = _sealed(bytes([_UNIT, 0x83, 2]))


def _gateway(*, echo: bool = False, noise: bytes = b"") -> servers.Talk:
    """A serial line behind TCP: answers whole frames of its unit with a right CRC, and nothing else."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(256):
            if echo:
                writer.write(request)
            if len(request) == 8 and _sealed(request[:6]) == request and request[0] == _UNIT:
                writer.write(noise + _ANSWER)

    return talk


def _saying(reply: bytes, *, end: bool = False) -> servers.Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(256)
        for at in range(0, len(reply), 3):
            writer.write(reply[at : at + 3])
            await writer.drain()
        if end:
            writer.close()

    return talk


async def _ask(talk: servers.Talk, unit: int = _UNIT, wait_s: float = 0.4) -> RtuAnswer:
    async with servers.serving(talk) as (port, _):
        return await _ask_at(port, unit, wait_s)


async def _ask_at(port: int, unit: int, wait_s: float) -> RtuAnswer:
    connection, outcome = await connect(Target(servers.HOST, port), 2.0)
    assert connection is not None, outcome
    answer = await rtu.ask(connection, unit, wait_s)
    await connection.close()
    return answer


@pytest.mark.parametrize("talk", [_gateway(), _gateway(echo=True), _gateway(noise=b"\0\xff")])
async def test_a_serial_gateway_is_known_by_its_crc(talk: servers.Talk) -> None:
    """A valid frame of that unit is an answer, after an echo or line noise too."""
    answer = await _ask(talk, wait_s=5.0)
    assert answer.answers
    assert answer.seconds < 5.0
    assert answer.raw.endswith(_ANSWER)


async def test_a_real_rtu_server_answers() -> None:
    """The protocol library's own server with RTU framing is recognised, by a value and by an exception."""
    device = SimDevice(_UNIT, simdata=[SimData(0, count=9, values=5, datatype=DataType.REGISTERS)])
    port = servers.closed_port()
    server = ModbusTcpServer(device, framer=FramerType.RTU, address=(servers.HOST, port))
    await server.serve_forever(background=True)
    try:
        known, other = await _ask_at(port, _UNIT, 5.0), await _ask_at(port, _UNIT + 1, 5.0)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
    assert (known.answers, known.detail) == (True, "RTU answer, registers: 1")
    assert (other.answers, other.detail[:13]) == (True, "RTU exception")


@pytest.mark.parametrize(
    ("reply", "answers"),
    [
        (_REFUSAL, True),
        (_ANSWER, True),
        (b"", False),
        (_ANSWER[:-1], False),
        (_ANSWER[:-1] + b"\0", False),
        (_sealed(bytes([_UNIT + 1, 3, 2, 0, 5])), False),
        (_sealed(bytes([_UNIT, 4, 2, 0, 5])), False),
        (_sealed(bytes([_UNIT, 6, 0, 1, 0, 1])), False),
        (rtu.frame(_UNIT), False),
        (bytes.fromhex("010300000003c54d01"), False),
        (b"HTTP/1.1 400 Bad Request\r\n", False),
    ],
)
async def test_only_a_valid_answer_to_our_read_counts(reply: bytes, *, answers: bool) -> None:
    """Another unit, function or CRC, our own echo and a native server's garbage are no RTU."""
    answer = await _ask(_saying(reply))
    assert answer.answers == answers
    assert answer.raw == reply


async def test_a_native_servers_garbage_is_no_rtu() -> None:
    """What a Modbus TCP server was seen to send back for an RTU frame to unit 1 does not pass."""
    answer = await _ask(_saying(bytes.fromhex("010300000003c54d01"), end=True), unit=1, wait_s=5.0)
    assert not answer.answers


async def test_an_echo_is_named() -> None:
    """Our own bytes alone are told as that."""
    answer = await _ask(_saying(rtu.frame(_UNIT)))
    assert answer.detail == "our own bytes came back, and no answer"


async def test_a_close_is_told_at_once() -> None:
    """A server that hangs up on RTU is not waited for."""
    answer = await _ask(_saying(b"", end=True), wait_s=20.0)
    assert (answer.answers, answer.detail) == (False, "closed by the device")
    assert answer.seconds < 5.0


async def test_a_unit_that_no_serial_line_has_is_not_asked() -> None:
    """Unit 255 is a usual id in Modbus TCP: the answer says so, and nothing is sent."""
    answer = await _ask(_gateway(echo=True), unit=255)
    assert (answer.answers, answer.seconds, answer.raw) == (False, 0.0, b"")


@pytest.mark.parametrize("unit", range(248))
def test_an_echo_is_never_taken_for_an_answer(unit: int) -> None:
    """For no unit do our own bytes, once or twice, hold a valid answer."""
    assert rtu.judge(rtu.frame(unit) * 2, unit) == ""
    assert rtu.frame(unit)[2:4] != b"\0\0"


@pytest.mark.parametrize(("unit", "start"), [(248, 1), (-1, 1), (1, 0), (1, 65536)])
def test_what_no_serial_line_has_is_not_framed(unit: int, start: int) -> None:
    """A unit above 247 and address 0 are refused before anything is built."""
    with pytest.raises(ValueError, match=r"unit|address"):
        rtu.frame(unit, start)


@given(st.binary(max_size=600))
def test_arbitrary_bytes_end_in_inert_words(data: bytes) -> None:
    """Hostile bytes never crash the look for a frame."""
    assert re.search(SAFE_PATTERN, rtu.judge(data, _UNIT))
