"""What a capture file says of a device, and who is called by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit import traffic
from tests.unit import wire_frames as make
from tests.unit.traffic import ACK, CLIENT, DEVICE, FIN, RST, START, SYN, Line, Packet
from tui.flows.summary import Summary, summary_of_file
from tui.flows.table import HALF_OPEN
from tui.vantages import VantageError
from tui.vantages.pcap import PcapFile

Summarise = Callable[..., Summary]
VLAN_12 = bytes.fromhex("0080c201000c")


@pytest.fixture
def told(tmp_path: Path) -> Summarise:
    def summarise(*lines: Line, extra: tuple[Packet, ...] = ()) -> Summary:
        path = tmp_path / "traffic.pcap"
        packets = sorted([*traffic.merged(*lines), *extra], key=lambda packet: packet.at)
        path.write_bytes(traffic.pcap(packets))
        return summary_of_file(path, [502])

    return summarise


def poller(client: str = CLIENT, port: int = 40_000, *, seconds: int = 60, handshake: bool = True) -> Line:
    line = Line([], client=client, client_port=port)
    if handshake:
        line.open()
    for _ in range(seconds):
        line.wait(0.99)
        line.poll()
    return line


def habits(summary: Summary) -> list[tuple[str, str, int]]:
    (device,) = summary.devices
    return [(each.habit, each.client, each.sessions) for each in device.culprits]


def test_a_steady_poller_is_named(told: Summarise) -> None:
    """One request a second from beginning to end is the permanent poller."""
    summary = told(poller())
    assert habits(summary) == [("poller", CLIENT, 1)]
    (device,) = summary.devices
    assert device.culprits[0].words == "asks steadily, every 1 s"
    assert (device.requests, device.sessions, device.clients, device.at_end, device.most) == (60, 1, 1, 1, 1)


def test_a_forgotten_tool_is_named(told: Summarise) -> None:
    """A session on which only keep-alives pass holds its connection for nothing."""
    tool = Line([], client="10.0.0.7", client_port=50_000)
    for _ in range(4):
        tool.put(tool.next[True] - 1)
        tool.send(client=False)
        tool.wait(20)
    summary = told(poller(seconds=80), tool)
    assert habits(summary) == [("forgotten", "10.0.0.7", 1), ("poller", CLIENT, 1)]
    assert summary.devices[0].most == 2


def test_a_session_that_asked_once_long_ago_is_forgotten(told: Summarise) -> None:
    """Five minutes without a request are enough, whatever was asked before."""
    tool = Line([], client="10.0.0.7", client_port=50_000)
    tool.open()
    tool.poll()
    assert ("forgotten", "10.0.0.7", 1) in habits(told(poller(seconds=400), tool))


def test_a_reconnect_storm_is_named(told: Summarise) -> None:
    """A client that connects every second, asks and closes, is not taken for many."""
    packets: list[Packet] = []
    for number in range(50):
        line = Line(packets, client_port=40_000 + number, at=START + number)
        line.open()
        line.poll()
        line.close()
    summary = told(line)
    assert habits(summary) == [("storm", CLIENT, 50)]
    assert (summary.devices[0].at_end, summary.devices[0].most, summary.devices[0].attempts) == (0, 1, 50)


def test_a_client_with_several_connections_is_named(told: Summarise) -> None:
    """Connections left open one after the other add up to a leak."""
    lines = [Line([], client_port=40_000 + n, at=START + n) for n in range(4)]
    for line in lines:
        line.open()
        line.poll()
    summary = told(*lines)
    assert habits(summary) == [("several", CLIENT, 4)]
    assert (summary.devices[0].at_end, summary.devices[0].most) == (4, 4)
    assert summary.devices[0].most_at == pytest.approx(START + 3.003, abs=1e-4)


def test_a_client_that_vanished_is_named(told: Summarise) -> None:
    """A device that repeats its answer in vain still holds the connection."""
    line = Line([])
    line.open()
    line.answer(line.ask())
    again = line.packets[-1].data
    line.packets += [Packet(line.at + 0.2 * 2**n, again) for n in range(5)]
    assert habits(told(line)) == [("gone", CLIENT, 1)]


def test_refusals_and_hanging_up_are_counted(told: Summarise) -> None:
    """How a device turned connections away is told, not only that it did."""
    refused, hung = Line([]), Line([], client_port=40_001)
    refused.send(flags=SYN, ack=False)
    refused.put(0, flags=RST | ACK, client=False)
    hung.open()
    hung.send(flags=FIN | ACK, client=False)
    hung.send(flags=FIN | ACK)
    (device,) = told(refused, hung).devices
    assert (device.attempts, device.refused, device.hung_up, device.at_end, device.most) == (2, 1, 1, 0, 0)


def test_cards_and_unreadable_packets_are_told(told: Summarise) -> None:
    """Duplicate addresses show in a capture; packets that cannot be read are counted."""
    extra = (
        Packet(START, make.ethernet(make.arp(2, sender=DEVICE), 0x0806)),
        Packet(START + 1, make.ethernet(make.arp(2, sender=DEVICE, sender_mac=make.OTHER_MAC), 0x0806)),
        Packet(START + 2, b"short"),
        Packet(START + 3, make.ethernet(make.ip(make.udp(), make.UDP))),
        Packet(START + 4, make.ethernet(make.ip(bytes(20), make.TCP, fragment=100))),
    )
    summary = told(poller(seconds=2), extra=extra)
    assert [(each.address, each.after) for each in summary.mac_changes] == [(DEVICE, make.OTHER_MAC)]
    assert (summary.unreadable, summary.packets) == (1, 5 + 3 + 6)


def fragments(frame: bytes, cut: int) -> list[bytes]:
    """The frame's IPv4 packet in two fragments, the first with *cut* bytes behind the IP header."""
    content = frame[34 : 14 + int.from_bytes(frame[16:18], "big")]
    more, offset = 0x2000, cut // 8
    return [
        make.ethernet(make.ip(content[:cut], make.TCP, CLIENT, DEVICE, fragment=more)),
        make.ethernet(make.ip(content[cut:], make.TCP, CLIENT, DEVICE, fragment=offset)),
    ]


