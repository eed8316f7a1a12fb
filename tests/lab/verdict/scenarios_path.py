"""Faults between this host and the device: neighbours, routers, filters, state tables."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.acts import cut, ip, isolate, join, rules, serve, sysctl, use
from tests.lab.verdict.plant import FAR, NEAR, ROUTER
from tests.lab.verdict.scenario import HALF_OPEN, REFUSED, SILENT_PORT, Act, Scenario

_NEAR_FINE: Final = serve("near", "healthy", f"{NEAR}:502")
_FAR_FINE: Final = serve("far", "healthy", f"{FAR}:502")
_TTL_128: Final = sysctl("far", "net.ipv4.ip_default_ttl=128")
_TWIN: Final = join("twin", f"{NEAR}/24")


def _router(verdict: str) -> tuple[Act, ...]:
    """The device is fine, and the router does *verdict* to what goes to its port 502."""
    return _FAR_FINE, rules("router", "forward", f"tcp dport 502 {verdict}")


LINK: Final = (
    Scenario("neighbour: absent", "no-neighbour", "10.77.1.50", "EHOSTUNREACH, no SYN left"),
    Scenario(
        "neighbour: kept apart by the switch, as by an access point",
        "no-neighbour",
        NEAR,
        "EHOSTUNREACH, no SYN left",
        (_NEAR_FINE, isolate("client", "near")),
    ),
    Scenario(
        "neighbour: switched off a moment ago",
        "no-neighbour",
        NEAR,
        "timeout, nothing heard",
        (_NEAR_FINE, use("client", "visits", f"{NEAR}:502"), ip("near", "link set eth1 down")),
        accepts=("silent",),
    ),
    Scenario(
        "gateway: nobody at its address",
        "gateway-down",
        "10.77.3.10",
        "EHOSTUNREACH, no SYN left",
        (ip("client", "route add 10.77.3.0/24 via 10.77.1.254"),),
    ),
    Scenario(
        "gateway: its link is down",
        "gateway-down",
        FAR,
        "EHOSTUNREACH, no SYN left",
        (_FAR_FINE, ip("router", "link set eth1 down")),
    ),
    Scenario(
        "twice: the other has no Modbus", "duplicate-ip", NEAR, "", (_NEAR_FINE, _TWIN), needs_raw=True,
        exits=None, unseen=("healthy", *REFUSED),
    ),
    Scenario(
        "twice: both have Modbus",
        "duplicate-ip",
        NEAR,
        "connected, answer",
        (_NEAR_FINE, _TWIN, serve("twin", "healthy", f"{NEAR}:502")),
        needs_raw=True,
        exits=None,
        unseen=("healthy",),
    ),
    Scenario(
        "router: the host is absent",
        "host-unreachable",
        "10.77.2.50",
        "EHOSTUNREACH, ICMP 3/1 from 10.77.1.1",
    ),
    Scenario(
        "router: no way to the network",
        "net-unreachable",
        "10.99.1.1",
        "ENETUNREACH, ICMP 3/0 from 10.77.1.1",
    ),
)  # fmt: skip

FILTERED: Final = (
    *(
        Scenario(
            f"router says {code}, echo answers",
            "filtered-icmp",
            FAR,
            f"{word}, ICMP {code} from {ROUTER}",
            _router(f"reject with icmp {kind}"),
        )
        for code, kind, word in (
            ("3/1", "host-unreachable", "EHOSTUNREACH"),
            ("3/3", "port-unreachable", "ECONNREFUSED"),
            ("3/9", "net-prohibited", "ENETUNREACH"),
            ("3/10", "host-prohibited", "EHOSTUNREACH"),
            ("3/13", "admin-prohibited", "EHOSTUNREACH"),
        )
    ),
    *(
        Scenario(
            f"device says 3/13, {where}",
            "filtered-icmp",
            address,
            f"EHOSTUNREACH, ICMP 3/13 from {address}",
            (
                serve(host, "healthy", f"{address}:502"),
                rules(host, "input", "tcp dport 502 reject with icmp admin-prohibited"),
            ),
        )
        for where, host, address in (("on-link", "near", NEAR), ("routed", "far", FAR))
    ),
    Scenario(
        "router drops the port", "filtered-drop", FAR, "timeout, nothing heard", _router("drop"),
        undecidable=SILENT_PORT,
    ),
    *(
        Scenario(
            f"device drops the port, {where}",
            "filtered-drop",
            address,
            "timeout, nothing heard",
            (serve(host, "healthy", f"{address}:502"), rules(host, "input", "tcp dport 502 drop")),
            undecidable=SILENT_PORT,
        )
        for where, host, address in (("on-link", "near", NEAR), ("routed", "far", FAR))
    ),
    Scenario(
        "device drops the port and echo, its web page answers",
        "filtered-drop",
        NEAR,
        "timeout, nothing heard",
        (
            serve("near", "web", f"{NEAR}:80"),
            rules("near", "input", "tcp dport 502 drop", "icmp type echo-request drop"),
        ),
        undecidable=SILENT_PORT,
    ),
    Scenario(
        "device's list of clients drops us",
        "filtered-drop",
        NEAR,
        "timeout, nothing heard",
        (
            _NEAR_FINE,
            rules("near", "input", "tcp dport 502 ip saddr != 10.77.1.77 drop"),
            use("other", "holds", f"{NEAR}:502"),
        ),
        undecidable=SILENT_PORT,
    ),
    Scenario(
        "router resets", "filtered-reset", FAR, "ECONNREFUSED, RST ttl 64", _router("reject with tcp reset")
    ),
    Scenario(
        "router resets, device counts from 128",
        "filtered-reset",
        FAR,
        "ECONNREFUSED, RST ttl 64",
        (_TTL_128, *_router("reject with tcp reset")),
    ),
    Scenario(
        "router resets the second connection",
        "filtered-reset",
        FAR,
        "ECONNREFUSED, RST ttl 64",
        (
            *_router("ct count over 1 reject with tcp reset"),
            use("client", "holds", f"{FAR}:502"),
        ),
    ),
    Scenario(
        "device's own filter resets, routed",
        "filtered-reset",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (_FAR_FINE, rules("far", "input", "tcp dport 502 reject with tcp reset")),
        undecidable=REFUSED,
    ),
    Scenario(
        "device's list of clients resets us, on-link",
        "filtered-reset",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (_NEAR_FINE, rules("near", "input", "tcp dport 502 ip saddr != 10.77.1.77 reject with tcp reset")),
        undecidable=REFUSED,
    ),
)  # fmt: skip

SILENT: Final = (
    Scenario(
        "device drops everything",
        "silent",
        FAR,
        "timeout, nothing heard",
        (_FAR_FINE, rules("far", "input", "drop")),
    ),
    Scenario(
        "router drops everything",
        "silent",
        FAR,
        "timeout, nothing heard",
        (_FAR_FINE, rules("router", "forward", "drop")),
    ),
    Scenario(
        "device without a gateway",
        "silent",
        FAR,
        "timeout, nothing heard",
        (_FAR_FINE, ip("far", "route del default")),
    ),
    Scenario(
        "an old session is dropped on the way, a new one passes",
        "state-expired",
        FAR,
        "connected, answer",
        (_FAR_FINE, cut("router", "forward", FAR)),
        undecidable=HALF_OPEN,
        exits=1,
    ),
    Scenario(
        "an old session dies on-link, a new one passes",
        "stale-sessions",
        NEAR,
        "connected, answer",
        (_NEAR_FINE, cut("near", "input", NEAR)),
        undecidable=HALF_OPEN,
        exits=1,
    ),
)

PATH: Final = (*LINK, *FILTERED, *SILENT)
