"""Is a refusal given by something nearer than the device? Asked without privilege, of the kernel's filter.

A socket with a least TTL does not hear segments that arrive with less (`IP_MINTTL`, ip(7); RFC 5082).
While the kernel repeats one SYN each second, the least TTL is lowered step by step: the step at which the
RST is heard tells between which two numbers its TTL lies. One connection costs one SYN a step.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.probes.hops import first_ttl, hops
from tui.probes.tcp import Connection, Outcome, dial, prepared
from tui.records import Target

Nearer: TypeAlias = Literal["nearer", "not-nearer", "unknown"]

_MIN_TTL: Final = 21  # include/uapi/linux/in.h IP_MINTTL
_MIN_HOPS6: Final = 73  # include/uapi/linux/in6.h IPV6_MINHOPCOUNT
_STEP_LEAST_S: Final = 0.05
_STEP_MOST_S: Final = 0.8  # the kernel repeats a SYN after 1 s: by then the next step must be set
_TOTAL_S: Final = 5.0  # for one connection: SYNs at 0, 1, 2, 3, 4 s; before Linux 6.5 at 0, 1, 3 s
_Dialling: TypeAlias = "asyncio.Task[tuple[Connection | None, Outcome]]"
_POLL_S: Final = 0.02
_RETRANSMITS_AT: Final = 2  # include/uapi/linux/tcp.h struct tcp_info, tcpi_retransmits


class Step(NamedTuple):
    """While the least TTL is *least*, a refusal that is heard means *meaning*."""

    least: int
    meaning: Nearer | Literal["higher"]


def steps(reference_ttl: int) -> tuple[Step, ...]:
    """What to ask first, and next. `higher` needs `tie`: nearer, or sent by another rule than the reference.

    An answer with a smaller first TTL than the reference is judged by its hops, as in `hops.compare`.
    """
    first, distance = first_ttl(reference_ttl), hops(reference_ttl)
    above = Step(reference_ttl + 1, "nearer" if first == 255 else "higher")  # noqa: PLR2004 - nothing is higher
    lower = (Step(65, "not-nearer"), Step(65 - distance, "nearer"), Step(0, "not-nearer"))
    if first <= 64:  # noqa: PLR2004
        return above, Step(0, "not-nearer")
    if first == 128:  # noqa: PLR2004
        return above, *lower
    # 65 to 128 below a reference of 255 may be many hops of 128 or a few: not worth two more SYNs.
    return above, Step(129, "not-nearer"), lower[0]._replace(meaning="unknown"), *lower[1:]


def tie(reference_ttl: int) -> tuple[Step, ...]:
    """What to ask once a refusal arrived with more than the reference's TTL: more than it could start with?

    If so, the device may simply start TCP with a larger number than it starts echoes with.
    """
    return Step(first_ttl(reference_ttl) + 1, "unknown"), Step(0, "nearer")


async def nearer_than(target: Target, reference_ttl: int, wait_s: float) -> Nearer:
    """Whether the RST of a port known to refuse comes from nearer than an answer of *reference_ttl* did.

    *wait_s* is how long one SYN's answer may take, 0.8 s at the most. Costs one connection, or two, one
    after the other, where the answer is `nearer`; 1 s as a rule and 10 s at the most. `unknown`: silence,
    ICMP, a port that is open after all, a device on this very link (nothing can be nearer), or an RST
    whose first TTL is not clear.

    Raises:
        ValueError: no such TTL.
    """
    if hops(reference_ttl) == 0 or sys.platform != "linux":
        return "unknown"
    told = await _refused_at(target, steps(reference_ttl), wait_s)
    if told == "higher":
        told = await _refused_at(target, tie(reference_ttl), wait_s)
    return "unknown" if told == "higher" else told


async def _refused_at(target: Target, ladder: tuple[Step, ...], wait_s: float) -> Nearer | Literal["higher"]:
    """The meaning of the step at which an RST was heard."""
    try:
        # An ICMP error quotes our TTL, and is not heard where that is under the least.
        sock = prepared(target.address, ttl=255)
        _require(sock, ladder[0].least)
    except OSError:
        return "unknown"  # this host is short of something: nothing was asked
    dialling = asyncio.create_task(dial(sock, target, _TOTAL_S))
    try:
        meaning = await _climb(dialling, sock, ladder, min(max(wait_s, _STEP_LEAST_S), _STEP_MOST_S))
    finally:
        opened = await _end(dialling)
    if opened is not None:
        await opened.close()
        return "unknown"
    return meaning


async def _climb(
    dialling: _Dialling, sock: socket.socket, ladder: tuple[Step, ...], wait_s: float
) -> Nearer | Literal["higher"]:
    for number, step in enumerate(ladder):
        _require(sock, step.least)
        while not dialling.done() and _retransmits(sock) < number:
            await asyncio.wait({dialling}, timeout=_POLL_S)
        await asyncio.wait({dialling}, timeout=wait_s)
        if dialling.done():
            _, outcome = dialling.result()
            by_reset = outcome.state == "refused" and outcome.unreachable is None
            return step.meaning if by_reset else "unknown"
    return "unknown"


async def _end(dialling: _Dialling) -> Connection | None:
    """Stop dialling; what it had opened."""
    dialling.cancel()
    await asyncio.wait({dialling})
    return None if dialling.cancelled() else dialling.result()[0]


def _require(sock: socket.socket, least: int) -> None:
    """Let *sock* hear segments that arrive with a TTL of *least* or more."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, _MIN_HOPS6, least)
    else:
        sock.setsockopt(socket.IPPROTO_IP, _MIN_TTL, least)


def _retransmits(sock: socket.socket) -> int:
    """How often the SYN has been sent again."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _RETRANSMITS_AT + 1)[_RETRANSMITS_AT]
