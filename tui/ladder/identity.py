"""What the device says it is, asked last on the connection on which it answered."""

from __future__ import annotations

import asyncio
from typing import Final

from tui.ladder.site import Site
from tui.probes.identity import identify
from tui.probes.oui import vendor
from tui.probes.product import Link, candidates, id_registers, identified, link_of, suiting
from tui.probes.tcp import LetGoError
from tui.profiles.lookup import profiles

_SPEAKS: Final = frozenset({"answer", "illegal", "failure"})
_IDENTITY_S: Final = 5.0  # at the most: the cause is known by now
_WAIT_S: Final = 1.0  # it has just answered
_LATE_S: Final = 0.5
_RUNG: Final = "identity"


async def identity(site: Site, left_s: float) -> None:
    """Ask within *left_s* seconds, where somebody wants to know and a unit answers; told as evidence, too."""
    unit = _unit(site)
    if site.means.identified is None or unit is None or site.gave_way:
        return
    talk = site.listening()
    if talk is None or talk.over:
        return
    product = profiles().get(site.subject.profile) if site.subject.profile else None
    link = await _link(site)
    known = candidates(product, link.maker, site.target.port)
    try:
        async with asyncio.timeout(min(left_s, _IDENTITY_S)):
            found = await identify(talk, unit, registers=id_registers(known), wait_s=_WAIT_S)
            # What comes after our FIN would be met by an RST.
            await talk.hear_out(_LATE_S)
    except TimeoutError:
        site.untried[_RUNG] = "no time was left"
        return
    except LetGoError as gone:
        site.untried[_RUNG] = str(gone)
        return
    site.packets += 2 * len(found.evidence)
    suits = suiting(found, link, site.target.port, unit, product)
    told = identified(site.means.clock.wall(), site.target, (unit, found), suits, link)
    site.means.identified(told)
    if told.said or told.server_id:
        site.tell(_RUNG, f"unit {unit} was asked what it is", told.said or told.server_id)
    elif found.evidence:
        site.tell(_RUNG, f"unit {unit} was asked what it is", "it does not say")


def _unit(site: Site) -> int | None:
    """The unit that answers on the connection that stands; none where each answer takes long."""
    if site.facts.get("pace") == "slow":
        return None
    if site.facts.get("reply") in _SPEAKS:
        return site.subject.unit
    found = site.details.get("unit_found", "")
    return int(found) if found.isdecimal() else None


async def _link(site: Site) -> Link:
    if site.mac:
        return Link(site.mac, await asyncio.to_thread(vendor, site.mac))
    return await link_of(site.target.address)
