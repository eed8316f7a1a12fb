"""Faults of the port: nothing listens, another port, TLS, a rest after each connection."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.acts import forward_port, rules, serve, sysctl, use
from tests.lab.verdict.plant import FAR, NEAR, ROUTER
from tests.lab.verdict.scenario import REFUSED, Scenario

PORT: Final = (
    Scenario(
        "nothing listens, on-link", "not-listening", NEAR, "ECONNREFUSED, RST ttl 64", undecidable=REFUSED
    ),
    Scenario(
        "nothing listens, routed", "not-listening", FAR, "ECONNREFUSED, RST ttl 63", undecidable=REFUSED
    ),
    Scenario(
        "nothing listens, device counts from 128",
        "not-listening",
        FAR,
        "ECONNREFUSED, RST ttl 127",
        (sysctl("far", "net.ipv4.ip_default_ttl=128"),),
        undecidable=REFUSED,
    ),
    Scenario(
        "nothing listens, echo counts from 255 and TCP from 64",
        "not-listening",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (rules("far", "output", "ip protocol icmp ip ttl set 255"),),
        undecidable=REFUSED,
    ),
    Scenario(
        "nothing listens, and echo is not answered",
        "not-listening",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (rules("far", "input", "icmp type echo-request drop"),),
        undecidable=REFUSED,
    ),
    Scenario(
        "nothing listens, but its web page does",
        "not-listening",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "web", f"{NEAR}:80"),),
        undecidable=REFUSED,
    ),
    Scenario(
        "nothing listens behind a port forward",
        "not-listening",
        ROUTER,
        "ECONNREFUSED, RST ttl 63",
        (forward_port(502, f"{FAR}:502"),),
        undecidable=REFUSED,
    ),
    Scenario(
        "nothing listens, by name",
        "not-listening",
        "plc-near",
        "ECONNREFUSED, RST ttl 64",
        undecidable=REFUSED,
        address=NEAR,
    ),
    *(
        Scenario(
            f"Modbus is on {port}, {where}",
            "wrong-port",
            address,
            f"ECONNREFUSED, RST ttl {ttl}",
            (serve(host, "healthy", f"{address}:{port}"),),
        )
        for port, where, host, address, ttl in (
            (1502, "on-link", "near", NEAR, 64),
            (503, "routed", "far", FAR, 63),
            (8899, "on-link", "near", NEAR, 64),
        )
    ),
    Scenario(
        "Modbus is on 502, another port was typed",
        "wrong-port",
        f"{NEAR}:503",
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "healthy", f"{NEAR}:502"),),
    ),
    Scenario(
        "TLS on 802, 502 closed",
        "tls-only",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "tls", f"{NEAR}:802"),),
    ),
    Scenario(
        "TLS on 502 itself, which says so",
        "tls-only",
        FAR,
        "connected, bytes 15030100020246",
        (serve("far", "tls", f"{FAR}:502", "alert=1"),),
    ),
    Scenario(
        "TLS on 502 itself, which hangs up on anything else",
        "tls-only",
        NEAR,
        "connected, ended",
        (serve("near", "tls", f"{NEAR}:502"),),
    ),
    Scenario(
        "rests after each connection; the last was ours",
        "cool-down",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "cool_down", f"{NEAR}:502", "s=4"), use("client", "visits", f"{NEAR}:502")),
        undecidable=("cool-down", "slots-full"),
        exits=None,
    ),
    Scenario(
        "rests after each connection; the last was another's",
        "cool-down",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "cool_down", f"{NEAR}:502", "s=4"), use("other", "visits", f"{NEAR}:502")),
        undecidable=("cool-down", "slots-full"),
        accepts=("not-listening",),
        exits=None,
    ),
)
