"""How far a SYN gets, over real routers, and what that leaves on the wire."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.asking import Chain, asked, asked_by_nobody
from tests.lab.capture import FIN, RST, capturing, syns
from tests.lab.net import needs_lab
from tui.probes.tcp import connect
from tui.probes.trace import Trace, trace
from tui.records import Target

pytestmark = needs_lab

FIRST, LAST = "10.77.101.1", "10.77.102.1"
FIRST6, LAST6 = "fd77:101::1", "fd77:102::1"
CLOSED, OPEN, FORGED, REJECTED, MUTE_ROUTER = (f"10.77.2.{n}" for n in (1, 2, 3, 4, 5))
DROPPED, DROPPED6 = "10.77.2.9", "fd77:2::9"


@pytest.fixture(scope="module")
def chain() -> Iterator[Chain]:
    """Two routers; the last one filters, the first one forges for one address and hides for another."""
    with ExitStack() as stack:
        made = Chain(stack, 2)
        first, last = made.routers
        last.rules(
            "forward",
            f"ip daddr {{ {DROPPED}, {MUTE_ROUTER} }} tcp dport 502 drop",
            f"ip daddr {REJECTED} reject with icmp admin-prohibited",
        )
        # What an ICMP error quotes begins 8 bytes into it; the address it went to 16 bytes into that.
        last.rules("output", f"icmp type time-exceeded @th,192,32 {_number(MUTE_ROUTER)} drop")
        first.rules("forward", f"ip daddr {FORGED} tcp dport 502 reject with tcp reset")
        last.run("nft", "add", "table", "ip6", "lab")
        last.run("nft", "add", "chain", "ip6", "lab", "forward", "{ type filter hook forward priority 0; }")
        last.run("nft", "add", "rule", "ip6", "lab", "forward", f"ip6 daddr {DROPPED6} drop")
        yield made


def _number(address: str) -> str:
    return "0x" + bytes(map(int, address.split("."))).hex()


def _listening(stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_server((OPEN, 502)))


def of(chain: Chain, address: str, hops_known: int | None = None, most: int = 8) -> Trace:
    return asked(
        chain.client, lambda: trace(Target(address, 502), most=most, wait_s=0.3, hops_known=hops_known)
    )


def senders(told: Trace) -> list[tuple[int, str | None]]:
    return [(hop.ttl, hop.sender) for hop in told.hops]


@pytest.mark.parametrize(("address", "first", "last"), [(DROPPED, FIRST, LAST), (DROPPED6, FIRST6, LAST6)])
def test_a_dropped_syn_is_followed_to_the_last_router(
    chain: Chain, address: str, first: str, last: str
) -> None:
    """Every router on the way is named, and two silent hops behind the last end it."""
    told = of(chain, address)
    assert senders(told) == [(1, first), (2, last), (3, None), (4, None)]
    assert (told.reached, told.last, told.connections, told.stopped) == (False, last, 4, "")


def test_a_known_distance_saves_syns(chain: Chain) -> None:
    """With the hops that an echo told, the last router and the silence behind it cost two SYNs."""
    told = of(chain, DROPPED, hops_known=2)
    assert senders(told) == [(2, LAST), (3, None)]
    assert (told.last, told.connections) == (LAST, 2)


def test_a_silent_last_router_is_passed_over(chain: Chain) -> None:
    """Where the last router keeps quiet, the one before it is the farthest that answers."""
    told = of(chain, MUTE_ROUTER, hops_known=2)
    assert senders(told) == [(1, FIRST), (2, None)]
    assert (told.reached, told.last, told.connections) == (False, FIRST, 2)


def test_the_budget_is_never_exceeded(chain: Chain) -> None:
    """No more SYNs than allowed, whatever is still unknown."""
    assert of(chain, DROPPED, most=1).connections == 1
    assert of(chain, MUTE_ROUTER, hops_known=9, most=3).connections == 3
    assert of(chain, DROPPED, most=0) == Trace((), False, None, 0)


def test_a_closed_port_is_reached(chain: Chain) -> None:
    """An RST in the device's name at its distance ends the trace there."""
    told = of(chain, CLOSED)
    assert senders(told) == [(1, FIRST), (2, LAST), (3, CLOSED)]
    assert (told.reached, told.last) == (True, LAST)


def test_a_forged_rst_comes_too_early(chain: Chain) -> None:
    """A SYN that cannot get as far as the device is refused in its name: a filter on the way did it."""
    told = of(chain, FORGED, hops_known=2)
    assert senders(told) == [(2, FORGED)]
    assert (told.reached, told.last) == (True, None)


def test_a_filter_that_says_so_ends_the_trace(chain: Chain) -> None:
    """An ICMP refusal names who refuses; nothing more is sent."""
    told = of(chain, REJECTED, hops_known=2)
    assert senders(told) == [(2, LAST), (3, LAST)]
    assert (told.reached, told.last) == (False, LAST)
    assert told.stopped == f"ICMP type 3 code 13 from {LAST}"


def test_no_route_is_this_hosts_word(chain: Chain) -> None:
    """What this host does not send is no silent hop."""
    assert of(chain, "192.0.2.1") == Trace((), False, None, 1, "this host has no route")


def test_no_privilege_is_needed(chain: Chain) -> None:
    """An ordinary user gets the same hops."""
    question = f"trace(Target({DROPPED!r}, 502), most=8, wait_s=0.3)"
    hops, reached, last, connections, _ = asked_by_nobody(chain.client, "tui.probes.trace", question)
    assert [hop[1] for hop in hops] == [FIRST, LAST, None, None]
    assert (reached, last, connections) == (False, LAST, 4)


def test_only_syns_and_one_orderly_end_go_out(chain: Chain) -> None:
    """An open port costs the SYNs on the way and one connection ended by FIN; no RST leaves this host."""
    with ExitStack() as stack:
        chain.device.do(lambda: _listening(stack))
        with capturing(chain.client, "far") as capture:
            told = of(chain, OPEN)
            of(chain, DROPPED)
            segments = capture.segments()
    assert (told.reached, told.connections) == (True, 3)
    assert syns(segments) == {OPEN: 3, DROPPED: 4}
    assert not [segment for segment in segments if segment.sent and segment.flags & RST]
    assert [segment.device for segment in segments if segment.sent and segment.flags & FIN] == [OPEN]


def test_hops_that_run_out_are_told_with_their_router(chain: Chain) -> None:
    """A connect that loops or has too few hops names the router where it ended."""
    _, outcome = asked(chain.client, lambda: connect(Target(CLOSED, 502), 1.0, ttl=1))
    assert (outcome.state, outcome.sender) == ("host-unreachable", FIRST)
    assert outcome.detail == f"too many hops on the way: ICMP type 11 code 0 from {FIRST}"
    assert outcome.unreachable is not None
    assert outcome.unreachable.expired
