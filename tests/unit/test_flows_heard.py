"""What traffic tells of a device: where it turns clients away, whom it pushes out, who storms it."""

from __future__ import annotations

import pytest

from tests.unit import traffic
from tests.unit.test_flows import track
from tests.unit.test_flows_bounds import ENDS, establish, key
from tests.unit.traffic import ACK, CLIENT, DEVICE, FIN, RST, START, SYN, Line, Packet
from tui.flows import heard, slots, table
from tui.flows.heard import Hearing
from tui.flows.links import Links
from tui.flows.tally import CLIENTS, STORM_OPENINGS
from tui.flows.tracker import Tracker
from tui.session_events import Heard

OTHER = "10.0.0.7"


def hear(*lines: Line, now: float | None = None) -> Heard:
    """What is told of the one device after all that was played."""
    tracker = track(traffic.merged(*lines))
    (told,) = Hearing(tracker, Links()).news(max(line.at for line in lines) + 5 if now is None else now)
    return told


def holders(count: int, at: float = START) -> list[Line]:
    """So many clients, 10 s apart, each with a session that it polls once; the first came first."""
    lines = [Line([], client_port=40_000 + n, at=at + n * 10) for n in range(count)]
    for line in lines:
        line.open()
        line.poll()
    return lines


def refused(at: float, *, client: str = CLIENT) -> Line:
    line = Line([], client=client, client_port=50_000, at=at)
    line.send(flags=SYN, ack=False)
    line.put(0, flags=RST | ACK, client=False)
    return line


def hung_up(at: float, port: int = 50_000, *, flags: int = FIN | ACK) -> Line:
    line = Line([], client_port=port, at=at)
    line.open()
    line.send(flags=flags, client=False)
    if flags & FIN:
        line.wait(30)
        line.send(flags=FIN | ACK)
    return line


def unanswered(at: float, *, client: str = CLIENT) -> Line:
    line = Line([], client=client, client_port=50_000, at=at)
    for wait in (1.0, 2.0):
        line.put(99, flags=SYN, ack=False)
        line.wait(wait)
    return line


def limit(told: Heard) -> tuple[int | None, str]:
    return told.turned_away_at, told.turned_away_as


def test_a_refusal_at_the_most_that_was_held_is_the_limit() -> None:
    """Three are held, a fourth of a client that is served is refused: the limit is three."""
    told = hear(*holders(3), refused(START + 60))
    assert (told.attempts, told.refused, told.most) == (4, 1, 3)
    assert limit(told) == (3, "refused")


def test_a_client_that_is_never_served_finds_no_limit() -> None:
    """A device that refuses a stranger may do so by its list of addresses."""
    assert limit(hear(*holders(3), refused(START + 60, client=OTHER))) == (None, "")


def test_a_refusal_with_nobody_there_is_no_limit() -> None:
    """A client that is refused while no session is held met a device that does not listen."""
    (line,) = holders(1)
    line.close()
    assert limit(hear(line, refused(START + 60))) == (None, "")


def test_a_refusal_below_what_was_held_is_no_limit() -> None:
    """A device that has held three refuses at two for another reason."""
    lines = holders(3)
    lines[0].wait(30)
    lines[0].close()
    assert limit(hear(*lines, refused(START + 60))) == (None, "")


def test_a_limit_once_known_stands_when_fewer_are_refused() -> None:
    """A refusal while there is room, as after a restart, does not take the place of what is known."""
    lines = holders(3)
    lines[0].wait(70)
    lines[0].close()
    assert limit(hear(*lines, refused(START + 60), refused(START + 90))) == (3, "refused")


def test_a_limit_once_known_stands_while_others_are_hung_up() -> None:
    """Of several that are accepted at once to be closed, those still open do not count as held."""
    still = Line([], client_port=50_001, at=START + 80)
    still.open()
    lines = [*holders(3), refused(START + 60), still, hung_up(START + 80.1)]
    assert limit(hear(*lines, now=START + 80.2)) == (3, "refused")


def test_more_held_later_voids_the_figure() -> None:
    """Whatever turned a client away at two, a third session shows that it was not the limit."""
    lines = holders(2)
    late = Line([], client_port=41_000, at=START + 120)
    late.open()
    late.poll()
    assert limit(hear(*lines, refused(START + 60))) == (2, "refused")
    told = hear(*lines, refused(START + 60), late)
    assert (limit(told), told.most) == ((None, ""), 3)


def test_sessions_found_late_raise_the_limit() -> None:
    """An idle session from before the capture was held all the time, and at the refusal too."""
    idle = Line([], client_port=39_000, at=START + 100)
    idle.poll()
    told = hear(*holders(2), refused(START + 60), idle)
    assert (told.most, limit(told)) == (3, (3, "refused"))


