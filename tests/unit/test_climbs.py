"""What is remembered of climbs: in the terms of a sweep, for as long as they hold, within bounds."""

from __future__ import annotations

import pytest

from tui import limits
from tui.event import Event
from tui.events import Climbed, Probed
from tui.records import Evidence, ProbeState
from tui.state.model import Device
from tui.state.outcome import outcome
from tui.state.store import Store

_TCP = Evidence(rung="tcp", asked="connect", answer="ICMP type 3 code 13", ms=2.0, sender="10.0.0.254")
_BUSY = Evidence(
    rung="modbus", asked="read", answer="exception 06", sender="a", raw="00010000000301" + "8306"
)


@pytest.mark.parametrize(
    ("facts", "state", "reply", "exception"),
    [
        ({"connect": "rst"}, "refused", "", None),
        ({"connect": "icmp-port"}, "refused", "", None),
        ({"connect": "silent"}, "timeout", "", None),
        ({"connect": "silent", "nexthop": "silent"}, "no-neighbour", "", None),
        ({"connect": "unreachable-here"}, "host-unreachable", "", None),
        ({"connect": "prohibited"}, "prohibited", "", None),
        ({"connect": "no-route", "route": "none"}, "net-unreachable", "", None),
        ({"route": "none"}, "net-unreachable", "", None),
        ({"connect": "open", "reply": "closed"}, "open", "closed", None),
        ({"connect": "open", "reply": "garbage"}, "open", "other", None),
        ({"connect": "open", "reply": "busy"}, "answers", "exception", 6),
        ({"connect": "open"}, "open", "", None),
    ],
)
def test_a_climb_is_told_in_the_terms_of_a_sweep(
    facts: dict[str, str], state: str, reply: str, exception: int | None
) -> None:
    """The device's line follows what the climb saw."""
    climb = Climbed(at=5.0, address="a", port=502, facts=facts, evidence=(_TCP, _BUSY), done=True)
    found = outcome(climb)
    assert found is not None
    assert (found.state, found.reply, found.exception, found.at) == (state, reply, exception, 5.0)


def test_a_climb_that_never_asked_tells_nothing() -> None:
    """Ended before the first connect, it says nothing of how the device is."""
    assert outcome(Climbed(at=5.0, address="a", port=502, facts={"route": "link"}, done=True)) is None


def _device(*events: Event) -> Device:
    store = Store()
    for event in events:
        store.apply(event)
    (device,) = store.devices.values()
    return device


def _probed(at: float, state: ProbeState, **facts: object) -> Probed:
    return Probed(at=at, address="a", port=502, state=state, **facts)  # type: ignore[arg-type]


_CLIMB = Climbed(at=2.0, address="a", port=502, facts={"connect": "open", "reply": "closed"}, done=True)


def test_a_climb_holds_until_the_device_turns() -> None:
    """What it found goes for as long as sweeps see what it found, or what they saw before it."""
    refused, closed = _probed(1.0, "refused"), _probed(3.0, "open", reply="reset")
    assert _device(refused, _CLIMB).found
    assert _device(refused, _CLIMB, closed, _probed(4.0, "refused"), closed).found
    assert not _device(refused, _CLIMB, _probed(3.0, "timeout")).found
    assert not _device(refused, _CLIMB, _probed(3.0, "timeout"), _probed(4.0, "refused")).found
    assert not _device(refused, _CLIMB, _probed(3.0, "open", reply="silent")).found


def test_a_climb_under_way_does_not_hold_yet() -> None:
    """Half an answer decides nothing."""
    begun = Climbed(at=2.0, address="a", port=502, facts={"connect": "rst"}, asking="echo")
    device = _device(_probed(1.0, "refused"), begun)
    assert device.climb is begun
    assert not device.found


@pytest.mark.parametrize("turns", [[], [_probed(3.0, "timeout")], [_probed(3.0, "open", reply="closed")]])
def test_a_recording_tells_the_last_climb_again(turns: list[Event]) -> None:
    """A new recording begins with it, and it holds there exactly where it held before."""
    store, again = Store(), Store()
    for event in [_probed(1.0, "refused"), _CLIMB, *turns]:
        store.apply(event)
    for event in list(store.events()):
        again.apply(event)
    (before,), (after,) = store.devices.values(), again.devices.values()
    assert (after.climb, after.found) == (before.climb, before.found)


def test_climbs_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weeks of climbs do not add up: the oldest is forgotten, its device is not."""
    monkeypatch.setattr(limits, "CLIMBS", 2)
    store = Store()
    for number in range(4):
        facts = {"route": "gateway"}
        store.apply(Climbed(at=1.0, address=f"10.0.{number}.1", port=502, facts=facts, done=True))
    assert [device.climb is not None for device in store.devices.values()] == [False, False, True, True]
    assert len(store.climbs.ways) == 2


def test_a_new_climb_leaves_the_last_one_in_force_until_it_is_done() -> None:
    """While the ladder is climbed again, what it found before goes on: findings do not flicker."""
    begun = Climbed(at=5.0, address="a", port=502, asking="connect")
    device = _device(_probed(1.0, "refused"), _CLIMB, begun)
    assert (device.climb, device.found) == (begun, _CLIMB)
