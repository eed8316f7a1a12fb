"""The question to the other ports of the address: is it alive, and does it speak Modbus elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from tui import limits
from tui.ladder.distance import compare_hops
from tui.ladder.site import Site
from tui.ladder.tcp import next_hop, settle_left
from tui.probes import tls
from tui.probes.ports import PortAnswer, Ports, other_ports, web
from tui.probes.tcp import connect
from tui.records import Target

_SECURE: Final = 802
"""Modbus/TCP Security (MB-TCP-Security, page 5)."""
_OPEN: Final = frozenset({"open", "answers"})


async def ports(site: Site) -> None:
    """Which other ports speak."""
    alive = True if site.facts.get("echo") == "answers" or site.facts.get("connect") == "rst" else None
    if site.facts.get("route") == "link" and site.facts.get("nexthop") == "answers":
        alive = True
    patience = limits.CLIMB_PORT_S if site.round_trip_s is None else 3 * site.round_trip_s

    @asynccontextmanager
    async def turn(_address: str) -> AsyncIterator[None]:
        # The climb holds the address already; only the budget is drawn.
        await site.means.pace.turn()
        yield

    found = await other_ports(
        site.target.address,
        site.target.port,
        turn=turn,
        wait_s=min(max(limits.CONNECT_FLOOR_S, patience), limits.CLIMB_PORT_S),
        extra=site.subject.ports,
        unit=site.subject.unit,
        alive=alive,
        enough=_enough,
        total_s=limits.CLIMB_PORTS_S,
        own=site.means.own,
    )
    site.packets += 4 * found.connections
    _note(site, found)
    if found.answers.get(_SECURE) is not None and found.answers[_SECURE].state == "open":
        await _greet(site)
    compare_hops(site)
    settle_left(site)
    if site.facts["ports"] == "silent":
        await next_hop(site)


def _enough(answers: Mapping[int, PortAnswer]) -> bool:
    return any(answer.speaks for answer in answers.values())


def _note(site: Site, found: Ports) -> None:
    states = {port: answer.state for port, answer in found.answers.items()}
    opened = [port for port, state in states.items() if state in _OPEN]
    refused = [port for port, answer in found.answers.items() if answer.state == "refused"]
    # An ICMP refusal is the word of a filter, not a sign of the host's life.
    by_host = any(found.answers[port].sender == site.target.address for port in refused)
    site.facts["ports"] = "open" if opened else "refused" if by_host else "silent"
    speaking = [port for port, answer in found.answers.items() if answer.speaks]
    site.facts["modbus-elsewhere"] = "yes" if speaking else "no"
    site.facts.setdefault("tls-elsewhere", "no")
    site.know(found=speaking[0] if speaking else None, web=web(found))
    told = []
    if opened:
        told.append(f"open: {', '.join(map(str, opened))}")
    if refused:
        told.append(f"refused: {', '.join(map(str, refused))}")
    silent = [port for port, state in states.items() if state == "timeout"]
    if silent:
        told.append(f"silent: {', '.join(map(str, silent))}")
    site.tell("ports", "other ports of the address", "; ".join(told) or found.ended or "none asked")
    for port in speaking:
        answer = found.answers[port]
        site.tell(
            "ports",
            f"Modbus read on port {port}",
            answer.detail,
            raw=answer.modbus.raw if answer.modbus else None,
        )
    page = web(found)
    if page:
        site.tell("ports", "its own page", f"{page} is a place to see and end sessions")


async def _greet(site: Site) -> None:
    await site.means.pace.turn()
    connection, _ = await connect(Target(site.target.address, _SECURE), limits.CONNECT_AGAIN_S)
    if connection is None:
        return
    answer = await tls.ask(connection)
    await connection.close()
    site.facts["tls-elsewhere"] = "yes" if answer.speaks else "no"
    site.tell("ports", f"a TLS greeting on port {_SECURE}", answer.detail, raw=answer.raw[:16])
