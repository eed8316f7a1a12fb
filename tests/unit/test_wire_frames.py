"""What is read out of a frame, and that no bytes can upset the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import wire_frames as make
from tests.unit.wire_frames import (
    ICMP,
    ICMPV6,
    OUR_MAC,
    OURS,
    OURS_V6,
    TCP,
    THEIR_MAC,
    THEIRS,
    THEIRS_V6,
    UDP,
)  # fmt: skip
from tui.wire.frames import Arp, Frame, Icmp, Lldp, Quoted, Tcp, parse

SYN, RST, ACK, FIN = 0x02, 0x04, 0x10, 0x01
OPTIONS = b"\x02\x04\x05\xb4"
EXTENSION = bytes([TCP, 0]) + bytes(6)


def parsed(data: bytes) -> Frame:
    frame = parse(data)
    assert frame is not None
    return frame


def segment(data: bytes) -> Tcp:
    content = parsed(data).content
    assert isinstance(content, Tcp)
    return content


@pytest.mark.parametrize(
    ("flags", "meaning"),
    [(SYN, {"syn"}), (SYN | ACK, {"syn", "accepts"}), (RST | ACK, {"rst"}), (FIN | ACK, {"fin"})],
)
@pytest.mark.parametrize(("source", "destination"), [(THEIRS, OURS), (THEIRS_V6, OURS_V6)])
def test_tcp_says_who_answered_what(source: str, destination: str, flags: int, meaning: set[str]) -> None:
    """Both ends, the TTL and the flags of a segment come out as sent, in IPv4 and IPv6."""
    packet = make.ip(make.tcp(flags, options=OPTIONS), TCP, source, destination, ttl=63)
    frame = parsed(make.ethernet(packet))
    assert frame.content == Tcp(source, 502, destination, 40_000, 63, flags, 1, 2, 5840, b"", 0)
    assert (frame.source_mac, frame.destination_mac, frame.vlan) == (THEIR_MAC, OUR_MAC, None)
    told = segment(make.ethernet(packet))
    assert {name for name in ("syn", "accepts", "rst", "fin") if getattr(told, name)} == meaning


def test_padding_of_a_short_frame_is_no_data() -> None:
    """Ethernet fills frames up to 60 bytes: what the IP length does not cover was never sent."""
    told = segment(make.ethernet(make.ip(make.tcp(ACK, b"\x00\x01"), TCP)))
    assert (told.data, told.length) == (b"\x00\x01", 2)


def test_a_cut_capture_still_tells_how_much_was_sent() -> None:
    """Data beyond what was captured is missing, its length is not."""
    whole = make.ethernet(make.ip(make.tcp(ACK, b"0123456789" * 30), TCP))
    told = segment(whole[:60])
    assert (told.data, told.length) == (b"012345", 300)


def test_a_length_left_to_the_card_is_no_obstacle() -> None:
    """IP length 0, as seen of packets a card will yet cut up, means all there is."""
    packet = make.ip(make.tcp(ACK, b"0123456789"), TCP, total=0)
    assert segment(make.ethernet(packet)).data == b"0123456789"


def test_tcp_is_found_behind_options_and_extensions() -> None:
    """IPv4 options and IPv6 extension headers do not hide a segment."""
    assert segment(make.ethernet(make.ip(make.tcp(SYN), TCP, options=bytes(8)))).syn
    for kind in (0, 43, 60):
        packet = make.ip(EXTENSION + make.tcp(SYN), kind, THEIRS_V6, OURS_V6)
        assert segment(make.ethernet(packet)).syn
    endless = make.ip(bytes(8) * 100 + EXTENSION + make.tcp(SYN), 0, THEIRS_V6, OURS_V6)
    assert parsed(make.ethernet(endless)).content is None


def test_only_the_first_fragment_has_a_segment() -> None:
    """What follows the first fragment begins in the middle and is not taken for a header."""
    first, later = 0x2000, 0x2005
    assert segment(make.ethernet(make.ip(make.tcp(SYN), TCP, fragment=first))).syn
    assert parsed(make.ethernet(make.ip(make.tcp(SYN), TCP, fragment=later))).content is None
    fragments = [bytes([TCP, 0, 0, offset]) + bytes(4) + make.tcp(SYN) for offset in (1, 9)]
    packets = [make.ip(fragment, 44, THEIRS_V6, OURS_V6) for fragment in fragments]
    assert segment(make.ethernet(packets[0])).syn
    assert parsed(make.ethernet(packets[1])).content is None


@pytest.mark.parametrize(
    ("tags", "vlan", "inner"),
    [((20,), 20, None), ((20, 30), 20, 30), ((0,), None, None), ((0xE014,), 20, None), ((0, 30), 30, None)],
)
@pytest.mark.parametrize("kind", [0x8100, 0x88A8, 0x9100])
def test_vlan_tags_inside_are_read(
    kind: int, tags: tuple[int, ...], vlan: int | None, inner: int | None
) -> None:
    """Tags left in the frame give the VLAN from the outside in, priorities aside."""
    frame = parsed(make.ethernet(make.ip(make.tcp(SYN), TCP), tags=tags, tag_kind=kind))
    assert (frame.vlan, frame.inner_vlan) == (vlan, inner)
    assert isinstance(frame.content, Tcp)


def test_the_tag_the_kernel_took_off_is_the_outer_one() -> None:
    """A tag told beside the frame comes before one inside it."""
    frame = parse(make.ethernet(make.ip(make.tcp(SYN), TCP), tags=(30,)), vlan=20)
    assert frame is not None
    assert (frame.vlan, frame.inner_vlan) == (20, 30)


def test_a_link_without_header_has_no_macs() -> None:
    """A packet from a tunnel is read from its first byte."""
    packet = make.ip(make.tcp(SYN), TCP)
    frame = parse(packet, protocol=0x0800, interface="tun0", at=5.0, outgoing=True)
    assert frame is not None
    assert frame[:6] == (5.0, "tun0", True, "", "", None)
    assert isinstance(frame.content, Tcp)


@pytest.mark.parametrize("kind", [3, 4, 5, 11, 12])
def test_an_icmp_error_tells_what_it_is_about(kind: int) -> None:
    """The sender may be anybody; the quoted packet is ours."""
    ours = make.ip(make.tcp(SYN, source=40_000, destination=502)[:8], TCP, OURS, "192.0.2.7", total=60)
    packet = make.ip(make.icmp(kind, 13, quoted=ours), ICMP, "10.9.9.9", OURS, ttl=250)
    quoted = Quoted(TCP, OURS, 40_000, "192.0.2.7", 502)
    found = Icmp("10.9.9.9", OURS, 250, kind, 13, False, quoted, 0, 0)
    assert parsed(make.ethernet(packet)).content == found


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_an_icmpv6_error_tells_what_it_is_about(kind: int) -> None:
    """The same for IPv6, extension headers of the quoted packet included."""
    behind = EXTENSION + make.tcp(SYN, source=40_000, destination=502)
    ours = make.ip(behind, 60, OURS_V6, "2001:db8::7")
    packet = make.ip(make.icmp(kind, 1, quoted=ours), ICMPV6, "fd00::9", OURS_V6, ttl=63)
    quoted = Quoted(TCP, OURS_V6, 40_000, "2001:db8::7", 502)
    assert parsed(make.ethernet(packet)).content == Icmp("fd00::9", OURS_V6, 63, kind, 1, True, quoted, 0, 0)


def test_an_error_that_quotes_no_ports_is_still_told() -> None:
    """A quote cut before the ports, of another protocol, or of no packet at all, gives what it has."""
    ours = make.ip(b"", TCP, OURS, THEIRS, total=60)
    for quoted, expected in (
        (ours, Quoted(TCP, OURS, 0, THEIRS, 0)),
        (make.ip(bytes(8), ICMP, OURS, THEIRS), Quoted(ICMP, OURS, 0, THEIRS, 0)),
        (b"\x99" * 30, None),
        (b"", None),
    ):
        packet = make.ip(make.icmp(3, 1, quoted=quoted), ICMP, total=28 + len(quoted))
        content = parsed(make.ethernet(packet)).content
        assert isinstance(content, Icmp)
        assert content.quoted == expected


def test_echo_replies_tell_whose_question_they_answer() -> None:
    """Identifier and sequence number of an echo come out, and nothing of the sort from an error."""
    rest = b"\x12\x34\x00\x05"
    v4 = make.ip(make.icmp(0, 0, rest), ICMP, ttl=127)
    v6 = make.ip(make.icmp(129, 0, rest), ICMPV6, THEIRS_V6, OURS_V6, ttl=127)
    for packet, v6_told in ((v4, False), (v6, True)):
        content = parsed(make.ethernet(packet)).content
        assert isinstance(content, Icmp)
        assert (content.identifier, content.sequence, content.ttl) == (0x1234, 5, 127)
        assert (content.v6, content.quoted) == (v6_told, None)


def test_arp_is_told_question_or_answer() -> None:
    """Who asks for whom, and who answers with which MAC."""
    assert parsed(make.ethernet(make.arp(1), 0x0806)).content == Arp(True, THEIR_MAC, THEIRS, OUR_MAC, OURS)
    answer = parsed(make.ethernet(make.arp(2), 0x0806)).content
    assert answer == Arp(False, THEIR_MAC, THEIRS, OUR_MAC, OURS)


@pytest.mark.parametrize("message", [make.arp(3), make.arp(1, kind=6), make.arp(1)[:27]])
def test_other_uses_of_arp_are_left_alone(message: bytes) -> None:
    """Reverse ARP, other links and cut messages are no statement about an address."""
    assert parsed(make.ethernet(message, 0x0806, pad=False)).content is None


def test_neighbour_discovery_reads_like_arp() -> None:
    """IPv6 asks and answers in other packets, and is told in the same terms."""
    asked = make.ip(
        make.discovery(135, OURS_V6, link_address := make.link_address(1)), ICMPV6, THEIRS_V6, ttl=255,
        destination="ff02::1:ff00:1",
    )  # fmt: skip
    assert len(link_address) == 8
    assert parsed(make.ethernet(asked)).content == Arp(True, THEIR_MAC, THEIRS_V6, "", OURS_V6)
    other = "02:00:00:00:00:99"
    options = make.link_address(14), make.link_address(2, other)
    answer = make.ip(make.discovery(136, THEIRS_V6, *options), ICMPV6, "fe80::5", OURS_V6, ttl=255)
    assert parsed(make.ethernet(answer)).content == Arp(False, other, THEIRS_V6, "", OURS_V6)


def test_an_advertisement_without_a_mac_is_the_senders() -> None:
    """Where the option is left out, the frame's own sender is the one that answers."""
    answer = make.ip(make.discovery(136, THEIRS_V6), ICMPV6, THEIRS_V6, OURS_V6, ttl=255)
    assert parsed(make.ethernet(answer)).content == Arp(False, THEIR_MAC, THEIRS_V6, "", OURS_V6)