@pytest.mark.parametrize("flags", [FIN | ACK, RST | ACK])
def test_hanging_up_is_a_limit_and_not_a_session(flags: int) -> None:
    """A device that accepts and closes at once has no room; what it closed was never held."""
    lines = [hung_up(START + 60 + n / 10, 50_000 + n, flags=flags) for n in range(3)]
    told = hear(*holders(4), *lines)
    assert (told.most, told.hung_up, limit(told)) == (4, 3, (4, "accepted-closed"))


def test_a_client_that_is_only_hung_up_on_is_not_served() -> None:
    """Sessions that all end at once do not make their client one of the device's."""
    told = hear(*(hung_up(START + n / 10, 50_000 + n) for n in range(3)))
    assert (told.most, told.hung_up, limit(told)) == (0, 3, (None, ""))


def test_no_answer_while_the_device_lives_is_a_limit() -> None:
    """A SYN that stays unanswered while the device answers others tells of its slots."""
    lines = holders(2)
    lines[0].wait(63)
    lines[0].poll()
    told = hear(*lines, unanswered(START + 60))
    assert (told.unanswered, limit(told)) == (1, (2, "no-syn-ack"))


def test_no_answer_of_a_silent_device_is_no_limit() -> None:
    """A device that shows no sign of life may be gone altogether."""
    told = hear(*holders(2), unanswered(START + 60))
    assert (told.unanswered, limit(told)) == (1, (None, ""))


def test_no_answer_while_others_are_accepted_is_no_limit() -> None:
    """A device that takes in another meanwhile has room; the SYN was lost elsewhere."""
    lines = holders(2)
    came = Line([], client=OTHER, at=START + 61)
    lines[0].wait(60)
    lines[0].close()
    came.open()
    came.poll()
    told = hear(*lines, came, unanswered(START + 59.5))
    assert (told.unanswered, told.most, limit(told)) == (1, 2, (None, ""))


def test_a_late_answer_takes_the_count_back() -> None:
    """A slow device that answers after all has not left its client unanswered."""
    line = unanswered(START + 60)
    tracker = track(traffic.merged(*holders(2), line))
    hearing = Hearing(tracker, Links())
    assert hearing.news(START + 64)[0].unanswered == 1
    line.packets.clear()
    line.at = START + 65
    line.next[True] = 100
    line.send(flags=SYN | ACK, client=False)
    line.send()
    track(line.packets, tracker)
    assert hearing.news(START + 70)[0].unanswered == 0


def evicting(
    lines: list[Line], which: int, *, flags: int = FIN | ACK, after_s: float = 0.3, comes: bool = True
) -> list[Line]:
    """The device ends the session of *which* of *lines*, *after_s* after it accepted another."""
    came = Line([], client=OTHER, client_port=51_000, at=START + 100)
    if comes:
        came.open()
        came.poll()
    out = lines[which]
    out.at = START + 100.003 + after_s
    out.send(flags=flags, client=False)
    return [*lines, came]


@pytest.mark.parametrize("flags", [FIN | ACK, RST | ACK])
def test_the_oldest_pushed_out_for_another_is_an_eviction(flags: int) -> None:
    """A device that closes its oldest session for a newcomer holds as many as before."""
    told = hear(*evicting(holders(3), 0, flags=flags), now=START + 110)
    assert (told.most, limit(told)) == (3, (3, "evicts-oldest"))
    (evicted,) = told.evicted
    assert (evicted.session, evicted.by) == (f"{CLIENT}:40000", f"{OTHER}:51000")
    assert evicted.at == pytest.approx(START + 100.303)


def test_the_longest_idle_counts_as_the_oldest() -> None:
    """Devices differ in what they call old: the one that said nothing for longest counts too."""
    lines = holders(3)
    lines[0].wait(50)
    lines[0].poll()
    assert len(hear(*evicting(lines, 1)).evicted) == 1


def test_closing_any_other_is_no_eviction() -> None:
    """A device that closes a session that is not the oldest has its own reason."""
    assert hear(*evicting(holders(3), 2)).evicted == ()


def test_an_idle_session_closed_with_nobody_coming_is_no_eviction() -> None:
    """A time-out of the device is no eviction, before or long after somebody came."""
    assert hear(*evicting(holders(3), 0, comes=False), now=START + 200).evicted == ()
    assert hear(*evicting(holders(3), 0, after_s=2.0)).evicted == ()


@pytest.mark.parametrize("flags", [RST, RST | ACK])
def test_a_reset_that_answers_data_is_no_eviction(flags: int) -> None:
    """A device that has restarted resets what its old clients still send; nobody was pushed out."""
    lines = holders(3)
    lines[0].at = START + 100.2
    lines[0].ask()
    assert hear(*evicting(lines, 0, flags=flags)).evicted == ()


def test_a_reset_that_answers_a_keep_alive_is_no_eviction() -> None:
    """A restarted device knows nothing of the session that its client keeps alive."""
    lines = holders(3)
    lines[0].at = START + 100.2
    lines[0].put(lines[0].next[True] - 1)
    assert hear(*evicting(lines, 0, flags=RST)).evicted == ()


