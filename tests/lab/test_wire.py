"""What a capture hears on real wires: who answered, from which MAC, in which VLAN."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.lab.ears import Pair, connect, is_, listening, mac_of, one_wire, segments, throw
from tests.lab.net import CLIENT, ROUTER, Lab, Namespace, needs_lab, network, wire
from tests.lab.slow import NAME, slow_wire
from tests.unit import wire_frames as make
from tests.unit.wire_frames import OURS, OURS_V6, TCP, THEIR_MAC, THEIRS, THEIRS_V6
from tui.wire import filters
from tui.wire.frames import Arp, Icmp, Lldp, Tcp
from tui.wire.send import arp_request

pytestmark = needs_lab

DEVICE = "10.77.2.10"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with network() as made:
        yield made


def test_a_refusal_is_seen_with_its_sender(lab: Lab) -> None:
    """Our SYN leaves, the RST comes back with the device's TTL and the router's MAC, in this order."""
    with listening(lab.client, DEVICE) as capture:
        mark = capture.mark()
        connect(lab.client, "10.77.2.11")
        connect(lab.client, DEVICE)
        frames = [frame for frame in capture.since(mark) if is_(Tcp)(frame)]
    syn, rst = segments(frames)
    assert [(frame.interface, frame.outgoing) for frame in frames] == [("eth1", True), ("eth1", False)]
    assert (syn.source, syn.destination, syn.destination_port, syn.syn) == (CLIENT, DEVICE, 502, True)
    assert (rst.source, rst.source_port, rst.ttl, rst.rst) == (DEVICE, 502, 63, True)
    assert frames[0].at < frames[1].at < frames[0].at + 1
    assert frames[1].source_mac == frames[0].destination_mac != ""


def test_a_routers_own_answers_are_seen(lab: Lab) -> None:
    """ICMP about our SYN names the router that sent it, whether by rule or because the TTL ran out."""
    lab.router.rules("forward", "reject with icmp admin-prohibited")
    with listening(lab.client, DEVICE) as capture:
        connect(lab.client, DEVICE)
        connect(lab.client, DEVICE, ttl=1)
        told = [frame.content for frame in capture.frames() if isinstance(frame.content, Icmp)]
    assert [(icmp.source, icmp.type, icmp.code) for icmp in told] == [(ROUTER, 3, 13), (ROUTER, 11, 0)]
    assert all(icmp.quoted and icmp.quoted[3:] == (DEVICE, 502) for icmp in told)


def test_ipv6_is_seen_like_ipv4(pair: Pair) -> None:
    """Who has the address, the MAC that says so, our SYN and the refusal."""
    one, other = pair
    with listening(one, THEIRS_V6, interface="eth0") as capture:
        connect(one, THEIRS_V6)
        frames = capture.frames()
    (answer,) = [f.content for f in frames if isinstance(f.content, Arp) and not f.content.request][:1]
    assert (answer.sender, answer.sender_mac) == (THEIRS_V6, mac_of(other))
    assert [segment.rst for segment in segments(frames)] == [False, True]


def test_lldp_is_heard(pair: Pair) -> None:
    """The switch's own word reaches us without listening to everybody's traffic."""
    one, other = pair
    frame = make.ethernet(make.lldp(make.tlv(5, b"sw\x1b1")), 0x88CC, destination="01:80:c2:00:00:0e")
    with listening(one) as capture:
        throw(other, frame)
        (heard,) = [f.content for f in capture.frames() if isinstance(f.content, Lldp)]
    assert (heard.system, heard.port) == ("sw\\x1b1", "Gi1/0/7")


def test_a_link_without_macs_is_understood(lab: Lab) -> None:
    """On a tunnel device there is no Ethernet header, and segments are seen all the same."""
    with slow_wire(lab.client, lab.device, 0.0):
        lab.client.run("ip", "route", "add", "10.77.2.19", "dev", NAME)
        with listening(lab.client, "10.77.2.19", interface=NAME) as capture:
            connect(lab.client, "10.77.2.19")
            (frame, *_) = [each for each in capture.frames() if is_(Tcp)(each)]
    assert (frame.interface, frame.source_mac, frame.outgoing) == (NAME, "", True)


def test_loopback_shows_each_frame_twice(pair: Pair) -> None:
    """Once leaving and once arriving, and which it is can be told."""
    with listening(pair[0], "127.0.0.9") as capture:
        connect(pair[0], "127.0.0.9")
        frames = capture.frames()
    assert [(frame.outgoing, frame.interface) for frame in frames] == [(True, "lo"), (False, "lo")] * 2


def test_two_owners_of_one_address_both_answer() -> None:
    """One ARP request of ours brings the MACs of all that claim the address."""
    with ExitStack() as stack:
        bridge, one, other, third = (Namespace(stack) for _ in range(4))
        bridge.run("ip", "link", "add", "bridge0", "type", "bridge")
        bridge.run("ip", "link", "set", "bridge0", "up")
        for number, (host, address) in enumerate(((one, OURS), (other, THEIRS), (third, THEIRS))):
            wire(host, f"{address}/24", bridge, f"10.9.{number + 1}.1/32")
            bridge.run("ip", "link", "set", f"eth{number + 1}", "master", "bridge0")
        with listening(one, THEIRS, interface="eth0") as capture:
            mark = capture.mark()
            one.do(lambda: arp_request("eth0", THEIRS, sender_ip=OURS))
            frames = capture.since(mark)
        asked, *answers = [frame for frame in frames if isinstance(frame.content, Arp)]
        assert asked.outgoing
        assert asked.content == Arp(True, mac_of(one), OURS, "00:00:00:00:00:00", THEIRS)
        assert asked.destination_mac == make.BROADCAST
        claims = {frame.content.sender_mac for frame in answers if isinstance(frame.content, Arp)}
        assert claims == {mac_of(other), mac_of(third)}


@pytest.fixture
def pair() -> Iterator[Pair]:
    with one_wire() as made:
        yield made


FROM_THEM = make.ip(make.tcp(0x12), TCP)
UNTOUCHED = make.ip(make.tcp(0x12), TCP, "10.1.0.9")


@pytest.mark.parametrize("kind", [0x8100, 0x88A8])
def test_vlan_tags_are_seen_at_both_ends(pair: Pair, kind: int) -> None:
    """A tag is told whether the kernel took it off (arriving) or left it in (leaving), one inside too."""
    one, other = pair
    sent = [make.ethernet(FROM_THEM, tags=tags, tag_kind=kind) for tags in ((20,), (20, 30), ())]
    with listening(one, THEIRS) as here, listening(other, THEIRS) as there:
        throw(other, *sent)
        for capture, leaving in ((here, False), (there, True)):
            frames = [frame for frame in capture.frames() if is_(Tcp)(frame)]
            assert [(f.vlan, f.inner_vlan) for f in frames] == [(20, None), (20, 30), (None, None)]
            assert {frame.outgoing for frame in frames} == {leaving}


def test_the_kernel_runs_the_filters_as_meant(pair: Pair) -> None:
    """Of many kinds of frame on a real wire, each program passes its own and no other."""
    one, other = pair
    both = [
        make.ethernet(make.arp(1), 0x0806),
        make.ethernet(make.lldp(), 0x88CC, destination="01:80:c2:00:00:0e"),
        make.ethernet(FROM_THEM),
        make.ethernet(FROM_THEM, tags=(20, 30)),
        make.ethernet(make.ip(make.tcp(2), TCP, THEIRS_V6, OURS_V6), tags=(20,)),
        make.ethernet(make.ip(make.tcp(2), TCP, options=bytes(8))),
    ]
    only_about = [
        make.ethernet(make.ip(make.tcp(2, source=80), TCP)),
        make.ethernet(make.ip(make.icmp(3, 1), 1, "10.1.0.9")),
        make.ethernet(make.ip(make.icmp(129, 0), 58, "fd00::9", OURS_V6), tags=(20,)),
    ]
    only_ports = [
        make.ethernet(UNTOUCHED),
        make.ethernet(make.ip(make.tcp(2, source=7, destination=502), TCP, "fd00::9", OURS_V6)),
        make.ethernet(make.arp(1, "10.1.0.8", "10.1.0.9"), 0x0806),
    ]
    neither = [
        make.ethernet(make.ip(make.udp(), 17, "10.1.0.9")),
        make.ethernet(make.ip(make.tcp(2, source=80), TCP, "10.1.0.9")),
        make.ethernet(b"\0" * 60, 0x88CD),
    ]
    for program, wanted in (
        (filters.about([THEIRS, THEIRS_V6]), both + only_about),
        (filters.ports([502]), both + only_ports),
    ):
        with listening(one, interface="eth0", program=program) as capture:
            for frame in both + only_about + only_ports + neither:
                throw(other, frame)
                passed = [f for f in capture.frames() if f.source_mac == THEIR_MAC]
                assert len(passed) == (frame in wanted), frame.hex(" ")


def test_the_largest_programs_are_taken(pair: Pair) -> None:
    """As many addresses and ports as may be named fit into the smallest memory kernels grant a filter."""
    one, _ = pair
    one.run("sh", "-c", "sysctl -qw net.core.optmem_max=20480 || true")
    addresses = [f"fd00::{number:x}" for number in range(filters.ADDRESSES)]
    for program in (filters.about(addresses), filters.ports(range(1, 65))):
        listening(one, program=program).close()
