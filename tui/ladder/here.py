"""Questions to this host and its link: name, route, sessions, history, neighbours."""

from __future__ import annotations

from typing import Final

from tui import limits
from tui.diagnosis.slots import slots, who
from tui.ladder.site import Seen, Site
from tui.probes.name import resolve
from tui.probes.resolution import Replies, resolve_link
from tui.probes.route import Route, RouteError, route
from tui.probes.suspect import Suspicion, suspicion
from tui.probes.vlan import look
from tui.records import SessionKey, Target
from tui.wire.capture import CaptureError
from tui.wire.frames import Arp

_OWN: Final = frozenset({"own", "loopback"})


async def name(site: Site) -> None:
    """What was typed, and what is dialled."""
    typed = site.subject.typed
    if not typed:
        site.facts["name"] = "literal"
        return
    found = await resolve(typed)
    site.facts["name"] = "literal" if found.kind == "literal" else "resolves"
    if not found.addresses:
        site.facts["name"] = "unresolved"
        site.tell("name", f"address of {found.typed}", f"none: {found.failure}")
        return
    site.target = Target(found.addresses[0], site.target.port)
    site.others = found.addresses[1:]
    site.know(address=site.target.address)
    if found.kind == "short-form":
        site.facts["address"] = "odd"
        site.tell("name", f"what {found.typed} means", found.remark)
    elif found.kind == "name":
        others = f"; others: {', '.join(found.addresses[1:4])}" if len(found.addresses) > 1 else ""
        if len(found.addresses) > 4:  # noqa: PLR2004 - those shown
            others += f" and {len(found.addresses) - 4} more"
        site.tell("name", f"address of {found.typed}", f"{site.target.address}{others}")


async def way(site: Site) -> None:
    """Which way the kernel sends to the address, and whether the address can be meant."""
    try:
        found = await route(site.target.address)
        for other in site.others:
            if found.kind not in {"none", "forbidden"}:
                break
            # Any client would go on to the next address of the name.
            site.tell("route", f"way to {site.target.address}", f"none; {other} is the name's next address")
            site.target = Target(other, site.target.port)
            site.know(address=other)
            found = await route(other)
    except RouteError as error:
        site.untried["route"] = str(error)
        return
    address = site.target.address
    site.route = found
    site.facts["route"] = found.kind
    site.facts["egress"] = "contested" if found.others else "agrees"
    other_way = found.others[0] if found.others else None
    site.know(gateway=found.gateway, interface=found.interface, source=found.source)
    _dead_ends(site, found)
    site.know(other=other_way, word=found.word)
    told = {
        "link": f"on the link of {found.interface}",
        "gateway": f"through the gateway {found.gateway} by {found.interface}",
        "local": "this host itself",
        "none": "no route",
        "forbidden": f"forbidden here by a route ({found.word})",
    }[found.kind]
    if other_way:
        told += f"; {other_way} has that network too"
    site.tell("route", f"way to {address}", told)
    odd = suspicion(address, found.own, site.means.near)
    kind = "plain" if odd is None else _kind(odd)
    if odd is not None:
        site.know(nearest=odd.nearest)
    if odd is not None and kind in {"odd", "impossible"}:
        site.tell("address", f"whether {address} can be meant", odd.words)
    # A short form is odd however ordinary the address it stands for.
    if site.facts.get("address") != "odd" or kind == "impossible":
        site.facts["address"] = kind


def _dead_ends(site: Site, found: Route) -> None:
    """Interfaces of this host that lead to the address and are down, or have no link."""
    for entry in found.interfaces:
        if entry.name in found.others and not entry.up:
            site.know(down=entry.name)
            site.tell("route", f"interface {entry.name}, which has that network", "it is down")
        elif entry.name == found.interface and entry.up and not entry.carrier:
            site.know(unplugged=entry.name)
            site.tell("route", f"interface {entry.name} of this host", "no link")


def _kind(odd: Suspicion) -> str:
    """The suspicion as a fact: networks of one plant often differ by one digit, so that alone says little."""
    if odd.impossible:
        return "impossible"
    if odd.kind in _OWN:
        return "own"
    return "near" if odd.kind == "near" and not odd.sure else "odd"


async def sessions(site: Site) -> None:
    """Who holds connections to it, as far as this host sees."""
    seen = await site.means.sessions(site.target)
    site.seen_before = seen
    if seen.missing:
        site.untried["sessions"] = seen.missing
        return
    told = slots(seen.sessions, site.subject.limit, site.subject.limit_source)
    site.facts.update(told.facts)
    site.facts["recent"] = "yes" if seen.just_ended else "no"
    site.know(**told.details)
    for line in told.evidence:
        site.tell(line.rung, line.asked, line.answer)
    if not told.evidence:
        site.tell("slots", "open sessions to it from this host", "none; other hosts' are out of sight")


