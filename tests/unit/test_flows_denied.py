"""Sessions that only their client holds for established: the device has accepted them and left them out."""

from __future__ import annotations

import pytest

from tests.unit import traffic
from tests.unit.test_flows import track
from tests.unit.test_flows_bounds import TARGET, key
from tests.unit.test_flows_heard import OTHER, hear, holders, limit
from tests.unit.traffic import ACK, DEVICE, FIN, RST, START, SYN, Line, Packet
from tui.flows import table
from tui.flows.heard import Hearing
from tui.flows.links import Links
from tui.flows.order import COPY_S
from tui.flows.peak import Peak
from tui.flows.tracker import Tracker

LATE = START + 100
REPEATS = (1.0, 2.0, 4.0)


@pytest.fixture
def line() -> Line:
    made = Line([])
    made.open()
    return made


def accepted_again(line: Line) -> None:
    """The device repeats its SYN-ACK."""
    line.put(line.next[False] - 1, flags=SYN | ACK, client=False)


def ignored(at: float = LATE, *, answers: int = 2, asks: int = 0, **ends: str | int) -> Line:
    """A session that the device accepts over and over, or whose one request it never acknowledges."""
    line = Line([], client_port=50_000, at=at)
    line.ends[True] = (str(ends.get("client", line.ends[True][0])), int(ends.get("port", 50_000)))
    line.open()
    for wait in REPEATS[:answers]:
        line.wait(wait)
        accepted_again(line)
        line.send()
    if asks:
        line.ask()
        again = line.packets[-1].data
        for wait in REPEATS[:asks]:
            line.wait(wait)
            line.packets.append(Packet(line.at, again))
    return line


def polled(line: Line, at: float) -> Line:
    """The same with one more question and answer."""
    line.at = at
    line.poll()
    return line


def state(tracker: Tracker, at: float = LATE) -> tuple[str, int]:
    """The state that is told of the only session, and how many count as held."""
    (session,) = tracker.sessions("mirror", at).values()
    return session.state, tracker.table.devices[TARGET].held.now


def in_order(tracker: Tracker) -> tuple[int, int, int]:
    """How many wait and how many stand, by the table; how many wait, by the device."""
    return len(tracker.table.half_open), len(tracker.table.open), tracker.table.devices[TARGET].waiting


