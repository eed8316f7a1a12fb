"""A program for the kernel that passes only the sockets of certain ports, so that no other leaves it.

The operations and their layout are those of `struct inet_diag_bc_op` in linux/inet_diag.h: each says how
many bytes to go forward when it holds (`yes`) and when it does not (`no`). Running to the exact end of
the program accepts the socket, four bytes further rejects it. A comparison takes its port from the `no`
of the operation behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

from tui import limits

JMP: Final = 1
S_GE: Final = 2
S_LE: Final = 3
D_GE: Final = 4
D_LE: Final = 5
S_EQ: Final = 11
D_EQ: Final = 12

OP: Final = struct.Struct("=BBH")
_COMPARISON: Final = 2 * OP.size
_REJECT: Final = OP.size


def either_end(ports: Iterable[int], *, equality: bool = True) -> bytes:
    """The program that accepts a socket whose local or remote port is one of *ports*.

    Without *equality* it asks "at least" and "at most" instead, for kernels before 4.16.

    Raises:
        ValueError: no port, one out of range, or more than the watched ports allowed.
    """
    wanted = sorted(set(ports))
    if not 1 <= len(wanted) <= limits.WATCHED_PORTS:
        raise ValueError(f"{len(wanted)} ports: between 1 and {limits.WATCHED_PORTS} can be watched")
    if not 0 < wanted[0] <= wanted[-1] <= 0xFFFF:  # noqa: PLR2004 - what 16 bits hold
        raise ValueError(f"not a port: {wanted[0] if wanted[0] < 1 else wanted[-1]}")
    tests = ((S_EQ,), (D_EQ,)) if equality else ((S_GE, S_LE), (D_GE, D_LE))
    alternatives = [(port, codes) for port in wanted for codes in tests]
    length = sum(len(codes) * _COMPARISON + OP.size for _, codes in alternatives) - OP.size

    program = bytearray()
    for port, codes in alternatives:
        after = len(program) + len(codes) * _COMPARISON + OP.size
        # The kernel's audit wants every `no` to land on an operation, at the end, or on the rejection.
        elsewhere = after if after < length else length + _REJECT
        for code in codes:
            program += OP.pack(code, _COMPARISON, elsewhere - len(program)) + OP.pack(0, 0, port)
        if after < length:
            program += OP.pack(JMP, OP.size, length - len(program))
    return bytes(program)
