"""Echo requests over real networks: replies with their TTL, ICMP errors with their sender, and silence."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.asking import Chain, asked, asked_by_nobody
from tests.lab.net import needs_lab
from tui.probes.echo import Echo, echo
from tui.probes.hops import hops
from tui.probes.ping import ping

pytestmark = needs_lab

ROUTER, ROUTER6 = "10.77.101.1", "fd77:101::1"
ALIVE, REJECTED, DROPPED, FORBIDDEN_HERE = "10.77.2.1", "10.77.2.2", "10.77.2.3", "10.77.2.4"
ALIVE6, REJECTED6 = "fd77:2::1", "fd77:2::2"
ABSENT = "10.77.101.99"


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    with ExitStack() as stack:
        made = Chain(stack, 1)
        made.routers[0].rules(
            "forward", f"ip daddr {REJECTED} reject with icmp admin-prohibited", f"ip daddr {DROPPED} drop"
        )
        made.client.rules("output", f"ip daddr {FORBIDDEN_HERE} drop")
        made.routers[0].run("nft", "add", "table", "ip6", "lab")
        made.routers[0].run(
            "nft", "add", "chain", "ip6", "lab", "forward", "{ type filter hook forward priority 0; }"
        )
        made.routers[0].run(
            "nft", "add", "rule", "ip6", "lab", "forward",
            f"ip6 daddr {REJECTED6} reject with icmpv6 admin-prohibited",
        )  # fmt: skip
        yield made


@pytest.fixture(params=["raw", "ping-socket"])
def way(request: pytest.FixtureRequest, chain: Chain) -> str:
    """With ping sockets allowed to all, or to none as is the kernel's default."""
    chosen = str(request.param)
    allowed = "0 2147483647" if chosen == "ping-socket" else "1 0"
    chain.client.run("sysctl", "-qw", f"net.ipv4.ping_group_range={allowed}")
    return chosen


def of(chain: Chain, address: str, device: str | None = None) -> Echo:
    return asked(chain.client, lambda: echo(address, wait_s=0.3, device=device))


@pytest.mark.parametrize("address", [ALIVE, ALIVE6])
def test_a_reply_tells_its_distance(chain: Chain, way: str, address: str) -> None:
    """A device behind one router answers, one hop away, over both versions of IP."""
    told = of(chain, address)
    assert (told.answers, told.sender, told.way) == (True, address, way)
    assert told.ttl is not None
    assert hops(told.ttl) == 1
    assert told.ms is not None
    assert 0 < told.ms < 200


@pytest.mark.parametrize(("address", "says"), [(REJECTED, (3, 13, ROUTER)), (REJECTED6, (1, 1, ROUTER6))])
def test_a_router_that_forbids_it_is_named(
    chain: Chain, way: str, address: str, says: tuple[int, int, str]
) -> None:
    """An ICMP error is no reply, and comes with the address of who sent it."""
    told = of(chain, address)
    assert (told.answers, told.ttl, told.sender, told.way) == (False, None, says[2], way)
    assert told.unreachable is not None
    assert told.unreachable[:3] == says
    assert told.unreachable.prohibited


def test_silence_is_silence(chain: Chain, way: str) -> None:
    """Dropped requests bring nothing, and nothing is missing on our side."""
    told = of(chain, DROPPED)
    assert told == Echo(False, way=told.way, detail="no reply to echo")
    assert told.way == way


def test_what_this_host_forbids_is_no_silence(chain: Chain, way: str) -> None:
    """Our own firewall is told as what it is: nothing has been asked."""
    told = of(chain, FORBIDDEN_HERE)
    assert (told.answers, told.way, told.detail) == (False, way, "")
    assert told.missing.startswith("this host forbids it")


def test_no_route_is_told(chain: Chain) -> None:
    """Without a route nothing can be sent."""
    assert of(chain, "192.0.2.1").missing == "this host has no route"


def test_an_interface_can_be_chosen(chain: Chain, way: str) -> None:
    """Over the interface that leads there it answers, over another it cannot, and a wrong name is told."""
    told = of(chain, ALIVE, "far")
    assert (told.answers, told.way) == (True, way)
    assert not of(chain, ALIVE, "lo").answers
    assert "No such device" in of(chain, ALIVE, "nope").missing


def test_arp_that_fails_is_no_filter(chain: Chain) -> None:
    """The error that the kernel makes up when ARP fails is told as that, not as somebody's word."""
    chain.client.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    told = asked(chain.client, lambda: echo(ABSENT, wait_s=5.0, tries=1))
    assert (told.answers, told.detail) == (False, "no answer to ARP")


def test_an_ordinary_user_may_ask_by_ping_socket(chain: Chain) -> None:
    """Where the group range allows it, no privilege is needed."""
    chain.client.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 2147483647")
    answers, _, ttl, sender, _, way, *_ = asked_by_nobody(chain.client, "tui.probes.echo", f"echo({ALIVE!r})")
    assert (answers, ttl, sender, way) == (True, 63, ALIVE, "ping-socket")


def test_an_ordinary_user_without_a_way_is_told_what_is_missing(chain: Chain) -> None:
    """A user who may send nothing hears what would permit it."""
    chain.client.run("sysctl", "-qw", "net.ipv4.ping_group_range=1 0")
    answers, *_, way, missing, _ = asked_by_nobody(chain.client, "tui.probes.echo", f"echo({ALIVE!r})")
    assert answers is (way == "ping-program" and not missing)
    assert way == "ping-program" or "cap_net_raw" in missing


@pytest.mark.skipif(not shutil.which("ping"), reason="needs the ping program")
def test_the_programs_words_are_understood(chain: Chain) -> None:
    """The real program's reply, its router's refusal and its silence are three different answers."""
    reply = asked(chain.client, lambda: ping(ALIVE, 1.0))
    assert reply is not None
    assert (reply.sender, reply.ttl) == (ALIVE, 63)
    refusal = asked(chain.client, lambda: ping(REJECTED, 1.0, "far"))
    assert refusal is not None
    assert refusal.unreachable is not None
    assert (refusal.unreachable.sender, refusal.unreachable.prohibited) == (ROUTER, True)
    assert asked(chain.client, lambda: ping(DROPPED, 1.0)) is None
    refusal = asked(chain.client, lambda: ping(REJECTED6, 1.0))
    assert refusal is not None
    assert refusal.unreachable is not None
    assert refusal.unreachable[:3] == (1, 1, ROUTER6)
