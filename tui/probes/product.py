"""From what a device said to the products that fit, and from those to what else may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, cast

from tui import limits
from tui.clean import clean
from tui.device_events import Identified, Suits, Ways
from tui.probes import oui
from tui.probes.identity import ID_REGISTERS, Identity, IdRegisters
from tui.probes.route import RouteError, neighbour, route
from tui.profiles.lookup import profiles
from tui.profiles.match import Clues, SunSpec, match
from tui.profiles.model import Profile
from tui.records import Target, is_loopback

_CANDIDATES: Final = 6
"""Products of one maker whose id registers are read."""


class Link(NamedTuple):
    """The hardware address of an on-link device and its owner; both empty where they cannot be known."""

    mac: str = ""
    maker: str = ""


async def link_of(address: str) -> Link:
    """What this host's neighbour table tells of *address*; nothing is sent."""
    if is_loopback(address):
        return Link()
    try:
        way = await route(address)
        if way.kind != "link":
            return Link()
        entry = await neighbour(address, way.interface)
    except (RouteError, ValueError):
        return Link()  # only a hint is lost
    if entry is None or not entry.answered:
        return Link()
    return Link(entry.mac, await asyncio.to_thread(oui.vendor, entry.mac))


def candidates(product: Profile | None, maker: str, port: int) -> tuple[Profile, ...]:
    """The products whose id registers are worth reading: the configured one, else those of the maker."""
    if product is not None:
        return (product,)
    if not maker:
        return ()
    found = match(Clues(oui=maker, ports=frozenset({port})), profiles().values())
    return tuple(one.profile for one in found[:_CANDIDATES])


def id_registers(known: Iterable[Profile]) -> tuple[IdRegisters, ...]:
    """The blocks to read, as many as are read of one device."""
    blocks = dict.fromkeys(block for product in known for block in product.id_registers)
    return tuple(
        IdRegisters(cast("Literal[3, 4]", function), address, length)
        for function, address, length in list(blocks)[:ID_REGISTERS]
    )


def suiting(
    identity: Identity, link: Link, port: int, unit: int, product: Profile | None
) -> tuple[Suits, ...]:
    """The products that fit, best first; the configured one among the best where it fits as well."""
    plant = identity.sunspec
    clues = Clues(
        objects=identity.objects,
        server_id=identity.server.text if identity.server else "",
        sunspec=plant and SunSpec(plant.manufacturer, plant.model, plant.version, frozenset(plant.models)),
        registers=identity.registers,
        oui=link.maker,
        ports=frozenset({port}),
        unit=unit,
    )
    found = match(clues, profiles().values())
    if product is not None:
        found.sort(key=lambda one: one.profile.id != product.id)
    return tuple(
        Suits(
            profile=one.profile.id,
            product=clean(one.profile.product),
            certainty=one.certainty,
            why=clean(one.why),
            limit=one.profile.limit,
            limit_source=_source(one.profile) if one.profile.limit is not None else "",
            gateway=one.profile.gateway,
        )
        for one in found[: limits.SUITS]
    )


def _source(product: Profile) -> str:
    return clean(f"profile {product.id} ({product.confidence})")


def identified(
    at: float, target: Target, asked: tuple[int, Identity], suits: tuple[Suits, ...], link: Link
) -> Identified:
    """What *asked*, a unit and what it said, tells of *target*, as an event."""
    unit, identity = asked
    server, plant, manners = identity.server, identity.sunspec, identity.manners
    return Identified(
        at=at,
        address=target.address,
        port=target.port,
        unit=unit,
        vendor=identity.vendor,
        product=identity.product,
        revision=identity.revision,
        serial=plant.serial if plant else "",
        objects=dict(identity.objects),
        server_id=(server.text or server.id) if server else "",
        sunspec=plant.models[: limits.TALK_LISTED] if plant else (),
        mac=link.mac,
        maker=link.maker,
        suits=suits,
        ways=Ways(
            before_s=manners.before_s,
            between_s=manners.between_s,
            idle_close_s=manners.idle_close_s,
            refuses=manners.refuses[: limits.TALK_LISTED],
        ),
        evidence=identity.evidence,
    )
