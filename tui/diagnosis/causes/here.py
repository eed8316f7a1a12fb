"""Causes on this host: the name, the address, the route, its own firewall and ports."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, seen, weight

_FAILS: Final = "silent rst icmp-host icmp-net icmp-port prohibited unreachable-here no-route failed"
_MISSED: Final = "silent icmp-host icmp-net unreachable-here no-route failed"

CAUSES: Final = (
    Cause(
        "name-unresolved",
        "the name does not resolve",
        "The name has no address.",
        "Nothing was sent to the device: this host could not turn the name into an address.",
        (
            "Check the name for a typing slip",
            "Give the address instead of the name",
            "Check this host's resolver: /etc/hosts, /etc/resolv.conf",
        ),
        (Case(seen(name="unresolved"), prior=3),),
        "The address itself: port502 check ADDRESS.",
    ),
    Cause(
        "address-suspect",
        "a wrong address",
        "The address looks wrong.",
        "What was dialled is probably not where the device lives: a slip of typing, or an address that no "
        "device can have.",
        (
            "Compare the address dialled with the device's own menu or label",
            "Try {nearest}",
            "Look the device up in the DHCP server's or switch's table",
        ),
        (
            Case(
                seen(address="impossible"), explains=seen(route="none forbidden", nexthop="silent"), prior=9
            ),
            Case(
                seen(address="odd", connect="rst"),
                excludes=seen(held="some full", history="answered"),
                prior=2,
            ),
            Case(
                seen(address="odd", connect="silent", alive="yes"),
                excludes=seen(held="some full", history="answered"),
                prior=1,
            ),
            Case(
                seen(address="odd", connect=_MISSED),
                excludes=seen(alive="yes"),
                explains=seen(route="none forbidden", nexthop="silent", left="no"),
                weights=weight("history", answered=-6),
                prior=6,
            ),
            Case(seen(address="odd", route="none"), excludes=seen(history="answered"), prior=6),
            Case(
                seen(address="near", connect=_MISSED),
                explains=seen(nexthop="silent"),
                excludes=seen(history="answered", alive="yes"),
                prior=1,
            ),
            Case(seen(address="near", route="none"), excludes=seen(history="answered"), prior=1),
            Case(
                seen(address="plain", connect=_MISSED),
                explains=seen(nexthop="silent"),
                excludes=seen(history="answered", alive="yes"),
                prior=-2,
            ),
            Case(seen(address="plain", route="none"), excludes=seen(history="answered"), prior=-2),
        ),
        "The address in the device's own menu.",
    ),
    Cause(
        "no-route",
        "no route from this host",
        "This host has no route to it.",
        "The kernel found no way to the address, so nothing was sent.",
        (
            "Bring {down} up: ip link set {down} up || Check the address and mask typed here",
            "Check this host's routes and gateway: ip route get {address}",
        ),
        (
            Case(seen(route="none"), prior=4),
            Case(
                seen(route="forbidden"),
                excludes=seen(connect="open rst silent"),
                prior=4,
                title="A route of this host forbids it ({word}).",
            ),
        ),
        "Compare ip route get {address} with the network plan.",
    ),
    Cause(
        "wrong-egress",
        "the wrong interface of this host",
        "This host sends it out of the wrong interface.",
        "Two interfaces of this host claim the same network, and the kernel picked {interface}; the device "
        "is behind the other.",
        (
            "Look at the way taken: ip route get {address}",
            "Add a route for it: ip route add {address} dev {other}",
            "Give the two networks different addresses",
        ),
        (
            Case(
                seen(egress="contested", elsewhere="answers"),
                explains=seen(nexthop="silent", arrives="yes"),
                excludes=seen(connect="shortage forbidden-here"),
                prior=10,
                title="This host sends it out of {interface}, but the device answers on {other}.",
            ),
            Case(
                seen(egress="contested", connect=_FAILS),
                explains=seen(nexthop="silent", elsewhere="answers", arrives="yes"),
                excludes=seen(elsewhere="silent"),
                prior=1,
            ),
        ),
        "A connect bound to the other interface.",
    ),
    Cause(
        "local-firewall-out",
        "this host's own outgoing firewall",
        "This host's own firewall stops the connection.",
        "An outgoing rule of this host stopped our SYN before it reached the wire.",
        (
            "Look at this host's outgoing rules: nft list ruleset, iptables -S OUTPUT",
            "Ask whoever owns this host to allow TCP to port {port}",
        ),
        (
            Case(seen(left="no", connect="silent"), prior=3),
            Case(seen(left="no", connect="rst"), prior=4, hint=True),
            Case(
                seen(connect="rst", hops="nearer nearer-than-ping"),
                explains=seen(left="no"),
                excludes=seen(left="yes", held="some full"),
                prior=6,
                hint=True,
                title="The RST comes from near: this host's own firewall, or one on the way.",
            ),
            Case(seen(connect="forbidden-here", route="link gateway local"), prior=5),
            Case(seen(connect="forbidden-here", route="forbidden"), prior=0),
            Case(seen(connect="unreachable-here", nexthop="answers", route="link gateway local"), prior=3),
            Case(
                seen(connect="silent rst"),
                explains=seen(left="no"),
                excludes=seen(left="yes", held="some full"),
                prior=-2,
            ),
        ),
        "A capture on this host: does the SYN leave?",
    ),
    Cause(
        "local-firewall-in",
        "this host's own incoming firewall",
        "This host's own firewall drops the answer.",
        "The device accepted, its SYN-ACK reached this host, and an incoming rule dropped it here.",
        (
            "Look at this host's incoming rules: nft list ruleset, iptables -S INPUT",
            "Let answers pass: a rule for established connections",
            "Where answers come in by another interface: sysctl net.ipv4.conf.all.rp_filter",
        ),
        (
            Case(
                seen(connect="silent", arrives="yes"),
                prior=9,
                hint=True,
            ),
            Case(
                seen(connect="silent"),
                explains=seen(arrives="yes"),
                excludes=seen(arrives="no"),
                prior=-2,
            ),
        ),
        "A capture on this host: does a SYN-ACK arrive?",
    ),
    Cause(
        "local-ports-exhausted",
        "no free port on this host",
        "This host has no free local port or file left for a connection.",
        "The connect failed inside this host at once; nothing was sent to the device.",
        (
            "Find the program that opens so many: ss -tanp",
            "Make it keep one connection open",
            "Widen net.ipv4.ip_local_port_range",
        ),
        (Case(seen(connect="shortage"), prior=9),),
    ),
)
