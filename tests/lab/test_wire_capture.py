"""How a capture behaves: waiting, loss, an interface that goes, and privilege."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.lab.ears import Pair, is_, listening, one_wire, segments, throw
from tests.lab.net import needs_lab
from tests.unit import wire_frames as make
from tests.unit.wire_frames import OTHER_MAC, OURS, TCP, THEIRS
from tests.waiting import until
from tui.wire import filters
from tui.wire.capture import Capture, CaptureError
from tui.wire.frames import Frame, Icmp, Lldp, Tcp
from tui.wire.send import arp_request

pytestmark = needs_lab

FROM_THEM = make.ip(make.tcp(0x12), TCP)


@pytest.fixture
def pair() -> Iterator[Pair]:
    with one_wire() as made:
        yield made


async def test_watching_ends_with_the_frame_the_wait_or_the_capture(pair: Pair) -> None:
    """Several watch one capture; each gets its own frame, and None when it will not come."""
    one, other = pair
    with listening(one, THEIRS) as capture:
        assert await capture.watch(is_(Tcp), 0.01) is None
        mark = capture.mark()
        waiting = [asyncio.create_task(capture.watch(is_(kind), 10)) for kind in (Tcp, Lldp, Icmp)]
        await until(lambda: len(capture._waiting) == 3)
        throw(other, make.ethernet(FROM_THEM))
        throw(other, make.ethernet(make.lldp(), 0x88CC, destination="01:80:c2:00:00:0e"))
        found = [await waiting[0], await waiting[1]]
        assert all(found)
        assert await capture.watch(is_(Lldp), 0, since=mark) == found[1]
        assert set(found) <= set(capture.frames())
        assert capture.frames() == []
    assert await waiting[2] is None
    assert await capture.watch(is_(Tcp), 10) is None


def test_what_was_missed_is_counted(pair: Pair) -> None:
    """Frames that came faster than they were read are in the count of lost ones, not forgotten."""
    one, other = pair
    frame = make.ethernet(make.ip(make.tcp(0x10, bytes(1000)), TCP))
    with listening(one, program=filters.ports([502])) as capture:
        throw(other, *[frame] * 20_000)
        read = 0
        while frames := capture.frames():
            read += len(frames)
        lost = capture.lost
    assert lost > 0
    assert read + lost == 20_000
    assert capture.lost == lost


async def test_an_interface_that_goes_down_says_so(pair: Pair) -> None:
    """The capture tells why it is deaf, and hears again when the interface is back."""
    one, other = pair
    with listening(one, THEIRS, interface="eth0") as capture:
        one.run("ip", "link", "set", "eth0", "down")
        assert await capture.watch(is_(Tcp), 0.05) is None
        assert capture.trouble == "the interface is down"
        one.run("ip", "link", "set", "eth0", "up")

        def heard() -> list[Frame]:
            throw(other, make.ethernet(FROM_THEM))
            return capture.frames()

        await until(heard)
        assert capture.trouble == ""


def test_no_privilege_is_one_clear_line(pair: Pair) -> None:
    """An ordinary user is told what is missing and how to get it, for listening and for asking."""

    def as_user(act: Callable[[], object]) -> str:
        def tried() -> str:
            os.seteuid(65534)
            try:
                with pytest.raises(CaptureError) as refused:
                    act()
                return str(refused.value)
            finally:
                os.seteuid(0)

        return pair[0].do(tried)

    for said in (
        as_user(lambda: Capture.start(filters.about([]))),
        as_user(lambda: arp_request("eth0", THEIRS, sender_ip=OURS)),
    ):
        assert "CAP_NET_RAW" in said
        assert "setcap cap_net_raw+ep" in said


def test_what_cannot_be_listened_to_says_why(pair: Pair) -> None:
    """A wrong interface is named; ARP is not asked where there is none."""
    one, _ = pair
    for interface in ("eth9", "x" * 200, "a\0b", "", "\x1b[2J"):
        with pytest.raises(CaptureError, match="no interface") as refused:
            listening(one, interface=interface)
        assert str(refused.value).isprintable()
    with pytest.raises(CaptureError, match="no interface eth9"):
        one.do(lambda: arp_request("eth9", THEIRS, sender_ip=OURS))
    with pytest.raises(CaptureError, match="no ARP"):
        one.do(lambda: arp_request("lo", THEIRS, sender_ip=OURS))
    one.run("ip", "link", "set", "eth0", "down")
    with pytest.raises(CaptureError, match="eth0 is down"):
        one.do(lambda: arp_request("eth0", THEIRS, sender_ip=OURS))


def test_traffic_of_others_needs_listening_to_all(pair: Pair) -> None:
    """A mirror port's frames bear others' MACs; asking for them takes one interface by name."""
    one, other = pair
    program = filters.ports([502])
    mirrored = make.ethernet(
        make.ip(make.tcp(0x18, bytes(250)), TCP, "10.5.0.1", "10.5.0.2"), destination=OTHER_MAC
    )
    with closing(
        one.do(lambda: Capture.start(program, interface="eth0", snap=600, promiscuous=True))
    ) as capture:
        throw(other, mirrored)
        (segment,) = segments(capture.frames())
    assert (segment.source, segment.data) == ("10.5.0.1", bytes(250))
    with pytest.raises(ValueError, match="one interface"):
        Capture.start(program, promiscuous=True)
