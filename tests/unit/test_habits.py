"""The usual culprits, called by name."""

from __future__ import annotations

from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.diagnosis.coarse import at_least, lasting, period, times
from tui.diagnosis.habits import Habit, habits, rank
from tui.records import ClientPast, Session, Talk
from tui.session_events import Heard

NOW: Final = 100_000.0
HOUR: Final = 3_600.0
_USUAL: Final = ClientPast(first_at=0.0, day=1, days=5)


def _session(port: int = 40_000, **fields: Any) -> Session:
    given_ = {
        "client": "10.0.0.9", "client_port": port, "address": "10.0.0.1", "port": 502,
        "state": "ESTABLISHED", "side": "none", "since": NOW - 60, "active_at": NOW - 1, **fields,
    }  # fmt: skip
    return Session(**given_)


def _heard(at: float = NOW, **fields: Any) -> Heard:
    return Heard(at=at, address="10.0.0.1", port=502, **fields)


def _habits(
    *sessions: Session, clients: dict[str, ClientPast] | None = None, heard: Heard | None = None
) -> list[Habit | None]:
    found = habits(sessions, clients=clients or {}, now=NOW, heard=heard)
    return [found.get(session.key) for session in sessions]


def _kind(session: Session, **around: Any) -> tuple[str, str] | None:
    (habit,) = _habits(session, **around)
    return (habit.kind, habit.words) if habit is not None else None


_POLLS: Final = Talk(requests=10, period_s=1.0, pause_s=4.9)

_TABLE: Final = [
    ("an ordinary one", _session(), None),
    ("not acknowledged", _session(unacked=1, backoff=3), ("gone", "half-open: gone?")),
    ("not acknowledged for a moment", _session(unacked=1, backoff=2), None),
    ("client silent", _session(talk=Talk(silent="client")), ("gone", "half-open: client gone")),
    ("device silent", _session(talk=Talk(silent="device")), None),
    (
        "closed by the client alone",
        _session(side="device", state="CLOSE_WAIT"),
        ("gone", "closed; device holds on"),
    ),
    (
        "closed by the client alone, both ends here",
        _session(side="both", state="FIN_WAIT2", device_state="CLOSE_WAIT"),
        ("gone", "closed; device holds on"),
    ),
    ("closed by the device", _session(state="CLOSE_WAIT"), ("left-open", "never closed its end")),
    ("idle an hour", _session(active_at=NOW - HOUR), ("forgotten", "forgotten: idle 1 h")),
    ("idle for less", _session(active_at=NOW - HOUR + 1), None),
    (
        "nothing said since it was found",
        _session(active_at=None, since=NOW - 6.9 * HOUR),
        ("forgotten", "forgotten: idle 6 h"),
    ),
    (
        "a socket here that does not tell when it was used",
        _session(side="client", active_at=None, since=NOW - 6 * HOUR),
        None,
    ),
    (
        "over long ago",
        _session(state="TIME_WAIT", active_at=NOW - HOUR),
        None,
    ),
    ("steady", _session(talk=_POLLS), ("poller", "polls every 1 s")),
    ("few requests", _session(talk=Talk(requests=9, period_s=1.0)), None),
    ("with a pause", _session(talk=Talk(requests=99, period_s=1.0, pause_s=5.1)), None),
    ("steady until a while ago", _session(talk=_POLLS, active_at=NOW - 70), None),
    ("not Modbus", _session(talk=Talk(foreign=1)), ("not-modbus", "speaks no Modbus")),
    ("Modbus with noise", _session(talk=Talk(foreign=1, requests=1)), None),
    ("ours", _session(ours=True, unacked=1, backoff=9), None),
]


@pytest.mark.parametrize(("session", "habit"), [row[1:] for row in _TABLE], ids=[row[0] for row in _TABLE])
def test_each_habit_is_told_by_name(session: Session, habit: tuple[str, str] | None) -> None:
    """What a session's figures mean is said in a few words, and nothing is said of an ordinary one."""
    assert _kind(session) == habit


def test_a_client_that_holds_several_is_told_on_each() -> None:
    """Three of one host count; two and two of another process of this host do not."""
    three = [_session(n) for n in (1, 2, 3)]
    assert _habits(*three) == [Habit("several", "1 of 3 it holds", "1 of 3")] * 3
    apart = [_session(n, side="client", process="hmi", pid=7 + n % 2) for n in (1, 2, 3, 4)]
    assert _habits(*apart) == [None] * 4
    # Where this host is the device, the process is the server, and the client is who holds.
    served = [_session(n, side="device", process="plc", pid=1, client=f"10.0.0.{n}") for n in (1, 2, 3)]
    assert _habits(*served) == [None] * 3


def test_one_of_several_that_lies_idle_says_so() -> None:
    """The worse habit gives the kind, and the other is not lost."""
    (habit, *_) = _habits(_session(1, active_at=NOW - 6 * HOUR), _session(2), _session(3))
    assert habit == Habit("several", "1 of 3, idle 6 h", "1 of 3")


