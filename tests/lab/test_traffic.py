"""What a sweep really puts on the wire."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.capture import FIN, RST, Segment, busiest_second, capturing, most_at_once, syns
from tests.lab.net import Lab, needs_lab, network
from tests.lab.slow import NAME, slow_wire

pytestmark = needs_lab

HEALTHY = {f"10.77.2.{number}" for number in range(1, 31)}
LATE = "10.77.2.19"
MUTE, HANGS_UP, DROPPED = "10.77.2.40", "10.77.2.41", "10.77.2.42"


@pytest.fixture
def lab() -> Iterator[Lab]:
    with network() as made:
        yield made


@pytest.fixture(scope="module")
def traffic() -> Iterator[list[Segment]]:
    """A fast sweep over healthy, mute, rude, refusing and dropped devices."""
    with network() as lab:
        lab.serve(
            *(f"{address}:502:answers" for address in HEALTHY),
            f"{MUTE}:502:mute",
            f"{HANGS_UP}:502:hangs-up",
        )
        lab.device.rules("input", f"ip daddr {DROPPED} drop")
        with capturing(lab.client, "eth1") as capture:
            lab.scan("10.77.2.1-60", "--pace", "fast")
            yield capture.segments()


def test_a_healthy_device_gets_one_syn(traffic: list[Segment]) -> None:
    """One sweep costs a device in order exactly one connection."""
    assert {
        address: count for address, count in syns(traffic).items() if address in HEALTHY
    } == dict.fromkeys(HEALTHY, 1)


def test_never_two_connections_to_a_device_at_once(traffic: list[Segment]) -> None:
    """Whatever a device does, a second connection waits for the end of the first."""
    assert max(most_at_once(traffic).values()) == 1


def test_no_reset_is_ever_sent(traffic: list[Segment]) -> None:
    """No device, healthy or rude, gets an RST from us."""
    assert not [segment for segment in traffic if segment.sent and segment.flags & RST]


def test_every_connection_ends_by_fin(traffic: list[Segment]) -> None:
    """Each device that accepted sees our FIN, unless it resets the connection first."""
    ended = {segment.device for segment in traffic if segment.sent and segment.flags & FIN}
    reset = {segment.device for segment in traffic if not segment.sent and segment.flags & RST}
    assert HEALTHY | {MUTE} <= ended
    assert HANGS_UP in ended | reset


def test_a_device_that_misses_the_first_syn_is_found(lab: Lab) -> None:
    """A lost SYN costs a second, not the device."""
    lab.serve("0.0.0.0:502:answers")
    lab.device.rules("input")
    lab.device.run("nft", "add set ip lab heard { type ipv4_addr; flags dynamic; timeout 1m; size 999; }")
    lab.device.rules("input", "tcp flags syn ip daddr != @heard add @heard { ip daddr } drop")
    states = [outcome["state"] for outcome in lab.scan("10.77.2.1-20", "--pace", "fast")]
    assert states == ["answers"] * 20


def test_a_device_half_a_second_late_is_found_and_not_reset(lab: Lab) -> None:
    """Among devices that answer at once, one whose SYN-ACK takes 500 ms gets one SYN and no RST."""
    lab.serve("0.0.0.0:502:answers")
    with slow_wire(lab.client, lab.device, 0.25), capturing(lab.client, NAME) as capture:
        lab.client.run("ip", "route", "add", LATE, "dev", NAME)
        # What the late device sends goes back over the slow wire, as it came.
        lab.device.run("ip", "route", "add", "10.77.1.0/24", "dev", NAME, "table", "99")
        lab.device.run("ip", "rule", "add", "from", LATE, "lookup", "99")
        for host in (lab.client, lab.device):
            host.run("sysctl", "-qw", f"net.ipv4.conf.{NAME}.rp_filter=0", "net.ipv4.conf.all.rp_filter=0")
        outcomes = {outcome["address"]: outcome for outcome in lab.scan("10.77.2.1-20", "--pace", "fast")}
        segments = capture.segments()
    assert {outcome["state"] for outcome in outcomes.values()} == {"answers"}
    assert outcomes[LATE]["ms"] > 500
    assert syns(segments) == {LATE: 1}
    assert not [segment for segment in segments if segment.sent and segment.flags & RST]


@pytest.mark.parametrize(
    ("pace", "asked", "rate"),
    [("gentle", "10.77.2.1-9", 2), ("normal", "10.77.2.1-150", 50), ("fast", "10.77.0.0/21", 1000)],
)
def test_the_pace_is_kept_on_the_wire(pace: str, asked: str, rate: int) -> None:
    """No second sees more new connections than the pace allows, and the pace is made use of."""
    with network("10.77.2.0/24", "10.77.4.0/22") as lab, capturing(lab.client, "eth1") as capture:
        lab.scan(asked, "--pace", pace)
        most = busiest_second(capture.segments())
    # A late timer may make up for 20 ms; the first connection of a second opens the window.
    assert 0.8 * rate <= most <= 1.02 * rate + 1
