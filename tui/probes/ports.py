"""Which other ports of an address speak? One connection at a time, few of them, closed by FIN."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from tui import limits
from tui.probes.modbus import DEFAULT_UNIT, Answer, read
from tui.probes.own import OwnConnections
from tui.probes.tcp import Connection, Turn, connect
from tui.records import ProbeState, Target

PORTS: Final = (80, 443, 22, 802, 1502, 503, 5020, 8899, 6607, 516, 502)
"""Web pages and SSH tell whether the host lives, 802 is Modbus over TLS (MODBUS/TCP Security Protocol
Specification, MB-TCP-Security-v21); on the others reports of unreachable devices found Modbus instead."""
_NO_MODBUS: Final = frozenset({80, 443, 22, 802})
"""Nothing is sent on these; 802 is for whoever asks in TLS."""
_SILENT_MOST: Final = 4  # ports of an address not known to live, before it is left alone
_EXTRA_MOST: Final = 8
_ANSWER_S: Final = 1.0  # for the Modbus answer of an open port
_TOTAL_S: Final = 20.0
_THE_SAME_EVERYWHERE: Final = frozenset({"no-neighbour", "net-unreachable", "error"})
"""Outcomes that no other port of the same address will change."""


class PortAnswer(NamedTuple):
    """How one port answered. *modbus* where it was open and a Modbus read was sent."""

    state: ProbeState
    ms: float
    detail: str
    sender: str | None = None
    modbus: Answer | None = None

    @property
    def speaks(self) -> bool:
        """Modbus was answered, by an exception perhaps."""
        return self.modbus is not None and self.modbus.reply in {"answer", "exception"}


class Ports(NamedTuple):
    """What the ports of *address* answered, in the order asked."""

    address: str
    answers: Mapping[int, PortAnswer]
    connections: int
    """SYNs spent."""
    ended: str = ""
    """Why not all of them were asked; as shown to people."""

    @property
    def alive(self) -> bool:
        """Some port answered in the address's own name."""
        return any(answer.sender == self.address for answer in self.answers.values())


async def other_ports(
    address: str,
    skip: int,
    *,
    turn: Turn,
    wait_s: float,
    extra: Sequence[int] = (),
    unit: int = DEFAULT_UNIT,
    alive: bool | None = None,
    enough: Callable[[Mapping[int, PortAnswer]], bool] | None = None,
    total_s: float = _TOTAL_S,
    own: OwnConnections | None = None,
) -> Ports:
    """Ask `extra` ports and then `PORTS` of *address*, all but *skip*, each in its own *turn*.

    A SYN is waited for *wait_s* seconds, all of it takes *total_s* and a few more for the last answer.
    Ends early when *enough* of the answers so far is true, when the address as a whole cannot be reached,
    or after four silent ports of an address that is not known to be *alive*. Modbus is asked of *unit*.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + total_s
    answers: dict[int, PortAnswer] = {}
    found = Ports(address, answers, 0)
    for port in dict.fromkeys((*extra[:_EXTRA_MOST], *PORTS)):
        if port == skip:
            continue
        if ended := _enough_seen(found, alive):
            return found._replace(ended=ended)
        if enough is not None and enough(answers):
            return found._replace(ended="enough is known")
        async with turn(address):
            left_s = end - loop.time()
            if left_s < limits.CONNECT_FLOOR_S:
                return found._replace(ended=f"{total_s:g} s are over")
            found = found._replace(connections=found.connections + 1)
            answers[port] = await _ask(Target(address, port), min(wait_s, left_s), unit, own)
    return found


def _enough_seen(found: Ports, alive: bool | None) -> str:  # noqa: FBT001 - known, unknown or known not
    """Why the other ports need not be asked."""
    for last in list(found.answers.values())[-1:]:
        if last.state in _THE_SAME_EVERYWHERE:
            return last.detail
    if not alive and not found.alive and len(found.answers) >= _SILENT_MOST:
        return f"{len(found.answers)} ports did not answer"
    return ""


async def _ask(target: Target, wait_s: float, unit: int, own: OwnConnections | None) -> PortAnswer:
    connection, outcome = await connect(target, wait_s)
    told = PortAnswer(outcome.state, round(outcome.seconds * 1000, 2), outcome.detail, outcome.sender)
    if connection is None:
        return told
    if own is not None:
        own.opened(connection.local_port, target)
    try:
        return await _converse(connection, target.port, unit, told)
    except asyncio.CancelledError:
        connection.abandon()
        raise


async def _converse(connection: Connection, port: int, unit: int, told: PortAnswer) -> PortAnswer:
    if port in _NO_MODBUS:
        await connection.close()
        return told
    answer = await read(connection, unit, _ANSWER_S)
    await connection.close()
    state: ProbeState = "answers" if answer.reply in {"answer", "exception"} else "open"
    return told._replace(state=state, detail=answer.detail, modbus=answer)


def web(ports: Ports) -> str:
    """The address of the device's own page, where a port for one is open; else empty."""
    host = f"[{ports.address}]" if ":" in ports.address else ports.address
    for port, scheme in ((80, "http"), (443, "https")):
        if port in ports.answers and ports.answers[port].state == "open":
            return f"{scheme}://{host}/"
    return ""
