"""The lowest door out: only harmless reading requests leave this program, whatever asks for more."""

from __future__ import annotations

from typing import Final

from pymodbus.framer import FramerRTU

READING: Final = frozenset({1, 2, 3, 4, 17})
"""Function codes that read: coils, inputs, holding and input registers, server id
(Modbus Application Protocol Specification V1.1b3, section 6)."""
_REGISTERS: Final = frozenset({1, 2, 3, 4})
_SERVER_ID: Final = 17
_ENCAPSULATED: Final = 43
_READ_DEVICE_IDENTIFICATION: Final = 14
_HEADER: Final = 7
# Modbus over Serial Line V1.02, section 2: unit, function, data, CRC; units up to 247.
_RTU_UNIT_MOST: Final = 247
_RTU_READ: Final = 8
_RTU_LEAST: Final = 4
_NOT_A_REQUEST: Final = 0x80
"""Function codes from here on are answers (Modbus Application Protocol Specification V1.1b3, section 4.1)."""
# RFC 8446, sections 4 and 5.1: a record of type handshake that holds one ClientHello.
_HELLO: Final = 9
_HANDSHAKE: Final = 0x16
_CLIENT_HELLO: Final = 1
_TLS_MAJOR: Final = 3
_TLS_MINORS: Final = frozenset({1, 2, 3, 4})
# RFC 8446, section 5.1, and for the most RFC 5246, section 6.2.3.
_RECORD: Final = 5
_RECORD_KINDS: Final = frozenset({0x14, 0x15, _HANDSHAKE, 0x17})
"""Change of cipher, alert, handshake, and what is encrypted."""
_RECORD_MOST: Final = (1 << 14) + 2048


class NotReadingError(Exception):
    """A request that is not a plain read was about to be sent; nothing was."""


def require_reading(adu: bytes) -> None:
    """Let one whole reading request pass, in Modbus TCP or in RTU, or one TLS greeting.

    Raises:
        NotReadingError: anything else.
    """
    if not (_reads_rtu(adu) or _greets_tls(adu)):
        _require_modbus_tcp(adu)


def require_records(data: bytes) -> None:
    """Let whole TLS records pass, as a TLS session makes them: none is a Modbus request in any framing.

    In Modbus TCP the version would be a protocol id that is not 0; but not all servers look there, so who
    sends this must know that TLS is spoken.

    Raises:
        NotReadingError: anything else.
    """
    rest = data
    while rest:
        length = int.from_bytes(rest[3:_RECORD], "big")
        head = len(rest) > _RECORD and rest[0] in _RECORD_KINDS and rest[1] == _TLS_MAJOR
        if not (head and rest[2] in _TLS_MINORS and 0 < length <= min(_RECORD_MOST, len(rest) - _RECORD)):
            raise NotReadingError("not whole TLS records")
        rest = rest[_RECORD + length :]


def _require_modbus_tcp(adu: bytes) -> None:
    if len(adu) <= _HEADER or adu[2:4] != b"\0\0" or int.from_bytes(adu[4:6], "big") != len(adu) - 6:
        raise NotReadingError("not one whole Modbus TCP request")
    function = adu[_HEADER]
    if function == _ENCAPSULATED:
        if adu[_HEADER + 1 : _HEADER + 2] != bytes([_READ_DEVICE_IDENTIFICATION]):
            raise NotReadingError("function 43 is sent to read device identification only")
    elif function not in READING:
        raise NotReadingError(f"function {function} is not on the list of reading functions")
    # In RTU the first two bytes are unit and function: a few transaction ids make a read a valid write there.
    if adu[1] < _NOT_A_REQUEST and adu[1] not in READING:
        for end in range(_RTU_LEAST, len(adu) + 1):
            if _crc_holds(adu[:end]):
                raise NotReadingError(f"a device that speaks RTU would take this read for function {adu[1]}")


def _reads_rtu(adu: bytes) -> bool:
    """Whether *adu* is a reading RTU request that no Modbus TCP server takes for a request of its own."""
    if len(adu) < _RTU_LEAST or adu[0] > _RTU_UNIT_MOST or not _crc_holds(adu):
        return False
    if adu[1] == _SERVER_ID:
        return len(adu) == _RTU_LEAST
    # Start address 0 is the Modbus TCP protocol id; a server that ignores it finds a function in byte 7.
    return (
        adu[1] in _REGISTERS
        and len(adu) == _RTU_READ
        and adu[2:4] != b"\0\0"
        and (adu[_HEADER] in READING or adu[_HEADER] >= _NOT_A_REQUEST)
    )


def _crc_holds(frame: bytes) -> bool:
    return FramerRTU.compute_CRC(frame[:-2]).to_bytes(2, "big") == frame[-2:]


def _greets_tls(adu: bytes) -> bool:
    """Whether *adu* is one whole ClientHello in which no Modbus server can find a request that writes.

    Its version is no Modbus TCP protocol id, but libmodbus 3.1.6 does not look there: it was seen to carry
    out what it took for a function in a greeting. So no byte may be a function code but of a read.
    """
    return (
        len(adu) > _HELLO
        and adu[0] == _HANDSHAKE
        and adu[1] == _TLS_MAJOR
        and adu[2] in _TLS_MINORS
        and int.from_bytes(adu[3:5], "big") == len(adu) - 5
        and adu[5] == _CLIENT_HELLO
        and int.from_bytes(adu[6:9], "big") == len(adu) - _HELLO
        and all(not byte or byte in READING or byte >= _NOT_A_REQUEST for byte in adu[1:])
    )
