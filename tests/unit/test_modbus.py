"""Reading what came back."""

from __future__ import annotations

import re
import socketserver
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests import servers
from tui.clean import SAFE_PATTERN
from tui.probes.modbus import Answer, Register, judge, request, tls_alert
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.records import Target


def _frame(body: bytes, transaction: int = 7, protocol: int = 0) -> bytes:
    unit_and_body = b"\1" + body
    return b"".join(n.to_bytes(2, "big") for n in (transaction, protocol, len(unit_and_body))) + unit_and_body


@given(st.binary(max_size=400))
def test_arbitrary_bytes_never_crash_and_are_shown_inert(data: bytes) -> None:
    """Hostile bytes end in a judgement whose words are safe on a screen."""
    answer = judge(data, 7, 0.1)
    if answer is not None:
        assert re.search(SAFE_PATTERN, answer.detail)


@given(st.binary(min_size=1, max_size=253))
def test_any_well_framed_body_is_judged(body: bytes) -> None:
    """A whole frame is never waited on for more."""
    assert judge(_frame(body), 7, 0.1) is not None or len(body) < 2


@given(st.integers(1, 10))
def test_a_partial_answer_waits(cut: int) -> None:
    """Half a frame is not yet an answer."""
    whole = _frame(b"\3\2\0\5")
    assert judge(whole[: min(cut, len(whole) - 1)], 7, 0.1) is None


def test_a_register_is_an_answer() -> None:
    """The plain case."""
    answer = judge(_frame(b"\3\2\0\5"), 7, 0.1)
    assert answer is not None
    assert (answer.reply, answer.exception) == ("answer", None)


def test_an_exception_proves_that_modbus_works() -> None:
    """An exception is an answer, with its code."""
    answer = judge(_frame(b"\x83\x0b"), 7, 0.1)
    assert answer is not None
    assert (answer.reply, answer.exception) == ("exception", 11)


def test_another_transaction_is_malformed() -> None:
    """An answer to somebody else's question is told as such."""
    answer = judge(_frame(b"\3\2\0\5", transaction=8), 7, 0.1)
    assert answer is not None
    assert answer.reply == "malformed"


def test_function_byte_80_is_malformed() -> None:
    """A server that answers 80 instead of 83 (seen in the field) is broken, not busy or refusing."""
    answer = judge(_frame(b"\x80\x06"), 7, 0.1)
    assert answer is not None
    assert (answer.reply, answer.exception) == ("malformed", None)
    assert answer.detail == "function byte 80 instead of 83, code 06"


@pytest.mark.parametrize("length", [0, 1, 2, 255, 1500, 65535])
def test_our_id_with_an_impossible_length_is_broken_modbus(length: int) -> None:
    """Bytes with our transaction id are a Modbus server's, however wrong; others may be anything."""
    frame = b"\0\7\0\0" + length.to_bytes(2, "big") + b"\1\3\2\0\5"
    ours, other = judge(frame, 7, 0.1), judge(frame, 8, 0.1)
    assert ours is not None
    assert other is not None
    assert (ours.reply, other.reply) == ("malformed", "other")
    assert str(length) in ours.detail


def test_data_cut_short_is_malformed() -> None:
    """A frame that ends before the data it counts is broken."""
    answer = judge(_frame(b"\3\4\0\5"), 7, 0.1)
    assert answer is not None
    assert answer.reply == "malformed"


@pytest.mark.parametrize(
    "data", [b"\xa5\x17\0\x10\x45", b"HTTP/1.1 400", b"\x15\3\1\0\2\2\x46", b"\0\7\0\1\0\5\1\3\2\0\5"]
)
def test_other_protocols_stay_other(data: bytes) -> None:
    """An inverter logger's frame, HTTP, TLS and another protocol id are not called broken Modbus."""
    answer = judge(data, 7, 0.1)
    assert answer is not None
    assert answer.reply == "other"


