"""Telling a forged refusal from the device's own without privilege, and what that leaves on the wire."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from tests.lab.asking import Chain, asked, asked_by_nobody
from tests.lab.capture import FIN, RST, capturing, syns
from tests.lab.net import needs_lab
from tui.probes.echo import echo
from tui.probes.hops import compare
from tui.probes.minttl import nearer_than
from tui.records import Target

pytestmark = needs_lab

CLOSED, FORGED, REJECTED, DROPPED, OPEN = (f"10.77.2.{n}" for n in (1, 2, 3, 4, 5))
CLOSED6, FORGED6 = "fd77:2::1", "fd77:2::2"


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with ExitStack() as stack:
        made = Chain(stack, 1)
        router = made.routers[0]
        router.rules(
            "forward",
            f"ip daddr {FORGED} ip protocol tcp reject with tcp reset",
            f"ip daddr {REJECTED} ip protocol tcp reject with icmp port-unreachable",
            f"ip daddr {DROPPED} tcp dport 502 drop",
        )
        router.run("nft", "add", "table", "ip6", "lab")
        router.run("nft", "add", "chain", "ip6", "lab", "forward", "{ type filter hook forward priority 0; }")
        router.run(
            "nft", "add", "rule", "ip6", "lab", "forward",
            f"ip6 daddr {FORGED6} meta l4proto tcp reject with tcp reset",
        )  # fmt: skip
        yield made


@pytest.fixture(params=[64, 128, 255])
def first_ttl(request: pytest.FixtureRequest, chain: Chain) -> int:
    """What the device's packets start with."""
    first = int(request.param)
    chain.device.run("sysctl", "-qw", f"net.ipv4.ip_default_ttl={first}")
    return first


def of(chain: Chain, address: str, reference_ttl: int) -> str:
    return asked(chain.client, lambda: nearer_than(Target(address, 502), reference_ttl, 0.3))


def test_a_forged_refusal_is_told_from_the_devices_own(chain: Chain, first_ttl: int) -> None:
    """With the echo as the reference, a router's RST is nearer and a closed port's is not."""
    for address, told in ((FORGED, "nearer"), (CLOSED, "not-nearer")):
        reference = asked(chain.client, partial(echo, address)).ttl
        assert reference == first_ttl - 1
        assert of(chain, address, reference) == told


@pytest.mark.parametrize("reference_ttl", [63, 127, 254])
def test_another_first_ttl_for_tcp_is_no_filter(chain: Chain, first_ttl: int, reference_ttl: int) -> None:
    """A device that starts echoes and TCP with different numbers is never called a filter."""
    assert compare(first_ttl - 1, reference_ttl) == "agree"
    assert of(chain, CLOSED, reference_ttl) in {"not-nearer", "unknown"}


@pytest.mark.parametrize(("address", "told"), [(FORGED6, "nearer"), (CLOSED6, "not-nearer")])
def test_hop_limits_do_the_same(chain: Chain, address: str, told: str) -> None:
    """IPv6 has the same filter under another name."""
    assert of(chain, address, 63) == told


@pytest.mark.parametrize("address", [REJECTED, DROPPED, "192.0.2.1"])
def test_what_is_no_rst_stays_unknown(chain: Chain, address: str) -> None:
    """ICMP, silence and a missing route decide nothing."""
    assert of(chain, address, 63) == "unknown"


@pytest.mark.parametrize(("address", "told"), [(FORGED, "nearer"), (CLOSED, "not-nearer")])
def test_an_ordinary_user_may_ask(chain: Chain, address: str, told: str) -> None:
    """The kernel's filter needs no privilege."""
    chain.device.run("sysctl", "-qw", "net.ipv4.ip_default_ttl=64")
    question = f"nearer_than(Target({address!r}, 502), 63, 0.3)"
    assert asked_by_nobody(chain.client, "tui.probes.minttl", question) == told


def test_it_costs_two_syns_and_never_a_reset(chain: Chain) -> None:
    """A closed port gets a SYN and its repetition; one that opened meanwhile ends by FIN; no RST leaves."""
    chain.device.run("sysctl", "-qw", "net.ipv4.ip_default_ttl=64")
    with ExitStack() as stack, capturing(chain.client, "far") as capture:
        chain.device.do(lambda: stack.enter_context(socket.create_server((OPEN, 502))))
        assert of(chain, CLOSED, 63) == "not-nearer"
        assert of(chain, OPEN, 63) == "unknown"
        segments = capture.segments()
    assert syns(segments) == {CLOSED: 2, OPEN: 2}
    assert not [segment for segment in segments if segment.sent and segment.flags & RST]
    assert [segment.device for segment in segments if segment.sent and segment.flags & FIN] == [OPEN]
