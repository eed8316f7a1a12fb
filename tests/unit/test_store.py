"""Folding events into state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui import limits
from tui.diagnosis.draft import Draft
from tui.event import Event
from tui.events import (
    FindingChanged,
    Health,
    Probed,
    RunStarted,
    Spared,
    StateChanged,
    SweepEnded,
    SweepProgress,
    SweepStarted,
)
from tui.records import KnownDevice, Session, Target
from tui.session_events import SessionGone, SessionSeen
from tui.state.store import Store, reason_to_spare

_ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.0.2", "10.0.0.3"])
_AT = st.floats(1.0, 100.0)


def _session(address: str, port: int, at: float = 1.0, **fields: Any) -> Session:
    return Session(
        client="10.0.0.9", client_port=port, address=address, port=502, side="client", since=at,
        **{"state": "ESTABLISHED", **fields},
    )  # fmt: skip


def _finding(address: str, at: float) -> FindingChanged:
    finding = Draft("mute", "possible", 2, ()).finding(Target(address, 502), at)
    return FindingChanged(at=at, change="opened", finding=finding)


_EVENTS = st.one_of(
    st.builds(
        Probed, at=_AT, address=_ADDRESSES, port=st.just(502),
        state=st.sampled_from(["answers", "open", "refused", "timeout"]), ms=st.floats(0, 9),
    ),
    st.builds(
        lambda address, port, at: SessionSeen(at=at, session=_session(address, port, at)),
        _ADDRESSES, st.integers(1, 3), _AT,
    ),
    st.builds(
        SessionGone, at=_AT, client=st.just("10.0.0.9"), client_port=st.integers(1, 3), address=_ADDRESSES,
        port=st.just(502),
    ),
    st.builds(_finding, _ADDRESSES, _AT),
    st.builds(Health, at=_AT, source=st.sampled_from(["sweep", "journal"]), ok=st.booleans()),
    st.builds(Spared, at=_AT, address=_ADDRESSES, port=st.just(502), reason=st.just("full")),
)  # fmt: skip


@given(st.lists(_EVENTS, max_size=40))
def test_the_present_told_as_events_rebuilds_the_present(events: list[Event]) -> None:
    """A journal file that begins with the present plays alone: devices, sessions, findings come back."""
    store = Store()
    for event in events:
        store.apply(event)
    again = Store()
    for event in list(store.events()):
        again.apply(event)
    assert again.sessions == store.sessions
    assert again.findings == store.findings
    assert again.health == store.health
    for target, device in store.devices.items():
        copy = again.devices[target]
        kept = ("state", "ms", "spared", "expected", "since", "reached_at")
        assert [getattr(copy, field) for field in kept] == [getattr(device, field) for field in kept]


@given(st.lists(_EVENTS, max_size=40))
def test_snapshots_built_step_by_step_equal_one_built_at_once(events: list[Event]) -> None:
    """What the screen gets by dirty keys alone is what a fresh look would give."""
    store = Store()
    snapshot = store.snapshot(None, frozenset())
    for event in events:
        snapshot = store.snapshot(snapshot, store.apply(event))
    fresh = store.snapshot(None, frozenset())
    assert (snapshot.devices, snapshot.sessions, snapshot.findings, snapshot.health) == (
        fresh.devices, fresh.sessions, fresh.findings, fresh.health,
    )  # fmt: skip


def test_a_snapshot_never_changes() -> None:
    """What the screen holds stays as it was while the store moves on."""
    store = Store()
    store.apply(Probed(at=1.0, address="10.0.0.1", port=502, state="answers"))
    before = store.snapshot(None, frozenset())
    store.apply(Probed(at=2.0, address="10.0.0.1", port=502, state="refused"))
    store.apply(SessionSeen(at=2.0, session=_session("10.0.0.1", 1)))
    assert before.devices[Target("10.0.0.1", 502)].state == "answers"
    assert not before.sessions


def test_since_is_when_the_outcome_began() -> None:
    """The same outcome again keeps its beginning; another one starts anew and remembers the one before."""
    store = Store()
    for at, state in ((1.0, "answers"), (2.0, "answers"), (3.0, "refused"), (4.0, "refused")):
        store.apply(Probed(at=at, address="10.0.0.1", port=502, state=state))  # type: ignore[arg-type]
    device = store.devices[Target("10.0.0.1", 502)]
    assert (device.since, device.before, device.reached_at, device.expected) == (3.0, "answers", 2.0, True)


def test_known_devices_are_there_before_they_are_asked() -> None:
    """A configured device shows with its name and limit from the first moment."""
    store = Store()
    known = KnownDevice(address="10.0.0.1", name="boiler", limit=2, limit_source="configuration")
    store.apply(RunStarted(at=1.0, version="1", host="h", known=(known,)))
    device = store.devices[Target("10.0.0.1", 502)]
    assert (device.name, device.limit, device.expected, device.state) == ("boiler", 2, True, None)


def test_a_device_at_its_limit_is_left_alone() -> None:
    """Probing a full device could cost somebody a connection: there is a reason to spare it."""
    store = Store()
    known = KnownDevice(address="10.0.0.1", limit=1)
    store.apply(RunStarted(at=1.0, version="1", host="h", known=(known,)))
    target = Target("10.0.0.1", 502)
    assert reason_to_spare(store, target) == ""
    store.apply(SessionSeen(at=1.0, session=_session("10.0.0.1", 1)))
    assert "1 of 1" in reason_to_spare(store, target)
    assert reason_to_spare(store, Target("10.0.0.2", 502)) == ""


@dataclass
class _Cap:
    name: str
    event: Any
    size: Any


@pytest.mark.parametrize(
    "cap",
    [
        _Cap(
            "DEVICES",
            lambda n: Probed(at=1.0, address=f"10.0.0.{n}", port=502, state="refused"),
            lambda store: len(store.devices),
        ),
        _Cap(
            "SESSIONS",
            lambda n: SessionSeen(at=1.0, session=_session("10.0.0.1", n)),
            lambda store: sum(map(len, store.sessions.values())),
        ),
        _Cap("FINDINGS", lambda n: _finding(f"10.0.0.{n}", 1.0), lambda store: len(store.findings)),
    ],
    ids=lambda cap: cap.name,
)
def test_the_store_is_bounded_and_counts_what_it_drops(cap: _Cap, monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks of strangers on the network cannot fill the memory."""
    monkeypatch.setattr(limits, cap.name, 5)
    store = Store()
    for number in range(1, 9):
        store.apply(cap.event(number))
    assert cap.size(store) == 5
    assert store.dropped == 3


def test_the_sweep_status_follows_its_events() -> None:
    """Progress, rate, time left and the counts of the last sweep are there to draw."""
    store = Store()
    store.apply(SweepStarted(at=1.0, sweep=3, hosts=10, connections=10, rate=50.0))
    store.apply(SweepProgress(at=2.0, sweep=3, done=4, total=10, rate=48.0, left_s=0.1))
    assert (store.sweep.running, store.sweep.done, store.sweep.left_s) == (True, 4, 0.1)
    store.apply(SweepEnded(at=3.0, sweep=3, took_s=2.0, counts={"refused": 10}))
    assert (store.sweep.running, store.sweep.counts, store.sweep.took_s) == (False, {"refused": 10}, 2.0)


def test_changes_between_sweeps_are_remembered() -> None:
    """What changed since the last sweep can be shown."""
    store = Store()
    change = StateChanged(at=1.0, address="10.0.0.1", port=502, before="answers", after="refused")
    store.apply(change)
    assert store.snapshot(None, frozenset()).changes == (change,)
