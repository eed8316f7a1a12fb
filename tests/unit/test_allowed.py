"""Only reading leaves this program."""

from __future__ import annotations

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import WriteMultipleCoilsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from tui.probes import modbus, rtu, tls
from tui.probes.allowed import READING, NotReadingError, require_reading

_WRITES: list[ModbusPDU] = [
    WriteSingleCoilRequest(address=1, bits=[True]),
    WriteMultipleCoilsRequest(address=1, bits=[True]),
    WriteSingleRegisterRequest(address=1, registers=[1]),
    WriteMultipleRegistersRequest(address=1, registers=[1]),
    MaskWriteRegisterRequest(address=1),
]


def _adu(function: int, rest: bytes) -> bytes:
    body = bytes([1, function]) + rest
    return b"\0\1\0\0" + len(body).to_bytes(2, "big") + body


def _crc(data: bytes) -> bytes:
    """The CRC of RTU, worked out bit by bit and apart from the library."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def _rtu(data: bytes) -> bytes:
    return data + _crc(data)


def _passes(data: bytes) -> bool:
    try:
        require_reading(data)
    except NotReadingError:
        return False
    return True


def _functions(data: bytes) -> set[int]:
    """Every function that a Modbus TCP or an RTU device could read from these bytes."""
    found = set()
    if len(data) > 7 and data[2:4] == b"\0\0":
        found.add(data[7])
    for end in range(4, len(data) + 1):
        if _crc(data[: end - 2]) == data[end - 2 : end]:
            found.add(data[1])
    return found


@given(st.integers(0, 255), st.binary(max_size=20))
def test_no_other_function_code_passes(function: int, rest: bytes) -> None:
    """Every code but the reading ones is stopped, whatever follows it."""
    reading = function in READING or (function == 43 and rest[:1] == b"\x0e")
    assert _passes(_adu(function, rest)) == reading


@given(st.binary(max_size=40))
def test_two_frames_or_half_a_frame_do_not_pass(data: bytes) -> None:
    """A write cannot hide behind a read: what passes is exactly one whole frame."""
    assert not _passes(_adu(3, b"\0\0\0\1") + (data or b"\0"))
    assert not _passes(rtu.frame(1) + (data or b"\0"))
    assert not _passes(tls.greeting() + (data or b"\0"))


@pytest.mark.parametrize("write", _WRITES)
def test_the_librarys_writing_requests_are_stopped(write: ModbusPDU) -> None:
    """Real writing frames, as the protocol library builds them, cannot leave in either framing."""
    decoder = DecodePDU(is_server=False)
    assert not _passes(FramerSocket(decoder).buildFrame(write))
    assert not _passes(FramerRTU(decoder).buildFrame(write))


@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=24))
def test_no_other_function_passes_in_rtu(unit: int, function: int, rest: bytes) -> None:
    """With a right CRC, only the four reads of eight bytes and the server id of four may pass."""
    frame = _rtu(bytes([unit, function]) + rest)
    if _passes(frame):
        assert unit <= 247
        assert (function, len(frame)) in {(1, 8), (2, 8), (3, 8), (4, 8), (17, 4)}
        assert _functions(frame) <= READING


@pytest.mark.parametrize("function", range(256))
def test_every_function_of_eight_bytes_is_tried_in_rtu(function: int) -> None:
    """By brute force over units and addresses: what passes reads, in either framing."""
    for unit in range(0, 256, 5):
        for start in (0, 1, 2, 255, 256, 65535):
            frame = _rtu(bytes([unit, function]) + start.to_bytes(2, "big") + b"\0\1")
            if _passes(frame):
                assert function in {1, 2, 3, 4}
                assert start
                assert unit <= 247
                assert frame[7] in READING or frame[7] >= 0x80


@given(st.binary(min_size=8, max_size=8))
def test_a_wrong_crc_does_not_pass(data: bytes) -> None:
    """Eight bytes are an RTU request by their CRC only."""
    if data[6:] != _crc(data[:6]) and data[2:4] != b"\0\0":
        assert not _passes(data)


def test_a_read_that_rtu_devices_take_for_a_write_does_not_pass() -> None:
    """A few transaction ids turn a Modbus TCP read into a valid RTU write: all of them are stopped."""
    found = 0
    for high in range(256):
        for low in (5, 6):
            start = bytes([high, low, 0, 0, 0, 6])
            unit, function = _crc(start)
            if function in {1, 2, 3, 4}:
                found += 1
                assert not _passes(start + bytes([unit, function]) + b"\0\0\0\1")
    assert found == 12


@given(st.binary(max_size=60))
def test_arbitrary_bytes_pass_only_as_reads(data: bytes) -> None:
    """Whatever is handed in, no function but a reading one can be understood from what leaves."""
    if _passes(data):
        assert _functions(data) <= READING | {43}


@given(st.integers(0, 8), st.integers(0, 255))
def test_a_changed_greeting_does_not_pass(at: int, byte: int) -> None:
    """A TLS record of another type, version, message or length is stopped."""
    hello = tls.greeting()
    changed = bytearray(hello)
    changed[at] = byte
    allowed = bytes(changed) == hello or (at == 2 and 1 <= byte <= 4)
    assert _passes(bytes(changed)) == allowed


@given(st.integers(9, 263), st.integers(0, 255))
def test_no_byte_of_a_greeting_is_a_function_that_writes(at: int, byte: int) -> None:
    """A server that finds its function anywhere in a greeting finds a read, or no function at all."""
    changed = bytearray(tls.greeting())
    assert at < len(changed)
    changed[at] = byte
    assert _passes(bytes(changed)) == (byte == 0 or byte in READING or byte >= 0x80)


def test_the_ssl_modules_own_greeting_does_not_pass() -> None:
    """It holds random bytes, and libmodbus was seen to carry out what it took for a function there."""
    outgoing = ssl.MemoryBIO()
    handshake = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="plc")
    with pytest.raises(ssl.SSLWantReadError):
        handshake.do_handshake()
    assert not _passes(outgoing.read())


def test_an_ssl_3_greeting_is_a_modbus_header_and_does_not_pass() -> None:
    """Version 3.0 would put the protocol id of Modbus TCP into a TLS record."""
    assert not _passes(b"\x16\3\0\0\x2d\1\0\0\x29" + bytes(0x29))


def test_our_own_requests_pass() -> None:
    """The one question of a sweep, every RTU read and the greeting are on the list."""
    _, frame = modbus.request(unit=1)
    require_reading(frame)
    assert frame[7] == 3
    for unit in range(248):
        require_reading(rtu.frame(unit))
    require_reading(_rtu(b"\1\x11"))
    require_reading(tls.greeting())
