"""How much trouble there was over the last hours, and that neither a new file nor a restart forgets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.screen.plant import NOW, finding, run
from tests.waiting import ManualClock
from tui.event import Event
from tui.events import FindingChanged, encode
from tui.state.store import Store
from tui.state.trouble import STEP_S, Step, by_step
from tui.workers.recall import Recall

_BEGIN = NOW - NOW % STEP_S


def _turn(number: int, at: float, *, cleared: bool = False, **facts: Any) -> FindingChanged:
    told = finding(f"10.20.0.{number}", cleared_at=at if cleared else None, updated_at=at, **facts)
    return replace(told, at=at, change="cleared" if cleared else "opened")


def _store(*events: Event) -> Store:
    store = Store()
    for event in (replace(run(), at=_BEGIN), *events):
        store.apply(event)
    return store


def _shown(store: Store, now: float, steps: int = 6) -> list[Step]:
    return by_step(store.snapshot(None, set()).trouble, now, steps)


def test_what_was_open_stays_until_it_clears() -> None:
    """A step shows the most that were open in it, and how many opened."""
    store = _store(
        _turn(1, _BEGIN + STEP_S),
        _turn(2, _BEGIN + STEP_S + 1),
        _turn(1, _BEGIN + 3 * STEP_S, cleared=True),
    )
    assert _shown(store, _BEGIN + 4 * STEP_S) == [
        Step(None, 0), Step(0, 0), Step(2, 2), Step(2, 0), Step(2, 0), Step(1, 0),
    ]  # fmt: skip


def test_what_is_shelved_or_told_elsewhere_is_not_counted() -> None:
    """Only what asks for somebody counts: what is put aside does again when its time is over."""
    store = _store(
        _turn(1, _BEGIN + 1, shelved_until=_BEGIN + STEP_S),
        _turn(2, _BEGIN + 2, joined="10.20.0.0/24/0/silent"),
        _turn(3, _BEGIN + 3),
        _turn(4, _BEGIN + 2 * STEP_S),
    )
    assert _shown(store, _BEGIN + 2 * STEP_S, 3) == [Step(1, 1), Step(1, 0), Step(3, 1)]


async def test_a_restart_keeps_the_hours_before_and_shows_when_nobody_watched(tmp_path: Path) -> None:
    """What the last run counted is there again, and the time between is not told as quiet."""
    before = _store(_turn(1, _BEGIN + 1))
    path = tmp_path / "port502-20260101T000000Z-0001.jsonl"
    path.write_bytes(b"".join(encode(event) + b"\n" for event in before.events()))
    after = Store()
    after.apply(replace(run(), at=_BEGIN + 4 * STEP_S))

    def tell(event: Event) -> None:
        after.apply(event)

    await Recall(tmp_path, {before.findings["10.20.0.1/502/slots-full"].target}, ManualClock()).run(tell)
    assert _shown(after, _BEGIN + 5 * STEP_S) == [
        Step(1, 1), Step(None, 0), Step(None, 0), Step(None, 0), Step(1, 0), Step(1, 0),
    ]  # fmt: skip


_TURNS = st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.integers(0, 2000)), max_size=20)


@settings(max_examples=60, deadline=None)
@given(_TURNS)
def test_a_new_file_begins_with_the_same_hours(turns: list[tuple[int, bool, int]]) -> None:
    """The present told as events gives the same strip in an empty store, so that each file plays alone."""
    at = _BEGIN
    events: list[Event] = []
    for number, cleared, later in turns:
        at += later
        events.append(_turn(number, at, cleared=cleared))
    store = _store(*events)
    again = Store()
    for event in store.events():
        again.apply(event)
    assert _shown(again, at, 144) == _shown(store, at, 144)
