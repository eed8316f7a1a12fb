"""The kernel's filter program, run by a small copy of the kernel's own audit and interpreter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import limits
from tui.vantages.port_filter import D_EQ, D_GE, D_LE, JMP, OP, S_EQ, S_GE, S_LE, either_end

PORT = st.integers(1, 0xFFFF)
COMPARISONS = {S_EQ, D_EQ, S_GE, S_LE, D_GE, D_LE}


def audit(program: bytes) -> bool:
    """inet_diag_bc_audit of net/ipv4/inet_diag.c."""
    path = []
    at = 0
    while at < len(program):
        path.append(at)
        at += OP.unpack_from(program, at)[1]
    if at != len(program):
        return False
    for here in path:
        code, yes, no = OP.unpack_from(program, here)
        left = len(program) - here
        least = 8 if code in COMPARISONS else 4
        if code not in COMPARISONS | {JMP} or left < least:
            return False
        for step in (yes, no):
            if step < least and (code, step) != (JMP, 4):
                return False
            if step > left + 4 or step % 4:
                return False
        if no < left and here + no not in path:
            return False
    return True


def accepts(program: bytes, local: int, remote: int) -> bool:
    """inet_diag_bc_run of net/ipv4/inet_diag.c."""
    at = 0
    while at < len(program):
        code, yes, no = OP.unpack_from(program, at)
        port = OP.unpack_from(program, at + 4)[2] if code in COMPARISONS else 0
        holds = {
            JMP: False,
            S_EQ: local == port, S_GE: local >= port, S_LE: local <= port,
            D_EQ: remote == port, D_GE: remote >= port, D_LE: remote <= port,
        }[code]  # fmt: skip
        at += yes if holds else no
    return at == len(program)


@given(
    st.frozensets(PORT, min_size=1, max_size=limits.WATCHED_PORTS),
    PORT,
    PORT,
    st.integers(0),
    st.booleans(),
)
def test_accepts_a_watched_port_at_either_end_and_nothing_else(
    ports: frozenset[int],
    local: int,
    remote: int,
    which: int,
    equality: bool,
) -> None:
    """The program passes the kernel's audit and decides as plain membership does."""
    program = either_end(ports, equality=equality)
    one = sorted(ports)[which % len(ports)]
    assert audit(program)
    assert accepts(program, local, remote) == (local in ports or remote in ports)
    assert accepts(program, one, remote)
    assert accepts(program, local, one)
    near = one + 1
    assert accepts(program, near, near) == (near in ports)


@pytest.mark.parametrize("ports", [set(), {0}, {65_536}, {-1}, set(range(1, limits.WATCHED_PORTS + 2))])
def test_refuses_what_cannot_be_watched(ports: set[int]) -> None:
    """No port, an impossible one or too many is an error here, not a puzzle from the kernel."""
    with pytest.raises(ValueError, match="port"):
        either_end(ports)
