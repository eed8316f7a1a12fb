"""The states of an alarm, what people say of it, and what came together."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui.clock import SystemClock
from tui.diagnosis.alarm_state import AlarmState, alarm_state
from tui.diagnosis.alarms import fading, review
from tui.diagnosis.incident import first_out, floods
from tui.event import Event
from tui.events import FindingChanged, Probed, RunStarted, SweepEnded, SweepStarted
from tui.mark_events import Service
from tui.records import CauseId, Comment, Finding, KnownDevice, Target
from tui.state.model import Device
from tui.state.store import Store
from tui.workers.marks import Marks

TARGET = Target("10.0.0.1", 502)
NIGHT = time.mktime((2025, 1, 15, 2, 0, 0, 0, 0, 0))
MORNING = time.mktime((2025, 1, 15, 6, 30, 0, 0, 0, 0))


class Noon(SystemClock):
    """A clock that stands."""

    def wall(self) -> float:
        return 43_200.0


class Plant:
    """A store, the rules, and somebody at the console."""

    def __init__(self, asleep: str = "", *, swept: int = 2) -> None:
        self.store = Store()
        known = KnownDevice(address=TARGET.address, asleep=asleep)
        self.tell(RunStarted(at=0.0, version="1", host="h", known=(known,)))
        for number in range(1, swept + 1):
            self.tell(SweepStarted(at=0.0, sweep=number, hosts=1, connections=1, rate=1.0))
            self.tell(SweepEnded(at=0.0, sweep=number, took_s=1.0, counts={}))
        self.clock = Noon()
        self.marks = Marks(self.store.apply, self.clock, self.store.findings.get, "ops")  # type: ignore[arg-type]

    def tell(self, *events: Event) -> None:
        for event in events:
            self.store.apply(event)

    def probe(self, at: float, **fields: object) -> list[FindingChanged]:
        self.tell(Probed(at=at, address=TARGET.address, port=TARGET.port, **fields))  # type: ignore[arg-type]
        return self.review(at)

    def review(self, at: float) -> list[FindingChanged]:
        turns = [turn for turn in review(self.store, TARGET, at) if isinstance(turn, FindingChanged)]
        self.tell(*turns)
        return turns

    @property
    def only(self) -> Finding:
        (finding,) = (each for each in self.store.findings.values() if each.cleared_at is None)
        return finding


def a_finding(number: int = 1, cause: CauseId = "mute", **facts: object) -> Finding:
    given_: dict[str, object] = {
        "certainty": "likely", "priority": 2, "title": "It says nothing.", "opened_at": 1000.0,
        "witnessed": True,
    }  # fmt: skip
    given_.update(facts)
    return Finding(address=f"10.0.0.{number}", port=502, cause=cause, **given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, "unacknowledged"),
        ({"acknowledged_at": 5.0}, "acknowledged"),
        ({"cleared_at": 5.0}, "returned"),
        ({"cleared_at": 5.0, "acknowledged_at": 6.0}, "normal"),
        ({"shelved_until": 101.0}, "shelved"),
        ({"shelved_until": 99.0}, "unacknowledged"),
        ({"shelved_till_change": True}, "shelved"),
        ({"cause": "asleep"}, "asleep"),
    ],
)
def test_each_state_of_the_standard(facts: dict[str, object], state: AlarmState) -> None:
    """Every state follows from what is recorded of the finding alone."""
    assert alarm_state(replace(a_finding(), **facts), None, 100.0) == state


def test_a_device_out_of_service_gives_no_alarm() -> None:
    """Whatever is wrong with it, but what has ended is told as ended."""
    out = Service(at=1.0, address="10.0.0.1", port=502, out=True, user="ops")
    device = Device(address="10.0.0.1", port=502, out=out)
    assert alarm_state(a_finding(), device, 100.0) == "out-of-service"
    assert alarm_state(a_finding(cleared_at=5.0), device, 100.0) == "returned"


def test_shelved_until_it_changes_ends_when_it_says_something_else() -> None:
    """The same trouble stays put aside, another one does not."""
    plant = Plant()
    plant.probe(1.0, state="refused", sender=TARGET.address)
    name = plant.only.id
    plant.marks.shelve(name, None)
    assert plant.probe(2.0, state="refused", sender=TARGET.address) == []
    assert plant.only.shelved_till_change
    plant.tell(FindingChanged(at=3.0, change="updated", finding=replace(plant.only, title="Less.")))
    plant.probe(3.0, state="refused", sender=TARGET.address)
    assert not plant.only.shelved_till_change


def test_shelved_until_it_changes_ends_when_it_comes_again() -> None:
    """What has cleared and comes back is news, even where it was put aside."""
    plant = Plant()
    plant.probe(1.0, state="timeout")
    plant.marks.shelve(plant.only.id, None)
    plant.probe(2.0, state="answers")
    plant.probe(3.0, state="timeout")
    assert (plant.only.times, plant.only.shelved_till_change) == (2, False)


def test_what_was_written_stays_with_the_finding() -> None:
    """Comments outlast every turn of it, newest last, a bounded number."""
    plant = Plant()
    plant.probe(1.0, state="timeout")
    for number in range(20):
        plant.marks.comment(plant.only.id, f"look {number}\x1b[31m")
    plant.probe(2.0, state="answers")
    plant.probe(9000.0, state="timeout")
    said = plant.only.comments
    assert len(said) == 8
    assert said[-1] == Comment(at=plant.clock.wall(), user="ops", text="look 19\\x1b[31m")


def test_who_marked_it_is_kept() -> None:
    """Acknowledged and shelved with the name of who did it."""
    plant = Plant()
    plant.probe(1.0, state="timeout")
    plant.marks.acknowledge(plant.only.id)
    plant.marks.shelve(plant.only.id, 900.0)
    assert (plant.only.acknowledged_by, plant.only.shelved_by) == ("ops", "ops")
    assert plant.only.shelved_until == plant.clock.wall() + 900.0
    plant.marks.unshelve(plant.only.id)
    assert plant.only.shelved_until is None


def test_a_silent_device_in_its_hours_of_sleep_is_no_alarm() -> None:
    """It is told as asleep, with when it wakes; when it should be awake it becomes trouble that is new."""
    plant = Plant("22:00-06:00")
    (slept,) = plant.probe(NIGHT, state="timeout")
    assert (slept.finding.cause, slept.finding.priority) == ("asleep", 3)
    assert "06:00" in slept.finding.title
    plant.marks.acknowledge(slept.finding.id)
    plant.review(MORNING)
    assert plant.only.cause != "asleep"
    assert (plant.only.acknowledged_at, plant.only.opened_at) == (None, MORNING)


def test_trouble_of_another_kind_is_an_alarm_at_night_as_well() -> None:
    """A device that refuses is awake."""
    plant = Plant("22:00-06:00")
    (opened,) = plant.probe(NIGHT, state="refused", sender=TARGET.address)
    assert opened.finding.cause != "asleep"


def test_devices_that_sleep_are_looked_at_as_time_goes_on() -> None:
    """Nothing else would notice that a night is over."""
    assert list(fading(Plant("22:00-06:00").store)) == [TARGET]
    assert list(fading(Plant().store)) == []


@pytest.mark.parametrize(("swept", "seen"), [(0, False), (1, True), (2, True)])
def test_what_was_there_at_the_first_look_was_not_seen_to_begin(swept: int, seen: bool) -> None:
    """Nobody knows when trouble began that the first sweep finds."""
    plant = Plant(swept=swept)
    (opened,) = plant.probe(1.0, state="timeout")
    assert opened.finding.witnessed is seen


def test_the_first_of_what_came_together_is_marked() -> None:
    """One mark an incident, on what came first, with how many came in it."""
    came = [a_finding(number, opened_at=1000.0 + 60 * number) for number in range(1, 6)]
    later = [a_finding(number, opened_at=9000.0 + number) for number in (7, 8)]
    alone = a_finding(9, opened_at=20_000.0)
    assert first_out([*later, alone, *reversed(came)]) == {came[0].id: 5, later[0].id: 2}


def test_nothing_is_first_where_nobody_saw_it_begin_or_several_came_at_once() -> None:
    """A guess at which came first would send somebody the wrong way."""
    assert first_out([a_finding(1, witnessed=False), a_finding(2, opened_at=1100.0)]) == {}
    assert first_out([a_finding(1), a_finding(2)]) == {}


def test_more_than_ten_within_ten_minutes_are_grouped_by_cause() -> None:
    """A flood is told by causes; what is of no group stands for itself, and ten are no flood."""
    ten = [a_finding(number, opened_at=1000.0 + number) for number in range(10)]
    assert floods(ten) == []
    other = a_finding(50, "slow", opened_at=1005.0)
    (flood,) = floods([*ten, other])
    assert (flood.cause, len(flood.members), flood.took_s) == ("mute", 10, 9.0)


_CAME = st.lists(st.tuples(st.integers(0, 5000), st.sampled_from(["mute", "slow", "silent"])), max_size=60)


@given(_CAME)
def test_a_flood_holds_each_finding_once_and_only_what_came_in_a_flood(
    came: list[tuple[int, CauseId]],
) -> None:
    """Whatever comes when: every member has ten others within ten minutes, none is in two groups."""
    found = [a_finding(n, cause, opened_at=float(at)) for n, (at, cause) in enumerate(came)]
    members = [member for flood in floods(found) for member in flood.members]
    assert len({member.id for member in members}) == len(members)
    for member in members:
        assert _crowd(member, found) > 10
    held = {member.id for member in members}
    for finding in found:
        beside = [each for each in found if each.cause == finding.cause and _crowd(each, found) > 10]
        assert finding.id in held or finding not in beside or len(beside) < 3


def _crowd(finding: Finding, found: Iterable[Finding]) -> int:
    """The most findings in any ten minutes that hold this one."""
    times = sorted(each.opened_at for each in found)
    starts = [at for at in times if at <= finding.opened_at <= at + 600]
    return max(sum(start <= at <= start + 600 for at in times) for start in starts)
