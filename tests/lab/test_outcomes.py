"""Every way a sweep can fare at an address, made by a real network and told apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.net import ROUTER, Lab, needs_lab, network

pytestmark = needs_lab

ROUTER_SAYS = {
    11: "reject with icmp port-unreachable",
    12: "reject with icmp admin-prohibited",
    13: "reject with icmp host-prohibited",
    14: "reject with icmp net-prohibited",
    15: "reject with icmp host-unreachable",
    16: "reject with icmp net-unreachable",
    17: "reject with tcp reset",
    18: "drop",
}
Outcomes = dict[str, dict[str, Any]]


def _own_obstacles(lab: Lab) -> None:
    """What may stand in the way on the very host that asks."""
    lab.client.rules(
        "output",
        "ip daddr 10.77.2.21 reject",
        "ip daddr 10.77.2.22 ip protocol tcp reject with icmp admin-prohibited",
        "ip daddr 10.77.2.23 drop",
    )
    for kind, number in (("prohibit", 24), ("unreachable", 25), ("blackhole", 26)):
        lab.client.run("ip", "route", "add", kind, f"10.77.2.{number}")


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """One sweep over all of it."""
    with network() as lab:
        lab.serve("10.77.2.1:502:answers", "10.77.2.2:502:mute", "10.77.2.3:502:hangs-up")
        lab.router.run("sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
        lab.router.rules(
            "forward", *(f"ip daddr 10.77.2.{n} ip protocol tcp {says}" for n, says in ROUTER_SAYS.items())
        )
        lab.device.rules("input", "ip daddr 10.77.2.19 reject with icmp admin-prohibited")
        _own_obstacles(lab)
        asked = ("10.77.2.1-4", "10.77.2.11-19", "10.77.2.21-26", "10.77.1.99", "192.0.2.1")
        yield {outcome["address"]: outcome for outcome in lab.scan(*asked, "--pace", "fast")}


@pytest.mark.parametrize(
    ("address", "state", "sender", "detail"),
    [
        pytest.param("10.77.2.1", "answers", "10.77.2.1", "register 0 is 5", id="a device in order"),
        pytest.param("10.77.2.2", "open", "10.77.2.2", "no answer to unit 1", id="open and silent"),
        pytest.param("10.77.2.4", "refused", "10.77.2.4", "RST", id="nothing listens"),
        pytest.param("10.77.2.11", "refused", ROUTER, "ICMP type 3 code 3", id="router, port unreachable"),
        pytest.param("10.77.2.12", "prohibited", ROUTER, "ICMP type 3 code 13", id="router, by rule"),
        pytest.param("10.77.2.13", "prohibited", ROUTER, "ICMP type 3 code 10", id="router, host prohibited"),
        pytest.param("10.77.2.14", "prohibited", ROUTER, "ICMP type 3 code 9", id="router, net prohibited"),
        pytest.param("10.77.2.15", "host-unreachable", ROUTER, "ICMP type 3 code 1", id="router, no host"),
        pytest.param("10.77.2.16", "net-unreachable", ROUTER, "ICMP type 3 code 0", id="router, no net"),
        pytest.param("10.77.2.17", "refused", "10.77.2.17", "RST", id="router, in the device's name"),
        pytest.param("10.77.2.18", "timeout", None, "no answer to SYN", id="router, drop"),
        pytest.param("10.77.2.19", "prohibited", "10.77.2.19", "ICMP type 3 code 13", id="device's own rule"),
        pytest.param("10.77.2.21", "prohibited", None, "this host forbids it: ICMP", id="own reject"),
        pytest.param("10.77.2.22", "prohibited", None, "this host forbids it: ICMP", id="own reject by rule"),
        pytest.param("10.77.2.23", "timeout", None, "no answer to SYN", id="own drop"),
        pytest.param("10.77.2.24", "prohibited", None, "this host forbids it: Perm", id="own prohibit route"),
        pytest.param("10.77.2.25", "host-unreachable", None, "No route to host", id="own unreachable route"),
        pytest.param("10.77.2.26", "net-unreachable", None, "blackhole route", id="own blackhole route"),
        pytest.param("10.77.1.99", "no-neighbour", None, "no answer to ARP", id="nobody on this link"),
        pytest.param("192.0.2.1", "net-unreachable", None, "this host has no route", id="no route"),
    ],
)
def test_every_outcome_is_told_apart(
    outcomes: Outcomes, address: str, state: str, sender: str | None, detail: str
) -> None:
    """The state, who answered, and the words are those of what the network really did."""
    told = outcomes[address]
    assert (told["state"], told["from"]) == (state, sender)
    assert detail in told["detail"]


def test_a_device_that_hangs_up_is_open(outcomes: Outcomes) -> None:
    """Accepted and closed without an answer is `open`, whether the end came by FIN or RST."""
    told = outcomes["10.77.2.3"]
    assert (told["state"], told["from"], told["exception"]) == ("open", "10.77.2.3", None)
