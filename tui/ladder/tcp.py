"""Questions by TCP and ping: does it connect, who answered, is the host alive, how far does the SYN get."""

from __future__ import annotations

from typing import Final

from tui import limits
from tui.diagnosis.meaning import promptness
from tui.ladder.distance import away, compare_hops
from tui.ladder.site import Site
from tui.ladder.wire import Traces, traces
from tui.probes import hops
from tui.probes.echo import echo as ask_echo
from tui.probes.route import RouteError, neighbour
from tui.probes.tcp import ACCEPTED_THEN_RESET, Outcome
from tui.probes.trace import trace as ask_trace

_NO_MAC: Final = "00:00:00:00:00:00"
_THROUGH: Final = frozenset({"open", "rst"})
_UNTOLD: Final = frozenset({"silent", "rst"})
"""Connects whose frames tell more than the error word."""


async def connect(site: Site) -> None:
    """Does TCP connect, and if not, what came back and from whom."""
    site.listen()
    if site.seen_before is not None and site.seen_before.sessions:
        site.seen_just_before = await site.means.sessions(site.target)
    mark = site.connect_mark = site.mark()
    connection, outcome, port = await site.connect(limits.CLIMB_CONNECT_S)
    site.outcome = outcome
    frames = site.heard(mark)
    seen = traces(frames, site.target, port)
    # This host may rewrite our port on its way out; any SYN to the device shows that they leave.
    seen = seen._replace(left=traces(frames, site.target, None).left)
    came = _came(outcome)
    if came == "rst" and (seen.accepted is not None or outcome.detail == ACCEPTED_THEN_RESET):
        # Accepted and reset within one breath: the kernel reports a failed connect.
        came = "open"
        site.facts["reply"] = "closed"
    site.facts["connect"] = came
    _tell_connect(site, outcome, seen, came)
    if outcome.unreachable is not None and outcome.sender:
        site.know(sender=outcome.sender)
        if came in {"icmp-host", "icmp-net", "icmp-port", "prohibited"}:
            site.facts["icmp"] = "device" if outcome.sender == site.target.address else "router"
            site.facts["prompt"] = promptness(outcome.seconds)
    if came in {"open", "rst"}:
        site.round_trip_s = outcome.seconds
    resolved = await next_hop(site)
    _from_the_wire(site, seen, came, resolved=resolved)
    if connection is not None:
        await site.talk_on(connection)


def _came(outcome: Outcome) -> str:
    """The outcome as a fact."""
    by_icmp = outcome.unreachable is not None
    if outcome.state in {"open", "answers"}:
        return "open"
    if outcome.state == "refused":
        return "icmp-port" if by_icmp else "rst"
    if outcome.state == "timeout":
        return "silent"
    if outcome.state == "prohibited":
        return "forbidden-here" if outcome.sender is None else "prohibited"
    if outcome.state == "no-neighbour":
        return "unreachable-here"
    if outcome.unreachable is not None and outcome.unreachable.expired:
        return "icmp-net"  # routers that send it in circles
    if outcome.state == "host-unreachable":
        return "icmp-host" if by_icmp and outcome.sender else "unreachable-here"
    if outcome.state == "net-unreachable":
        return "icmp-net" if by_icmp and outcome.sender else "no-route"
    return "shortage" if outcome.shortage else "failed"


def _tell_connect(site: Site, outcome: Outcome, seen: Traces, came: str) -> None:
    waited = came == "silent"
    answer = "connected" if came == "open" else "silence" if waited else outcome.detail or came
    if seen.reset is not None and came == "rst":
        answer = f"refused: RST with TTL {seen.reset.ttl}, {away(seen.reset.ttl)} away"
    elif came == "rst":
        answer = "refused: RST"
    sender = outcome.sender if came != "silent" else None
    ms = round(outcome.seconds * 1000, 2)
    site.tell(
        "tcp", f"TCP connect to {site.target.address} port {site.target.port}", answer, ms=ms, sender=sender
    )


async def next_hop(site: Site) -> bool:
    """What the kernel's neighbour table says: ARP's failure shows without privilege.

    True where packets to the next hop surely leave this host, its hardware address being known or not needed.
    """
    found = site.route
    if found is None or found.kind not in {"link", "gateway"} or not found.interface:
        return found is not None and found.kind == "local"
    hop = found.gateway or site.target.address
    came = site.facts.get("connect")
    if came in _THROUGH or site.facts.get("icmp") is not None:
        site.facts["nexthop"] = "answers"
    try:
        known = await neighbour(hop, found.interface)
    except RouteError as error:
        site.untried["neighbour"] = str(error)
        return False
    if known is None:
        return False
    gone = known.state in {"failed", "incomplete"}
    if came not in _THROUGH and (
        gone or (site.arp_silent and came == "silent" and known.state != "permanent")
    ):
        if site.facts.get("nexthop") != "silent":
            site.tell("neighbour", f"this host's neighbour table: {hop}", f"no answer to ARP ({known.state})")
        site.facts["nexthop"] = "silent"
    elif known.mac:
        # Known is not alive: Linux trusts an entry up to 45 s after the device has gone.
        _compare_macs(site, known.mac, "the neighbour table")
    return bool(known.mac) or known.state == "noarp"


def _compare_macs(site: Site, mac: str, where: str) -> None:
    """Whether the hardware address is still the one seen first."""
    if site.route is None or site.route.kind != "link":
        return
    if mac == _NO_MAC:
        return
    if not site.mac:
        site.mac = mac
    elif mac != site.mac and site.facts.get("macs") != "several":
        site.facts["macs"] = "changed"
        site.tell(
            "neighbour", f"hardware address of {site.target.address} in {where}", f"{mac}, was {site.mac}"
        )
        site.know(macs=f"{site.mac}, {mac}")


