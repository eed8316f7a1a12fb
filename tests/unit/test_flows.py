"""Sessions told from traffic of which every figure is known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import traffic
from tests.unit.traffic import ACK, CLIENT, DEVICE, FIN, RST, START, SYN, Line, Packet
from tui.flows.heard import Hearing
from tui.flows.links import Links
from tui.flows.order import COPY_S
from tui.flows.records import Traffic
from tui.flows.tracker import Tracker
from tui.records import Target
from tui.wire.frames import Tcp, parse


def track(packets: list[Packet], tracker: Tracker | None = None) -> Tracker:
    tracker = tracker or Tracker([502])
    for packet in packets:
        frame = parse(packet.data, at=packet.at)
        if frame and isinstance(frame.content, Tcp):
            tracker.tcp(frame.at, frame.content)
    return tracker


def only(line: Line, wait_s: float = 0.0) -> Traffic:
    (found,) = track(line.packets).traffic(line.at + wait_s)
    return found


@pytest.fixture
def line() -> Line:
    made = Line([])
    made.open()
    return made


def test_a_session_with_all_its_figures(line: Line) -> None:
    """Requests, exceptions, units, functions, times and the end are those that were played."""
    for _ in range(5):
        line.wait(1.0)
        line.poll(3, 1, took=0.02)
    line.wait(3.0)
    line.poll(4, 17, took=0.1, code=2)
    asked_last = line.at
    line.ask(4)
    line.wait(5.0)
    line.close()
    found = only(line)
    assert (found.requests, found.responses, found.exceptions, found.exception_codes) == (7, 6, 1, (2,))
    assert (found.unanswered, found.waiting, found.unasked) == (1, 0, 0)
    assert (found.units, found.functions) == ((1, 17), (3, 4))
    assert found.answer_ms == pytest.approx((5 * 20 + 100) / 6, rel=1e-3)
    assert found.slowest_ms == pytest.approx(100, rel=1e-3)
    assert found.rtt_ms == pytest.approx(3, rel=1e-2)
    assert found.pause_s == pytest.approx(3.02)
    assert (found.since, found.active_at) == (START, asked_last)
    assert (found.state, found.ended_by, found.ending, found.ended_at) == ("CLOSE", "client", "fin", line.at)
    assert (found.client_retransmits, found.device_retransmits, found.gaps, found.foreign) == (0, 0, 0, 0)


def test_the_state_follows_the_handshake_and_the_end() -> None:
    """Each step of opening and closing shows as the state at the client's end."""
    line, tracker, states = Line([]), Tracker([502]), []

    def step(flags: int, *, client: bool = True) -> None:
        line.send(flags=flags, client=client, ack=bool(flags & ACK))
        track(line.packets[-1:], tracker)
        states.append(tracker.traffic(line.at)[0].state)

    step(SYN)
    step(SYN | ACK, client=False)
    step(ACK)
    step(FIN | ACK)
    step(ACK, client=False)
    step(FIN | ACK, client=False)
    assert states == ["SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "CLOSE"]


def test_a_device_that_closes_first_is_named(line: Line) -> None:
    """The client is left in CLOSE_WAIT, and the device's connection is free again."""
    line.poll()
    line.send(flags=FIN | ACK, client=False)
    line.send()
    tracker = track(line.packets)
    (found,) = tracker.traffic(line.at)
    assert (found.state, found.ended_by, found.ending) == ("CLOSE_WAIT", "device", "")
    assert tracker.table.devices[Target(DEVICE, 502)].held.now == 0


@pytest.mark.parametrize("client", [False, True])
def test_a_reset_names_who_sent_it(line: Line, client: bool) -> None:
    """A RST in the midst ends the session for the one who sent it."""
    line.poll()
    line.send(flags=RST, client=client)
    found = only(line)
    assert (found.ended_by, found.ending) == ("client" if client else "device", "reset")


def test_a_reset_far_off_is_not_believed(line: Line) -> None:
    """A forged RST outside of any window changes nothing."""
    line.put(line.next[False] + (1 << 30), flags=RST, client=False)
    assert only(line).state == "ESTABLISHED"


def test_refusal_and_silence_are_told_apart() -> None:
    """A RST for a SYN is a refusal; SYNs alone stay unanswered."""
    refused, silent = Line([]), Line([], client_port=40_001)
    refused.send(flags=SYN, ack=False)
    refused.put(0, flags=RST | ACK, client=False)
    for _ in range(3):
        silent.put(99, flags=SYN, ack=False)
        silent.wait(1.0)
    tracker = track(traffic.merged(refused, silent))
    one, other = tracker.traffic(START + 3)
    assert (one.ending, one.ended_by, one.state) == ("refused", "device", "CLOSE")
    assert (other.state, other.client_retransmits) == ("SYN_SENT", 2)
    late = Line([], at=START + 200, client_port=40_002)
    late.open()
    device = track(late.packets, tracker).table.devices[Target(DEVICE, 502)]
    assert (device.attempts, device.refused, device.unanswered, device.held.now) == (3, 1, 1, 1)


def test_a_session_found_in_midstream(line: Line) -> None:
    """Without its beginning a session is followed all the same, and known to be older."""
    line.packets.clear()
    for _ in range(3):
        line.wait(1.0)
        line.poll()
    found = only(line)
    assert (found.midstream, found.state, found.requests, found.responses) == (True, "ESTABLISHED", 3, 3)
    assert (found.since, found.rtt_ms, found.unasked) == (START + 0.003 + 1.0, None, 0)


def test_an_answer_first_still_finds_the_right_client(line: Line) -> None:
    """Where a device speaks first, it is still the device; the question was before our time."""
    transaction = line.ask()
    line.packets.clear()
    line.answer(transaction)
    line.poll()
    found = only(line)
    assert (found.client, found.address, found.unasked, found.requests) == (CLIENT, DEVICE, 1, 1)


def test_only_the_clients_side_is_mirrored(line: Line) -> None:
    """A mirror of one direction shows the session once the client is seen to have heard something."""
    line.packets.clear()
    for _ in range(3):
        transaction = line.ask()
        line.answer(transaction)
        line.packets.pop()
    tracker = track(line.packets)
    (found,) = tracker.traffic(line.at)
    assert (found.state, found.requests, found.responses) == ("ESTABLISHED", 3, 0)


def test_repetitions_are_counted_once_each(line: Line) -> None:
    """The same data again is a retransmission, the request is not counted twice, a copy is not one."""
    start = line.next[True]
    line.ask()
    again = line.packets[-1].data
    line.packets.append(Packet(line.at + COPY_S / 2, again))
    for wait in (0.2, 0.6, 1.4):
        line.packets.append(Packet(line.at + wait, again))
    found = only(line)
    assert line.next[True] == start + 12 & traffic.MASK
    assert (found.requests, found.client_retransmits, found.copies) == (1, 3, 1)
    assert found.silent == "device"


def test_a_client_that_vanished_is_seen_by_the_devices_repetitions(line: Line) -> None:
    """The device repeats its answer into the void: the session stands, the client is gone."""
    line.answer(line.ask())
    again = line.packets[-1].data
    line.packets += [Packet(line.at + 0.2 * 2**n, again) for n in range(4)]
    found = only(line)
    assert (found.silent, found.state, found.device_retransmits) == ("client", "ESTABLISHED", 4)


def test_keep_alives_are_no_activity(line: Line) -> None:
    """Probes of an idle connection are neither data nor retransmissions."""
    line.poll()
    active = line.at
    for _ in range(3):
        line.wait(60)
        line.put(line.next[True] - 1)
        line.send(client=False)
    found = only(line)
    assert (found.keepalives, found.client_retransmits) == (3, 0)
    assert found.active_at == pytest.approx(active, abs=0.1)
    assert found.silent == ""


def messages(line: Line, count: int) -> tuple[int, bytes]:
    """Where *count* requests begin, and their bytes, not sent yet."""
    return line.next[True], b"".join(traffic.adu(n, b"\x03\0\0\0\1") for n in range(count))


def test_out_of_order_and_overlapping_segments(line: Line) -> None:
    """Segments in disorder, twice, and in overlapping parts give each request once."""
    start, data = messages(line, 6)
    line.put(start + 48, data[48:])
    line.put(start + 20, data[20:50])
    line.put(start, data[:24])
    line.put(start + 12, data[12:36])
    line.next[True] = start + len(data) & traffic.MASK
    line.put(line.next[False], client=False)
    found = only(line, 1)
    assert (found.requests, found.waiting, found.gaps, found.foreign) == (6, 6, 0, 0)


def test_messages_in_any_pieces(line: Line) -> None:
    """Byte by byte or all in one segment, the count is the same."""
    start, data = messages(line, 4)
    for place in range(24):
        line.put(start + place, data[place : place + 1])
    line.put(start + 24, data[24:])
    assert only(line).requests == 4


def test_a_hole_costs_what_was_in_it_and_no_more(line: Line) -> None:
    """Data that the other side acknowledged and the mirror lost is counted as a gap; counting goes on."""
    start, data = messages(line, 5)
    line.put(start, data[:12])
    line.put(start + 24, data[24:])
    line.next[True] = start + len(data) & traffic.MASK
    line.put(line.next[False], client=False)
    line.poll()
    found = only(line)
    assert (found.requests, found.gaps, found.foreign) == (5, 1, 0)


def test_frames_cut_by_the_capture_still_count(line: Line) -> None:
    """A jumbo segment of which the end was not kept loses its end only."""
    start, data = messages(line, 700)
    tracker = track(line.packets)
    frame = parse(line.put(start, data), at=line.at)
    assert frame
    assert isinstance(frame.content, Tcp)
    tracker.tcp(line.at, frame.content._replace(data=frame.content.data[:1200]))
    line.next[True] = start + len(data) & traffic.MASK
    line.packets.clear()
    line.poll()
    (found,) = track(line.packets, tracker).traffic(line.at)
    assert (found.requests, found.gaps, found.foreign) == (101, 1, 0)


def test_other_protocols_are_not_modbus(line: Line) -> None:
    """What is no Modbus on the port is counted as such, and the next message is found again."""
    line.send(b"GET / HTTP/1.1\r\n\r\n")
    line.send(bytes.fromhex("01030000000ac5cd"))
    assert (only(line).requests, only(line).foreign) == (0, 2)
    line.poll()
    assert only(line).requests == 1


def test_ports_used_again_are_a_new_session(line: Line) -> None:
    """After an end, or without one, a SYN of the same ports begins a session of its own."""
    line.poll()
    line.close()
    line.wait(0.5)
    line.next[True] = 5
    line.open()
    line.poll()
    line.wait(60)
    line.next[True] = 9_000_000
    line.open()
    first, second, third = track(line.packets).traffic(line.at)
    assert [each.ending for each in (first, second, third)] == ["fin", "replaced", ""]
    assert [each.requests for each in (first, second, third)] == [1, 1, 0]


def test_stragglers_after_the_end_are_no_session(line: Line) -> None:
    """The last ACK and repeated FINs do not bring a session back; data much later is another one."""
    line.close()
    line.put(line.next[False] - 1, flags=FIN | ACK, client=False)
    line.send()
    assert len(track(line.packets).traffic(line.at)) == 1
    line.wait(30)
    line.poll()
    tracker = track(line.packets)
    assert [each.midstream for each in tracker.traffic(line.at)] == [False, True]
    assert tracker.table.devices[Target(DEVICE, 502)].held.peak == (1, START + 0.003)


def test_addresses_of_version_6_and_vlan_tags() -> None:
    """IPv6 and tagged traffic is followed alike."""
    six, tagged = Line([], client="fd00::1", device="fd00::9"), Line([], tags=(10, 20), client_port=41_000)
    for each in (six, tagged):
        each.open()
        each.poll()
    found = track(traffic.merged(six, tagged)).traffic(START + 1)
    assert {(each.address, each.requests, each.state) for each in found} == {
        ("fd00::9", 1, "ESTABLISHED"),
        (DEVICE, 1, "ESTABLISHED"),
    }


def test_sessions_are_told_as_all_sessions_are(line: Line) -> None:
    """The tracker's sessions have the fields that every vantage gives."""
    line.poll()
    (session,) = track(line.packets).sessions("mirror", line.at).values()
    assert (session.client, session.client_port, session.address, session.port) == (
        CLIENT,
        40_000,
        DEVICE,
        502,
    )
    assert (session.state, session.vantage, session.side) == ("ESTABLISHED", "mirror", "none")
    assert session.active_at == pytest.approx(line.at)


@settings(max_examples=200)
@given(
    order=st.permutations(range(8)),
    sizes=st.lists(st.integers(1, 40), min_size=8, max_size=8),
    twice=st.sets(st.integers(0, 7)),
)
def test_any_order_gives_the_same_count(order: list[int], sizes: list[int], twice: set[int]) -> None:
    """Eight segments in whatever order, some of them twice, carry the same requests."""
    line = Line([])
    line.open()
    start, data = messages(line, 8)
    cuts = [0]
    for size in sizes:
        cuts.append(min(len(data), cuts[-1] + size))
    cuts[-1] = len(data)
    for number in order:
        piece = data[cuts[number] : cuts[number + 1]]
        for _ in range(2 if number in twice else 1):
            line.wait(0.01)
            if piece:
                line.put(start + cuts[number], piece)
    assert only(line).requests == 8


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.booleans(), st.integers(0, 63), st.integers(-40, 40), st.integers(0, traffic.MASK),
            st.binary(max_size=30), st.floats(-5, 100),
        ),
        max_size=40,
    )
)  # fmt: skip
def test_no_segments_are_a_crash(segments: list[tuple[bool, int, int, int, bytes, float]]) -> None:
    """Whatever the flags, numbers, data and times, counts stay sound."""
    line = Line([])
    line.open()
    for client, flags, away, ack, data, at in segments:
        line.put(line.next[client] + away, data, flags, client=client, ack=bool(ack & 1))
        line.at += at
    tracker = track(line.packets)
    for device in tracker.table.devices.values():
        assert 0 <= device.held.now <= device.held.peak[0]
        assert min(device.waiting, device.unanswered, device.refused, device.hung_up) >= 0
    assert len(Hearing(tracker, Links()).news(line.at)) <= 1
    for found in tracker.traffic(line.at):
        assert min(found.requests, found.unanswered, found.waiting, found.responses) >= 0
    assert tracker._order._bytes >= 0
    assert len(tracker.sessions("mirror", line.at)) <= len(tracker.table.halves)