def test_neighbour_discovery_from_afar_is_not_believed() -> None:
    """A message that came through a router says nothing about this link."""
    forged = make.ip(make.discovery(136, THEIRS_V6), ICMPV6, THEIRS_V6, OURS_V6, ttl=254)
    assert isinstance(parsed(make.ethernet(forged)).content, Icmp)


def test_lldp_names_the_switch_its_port_and_vlan() -> None:
    """The switch at the other end says who it is; zero and absent VLANs are none."""
    vlan = b"\x00\x80\xc2\x01"
    frame = make.lldp(make.tlv(5, b"switch-3"), make.tlv(4, b"to PLC"), make.tlv(127, vlan + b"\x00\x14"))
    found = Lldp(THEIR_MAC, "Gi1/0/7", "switch-3", 20, "to PLC")
    assert parsed(make.ethernet(frame, 0x88CC)).content == found
    none = make.lldp(make.tlv(127, vlan + b"\x00\x00"), chassis=b"\x05\x01\x0a\x00\x00\x09", port=b"\x07007")
    assert parsed(make.ethernet(none, 0x88CC)).content == Lldp("10.0.0.9", "007", "", None)


def test_hostile_names_in_lldp_are_made_harmless() -> None:
    """A switch's name is text from outside: bounded, and inert in a terminal."""
    hostile = make.lldp(make.tlv(5, b"\x1b]0;owned\x07" + b"A" * 400), port=b"\x05\xff\x1b[2J")
    content = parsed(make.ethernet(hostile, 0x88CC)).content
    assert isinstance(content, Lldp)
    assert content.system.isprintable()
    assert content.port.isprintable()
    assert len(content.system) <= 64