def _late_holder(site: Site) -> None:
    """Whether somebody else answered ARP for the address after we had stopped waiting."""
    if site.facts.get("macs") != "one" or not site.mac or site.facts.get("route") != "link":
        return
    for frame in site.heard(0):
        told = frame.content
        if not isinstance(told, Arp) or told.request or frame.outgoing or frame.vlan is not None:
            continue
        if told.sender == site.target.address and told.sender_mac != site.mac:
            site.facts["macs"] = "several"
            site.know(macs=f"{site.mac}, {told.sender_mac}")
            site.tell("neighbour", f"who else says to have {told.sender}", told.sender_mac)
            return


async def eviction(site: Site) -> None:
    """Whether somebody's session ended while ours stood."""
    before = site.seen_before
    if before is None or before.missing:
        return
    lived = _standing(before)
    if site.seen_just_before is not None:
        # A poller's sessions come and go by themselves; one that was evicted had stood for a while.
        lived &= _standing(site.seen_just_before)
    if not lived:
        site.facts["evicted"] = "no"
        return
    after: Seen = await site.means.sessions(site.target)
    # A session that its client closed first leaves a trace here; one that the device ended does not.
    ended = lived - _standing(after) - after.closed_here
    site.facts["evicted"] = "yes" if ended else "no"
    if ended:
        ousted = next(s for s in before.sessions if s.key in ended)
        site.tell("slots", "sessions while ours was open", f"{who(ousted)} lost its session when ours began")
        site.know(holder=f"See whether {who(ousted)} needs its connection")


def _standing(seen: Seen) -> set[SessionKey]:
    return {session.key for session in seen.sessions if session.state == "ESTABLISHED"}


async def history(site: Site) -> None:
    """What is known of it from before."""
    past = await site.means.past(site.target)
    answered = past.reached_s is not None and past.reached_s < limits.HISTORY_S
    site.facts["history"] = "answered" if answered else "never"
    site.facts["changes"] = "many" if past.changes >= limits.FLAPPING else "few"
    if answered and past.reached_s is not None:
        ago = f"{past.reached_s / 60:.0f} min" if past.reached_s < 7200 else f"{past.reached_s / 3600:.0f} h"  # noqa: PLR2004 - two hours
        site.tell("history", "earlier sweeps", f"TCP connected {ago} ago")


async def link(site: Site) -> None:
    """Who on this link answers ARP for the next hop."""
    found = site.route
    site.listen()
    if found is None or site.capture is None or found.source is None:
        return
    hop = found.gateway or site.target.address
    if ":" in hop:
        return
    await site.means.pace.turn()
    try:
        replies = await resolve_link(hop, found.interface, found.source, capture=site.capture)
    except CaptureError as error:
        site.untried["link"] = str(error)
        return
    who = "gateway" if found.gateway else "device"
    _tell_replies(site, replies, who, hop)


def _tell_replies(site: Site, replies: Replies, who: str, hop: str) -> None:
    asked = f"ARP: who has {hop}"
    if not replies.macs:
        # A hint only: over a slow radio, or with an entry by hand, packets get through all the same.
        site.arp_silent = True
        site.tell("neighbour", asked, "no answer")
        return
    site.facts["nexthop"] = "answers"
    if who == "device":
        twice = len(replies.macs) > 1
        site.facts["macs"] = "several" if twice else "one"
        site.mac = "" if twice else replies.macs[0]
    else:
        # Two answers for a gateway are usual where two share the address.
        site.facts["macs"] = "one"
    site.know(macs=", ".join(replies.macs))
    site.tell("neighbour", asked, " and ".join(replies.macs), ms=replies.ms)


async def overheard(site: Site) -> None:
    """What the frames heard during the climb tell of VLANs and of a second holder of the address."""
    if site.route is None or site.capture is None:
        return
    _late_holder(site)
    found = look(site.route, site.heard(0), site.target.address)
    for remark in found.remarks:
        site.tell("vlan", "VLAN tags and LLDP heard during the climb", remark)
    site.facts["vlan"] = "ours" if found.heard_in is None else "other"
    site.know(vlan=found.heard_in)
    if found.switch is not None:
        site.know(switch=f"{found.switch.system or found.switch.chassis} port {found.switch.port}")
