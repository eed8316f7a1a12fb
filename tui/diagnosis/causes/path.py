"""Causes on the way: neighbours, gateways, filters, and nothing there at all."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, seen, weight

_UNANSWERED: Final = "silent unreachable-here failed"
_TOLD: Final = "icmp-host icmp-net"

CAUSES: Final = (
    Cause(
        "no-neighbour",
        "off, unplugged or in another VLAN",
        "Nobody answers ARP for it: off, unplugged, in another VLAN, or isolated.",
        "The address belongs to a network of this host, and nobody there says it is theirs. Off, unplugged, "
        "asleep, a wrong VLAN and Wi-Fi client isolation look the same from here.",
        (
            "Check this host's own cable: {unplugged} has no link || See whether its link light is on",
            "Look for its MAC in the switch's table, and in which VLAN",
            "On Wi-Fi, see whether the access point isolates its clients",
            "Power it up or wake it",
        ),
        (
            Case(
                seen(route="link", nexthop="silent", vlan="other"),
                excludes=seen(elsewhere="answers", connect="open rst"),
                prior=12,
                title="It is in VLAN {vlan}, and this host is not: nobody answers ARP here.",
            ),
            Case(
                seen(route="link", nexthop="silent"),
                weights=weight("elsewhere", answers=-1),
                excludes=seen(connect="open rst", vlan="other"),
                prior=6,
            ),
            Case(seen(route="link", connect="silent", alive="no"), excludes=seen(vlan="other"), prior=4),
        ),
        "The switch's MAC table: no entry means off or unplugged, another VLAN means wrong VLAN.",
    ),
    Cause(
        "gateway-down",
        "a dead gateway",
        "The gateway {gateway} does not answer ARP.",
        "Everything behind the gateway is out of reach, not this device alone.",
        (
            "Check the gateway's power and link",
            "Check whether {gateway} is still the right gateway: ip route get {address}",
        ),
        (Case(seen(route="gateway", nexthop="silent"), excludes=seen(connect="open rst"), prior=9),),
        "The switch's MAC table: is the gateway's port up?",
    ),
    Cause(
        "duplicate-ip",
        "two devices with one address",
        "Two devices answer for this address.",
        "Which of the two gets a packet is luck: connections fail, reset or reach the wrong device.",
        (
            "Find both by their MAC in the switch's table: {macs}",
            "Unplug or readdress the one that does not belong",
        ),
        (
            Case(
                # One machine with two cards on a link, and a proxy, answer twice as well.
                seen(macs="several", route="link"),
                prior=14,
                beside=True,
                hint=True,
            ),
            Case(
                seen(macs="changed", route="link"),
                prior=5,
                hint=True,
                title="The hardware address behind it changes: two devices with one address, or a swap.",
            ),
            Case(
                seen(route="link", connect="rst silent open"),
                explains=seen(macs="several changed"),
                excludes=seen(macs="one", nexthop="silent", reply="answer illegal"),
                prior=-4,
            ),
        ),
        "An ARP request from this link: how many MACs answer?",
    ),
    Cause(
        "host-unreachable",
        "off or unplugged behind a router",
        "The router {sender} says it cannot reach the host.",
        "The last router asked for the device by ARP and got no answer: off, unplugged, or in another VLAN.",
        (
            "Look for the device's MAC on the router {sender}",
            "Check the device's power and link",
        ),
        (
            Case(
                seen(connect="icmp-host", icmp="router"),
                excludes=seen(alive="yes"),
                weights=weight("prompt", late=5, at_once=-1),
                prior=3,
            ),
            Case(
                seen(connect="icmp-host", icmp="device", prompt="late"),
                prior=8,
                title="{sender} says it cannot reach the machine behind it.",
            ),
            Case(
                seen(connect="silent", alive="no", route="gateway"),
                excludes=seen(echo="answers"),
                prior=0,
            ),
        ),
        "The ARP table of the router {sender}.",
    ),
    Cause(
        "net-unreachable",
        "a route missing on the way",
        "The router {sender} has no way to its network.",
        "A router on the way does not know where the device's network is.",
        ("Check the routes on the router {sender}", "Check the address typed"),
        (
            Case(
                seen(connect="icmp-net", icmp="router"),
                excludes=seen(alive="yes"),
                prior=4,
            ),
        ),
        "The routing table of the router {sender}.",
    ),
    Cause(
        "filtered-icmp",
        "a filter that says so",
        "A filter refuses it and says so: {sender}.",
        "A rule on the machine named rejects the connection with an ICMP error.",
        (
            "Ask the owner of {sender} to allow TCP to port {port} from {source}",
            "Ask from another host that the rules allow",
        ),
        (
            Case(seen(connect="icmp-port prohibited", icmp="device router"), prior=6),
            Case(seen(connect=_TOLD, alive="yes"), weights=weight("prompt", late=-4), prior=6),
            Case(
                seen(connect=_TOLD, icmp="router"),
                excludes=seen(alive="yes"),
                weights=weight("prompt", late=-4, at_once=1),
                prior=1,
            ),
        ),
        "The rules of the machine named.",
    ),
    Cause(
        "filtered-drop",
        "a filter that drops",
        "The host is alive, but this port stays silent.",
        "Something drops our SYN or its answer without a word: a rule on the way, on the device, or a device "
        "that ignores what it has no room for.",
        (
            "Look for a filter on the way, {last} first || Look for a filter on the way and on the device",
            "See whether its connection slots are taken",
        ),
        (
            Case(
                seen(connect="silent", alive="yes"),
                weights={
                    **weight("held", some=-3, full=-4),
                    **weight("trace", short=2),
                    **weight("elsewhere", answers=-3),
                },
                prior=3,
            ),
            Case(
                seen(connect="silent", alive="no"),
                weights=weight("trace", short=2),
                prior=0,
                title="No answer at all: a filter on the way may drop everything.",
            ),
        ),
        "A capture beside the device: does the SYN arrive?",
    ),
    Cause(
        "filtered-reset",
        "a filter or access list that resets",
        "A filter on the way resets the connection, not the device.",
        "The RST comes from nearer than the device: a firewall answers in its name.",
        ("Ask the owner of the firewall ({hops} away) to allow it || Ask the firewall's owner to allow it",),
        (
            Case(
                seen(connect="rst", hops="nearer nearer-than-ping"), weights=weight("hops", nearer=2), prior=7
            ),
            Case(
                seen(connect="rst"),
                explains=seen(retry="open"),
                weights={**weight("history", answered=-1), **weight("held", some=-4, full=-4)},
                prior=-1,
                title="Refused: perhaps an access list on the device or a filter beside it.",
            ),
            Case(
                seen(connect="open", reply="closed"),
                excludes=seen(patient="answers"),
                weights={**weight("history", answered=-1), **weight("held", some=-4, full=-4)},
                prior=0,
                title="It accepts, then closes: perhaps this host is not on its access list.",
            ),
        ),
        "The device's access list, or a capture beside it.",
    ),
    Cause(
        "silent",
        "nothing there, or all of it filtered",
        "Nothing at all answers at this address.",
        "No port, no ping, no ICMP error, and no neighbour to ask: a host that is off, a filter that drops "
        "all, or a device without a way back.",
        (
            "Check power, link and address",
            "Ping it from its own subnet",
            "Check that it has a default gateway",
        ),
        (
            Case(
                seen(connect="silent", alive="no"),
                weights={**weight("trace", last_router=1), **weight("route", link=-2)},
                prior=3,
            ),
            Case(
                seen(connect="silent", stuck="yes", held="none"),
                excludes=seen(alive="yes", nexthop="silent"),
                prior=2,
                title="No answer any more, not even on the sessions that are open.",
            ),
        ),
        "Ask from a host in its own subnet.",
    ),
    Cause(
        "state-expired",
        "a firewall that forgot the session",
        "A firewall on the way has forgotten an open session.",
        "A new connection works at once while an old one is no longer acknowledged: a state table on the way "
        "dropped it.",
        (
            "Restart the client's connection",
            "Have the client poll or send keepalives more often than the firewall's timeout",
            "Raise the firewall's timeout for idle TCP sessions",
        ),
        (
            Case(
                seen(stuck="yes", route="gateway", reply="answer illegal failure busy path target"),
                prior=4,
            ),
            Case(
                seen(stuck="yes", route="link", reply="answer illegal failure busy path target"),
                prior=-1,
            ),
        ),
        "The firewall's log or state table for the old session.",
    ),
)