@pytest.mark.parametrize(("cut", "requests"), [(32, 4), (24, 3), (8, 3)])
def test_fragments_cost_what_was_in_them(told: Summarise, cut: int, requests: int) -> None:
    """A request in two IP fragments counts if its header is in the first; the session goes on behind it."""
    line = poller(seconds=2)
    line.ask()
    whole = line.packets.pop()
    line.packets += [Packet(whole.at, part) for part in fragments(whole.data, cut)]
    line.wait(0.01)
    line.answer(3)
    line.send()
    line.wait(1.0)
    line.poll()
    (found,) = told(line).traffic
    assert (found.requests, found.responses, found.foreign) == (requests, 4, 0)
    assert (found.state, found.silent) == ("ESTABLISHED", "")


@pytest.mark.parametrize("tags", [(7,), (10, 20), (10, 20, 30)])
def test_tagged_frames_in_a_file_count(told: Summarise, tags: tuple[int, ...]) -> None:
    """One VLAN tag, two or more: what is inside is followed alike, and a card is noted in its VLAN."""
    line = Line([], tags=tags)
    line.open()
    line.poll()
    other = make.arp(2, sender=DEVICE, sender_mac=make.OTHER_MAC)
    extra = (
        Packet(START, make.ethernet(make.arp(2, sender=DEVICE), 0x0806, tags=tags)),
        Packet(START + 1, make.ethernet(other, 0x0806, tags=tags)),
    )
    summary = told(line, extra=extra)
    assert [found.requests for found in summary.traffic] == [1]
    assert [change.vlan for change in summary.mac_changes] == [tags[0]]


def test_an_empty_file_is_no_error(told: Summarise) -> None:
    """A capture in which nothing passed says just that."""
    summary = told(Line([]))
    assert (summary.begin, summary.packets, summary.devices) == (None, 0, ())


def test_a_file_is_a_vantage_on_its_own_clock(tmp_path: Path) -> None:
    """Sessions are those of the moment asked for; asking again goes on from there."""
    path = tmp_path / "traffic.pcap"
    line = Line([])
    line.open()
    line.wait(10)
    line.poll()
    line.wait(10)
    line.close()
    path.write_bytes(traffic.pcapng(line.packets))
    with PcapFile(path, [502]) as file:
        assert (file.begin, file.ended) == (START, False)
        (session,) = (seen.session for seen in file.read(START + 5).sessions.values())
        assert (session.state, session.vantage, session.active_at, session.began) == (
            "ESTABLISHED",
            "pcap",
            None,
            True,
        )
        later = file.read(START + 30)
        assert ([*later.sessions], [*later.ended], file.ended) == ([], [session.key], True)
        assert [found.requests for found in file.traffic(START + 30)] == [1]
        assert later.ended[session.key].by == "client"
        assert (file.trouble, file.unreadable, later.detail) == ("", 0, "")
        assert not file.read(START + 31).ended


def test_what_is_worth_knowing_of_a_capture_is_told(tmp_path: Path) -> None:
    """The switch port, a flood, and what could not be read stand in the vantage's own line."""
    packets = [
        Packet(START, make.ethernet(make.lldp(make.tlv(5, b"sw-7"), make.tlv(127, VLAN_12)), 0x88CC)),
        Packet(START, b"short"),
    ]
    for number in range(HALF_OPEN + 1):
        Line(packets, client_port=1024 + number, at=START + 1).send(flags=SYN, ack=False)
    path = tmp_path / "traffic.pcap"
    path.write_bytes(traffic.pcap(packets))
    with PcapFile(path, [502]) as file:
        switch = "on switch sw-7 port Gi1/0/7, VLAN 12"
        assert file.read(START).detail == f"broken packets: 1, {switch}"
        flood = "a flood of half-open connections passes"
        assert file.read(START + 1).detail == f"broken packets: 1, {flood}, {switch}"
        assert file.read(START + 100).detail == f"broken packets: 1, {switch}"


def test_a_file_that_is_none_is_a_vantage_that_says_why(tmp_path: Path) -> None:
    """Another file is refused like any vantage that does not work."""
    path = tmp_path / "notes.txt"
    path.write_text("call the electrician")
    with pytest.raises(VantageError, match="not a capture file"):
        PcapFile(path, [502])
