"""What is kept of each device's past."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.waiting import ManualClock
from tui import limits
from tui.device_events import DevicePast, Turn
from tui.event import Event
from tui.events import Probed, encode
from tui.records import ProbeState, Target
from tui.state.past import Past, Question, asked, joined
from tui.state.store import Store
from tui.workers.recall import Recall

TARGET = Target("10.0.0.1", 502)
MINUTE = 60.0


def _probed(at: float, state: ProbeState = "answers", **facts: float) -> Probed:
    return Probed(at=at, address=TARGET.address, port=TARGET.port, state=state, **facts)  # type: ignore[arg-type]


def _told(*events: Event) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


def _past(store: Store) -> Past:
    return store.snapshot(None, frozenset()).pasts.get(TARGET, Past())


def test_a_turn_says_from_what_to_what_and_after_how_long() -> None:
    """Only a change of outcome is a turn; the same outcome again is none."""
    store = _told(_probed(100.0), _probed(160.0), _probed(220.0, "refused"), _probed(280.0, "refused"))
    assert _past(store).turns == (Turn(220.0, "answers", "refused", 120.0),)


def test_a_minute_keeps_least_mean_and_greatest_and_what_went_unanswered() -> None:
    """Several questions of a minute are one step; a silent one adds to no time."""
    store = _told(
        _probed(61.0, ms=1.0, answer_ms=10.0),
        _probed(62.0, ms=4.0, answer_ms=20.0),
        _probed(63.0, "timeout", ms=1000.0),
        _probed(121.0, "refused", ms=2.0),
    )
    first, second = _past(store).steps
    assert (first.asked, first.connected, first.answered) == (3, 2, 2)
    assert first.connect == (1.0, 2.5, 4.0)
    assert first.answer == (10.0, 15.0, 20.0)
    assert (second.connected, second.answered, second.answer.most) == (1, 0, None)


def test_a_stranger_has_no_past_until_it_is_reached() -> None:
    """Tens of thousands of silent addresses cost nothing."""
    store = _told(_probed(1.0, "timeout"), _probed(61.0, "timeout"))
    assert not _past(store)
    store.apply(_probed(121.0))
    assert _past(store).turns == (Turn(121.0, "timeout", "answers", 120.0),)


def test_it_is_bounded_in_turns_in_minutes_and_in_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest go first; of devices that come when it is full nothing is kept."""
    monkeypatch.setattr(limits, "PASTS", 1)
    many = 2 * limits.PAST_STEPS
    store = _told(*(_probed(n * MINUTE, "refused" if n % 2 else "answers") for n in range(many)))
    past = _past(store)
    assert [step.minute for step in past.steps] == [*range(many - limits.PAST_STEPS, many)]
    assert [turn.at for turn in past.turns] == [n * MINUTE for n in range(many - limits.PAST_TURNS, many)]
    store.apply(Probed(at=9.0, address="10.0.0.2", port=502, state="answers"))
    assert [*store.snapshot(None, frozenset()).pasts] == [TARGET]


def test_the_present_told_as_events_brings_the_past_back_and_twice_adds_nothing() -> None:
    """A recording that begins anew loses no history, and reading two of its files counts nothing twice."""
    store = _told(_probed(1.0, ms=2.3), _probed(2.0, ms=2.9, answer_ms=7.7), _probed(70.0, "timeout"))
    head = [*store.events()]
    again = _told(*head)
    assert _past(again) == _past(store)
    for event in head:
        again.apply(event)
        store.apply(event)
    assert _past(again) == _past(store)
    for either in (again, store):
        either.apply(_probed(75.0, ms=2.0))
    assert _past(again) == _past(store)
    assert _past(store).steps[-1].asked == 2


def test_a_clock_set_back_keeps_the_minutes_in_order() -> None:
    """Minutes stay sorted, and one that comes again is added to."""
    past = Past()
    for at in (300.0, 360.0, 301.0, 120.0):
        past = asked(past, Question(at, 2.0, None, answered=False))
    assert [(step.minute, step.asked) for step in past.steps] == [(2, 1), (5, 2), (6, 1)]


def test_times_beyond_what_fits_stand_as_the_longest() -> None:
    """No figure, however absurd, breaks the packing."""
    past = asked(Past(), Question(60.0, 1e12, -5.0, answered=True))
    (step,) = past.steps
    assert step.connect.most == 6553.4
    assert step.answer.least == 0.0
    assert joined(past, (), past.steps) == past


async def test_a_restart_keeps_the_past(tmp_path: Path) -> None:
    """The history of a device goes on where the run before ended."""
    before = _told(_probed(60.0, ms=2.0), _probed(120.0, "refused", ms=1.0))
    lines = b"".join(encode(event) + b"\n" for event in before.events())
    (tmp_path / "port502-20260101T000000Z-0001.jsonl").write_bytes(lines)
    told: list[Event] = []
    await Recall(tmp_path, {TARGET}, ManualClock()).run(told.append)
    assert any(isinstance(event, DevicePast) for event in told)
    store = _told(*told, _probed(180.0))
    assert [turn.after for turn in _past(store).turns] == ["refused", "answers"]
    assert len(_past(store).steps) == 3


def test_what_did_not_change_is_shared_between_snapshots() -> None:
    """Another device's news copies nobody's past."""
    store = _told(_probed(1.0))
    first = store.snapshot(None, frozenset())
    other = Probed(at=9.0, address="10.0.0.2", port=502, state="answers")
    second = store.snapshot(first, store.apply(other))
    assert second.pasts[TARGET] is first.pasts[TARGET]
    assert store.snapshot(second, {"sweep"}).pasts is second.pasts
