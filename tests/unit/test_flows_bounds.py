"""What a tracker may hold, whatever passes, and what one device's sessions add up to."""

from __future__ import annotations

import tracemalloc

import pytest

from tests.unit import traffic
from tests.unit import wire_frames as make
from tests.unit.test_flows import track
from tests.unit.traffic import ACK, CLIENT, DEVICE, START, SYN, Line, Packet
from tui import limits
from tui.flows import order, table
from tui.flows.heard import Hearing
from tui.flows.links import ADDRESSES, CHANGES, Links
from tui.flows.tally import CLIENTS
from tui.flows.tracker import Tracker
from tui.records import Target
from tui.wire.frames import Lldp, parse

ENDS = bytes([10, 0, 0, 1, 10, 0, 0, 9])
TARGET = Target(DEVICE, 502)


def key(number: int, *, client: bool = True) -> bytes:
    """The ends of client number *number*, as in its packets or in the device's."""
    source = (0x0B000000 + (number >> 15)).to_bytes(4, "big") + bytes([10, 0, 0, 9])
    ports = (1024 + (number & 0x7FFF)).to_bytes(2, "big")
    if client:
        return source + ports + b"\x01\xf6"
    return source[4:] + source[:4] + b"\x01\xf6" + ports


def establish(tracker: Tracker, number: int, at: float) -> None:
    tracker.segment(at, key(number), SYN, 0, 0, b"", 0)
    tracker.segment(at, key(number, client=False), SYN | ACK, 0, 1, b"", 0)
    tracker.segment(at, key(number), ACK, 1, 1, b"", 0)


@pytest.mark.parametrize("answered", [False, True])
def test_a_flood_is_counted_and_held_in_bounds(*, answered: bool) -> None:
    """100,000 source ports that never finish a handshake leave a bounded trace, and a sign."""
    tracker = Tracker([502])
    establish(tracker, 200_000, START)
    flood(tracker, 100_000, answered=answered)
    assert tracker.table.flooded_at == START
    assert tracker.table.half_open_dropped == 100_000 - table.HALF_OPEN
    assert len(tracker.table.halves) == 2 * (table.HALF_OPEN + 1)
    assert len(tracker.sessions("mirror", START)) == 1
    device = tracker.table.devices[TARGET]
    assert (device.held.now, device.held.peak[0], device.attempts) == (1, 1, 100_001)
    assert len(device.clients) == 5
    (told,) = Hearing(tracker, Links()).news(START + 1)
    assert told.half_open == 100_000 - table.HALF_OPEN
    assert len(tracker.table.over) == 0


def test_a_flood_costs_little_memory() -> None:
    """At its height a flood takes a few megabytes, and then no more."""
    tracker = Tracker([502])
    tracemalloc.start()
    try:
        flood(tracker, table.HALF_OPEN, answered=True)
        before, _ = tracemalloc.get_traced_memory()
        flood(tracker, table.HALF_OPEN * 2, answered=True)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert before < 16 << 20
    assert after < before * 1.1


def flood(tracker: Tracker, count: int, *, answered: bool) -> None:
    for number in range(count):
        tracker.segment(START, key(number), SYN, 0, 0, b"", 0)
        if answered:
            tracker.segment(START, key(number, client=False), SYN | ACK, 0, 1, b"", 0)


def test_a_flood_leaves_the_sessions_that_ended_in_place() -> None:
    """What ended before a flood is still told after it."""
    line = Line([])
    line.open()
    line.close()
    tracker = track(line.packets)
    for number in range(table.HALF_OPEN + 100):
        tracker.segment(START, key(number), SYN, 0, 0, b"", 0)
    assert [found.ending for found in tracker.traffic(START) if found.ending] == ["fin"]


def test_more_sessions_than_may_be_held_forgets_the_idle_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no room for a session, the longest idle ones are forgotten and counted."""
    monkeypatch.setattr(limits, "SESSIONS", 160)
    tracker = Tracker([502])
    for number in range(161):
        establish(tracker, number, START + number)
    assert tracker.table.sessions_dropped == 10
    assert len(tracker.table.open) == 151
    gone = [found.client_port for found in tracker.traffic(START) if found.ending == "forgotten"]
    assert gone == [1024 + number for number in range(10)]
    assert tracker.table.holes


def test_memory_follows_sessions_not_packets() -> None:
    """A hundred times the packets of the same sessions need no more memory."""

    def held(rounds: int) -> int:
        tracker = Tracker([502])
        tracemalloc.start()
        try:
            lines = [Line([], client_port=40_000 + n) for n in range(20)]
            for line in lines:
                line.open()
            for _ in range(rounds):
                for line in lines:
                    line.wait(1.0)
                    line.poll()
                    track(line.packets, tracker)
                    line.packets.clear()
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert held(200) < held(2) + 50_000


def test_reconnecting_for_weeks_costs_no_memory() -> None:
    """Sessions that are over are kept up to a number."""
    tracker = Tracker([502])
    for number in range(table.ENDED + 500):
        establish(tracker, number, START + number)
        tracker.segment(START + number, key(number), 4, 1, 0, b"", 0)
    assert len(tracker.table.ended) == table.ENDED
    assert len(tracker.table.halves) == 2 * table.ENDED
    assert tracker.table.devices[TARGET].sessions == table.ENDED + 500


def test_what_waits_for_its_turn_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments ahead of a hole are held in small number, in all sessions together."""
    monkeypatch.setattr(order, "HELD_BYTES", 20_000)
    tracker = Tracker([502])
    for number in range(40):
        establish(tracker, number, START)
        for ahead in range(20):
            tracker.segment(START, key(number), ACK, 100 + 1_100 * ahead, 1, bytes(1000), 1000)
    assert tracker._order._bytes <= 20_000
    assert all(len(half.held) <= order.HELD_SEGMENTS for half in tracker.table.halves.values())


