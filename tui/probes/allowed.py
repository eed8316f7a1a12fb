"""The lowest door out: only harmless reading requests leave this program, whatever asks for more."""

from __future__ import annotations

from typing import Final

READING: Final = frozenset({1, 2, 3, 4, 17})
"""Function codes that read: coils, inputs, holding and input registers, server id
(Modbus Application Protocol Specification V1.1b3, section 6)."""
_ENCAPSULATED: Final = 43
_READ_DEVICE_IDENTIFICATION: Final = 14
_HEADER: Final = 7


class NotReadingError(Exception):
    """A request that is not a plain Modbus TCP read was about to be sent; nothing was."""


def require_reading(adu: bytes) -> None:
    """Let a single well-formed Modbus TCP reading request pass.

    Raises:
        NotReadingError: anything else.
    """
    if len(adu) <= _HEADER or adu[2:4] != b"\0\0" or int.from_bytes(adu[4:6], "big") != len(adu) - 6:
        raise NotReadingError("not one whole Modbus TCP request")
    function = adu[_HEADER]
    if function == _ENCAPSULATED:
        if adu[_HEADER + 1 : _HEADER + 2] != bytes([_READ_DEVICE_IDENTIFICATION]):
            raise NotReadingError("function 43 is sent to read device identification only")
    elif function not in READING:
        raise NotReadingError(f"function {function} is not on the list of reading functions")