def _from_the_wire(site: Site, seen: Traces, came: str, *, resolved: bool) -> None:
    """What the capture adds to the error word; *resolved* if a packet to the next hop can leave at all."""
    if site.capture is None or site.capture.trouble or site.capture.lost:
        return
    if seen.answer_mac and "macs" in site.facts:
        _compare_macs(site, seen.answer_mac, "the answer")
    if seen.reset is not None:
        site.reset_ttl = seen.reset.ttl
    if came == "rst" and site.facts.get("route") == "local":
        return  # a rule here may have sent the connection elsewhere, past what is heard
    if came not in _UNTOLD or not (resolved or seen.left or site.facts.get("nexthop") == "answers"):
        return
    site.facts["left"] = "yes" if seen.left else "no"
    if not seen.left:
        site.tell("tcp", "our SYN on the wire", "it never left this host")
    if came == "silent":
        site.facts["arrives"] = "yes" if seen.accepted is not None else "no"
        if seen.accepted is not None:
            site.tell("tcp", "answers on the wire", "a SYN-ACK arrived and was not delivered here")


def settle_left(site: Site) -> None:
    """Whether our SYN left, where that could not be told before the host showed that it can be reached."""
    if "left" in site.facts or site.facts.get("connect") != "silent" or site.facts.get("alive") == "no":
        return
    if site.capture is None or site.capture.trouble or site.capture.lost:
        return
    reached = site.facts.get("echo") == "answers" or site.facts.get("ports") in {"open", "refused"}
    left = traces(site.heard(site.connect_mark), site.target, None).left
    if reached or left:
        site.facts["left"] = "yes" if left else "no"


async def echo(site: Site) -> None:
    """Is the host alive on ping, and how far away is it."""
    await site.means.pace.turn()
    site.packets += 1
    found = await ask_echo(site.target.address, wait_s=limits.CLIMB_ECHO_S)
    if found.missing:
        site.untried["echo"] = found.missing
        return
    asked = f"ping {site.target.address}"
    if found.answers:
        site.facts["echo"] = "answers"
        site.echo_ttl = found.ttl
        if site.round_trip_s is None and found.ms is not None:
            site.round_trip_s = found.ms / 1000
        told = "answered" if found.ttl is None else f"answered, TTL {found.ttl}, {away(found.ttl)} away"
        site.tell("echo", asked, told, ms=found.ms, sender=found.sender)
    elif found.unreachable is not None and found.unreachable.sender != _own(site):
        site.facts["echo"] = "unreachable"
        site.tell("echo", asked, found.unreachable.words, ms=found.ms, sender=found.sender)
    else:
        site.facts["echo"] = "silent"
        site.tell("echo", asked, "no answer")
        # A neighbour that has just gone shows in the table only after some seconds.
        await next_hop(site)
    compare_hops(site)


def _own(site: Site) -> str | None:
    return site.route.source if site.route is not None else None


async def elsewhere(site: Site) -> None:
    """Does it answer on the other interface that has its network."""
    other = site.details.get("other")
    if other is None:
        return
    connection, outcome, _ = await site.connect(site.again_s, device=other)
    spoke = outcome.state in {"open", "refused"} and outcome.unreachable is None
    site.facts["elsewhere"] = "answers" if spoke else "silent"
    asked = f"TCP connect to {site.target.address} port {site.target.port} by {other}"
    told = "connected" if connection is not None else "refused: RST" if spoke else "no answer"
    site.tell("route", asked, told, ms=round(outcome.seconds * 1000, 2), sender=outcome.sender)
    if connection is not None:
        await connection.close()


async def retry(site: Site) -> None:
    """The same connect once more, some seconds after the first."""
    longer = site.facts.get("recent") == "yes" or site.facts.get("history") == "answered"
    pauses = limits.CLIMB_PAUSES_S if longer else limits.CLIMB_PAUSES_S[:1]
    for number, pause_s in enumerate(pauses, 1):
        await site.means.clock.sleep(pause_s)
        if await _same_again(site, sum(pauses[:number])):
            return


async def _same_again(site: Site, after_s: float) -> bool:
    """Connect once more; whether that ended differently."""
    connection, outcome, _ = await site.connect(site.again_s)
    came = _came(outcome)
    site.facts["retry"] = "open" if came == "open" else "same"
    told = (
        "connected"
        if came == "open"
        else "silence"
        if came == "silent"
        else f"refused again: {outcome.detail}"
    )
    site.tell("tcp", f"the same {after_s:g} s later", told, ms=round(outcome.seconds * 1000, 2))
    if connection is not None:
        await connection.close()
    return came == "open"


async def trace(site: Site) -> None:
    """Where the SYN gets lost."""
    known = hops.hops(site.echo_ttl) if site.echo_ttl is not None else None
    await site.means.pace.turn()
    wait_s = max(limits.CONNECT_FLOOR_S, 3 * (site.round_trip_s or 0.0))
    found = await ask_trace(
        site.target, most=limits.CLIMB_TRACE, wait_s=wait_s, hops_known=known, own=site.means.own
    )
    site.connections += found.connections
    site.packets += found.connections
    asked = f"how far a SYN to port {site.target.port} gets"
    if found.last is None:
        site.facts["trace"] = "none"
        site.tell("path", asked, "no answer from any router on the way")
        return
    site.know(last=found.last)
    farthest = max(hop.ttl for hop in found.hops if hop.sender is not None)
    # The last router before the device answers at one hop less than the device is away.
    at_last = known is not None and farthest >= known
    site.facts["trace"] = "last-router" if known is None or at_last else "short"
    told = f"as far as {found.last}" + (", the last router before the device" if at_last else "")
    site.tell("path", asked, told, sender=found.last)
