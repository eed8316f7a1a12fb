"""From how far away a RST comes: from the device, or from something nearer that answers in its name."""

from __future__ import annotations

from typing import NamedTuple

from tui.ladder.site import Site
from tui.ladder.wire import Distances, distances
from tui.probes import hops
from tui.probes.minttl import nearer_than


def away(ttl: int) -> str:
    """The distance that a TTL shows, in words."""
    number = hops.hops(ttl)
    return "1 hop" if number == 1 else f"{number} hops"


class Distance(NamedTuple):
    """How far away a RST came from: the fact, and the reference it was held against."""

    fact: str
    reference: str
    ttl: int


def judge_distance(reset_ttl: int, others: Distances, echo_ttl: int | None) -> Distance | None:
    """Where a RST came from, held against answers that are surely the host's own; None without any.

    One reference may deceive: stacks start ping and TCP at different TTLs, and an open port may be forwarded
    to a host behind. Only where ping and an open port agree is `nearer` more than a hint.
    """
    references = {"an open port": others.accepting, "ping": echo_ttl, "another closed port": others.refusing}
    known = {name: ttl for name, ttl in references.items() if ttl is not None}
    if not known:
        return None
    verdicts = {name: hops.compare(reset_ttl, ttl) for name, ttl in known.items()}
    name, first = next(iter(verdicts.items()))
    if verdicts.get("ping") == "agree":
        return Distance("agree", "ping", known["ping"])
    sure = verdicts.get("an open port") == verdicts.get("ping") == "nearer"
    return Distance("nearer-than-ping" if first == "nearer" and not sure else first, name, known[name])


def compare_hops(site: Site) -> None:
    """Note where the RST came from, as far as that can be told by now."""
    if site.reset_ttl is None:
        return
    found = judge_distance(site.reset_ttl, distances(site.heard(0), site.target), site.echo_ttl)
    if found is None or site.facts.get("hops") == found.fact:
        return
    site.facts["hops"] = found.fact
    site.know(hops=away(site.reset_ttl))
    if found.fact != "agree":
        told = f"{away(site.reset_ttl)} away, while {found.reference} answers from {away(found.ttl)}"
        site.tell("tcp", "where the RST comes from", told)


async def distance(site: Site) -> None:
    """Without a capture: does the RST come from nearer than the host."""
    reference = site.echo_ttl
    if reference is None:
        return
    await site.means.pace.turn()
    site.connections += 2
    found = await nearer_than(site.target, reference, max(0.1, 3 * (site.round_trip_s or 0.0)))
    if found != "unknown":
        site.facts["hops"] = "nearer-than-ping" if found == "nearer" else "agree"
        told = (
            "from nearer than the host itself" if found == "nearer" else "from no nearer than the host itself"
        )
        site.tell("tcp", "where the RST comes from, by its TTL", told)
