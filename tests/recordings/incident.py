"""The hour that is recorded: what is seen, what is asked, and what somebody at the console does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from tests.recordings.clients import BOILER, GENSET, HERE, HISTORIAN, SCADA, acts, heard, sessions
from tests.recordings.devices import learnt
from tests.recordings.hosts import BEGIN, HOSTS, NETWORK, PORT, ROUTER, sweeps
from tests.recordings.pen import USER, Said, Told
from tui.events import Climbed, Health, Probing, RunStarted
from tui.mark_events import Noted, Service
from tui.records import Evidence
from tui.workers.marks import Marks

DRIVE: Final = "10.20.0.31"
_TANKS: Final = ("10.21.0.11", "10.21.0.12", "10.21.0.13")


def _run() -> RunStarted:
    return RunStarted(
        at=BEGIN,
        version="0",
        host="jump-1",
        networks=(NETWORK,),
        ports=(PORT,),
        known=tuple(host.known for host in HOSTS),
    )


def _line(
    rung: str, asked: str, answer: str, ms: float | None = None, sender: str | None = None, **raw: str
) -> Evidence:
    return Evidence(rung=rung, asked=asked, answer=answer, ms=ms, sender=sender, **raw)


def _climb(
    at: float, address: str, evidence: tuple[Evidence, ...], facts: dict[str, str], asked: str, **details: Any
) -> Iterator[Climbed]:
    """A climb from its first report to its last."""
    begun = Climbed(
        at=at,
        address=address,
        port=PORT,
        asking="connect",
        evidence=evidence[:2],
        asked=("name", "route", "sessions"),
        connections=0,
        packets=3,
        seconds=0.4,
    )
    yield begun
    yield Climbed(
        at=at + 4,
        address=address,
        port=PORT,
        evidence=evidence,
        facts=facts,
        asked=tuple(asked.split()),
        done=True,
        details={"interface": "eth0", **details.pop("details", {})},
        connections=details.pop("connections", 2),
        packets=details.pop("packets", 23),
        seconds=3.6,
        **details,
    )


_ON_LINK: Final = {
    "name": "literal",
    "address": "plain",
    "route": "link",
    "egress": "agrees",
    "nexthop": "answers",
    "macs": "one",
    "echo": "answers",
    "alive": "yes",
    "stuck": "no",
    "leak": "no",
    "hung-up": "no",
    "recent": "no",
    "changes": "few",
    "history": "answered",
    "vlan": "ours",
}


def _on_link(address: str, mac: str) -> tuple[Evidence, ...]:
    return (
        _line("route", f"way to {address}", f"on the link of eth0, from {HERE}"),
        _line("neighbour", f"ARP: who has {address}", mac, 0.3),
    )


def _drive() -> Iterator[Told]:
    """A drive is switched off and on again: refused for eleven minutes."""
    evidence = (
        *_on_link(DRIVE, "00:21:99:4a:10:31"),
        _line("tcp", f"TCP connect to {DRIVE} port 502", "refused: RST with TTL 64, 0 hops away", 0.6, DRIVE),
        _line("echo", f"ping {DRIVE}", "answered, TTL 64, 0 hops away", 0.4, DRIVE),
        _line("ports", "other ports of the address", "open: 80; refused: 443, 22, 802, 1502, 503"),
        _line("tcp", "the same 2.5 s later", "refused again: RST", 0.5, DRIVE),
    )
    facts = {
        **_ON_LINK,
        "connect": "rst",
        "held": "none",
        "hops": "agree",
        "ports": "open",
        "retry": "same",
        "modbus-elsewhere": "no",
        "tls-elsewhere": "no",
    }
    asked = "name route sessions link connect history echo ports retry"
    yield from _climb(BEGIN + 625, DRIVE, evidence, facts, asked)
    yield Said(BEGIN + 840, DRIVE, Marks.acknowledge)


def _tanks() -> Iterator[Told]:
    """The router finds nobody behind it: three devices, one reason."""
    for place, address in enumerate(_TANKS):
        evidence = (
            _line("route", f"way to {address}", f"through the gateway {ROUTER} on eth0, from {HERE}"),
            _line("neighbour", f"ARP: who has {ROUTER}", "00:1b:1b:00:00:01", 0.3),
            _line(
                "tcp",
                f"TCP connect to {address} port 502",
                f"ICMP host unreachable from {ROUTER}",
                3.1,
                ROUTER,
            ),
            _line("echo", f"ping {address}", f"ICMP host unreachable from {ROUTER}", 3.0, ROUTER),
        )
        facts = {
            **_ON_LINK,
            "route": "gateway",
            "connect": "icmp-host",
            "icmp": "router",
            "prompt": "at-once",
            "echo": "unreachable",
            "alive": "no",
            "held": "none",
        }
        yield from _climb(
            BEGIN + 1530 + 6 * place,
            address,
            evidence,
            facts,
            "name route sessions link connect history echo",
            details={"gateway": ROUTER, "sender": ROUTER},
            connections=1,
        )
    yield Said(BEGIN + 1740, ROUTER, Marks.acknowledge)


def _boiler() -> Iterator[Told]:
    """The historian has left three connections open: the boiler takes no more."""
    evidence = (
        *_on_link(BOILER, "00:80:f4:1c:77:12"),
        _line("slots", "open sessions to it that are seen", f"4: 3 of {HISTORIAN}, 1 of {SCADA}"),
        _line("tcp", f"TCP connect to {BOILER} port 502", "connected", 0.4, BOILER),
        _line(
            "modbus",
            "read holding register 0 of unit 1",
            "closed by reset",
            0.6,
            BOILER,
            raw="000100000006010300000001",
        ),
        _line("echo", f"ping {BOILER}", "answered, TTL 64, 0 hops away", 0.4, BOILER),
        _line("framing", "TLS on this port", "closed by reset, no TLS", 0.7, BOILER),
        _line("modbus", "the same read 2 s after connecting", "closed by reset before that", 0.6, BOILER),
    )
    facts = {
        **_ON_LINK,
        "connect": "open",
        "reply": "closed",
        "held": "some",
        "hops": "agree",
        "tls": "silent",
        "patient": "same",
    }
    asked = "name route sessions link connect read history echo tls patient"
    details = {"holder": HISTORIAN}
    yield from _climb(
        BEGIN + 3432,
        BOILER,
        evidence,
        facts,
        asked,
        details=details,
        connections=3,
        packets=31,
        untried={"capture": "needs CAP_NET_RAW"},
    )


def told() -> Iterator[Told]:
    """All of it, not yet in the order of time."""
    yield _run()
    yield from sweeps()
    yield from sessions()
    yield from heard()
    yield from acts()
    yield from learnt()
    yield from _drive()
    yield from _tanks()
    yield from _boiler()
    yield Said(BEGIN + 120, "10.20.0.62", Marks.acknowledge)
    yield Said(BEGIN + 2100, "10.20.0.50", lambda marks, name: marks.shelve(name, 3600.0))
    yield Said(
        BEGIN + 1750, ROUTER, lambda marks, name: marks.comment(name, "tank farm is being rewired until noon")
    )
    yield Noted(
        at=BEGIN + 900, address=BOILER, port=PORT, user=USER, text="one slot is kept for the boiler maker"
    )
    yield Service(at=BEGIN + 2520, address=GENSET, port=PORT, out=True, user=USER)
    yield Probing(at=BEGIN + 1800, allowed=False)
    yield Probing(at=BEGIN + 1806, allowed=True)
    yield Health(
        at=BEGIN + 2400, source="pcap", ok=False, text="eth1: no such interface; trying again in 30 s"
    )
    yield Health(at=BEGIN + 2430, source="pcap", ok=True)