@pytest.mark.parametrize(
    ("data", "alert"),
    [
        (b"\x15\3\3\0\2\2\x46", True),
        (b"\x15\3\1", True),
        (b"\x15\3", False),
        (b"\x15\3\5\0\2", False),
        (b"\x15\3\0\0\0\5", False),
        (b"\x16\3\3\0\2", False),
        (b"", False),
    ],
)
def test_a_tls_alert_is_known_by_its_first_bytes(data: bytes, *, alert: bool) -> None:
    """An alert is told from a Modbus frame whose transaction id is 1503 in hex."""
    assert tls_alert(data) == alert


def test_an_rtu_device_cannot_take_our_request_for_one() -> None:
    """The byte that RTU reads as a function is that of an answer, so no id asks it for anything."""
    ids = {request(1)[0] for _ in range(2000)}
    assert all(number & 0xFF >= 0x80 for number in ids)
    assert len(ids) > 1500


def test_a_banner_is_another_protocol() -> None:
    """Text where a frame should be is named at once."""
    answer = judge(b"SSH-2.0-OpenSSH\r\n", 7, 0.1)
    assert answer is not None
    assert answer.reply == "other"
    assert "SSH-2.0" in answer.detail


async def _units(port: int) -> list[Answer]:
    """What units 1 and 42 answer on one connection."""
    connection, outcome = await connect(Target(servers.HOST, port), 2.0)
    assert connection is not None, outcome
    async with Talk(connection) as talk:
        answers = [await talk.ask(unit, 5.0) for unit in (1, 42)]
    assert talk.late == ()
    await connection.close()
    return answers


async def test_pymodbus_servers_are_understood() -> None:
    """Its value for the unit it has, its exception for another."""
    device = SimDevice(1, simdata=[SimData(0, count=9, values=5, datatype=DataType.REGISTERS)])
    port = servers.closed_port()
    server = ModbusTcpServer(device, address=(servers.HOST, port))
    await server.serve_forever(background=True)
    try:
        one, other = await _units(port)
    finally:
        await server.shutdown()  # type: ignore[no-untyped-call]  # pymodbus leaves it untyped
    assert (one.reply, one.detail) == ("answer", "register 0 is 5")
    assert (other.reply, other.exception) == ("exception", 4)


async def test_pymodbustcp_servers_are_understood() -> None:
    """It answers for any unit."""
    library = pytest.importorskip("pyModbusTCP.server")
    port = servers.closed_port()
    server = library.ModbusServer(servers.HOST, port, no_block=True)
    server.start()
    try:
        answers = await _units(port)
    finally:
        server.stop()
    assert [answer.reply for answer in answers] == ["answer", "answer"]


async def test_umodbus_servers_are_understood() -> None:
    """It answers a unit it does not have with exception 02."""
    library = pytest.importorskip("umodbus.server.tcp")
    server = library.get_server(socketserver.ThreadingTCPServer, (servers.HOST, 0), library.RequestHandler)
    server.daemon_threads = True

    @server.route(slave_ids=[1], function_codes=[3], addresses=[0])  # type: ignore[untyped-decorator]
    def _read(**_: int) -> int:
        return 5

    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        one, other = await _units(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
    assert (one.reply, one.detail) == ("answer", "register 0 is 5")
    assert (other.reply, other.exception) == ("exception", 2)


def test_an_answer_is_of_the_function_that_was_asked() -> None:
    """An input register is told with its value; a holding register in its place is broken Modbus."""
    register = Register(4, 0x1022)
    _, frame = request(1, register, 7)
    assert frame[7:] == b"\4\x10\x22\0\1"
    told = judge(_frame(b"\4\2\0\5"), 7, 0.1, 1, register)
    assert told is not None
    assert (told.reply, told.value, told.detail) == ("answer", 5, "register 4130 is 5")
    other = judge(_frame(b"\3\2\0\5"), 7, 0.1, 1, register)
    assert other is not None
    assert (other.reply, other.value) == ("malformed", None)