@pytest.mark.parametrize("message", [b"", make.tlv(0, b""), make.tlv(1, b"\x04") + b"\xff\xff", b"\x02"])
def test_lldp_without_a_chassis_and_port_is_nothing(message: bytes) -> None:
    """What is cut or empty names no switch."""
    assert parsed(make.ethernet(message, 0x88CC, pad=False)).content is None


def test_less_than_a_link_header_is_no_frame() -> None:
    """Thirteen bytes are nobody's frame."""
    assert parse(bytes(13)) is None


SAMPLES = [
    make.ethernet(make.ip(make.tcp(ACK, b"data", options=OPTIONS), TCP, options=bytes(4)), pad=False),
    make.ethernet(make.ip(EXTENSION + make.tcp(ACK), 60, THEIRS_V6, OURS_V6), tags=(1, 2), pad=False),
    make.ethernet(make.ip(make.icmp(3, 1, quoted=make.ip(make.udp(), UDP)), ICMP), pad=False),
    make.ethernet(make.ip(make.discovery(136, OURS_V6, make.link_address(2)), ICMPV6, THEIRS_V6, OURS_V6,
                          ttl=255), pad=False),
    make.ethernet(make.arp(1), 0x0806, tags=(5,), pad=False),
    make.ethernet(make.lldp(make.tlv(127, b"\x00\x80\xc2\x01\x00\x14"), make.tlv(5, b"name")), 0x88CC),
]  # fmt: skip


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_frame_may_be_cut_anywhere(sample: bytes) -> None:
    """Every prefix of every kind of frame is read without an error."""
    for length in range(len(sample)):
        assert (parse(sample[:length]) is None) == (length < 14)


