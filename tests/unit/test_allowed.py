"""Only reading leaves this program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU
from pymodbus.pdu.bit_message import WriteMultipleCoilsRequest, WriteSingleCoilRequest
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from tui.probes import modbus
from tui.probes.allowed import READING, NotReadingError, require_reading


def _adu(function: int, rest: bytes) -> bytes:
    body = bytes([1, function]) + rest
    return b"\0\1\0\0" + len(body).to_bytes(2, "big") + body


@given(st.integers(0, 255), st.binary(max_size=20))
def test_no_other_function_code_passes(function: int, rest: bytes) -> None:
    """Every code but the reading ones is stopped, whatever follows it."""
    reading = function in READING or (function == 43 and rest[:1] == b"\x0e")
    if reading:
        require_reading(_adu(function, rest))
    else:
        with pytest.raises(NotReadingError):
            require_reading(_adu(function, rest))


@given(st.binary(max_size=40))
def test_two_frames_or_half_a_frame_do_not_pass(data: bytes) -> None:
    """A write cannot hide behind a read: what passes is exactly one whole frame."""
    with pytest.raises(NotReadingError):
        require_reading(_adu(3, b"\0\0\0\1") + (data or b"\0"))


@pytest.mark.parametrize(
    "request_",
    [
        WriteSingleCoilRequest(address=1, bits=[True]),
        WriteMultipleCoilsRequest(address=1, bits=[True]),
        WriteSingleRegisterRequest(address=1, registers=[1]),
        WriteMultipleRegistersRequest(address=1, registers=[1]),
        MaskWriteRegisterRequest(address=1),
    ],
)
def test_the_librarys_writing_requests_are_stopped(request_: object) -> None:
    """Real writing frames, as the protocol library builds them, cannot leave."""
    frame = FramerSocket(DecodePDU(is_server=False)).buildFrame(request_)  # type: ignore[arg-type]
    with pytest.raises(NotReadingError):
        require_reading(frame)


def test_our_own_request_passes() -> None:
    """The one question of a sweep is on the list."""
    _, frame = modbus.request(unit=1)
    require_reading(frame)
    assert frame[7] == 3
