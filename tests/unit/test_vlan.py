"""In which VLAN a device was heard, and in which one this host looks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.probes.route import Interface, Route
from tui.probes.vlan import Vlan, look
from tui.wire.frames import Arp, Content, Frame, Icmp, Lldp, Tcp

DEVICE: Final = "10.20.0.12"
MAC: Final = "02:00:00:00:00:0c"
ETH: Final = Interface("eth0", True, True)
VLAN_30: Final = Interface("eth0.30", True, True, "vlan", 30, "eth0")
VLAN_20: Final = Interface("eth0.20", True, True, "vlan", 20, "eth0")
PLAIN: Final = Route("link", "eth0", interfaces=(ETH,))
TAGGED: Final = Route("link", "eth0.30", interfaces=(ETH, VLAN_30))
QUESTION: Final = Arp(True, MAC, DEVICE, "", "10.20.0.1")
SEGMENT: Final = Tcp(DEVICE, 502, "10.20.0.9", 40_000, 64, 0x12, 0, 0, 0, b"", 0)
ECHO: Final = Icmp(DEVICE, "10.20.0.9", 64, 0, 0, False, None, 1, 1)
SWITCH: Final = Lldp("00:11:22:33:44:55", "port 7", "hall-3", 20)


def _frame(
    content: Content | None, vlan: int | None = None, interface: str = "eth0", *, outgoing: bool = False
) -> Frame:
    return Frame(1.0, interface, outgoing, MAC, "", vlan, content)


@pytest.mark.parametrize("content", [QUESTION, SEGMENT, ECHO])
def test_a_device_in_another_vlan_is_found_out(content: Content) -> None:
    """Whatever the device says inside a tag that our way does not carry shows where it lives."""
    seen = look(PLAIN, [_frame(content, 20)], DEVICE)
    assert (seen.own, seen.heard, seen.heard_in) == (None, (20,), 20)
    assert seen.remarks == ("the device was heard in VLAN 20, but this host looks for it outside any VLAN",)


def test_the_wrong_one_of_two_vlans_is_found_out() -> None:
    """Between VLANs, both are named, and so is the interface of ours that would be right."""
    way = TAGGED._replace(interfaces=(*TAGGED.interfaces, VLAN_20))
    seen = look(way, [_frame(QUESTION, 20)], DEVICE)
    assert (seen.own, seen.heard_in, seen.member) == (30, 20, "eth0.20")
    assert seen.remarks == (
        "the device was heard in VLAN 20, but this host looks for it in VLAN 30",
        "eth0.20 of this host is in VLAN 20, but is not the way taken",
    )


@pytest.mark.parametrize(
    ("way", "frames"),
    [
        pytest.param(PLAIN, [_frame(QUESTION)], id="untagged, as we are"),
        pytest.param(TAGGED, [_frame(QUESTION, 30)], id="in our tag, below"),
        pytest.param(TAGGED, [_frame(QUESTION, None, "eth0.30")], id="on our VLAN's interface"),
        pytest.param(PLAIN, [_frame(SEGMENT, 20), _frame(QUESTION)], id="mirrored from elsewhere, too"),
        pytest.param(PLAIN, [_frame(QUESTION, 20, outgoing=True)], id="sent by ourselves"),
        pytest.param(PLAIN, [_frame(QUESTION, 20, "eth9")], id="on another interface"),
        pytest.param(PLAIN, [_frame(QUESTION._replace(sender="10.20.0.13"), 20)], id="another device"),
        pytest.param(PLAIN, [_frame(QUESTION._replace(sender="0.0.0.0", target=DEVICE), 20)], id="asked for"),
        pytest.param(PLAIN, [], id="nothing"),
        pytest.param(Route("none"), [_frame(QUESTION, 20)], id="no way at all"),
    ],
)
def test_a_device_heard_where_we_look_is_no_suspect(way: Route, frames: Sequence[Frame]) -> None:
    """No VLAN is blamed unless the device was heard in a foreign one and nowhere else."""
    assert look(way, frames, DEVICE).heard_in is None


def test_the_switch_port_is_told() -> None:
    """Where this host is plugged in is what somebody must check first."""
    seen = look(TAGGED, [_frame(SWITCH._replace(port="port 6")), _frame(SWITCH), _frame(None, 7)], DEVICE)
    assert (seen.switch, seen.heard) == (SWITCH, (7,))
    assert seen.remarks == ("the switch calls itself hall-3 and this port 'port 7', VLAN 20",)
    nameless = Vlan(switch=SWITCH._replace(system="", vlan=None))
    assert nameless.remarks == ("the switch calls itself 00:11:22:33:44:55 and this port 'port 7'",)


def test_the_ports_of_a_bridge_are_listened_to() -> None:
    """What a bridge keeps from its own interface, its ports still hear."""
    port = Interface("eth0", True, True, master="br0")
    way = Route("link", "br0", interfaces=(Interface("br0", True, True, "bridge"), port))
    assert look(way, [_frame(SWITCH)], DEVICE).switch == SWITCH


_Frames = st.lists(
    st.builds(
        _frame,
        st.sampled_from([QUESTION, SEGMENT, ECHO, SWITCH, None]),
        st.none() | st.integers(1, 4094),
        st.sampled_from(["eth0", "eth0.30", "eth9"]),
        outgoing=st.booleans(),
    ),
    max_size=8,
)


@given(_Frames, st.sampled_from([PLAIN, TAGGED, Route("none")]))
def test_whatever_is_heard_the_judgement_is_sound(frames: list[Frame], way: Route) -> None:
    """A VLAN that is blamed was heard, and is not our own."""
    seen = look(way, frames, DEVICE)
    assert seen.heard_in is None or (seen.heard_in in seen.heard and seen.heard_in != seen.own)
    assert all(line.isprintable() for line in seen.remarks)