@given(st.sampled_from(SAMPLES), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), max_size=8))
def test_no_damage_to_a_frame_upsets_the_reading(sample: bytes, damage: list[tuple[int, int]]) -> None:
    """Whatever single bytes are changed to, a frame comes out."""
    data = bytearray(sample)
    for at, value in damage:
        data[at % len(data)] = value
    assert parse(bytes(data)) is not None


@given(
    st.binary(max_size=300),
    st.one_of(st.none(), st.sampled_from([0x0800, 0x86DD, 0x0806, 0x88CC, 0x8100]), st.integers(0, 0xFFFF)),
    st.one_of(st.none(), st.integers(0, 0xFFF)),
)
def test_no_bytes_at_all_upset_the_reading(data: bytes, protocol: int | None, vlan: int | None) -> None:
    """Any bytes, of any protocol, give a frame or None; data is never more than was there."""
    frame = parse(data, protocol=protocol, vlan=vlan)
    if frame is not None and isinstance(frame.content, Tcp):
        assert frame.content.data in data
        assert len(frame.content.data) <= frame.content.length


@given(
    st.sampled_from([4, 6]),
    st.binary(min_size=40, max_size=200),
    st.sampled_from([TCP, ICMP, ICMPV6, 0, 44, 51]),
)
def test_no_packet_upsets_the_reading(version: int, packet: bytes, protocol: int) -> None:
    """The same, with a version and protocol that lead further in."""
    data = bytearray(packet)
    data[0] = version << 4 | (5 if version == 4 else 0)
    data[9 if version == 4 else 6] = protocol
    assert parse(bytes(data), protocol=0x0800 if version == 4 else 0x86DD) is not None