def test_requests_without_answers_are_bounded() -> None:
    """A client that only asks is counted, not stored."""
    line = Line([])
    line.open()
    for _ in range(1000):
        line.ask()
    (found,) = track(line.packets).traffic(line.at + 60)
    assert (found.requests, found.unanswered, found.waiting) == (1000, 1000, 0)


def test_devices_and_clients_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan of many addresses does not push out the devices that are there."""
    monkeypatch.setattr(table, "DEVICES", 50)
    tracker = Tracker([502])
    for number in range(CLIENTS + 20):
        establish(tracker, number << 15, START)
    for number in range(500):
        ends = bytes([10, 0, 0, 1, 10, 1, number >> 8, number & 0xFF]) + b"\x9c\x40\x01\xf6"
        tracker.segment(START, ends, SYN, 0, 0, b"", 0)
    assert len(tracker.table.devices) <= 50
    device = tracker.table.devices[TARGET]
    assert (len(device.clients), device.others, device.held.now) == (CLIENTS, 20, CLIENTS + 20)


def test_sessions_found_late_were_there_before() -> None:
    """A session found in midstream counts for all the time before: the peak is not missed."""
    tracker = Tracker([502])
    first, second = Line([], client_port=40_000), Line([], client_port=40_001, at=START + 60)
    first.poll()
    first.close()
    second.poll()
    track(traffic.merged(first, second), tracker)
    device = tracker.table.devices[TARGET]
    assert (device.held.now, device.held.peak[0]) == (1, 2)


def test_after_a_loss_nothing_is_assumed_of_before() -> None:
    """Where the capture lost frames, a session without a beginning may be new."""
    tracker = Tracker([502])
    tracker.table.holes = True
    first, second = Line([], client_port=40_000), Line([], client_port=40_001, at=START + 60)
    first.poll()
    first.close()
    second.poll()
    track(traffic.merged(first, second), tracker)
    assert tracker.table.devices[TARGET].held.peak[0] == 1


def test_forged_segments_do_not_take_connections() -> None:
    """Segments of one side only, however many ports, are no sessions of the device."""
    tracker = Tracker([502])
    for number in range(1000):
        tracker.segment(START, key(number), ACK, 1, 1, bytes(12), 12)
    device = tracker.table.devices[TARGET]
    assert (device.held.now, device.held.peak[0]) == (0, 0)


def test_no_port_or_too_many_are_refused() -> None:
    """The number of watched ports is bounded like everywhere."""
    for count in (0, limits.WATCHED_PORTS + 1):
        with pytest.raises(ValueError, match="can be watched"):
            Tracker(range(1, count + 1))


def note(links: Links, packet: Packet, interface: str = "eth0") -> None:
    frame = parse(packet.data, at=packet.at, interface=interface)
    assert frame
    links.frame(frame)


def test_another_card_for_an_address_is_a_change() -> None:
    """Two cards that answer for one address alternate, by ARP and by TCP apart, in their VLAN."""
    links = Links()
    for card in (make.THEIR_MAC, make.OTHER_MAC, make.OTHER_MAC):
        note(links, Packet(START, make.ethernet(make.arp(2, sender_mac=card), 0x0806)))
        note(links, Packet(START, make.ethernet(make.ip(make.tcp(0x12), make.TCP), source=card, tags=[7])))
    note(links, Packet(START, make.ethernet(make.ip(make.tcp(0x12), make.TCP), tags=[8])))
    assert [(each.by, each.vlan, each.before, each.after) for each in links.changes] == [
        ("arp", None, make.THEIR_MAC, make.OTHER_MAC),
        ("tcp", 7, make.THEIR_MAC, make.OTHER_MAC),
    ]


def test_cards_and_changes_are_bounded() -> None:
    """Whatever is forged, a fixed number of addresses and changes is kept."""
    links = Links()
    for number in range(ADDRESSES + 100):
        links.card(START, f"10.0.{number >> 8}.{number & 255}", None, "arp", "02:00:00:00:00:01")
    for number in range(CHANGES + 50):
        links.card(START, CLIENT, None, "arp", f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}")
    assert len(links.macs) == ADDRESSES
    assert (len(links.changes), links.changed) == (CHANGES, CHANGES + 49)


def test_the_switch_tells_its_port() -> None:
    """LLDP says where we are plugged in."""
    links = Links()
    note(links, Packet(START, make.ethernet(make.lldp(), 0x88CC)))
    switch = links.switches["eth0"]
    assert isinstance(switch, Lldp)
    assert switch.port == "Gi1/0/7"