def test_a_visitor_is_new_among_usual_clients_only() -> None:
    """The visiting laptop stands out where there are clients usually seen, and not on the first day."""
    laptop = _session(client="10.0.0.77")
    first_day = {"10.0.0.77": ClientPast(first_at=NOW, day=1, days=1)}
    assert _kind(laptop, clients={"10.0.0.9": _USUAL}) == ("new", "new here")
    assert _kind(_session(), clients={"10.0.0.9": _USUAL}) is None
    assert _kind(laptop, clients=first_day) is None


def test_a_storm_is_told_as_long_as_it_lasts() -> None:
    """Of a client that connects over and over, and no more once nobody has said so for a while."""
    storms = {"10.0.0.9": 40}
    assert _kind(_session(), heard=_heard(storms=storms)) == ("storm", "connects over and over")
    assert _kind(_session(client="10.0.0.8"), heard=_heard(storms=storms)) is None
    assert _kind(_session(), heard=_heard(NOW - 121, storms=storms)) is None


def test_the_worst_habit_is_told() -> None:
    """Where several apply: gone before forgotten, forgotten before new, new before polling."""
    around = {"clients": {"10.0.0.8": _USUAL}}
    old = _session(active_at=NOW - HOUR, unacked=1, backoff=3)
    assert _kind(old, **around) == ("gone", "half-open: gone?")
    assert _kind(_session(active_at=NOW - HOUR), **around) == ("forgotten", "forgotten: idle 1 h")
    assert _kind(_session(talk=_POLLS), **around) == ("new", "new here")


def test_the_worst_come_first_and_nothing_last() -> None:
    """The order of the list follows the order of the kinds."""
    gone, new = Habit("gone", "", ""), Habit("new", "", "")
    assert rank(gone) < rank(new) < rank(None)
    assert (gone.trouble, new.trouble) == (True, False)


_floats = st.floats(-1e308, 1e308, allow_nan=False)
_talks = st.builds(
    Talk,
    requests=st.integers(0, 20),
    period_s=st.none() | _floats,
    pause_s=_floats,
    foreign=st.integers(0, 2),
    silent=st.sampled_from(["", "client", "device"]),
)
_sessions = st.builds(
    Session,
    client=st.sampled_from(["10.0.0.9", "10.0.0.8", "fe80::1%eth0", ""]),
    client_port=st.integers(0, 9),
    address=st.just("10.0.0.1"),
    port=st.just(502),
    state=st.sampled_from(["ESTABLISHED", "CLOSE_WAIT", "SYN_SENT", "SYN_RECV", "FIN_WAIT2", "odd", ""]),
    side=st.sampled_from(["client", "device", "both", "none"]),
    device_state=st.sampled_from(["", "ESTABLISHED", "CLOSE_WAIT"]),
    pid=st.none() | st.integers(0, 3),
    process=st.sampled_from(["", "hmi"]),
    since=_floats,
    active_at=st.none() | _floats,
    unacked=st.integers(0, 1),
    backoff=st.integers(0, 9),
    talk=st.none() | _talks,
    ours=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_sessions, max_size=8), _floats, st.dictionaries(st.just("10.0.0.9"), st.integers(-1, 99)))
def test_any_sessions_have_at_most_one_habit_each(
    sessions: list[Session], now: float, storms: dict[str, int]
) -> None:
    """Whatever a recording claims, each session gets at most one habit, in words that fit their column."""
    found = habits(sessions, clients={"10.0.0.8": _USUAL}, now=now, heard=_heard(now, storms=storms))
    assert found.keys() <= {session.key for session in sessions if not session.ours}
    for habit in found.values():
        assert 0 < len(habit.words) <= 26
        assert 0 < len(habit.short) <= 13


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than 1 min"), (59.9, "less than 1 min"), (60, "1 min"), (1_799, "20 min"),
        (3_599, "30 min"), (3_600, "1 h"), (7_199, "1 h"), (172_799, "47 h"), (172_800, "2 d"),
        (float("inf"), "1000 d"),
    ],
)  # fmt: skip
def test_a_time_never_says_more_than_has_passed(seconds: float, words: str) -> None:
    """Ages go in steps and are rounded down."""
    assert lasting(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, ""), (-1.0, ""), (1e-9, "less than 1 ms"), (0.0203, "20 ms"), (0.98, "1 s"), (1.04, "1 s"),
        (1.46, "1.5 s"), (59.0, "60 s"), (61.0, "60 s"), (119.5, "2 min"), (300.2, "5 min"), (7_300, "2 h"),
    ],
)  # fmt: skip
def test_a_rhythm_is_told_in_steps(seconds: float, words: str) -> None:
    """A poller's period stands still though it is never quite the same."""
    assert period(seconds) == words


def test_counts_are_told_coarsely() -> None:
    """Small counts as they are, larger ones by their first figure."""
    assert [times(count) for count in (3, 14, 44, 45, 96, 1_499)] == ["3", "10", "40", "50", "100", "1000"]
    assert [at_least(count) for count in (3, 19, 999)] == ["3", "10 or more", "900 or more"]