def test_what_the_newest_evictions_are_is_bounded() -> None:
    """A device that evicts all day is told by the newest ones."""
    packets: list[Packet] = []
    before = Line(packets, client_port=40_000)
    before.open()
    for number in range(1, slots.EVICTED + 5):
        came = Line(packets, client_port=40_000 + number, at=START + number * 10)
        came.open()
        before.at = came.at + 0.1
        before.send(flags=RST | ACK, client=False)
        before = came
    told = hear(Line(packets, at=before.at))
    assert len(told.evicted) == slots.EVICTED
    assert (told.evicted[-1].by, told.most) == (f"{CLIENT}:{before.ends[True][1]}", 1)


def test_a_storm_is_told_while_it_lasts() -> None:
    """A client that connects over and over is told until a minute after it stopped."""
    packets: list[Packet] = []
    for number in range(STORM_OPENINGS):
        line = Line(packets, client_port=40_000 + number, at=START + number)
        line.open()
        line.poll()
        line.close()
    tracker = track(packets)
    hearing = Hearing(tracker, Links())
    (told,) = hearing.news(START + 30)
    assert told.storms == {CLIENT: STORM_OPENINGS}
    (over,) = hearing.news(START + 75)
    assert over.storms == {}
    assert hearing.news(START + 90) == ()


def test_a_sweep_is_no_flood_and_no_device() -> None:
    """One who tries every address once makes neither a flood nor thousands of devices."""
    tracker = Tracker([502])
    for number in range(3 * table.HALF_OPEN):
        ends = ENDS[:4] + bytes([10, 1, number >> 8, number & 0xFF]) + b"\x9c\x40\x01\xf6"
        tracker.segment(START + number / 1000, ends, SYN, 0, 0, b"", 0)
    assert tracker.table.flooded_at is None
    assert Hearing(tracker, Links()).news(START + 20) == ()
    assert len(tracker.table.moved) <= table.DEVICES


def test_a_dead_device_that_several_ask_for_is_told() -> None:
    """Two clients that try in vain tell of a device that is no more."""
    told = hear(unanswered(START), unanswered(START, client=OTHER))
    assert (told.attempts, told.unanswered, told.most) == (2, 2, 0)


def test_only_what_moved_is_told_again() -> None:
    """Polling moves no figure; a new session does."""
    lines = holders(1)
    tracker = track(lines[0].packets)
    hearing = Hearing(tracker, Links())
    assert len(hearing.news(START + 10)) == 1
    lines[0].packets.clear()
    lines[0].poll()
    track(lines[0].packets, tracker)
    assert hearing.news(START + 11) == ()
    establish(tracker, 1, START + 12)
    assert [told.most for now in (12.5, 14, 15) for told in hearing.news(START + now)] == [1, 2]


def test_many_devices_at_once_are_told_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many devices move, one reading tells a bounded number, and the next goes on."""
    monkeypatch.setattr(heard, "AT_ONCE", 30)
    tracker = Tracker([502])
    for number in range(50):
        line = Line([], device=f"10.0.2.{number}")
        line.open()
        track(line.packets, tracker)
    hearing = Hearing(tracker, Links())
    told = [hearing.news(START + 5 + n) for n in range(3)]
    assert [len(each) for each in told] == [30, 20, 0]
    assert len({each.address for some in told for each in some}) == 50


def test_a_device_forgotten_for_a_scan_comes_back_when_it_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that was dropped as one of a scan's is followed again with its first session."""
    monkeypatch.setattr(table, "DEVICES", 3)
    tracker = Tracker([502])
    tracker.segment(START, key(1), SYN, 0, 0, b"", 0)
    for number in range(3):
        ends = ENDS[:4] + bytes([10, 1, 0, number]) + b"\x9c\x40\x01\xf6"
        tracker.segment(START, ends, SYN, 0, 0, b"", 0)
    tracker.segment(START, key(1, client=False), SYN | ACK, 0, 1, b"", 0)
    tracker.segment(START, key(1), ACK, 1, 1, b"", 0)
    (told,) = Hearing(tracker, Links()).news(START + 2)
    assert (told.address, told.most) == (DEVICE, 1)


def test_clients_beyond_those_told_apart_change_no_limit() -> None:
    """A client of whom nothing is known is nobody that the device serves at other times."""
    tracker = Tracker([502])
    for number in range(CLIENTS + 1):
        establish(tracker, number << 15, START)
    tracker.segment(START + 5, key(CLIENTS << 15 | 1), SYN, 0, 0, b"", 0)
    tracker.segment(START + 5, key(CLIENTS << 15 | 1, client=False), RST | ACK, 0, 1, b"", 0)
    (told,) = Hearing(tracker, Links()).news(START + 6)
    assert (told.refused, told.most, limit(told)) == (1, CLIENTS + 1, (None, ""))