@pytest.mark.parametrize("asked", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_a_session_counts_only_once_the_device_has_it(line: Line, *, asked: bool, answers: bool) -> None:
    """A repeated SYN-ACK, or data repeated in vain: half a session; any word of the device a whole one."""
    line.wait(1.0)
    if asked:
        transaction = line.ask()
        line.packets.append(Packet(line.at + 0.2, line.packets[-1].data))
    else:
        accepted_again(line)
    tracker = track(line.packets)
    assert (state(tracker), in_order(tracker)) == (("SYN_RECV", 0), (1, 0, 1))
    line.packets.clear()
    line.wait(1.0)
    if answers:
        line.answer(transaction if asked else line.ask())
    else:
        line.send(client=False)
    track(line.packets, tracker)
    assert (state(tracker), in_order(tracker)) == (("ESTABLISHED", 1), (0, 1, 0))
    (found,) = tracker.traffic(line.at)
    assert found.rtt_ms == pytest.approx(3, rel=1e-2)


def test_the_clients_own_answer_changes_nothing(line: Line) -> None:
    """The client acknowledges each SYN-ACK anew; the device drops that as it dropped the first."""
    line.wait(1.0)
    accepted_again(line)
    line.send()
    line.ask()
    assert state(track(line.packets)) == ("SYN_RECV", 0)


@pytest.mark.parametrize("after_s", [COPY_S / 2, 0.09])
def test_an_acceptance_that_crossed_the_answer_is_no_sign(after_s: float) -> None:
    """A SYN-ACK on its way while the client answered the first, or the mirror's copy, says nothing."""
    line = Line([])
    line.send(flags=SYN, ack=False)
    line.wait(0.1)
    line.send(flags=SYN | ACK, client=False)
    line.wait(0.001)
    line.send()
    line.wait(after_s)
    accepted_again(line)
    assert state(track(line.packets)) == ("ESTABLISHED", 1)
    line.wait(0.2)
    accepted_again(line)
    assert state(track(line.packets)) == ("SYN_RECV", 0)


def test_another_acceptance_is_no_repetition(line: Line) -> None:
    """A SYN-ACK with a number of its own is of some other connection, or forged."""
    line.wait(1.0)
    line.put(1, flags=SYN | ACK, client=False)
    assert state(track(line.packets)) == ("ESTABLISHED", 1)
    accepted_again(line)
    assert state(track(line.packets)) == ("SYN_RECV", 0)


@pytest.mark.parametrize("answered", ["never", "unseen", "seen"])
def test_a_device_that_has_spoken_keeps_its_session(line: Line, answered: str) -> None:
    """Silence after an answer, or after one that only its client was seen to have, is another trouble."""
    if answered != "never":
        line.answer(line.ask())
    if answered == "unseen":
        line.packets.pop()
    line.send()
    line.ask()
    again = line.packets[-1].data
    line.packets += [Packet(line.at + wait, again) for wait in REPEATS]
    tracker = track(line.packets)
    assert state(tracker) == (("SYN_RECV", 0) if answered == "never" else ("ESTABLISHED", 1))
    assert tracker.traffic(line.at)[0].silent == "device"


@pytest.mark.parametrize("both", [False, True])
def test_where_only_the_client_is_mirrored_repetitions_say_nothing(line: Line, *, both: bool) -> None:
    """A device that is never seen cannot be said to be silent."""
    line.ask()
    again = line.packets[-1].data
    if not both:
        del line.packets[1]
    line.packets += [Packet(line.at + wait, again) for wait in REPEATS]
    assert state(track(line.packets)) == (("SYN_RECV", 0) if both else ("ESTABLISHED", 1))


def test_a_close_in_vain_shows_it_too(line: Line) -> None:
    """A FIN repeated without an answer is half-open, not a session that waits for the device to close."""
    line.wait(1.0)
    line.send(flags=FIN | ACK)
    line.packets.append(Packet(line.at + 0.2, line.packets[-1].data))
    tracker = track(line.packets)
    assert (state(tracker), in_order(tracker)) == (("SYN_RECV", 0), (1, 0, 1))
    line.packets.clear()
    line.wait(1.0)
    line.send(b"?", client=False)
    line.next[True] -= 1
    line.put(line.next[False], client=False)
    assert (state(track(line.packets[1:], tracker)), in_order(tracker)) == (("FIN_WAIT1", 1), (0, 1, 0))
    line.next[True] += 1
    line.send(client=False)
    assert state(track(line.packets[-1:], tracker)) == ("FIN_WAIT2", 1)
    line.packets.clear()
    line.send(flags=FIN | ACK, client=False)
    assert in_order(track(line.packets, tracker)) == (0, 0, 0)


def test_a_reset_ends_what_was_left_out() -> None:
    """A device that has forgotten the half-open session resets it: nothing of it is left."""
    line = ignored(asks=1)
    line.put(line.next[False], flags=RST, client=False)
    tracker = track(line.packets)
    assert (in_order(tracker), tracker.sessions("mirror", line.at)) == ((0, 0, 0), {})
    device = tracker.table.devices[TARGET]
    assert (device.held.now, device.held.most, device.hung_up) == (0, 0, 0)


def test_it_is_forgotten_only_once_nobody_asks_any_more() -> None:
    """A client that goes on in vain is told as waiting; one that has stopped is let go."""
    line = ignored(START)
    half_way = line.at - 1.0
    tracker = track([packet for packet in line.packets if packet.at < half_way])
    tracker.segment(half_way, key(1), SYN, 0, 0, b"", 0)
    track([packet for packet in line.packets if packet.at > half_way], tracker)
    tracker.segment(line.at + table.HALF_OPEN_S - 0.5, key(2), SYN, 0, 0, b"", 0)
    assert [flow.ending for flow in tracker.table.ended] == ["unanswered"]
    assert in_order(tracker) == (2, 0, 2)
    tracker.segment(line.at + table.HALF_OPEN_S + 0.5, key(3), SYN, 0, 0, b"", 0)
    assert [flow.ending for flow in tracker.table.ended] == ["unanswered", "forgotten"]
    assert in_order(tracker) == (2, 0, 2)


def test_those_left_out_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many sessions turn out to be half-open, no more are kept than of others."""
    monkeypatch.setattr(table, "HALF_OPEN", 10)
    tracker = Tracker([502])
    for number in range(50):
        track(ignored(LATE + number / 100, port=1_024 + number).packets, tracker)
    assert in_order(tracker) == (10, 0, 10)
    assert len(tracker.table.halves) == 20
    assert tracker.table.half_open_dropped == 40


def told_of(*more: Line, count: int = 2) -> tuple[int, tuple[int | None, str]]:
    """Most held and the limit, with *count* others that are polled on while *more* happens."""
    others = [polled(line, LATE + 0.5 + n / 10) for n, line in enumerate(holders(count))]
    told = hear(*others, *more, now=LATE + 20)
    return told.most, limit(told)


@pytest.mark.parametrize(("answers", "asks"), [(2, 0), (0, 2), (1, 1)])
def test_accepted_and_left_out_while_others_are_served_is_a_limit(answers: int, asks: int) -> None:
    """What was counted for a while is taken back, and the device is known to be full."""
    assert told_of(ignored(answers=answers, asks=asks)) == (2, (2, "accepted-mute"))


def test_each_of_several_left_out_is_taken_back() -> None:
    """A burst on a full device raises the most that it held by none, though all stood for a while."""
    burst = [ignored(LATE + n / 1000, port=50_000 + n) for n in range(4)]
    assert told_of(*burst) == (2, (2, "accepted-mute"))


def test_more_that_were_held_before_stay_the_most() -> None:
    """What was reached without the one left out is not taken back with it."""
    gone = holders(3)
    for line in gone[1:]:
        line.at = START + 60
        line.close()
    packets = traffic.merged(*gone, *(ignored(LATE + n / 1000, port=50_000 + n) for n in range(3)))
    tracker = track([packet for packet in packets if packet.at < LATE + 0.5])
    held = tracker.table.devices[TARGET].held
    held.settle(LATE + 1.5)
    assert (held.now, held.most) == (4, 4)
    track([packet for packet in packets if packet.at > LATE + 0.5], tracker)
    assert (held.now, held.most) == (1, 3)


def test_the_most_knows_those_found_late_from_those_taken_back() -> None:
    """One that was always there counts at every moment, one that never was at none since it came."""
    peak = Peak()
    peak.found(START)
    assert (peak.most, peak.at) == (1, START)
    for held in (2, 3):
        peak.measure(held, START + held)
    peak.found(START + 4)
    peak.measure(5, START + 5)
    assert (peak.most, peak.at) == (5, START + 5)
    peak.mistaken(START + 3)
    assert (peak.most, peak.at) == (4, START + 5)


@pytest.mark.parametrize(("answers", "asks"), [(1, 0), (0, 1)])
def test_one_lost_packet_is_no_limit(answers: int, asks: int) -> None:
    """A single repetition may be chance; it counts as held again, and the limit stays open."""
    line = ignored(answers=answers, asks=asks)
    assert told_of(line) == (2, (None, ""))
    line.wait(0.1)
    line.send(client=False)
    assert told_of(line) == (3, (None, ""))


def test_taken_in_late_voids_the_limit() -> None:
    """A device that serves it after all, while it serves the others, had room."""
    line = ignored()
    assert told_of(line) == (2, (2, "accepted-mute"))
    line.poll()
    assert told_of(line) == (3, (None, ""))


def test_a_stranger_left_out_finds_no_limit() -> None:
    """A client that the device never serves may be kept out by a list of addresses."""
    assert told_of(ignored(client=OTHER)) == (2, (None, ""))


def test_left_out_by_a_silent_device_is_no_limit() -> None:
    """Nothing more of a device in any session: it may be gone altogether."""
    told = hear(*holders(2), ignored(), now=LATE + 20)
    assert (told.most, limit(told)) == (2, (None, ""))


def test_left_out_while_another_is_taken_in_is_no_limit() -> None:
    """A device that takes one that came later has room."""
    came = Line([], client=OTHER, device=DEVICE, at=LATE + 0.5)
    came.open()
    came.poll()
    assert told_of(ignored(), came) == (3, (None, ""))


def test_a_limit_is_told_as_it_is_found() -> None:
    """The figures that were told before are told again once they are taken back."""
    others = [polled(line, LATE + 2 + n / 10) for n, line in enumerate(holders(2))]
    late = ignored(answers=2)
    packets = traffic.merged(*others, late)
    tracker = track([packet for packet in packets if packet.at < LATE + 0.5])
    hearing = Hearing(tracker, Links())
    (before,) = hearing.news(LATE + 2)
    assert (before.most, limit(before)) == (3, (None, ""))
    track([packet for packet in packets if packet.at >= LATE + 0.5], tracker)
    (after,) = hearing.news(LATE + 5)
    assert (after.most, limit(after)) == (2, (2, "accepted-mute"))
