"""The bounded hand-over."""

from __future__ import annotations

import threading

from hypothesis import given
from hypothesis import strategies as st

from tui.event import Event
from tui.events import Health, Probing
from tui.mailbox import Mailbox


def _health(source: str, number: int) -> Health:
    return Health(at=float(number), source=source, ok=True)


@given(st.lists(st.sampled_from("abcdefgh")), st.integers(1, 5))
def test_holds_the_newest_of_each_key_within_its_bound(sources: list[str], capacity: int) -> None:
    """Never more than the capacity, never an old sample beside a newer one, every loss counted."""
    box = Mailbox(capacity)
    for number, source in enumerate(sources):
        box.put(_health(source, number))
    taken = box.take()
    newest = {source: number for number, source in enumerate(sources)}
    expected = sorted(newest.items(), key=lambda item: item[1])[-capacity:] if sources else []
    assert [(event.source, int(event.at)) for event in taken if isinstance(event, Health)] == expected
    assert len(taken) + box.dropped >= len(newest)


def test_events_without_a_key_are_all_kept_in_order() -> None:
    """Turns of a finding or of probing never replace one another."""
    box = Mailbox(10)
    for at in range(3):
        box.put(Probing(at=float(at), allowed=True))
    assert [event.at for event in box.take(2)] == [0.0, 1.0]
    assert [event.at for event in box.take()] == [2.0]


def test_a_full_box_drops_the_oldest_and_counts() -> None:
    """Memory stays bounded and the loss is known."""
    box = Mailbox(2)
    for at in range(5):
        box.put(Probing(at=float(at), allowed=True))
    assert box.dropped == 3
    assert [event.at for event in box.take()] == [3.0, 4.0]


def test_wakes_once_when_it_stops_being_empty() -> None:
    """The reader is woken for a batch, not for every event."""
    woken: list[int] = []
    box = Mailbox(10, lambda: woken.append(1))
    box.put(_health("a", 1))
    box.put(_health("b", 2))
    box.take()
    box.put(_health("c", 3))
    assert len(woken) == 2


def test_many_threads_lose_nothing() -> None:
    """Putting from several threads while one takes loses and doubles nothing."""
    box = Mailbox(100_000)
    taken: list[Event] = []

    def write() -> None:
        for _ in range(2000):
            box.put(Probing(at=1.0, allowed=True))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        taken += box.take(100)
    taken += box.take()
    assert len(taken) == 8000
