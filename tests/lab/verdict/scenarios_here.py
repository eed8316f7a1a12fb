"""Faults of this very host: name, address, route, own filter, own ports."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.acts import empty_network, ip, rules, serve, sysctl, use
from tests.lab.verdict.plant import FAR, NEAR, ROUTER
from tests.lab.verdict.scenario import Scenario

_NEAR_FINE: Final = serve("near", "healthy", f"{NEAR}:502")
_FAR_FINE: Final = serve("far", "healthy", f"{FAR}:502")
_DEAD_END: Final = empty_network("10.99.9.2/24", "10.99.9.1/24")

HERE: Final = (
    Scenario(
        "name: the resolver does not answer",
        "name-unresolved",
        "plc-12.invalid",
        "name not found",
        exits=None,
    ),
    Scenario(
        "name: no such name",
        "name-unresolved",
        "plc-12.invalid",
        "name not found",
        (serve("router", "no_such_name", f"{ROUTER}:53"),),
        exits=None,
    ),
    Scenario(
        "address: short form, 10.77.10 is 10.77.0.10",
        "address-suspect",
        "10.77.10",
        "EHOSTUNREACH, ICMP 3/1 from 10.77.1.1",
        (ip("router", "route add unreachable 10.77.0.0/24"),),
        address="10.77.0.10",
        accepts=("host-unreachable",),
    ),
    Scenario(
        "address: public by a slip, no default route",
        "address-suspect",
        "192.167.1.10",
        "ENETUNREACH, no SYN left",
        (ip("client", "route del default"),),
        undecidable=("address-suspect", "no-route"),
    ),
    Scenario(
        "address: public by a slip, the router knows no way",
        "address-suspect",
        "192.167.1.10",
        "ENETUNREACH, ICMP 3/0 from 10.77.1.1",
        undecidable=("address-suspect", "net-unreachable"),
    ),
    Scenario(
        "address: broadcast of the own network", "address-suspect", "10.77.1.255", "ENETUNREACH, no SYN left"
    ),
    Scenario(
        "address: one digit from the own network",
        "address-suspect",
        "10.77.11.10",
        "ENETUNREACH, ICMP 3/0 from 10.77.1.1",
        (_NEAR_FINE,),
        undecidable=("address-suspect", "net-unreachable"),
    ),
    Scenario(
        "route: none",
        "no-route",
        "10.88.0.5",
        "ENETUNREACH, no SYN left",
        (ip("client", "route del default"),),
    ),
    Scenario(
        "route: prohibit",
        "no-route",
        FAR,
        "EACCES, no SYN left",
        (_FAR_FINE, ip("client", f"route add prohibit {FAR}")),
        accepts=("local-firewall-out",),
    ),
    Scenario(
        "route: blackhole",
        "no-route",
        FAR,
        "EINVAL, no SYN left",
        (_FAR_FINE, ip("client", f"route add blackhole {FAR}")),
        accepts=("local-firewall-out",),
    ),
    Scenario(
        "route: unreachable",
        "no-route",
        FAR,
        "EHOSTUNREACH, no SYN left",
        (_FAR_FINE, ip("client", f"route add unreachable {FAR}")),
        accepts=("local-firewall-out",),
    ),
    Scenario(
        "egress: two interfaces with the same network, the device on the other",
        "wrong-egress",
        NEAR,
        "EHOSTUNREACH, no SYN left",
        (
            _NEAR_FINE,
            empty_network("10.77.1.3/24", "10.77.1.200/24"),
            ip(
                "client",
                "route del 10.77.1.0/24 dev eth1",
                "route add 10.77.1.0/24 dev eth1 src 10.77.1.2 metric 100",
            ),
        ),
    ),
    Scenario(
        "egress: a stray route to a part of the own network",
        "wrong-egress",
        NEAR,
        "timeout, nothing heard",
        (_NEAR_FINE, _DEAD_END, ip("client", "route add 10.77.1.8/29 via 10.99.9.1")),
    ),
    Scenario(
        "own filter: outgoing drop",
        "local-firewall-out",
        FAR,
        "timeout, no SYN left",
        (_FAR_FINE, rules("client", "output", "tcp dport 502 drop")),
        needs_raw=True,
    ),
    Scenario(
        "own filter: outgoing drop, on-link",
        "local-firewall-out",
        NEAR,
        "timeout, no SYN left",
        (_NEAR_FINE, rules("client", "output", "tcp dport 502 drop")),
        needs_raw=True,
    ),
    Scenario(
        "own filter: outgoing tcp reset",
        "local-firewall-out",
        FAR,
        "ECONNREFUSED, no SYN left",
        (_FAR_FINE, rules("client", "output", "tcp dport 502 reject with tcp reset")),
        needs_raw=True,
    ),
    Scenario(
        "own filter: outgoing reject",
        "local-firewall-out",
        NEAR,
        "ECONNREFUSED, no SYN left",
        (_NEAR_FINE, rules("client", "output", "tcp dport 502 reject")),
    ),
    Scenario(
        "own filter: replies dropped",
        "local-firewall-in",
        FAR,
        "timeout, SYN-ACK ttl 63",
        (_FAR_FINE, rules("client", "input", "tcp sport 502 drop")),
        needs_raw=True,
    ),
    Scenario(
        "own filter: replies dropped, on-link",
        "local-firewall-in",
        NEAR,
        "timeout, SYN-ACK ttl 64",
        (_NEAR_FINE, rules("client", "input", "tcp sport 502 drop")),
        needs_raw=True,
    ),
    Scenario(
        "own ports: both held by sessions",
        "local-ports-exhausted",
        NEAR,
        "EADDRNOTAVAIL, no SYN left",
        (
            _NEAR_FINE,
            sysctl("client", "net.ipv4.ip_local_port_range=40000 40001"),
            use("client", "holds", f"{NEAR}:502", "count=2"),
        ),
    ),
    Scenario(
        "own ports: both in TIME_WAIT",
        "local-ports-exhausted",
        FAR,
        "EADDRNOTAVAIL, no SYN left",
        (
            _FAR_FINE,
            sysctl("client", "net.ipv4.ip_local_port_range=40000 40001"),
            use("client", "visits", f"{FAR}:502", "count=2"),
        ),
    ),
)
