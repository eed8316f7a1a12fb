"""Findings at a device's limit and just short of it, from the events that tell of its connections."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.unit.slot_plant import HOUR, NOW, TARGET, Plant
from tui.diagnosis.alarms import fading
from tui.events import FindingChanged
from tui.limits import EVIDENCE
from tui.records import ClientPast
from tui.session_events import ClientsKnown, Counted


def test_at_the_limit_its_holders_are_named() -> None:
    """Who holds most, which of them is idle, for how long, and where the limit comes from."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, 2, age=3 * HOUR)
    plant.hold("10.0.0.9", 3, age=9 * HOUR, idle=6 * HOUR)
    plant.hold("10.0.0.8", 4)
    found = plant.findings()["slots-full"]
    assert (found.certainty, found.priority, found.form) == ("likely", 3, "")
    assert found.title == "In use: 4 of 4 connections; 3 by 10.0.0.9, one idle 6 h."
    assert plant.told("slots-full") == [
        ("connections in use", "at least 4 of 4 (limit: manual); others may be out of sight"),
        ("held by 10.0.0.9", "3, the oldest for 9 h, one idle 6 h"),
        ("held by 10.0.0.8", "1, for 2 h"),
    ]
    assert found.remedies[0] == "End the connection of 10.0.0.9 that is idle 6 h"


def test_the_forgotten_one_is_named_beside_who_holds_most() -> None:
    """The client with most connections is not blamed for the one that another forgot."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, 2, 3)
    plant.hold("10.0.0.8", 4, age=2 * 86_400, idle=2 * 86_400)
    title = plant.findings()["slots-full"].title
    assert title == "In use: 4 of 4 connections; 3 by 10.0.0.9; 10.0.0.8 idle 2 d."


def test_who_sees_them_all_is_said() -> None:
    """A count that is exact says by whom, and is no lower bound."""
    plant = Plant(limit=1)
    plant.watched_by_all()
    plant.hold("10.0.0.9", 1)
    assert plant.told("slots-full")[0][1] == "1 of 1 (limit: manual), all seen by mirror"


def test_a_devices_own_count_fills_it_though_no_session_is_seen() -> None:
    """What the device counts goes beyond what is in sight."""
    plant = Plant()
    plant.fold(Counted(at=NOW, address=TARGET.address, port=502, count=4))
    found = plant.findings()["slots-full"]
    assert found.title == "In use: 4 of 4 connections; by its own count."
    assert plant.told("slots-full") == [
        ("connections in use", "4 of 4 (limit: manual), counted by the device")
    ]


def test_one_left_is_told_before_it_is_too_late() -> None:
    """Three of four taken: a warning, as sure as the view of it."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, 2)
    plant.hold("10.0.0.8", 3)
    found = plant.findings()["slots-full"]
    assert found.title == "One connection left at most: 3 of 4 taken, most by 10.0.0.9."
    assert (found.certainty, found.priority) == ("possible", 3)
    plant.watched_by_all()
    assert plant.findings()["slots-full"].title == "One connection left: 3 of 4 taken, most by 10.0.0.9."


@pytest.mark.parametrize(("limit", "state"), [(2, "answers"), (4, "answers"), (3, "timeout"), (3, "")])
def test_one_left_is_no_news_elsewhere(limit: int, state: str) -> None:
    """Of two that is the normal state, with two left there is room, and only an answering device has one."""
    plant = Plant(limit, state)
    plant.hold("10.0.0.9", *range(1, 2 if limit == 2 else 3))
    assert all(not found.title.startswith("One") for found in plant.findings().values())


def test_a_guest_that_comes_and_goes_is_one_quiet_line() -> None:
    """A client that takes the last connection every few seconds neither opens nor rewrites findings."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, 2, 3)
    plant.turns()
    said = []
    for port in range(100, 110):
        plant.hold("10.0.0.7", port, age=0.0)
        said += plant.turns()
        plant.now += 2
        plant.leave("10.0.0.7", port)
        said += plant.turns()
        plant.now += 2
    assert [turn.change for turn in said] == ["updated"]
    assert plant.findings()["slots-full"].title == "Up to 4 of 4 connections in use, most by 10.0.0.9."


def test_a_guest_that_stays_fills_it() -> None:
    """After a while the newcomer counts like the others; time alone tells it, no event has to come."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, 2, 3)
    plant.hold("10.0.0.7", 4, age=0.0)
    assert plant.findings()["slots-full"].title.startswith("Up to 4 of 4")
    assert list(fading(plant.store)) == [TARGET]
    plant.now += 11
    assert plant.findings()["slots-full"].title == "In use: 4 of 4 connections; 3 by 10.0.0.9."


def test_a_pollers_figures_do_not_rewrite_the_finding() -> None:
    """Data that flows, ages that grow: nothing a reader would notice."""
    plant = Plant(limit=2)
    plant.hold("10.0.0.9", 1, 2, rtt_ms=1.0)
    plant.turns()
    for _ in range(20):
        plant.now += 5
        plant.hold("10.0.0.9", 1, 2, age=2 * HOUR + plant.now - NOW, rtt_ms=plant.now % 7)
        assert plant.turns() == []


def test_a_warning_that_was_seen_is_not_the_trouble_itself() -> None:
    """Acknowledged while it still answered, a device that then refuses has to be looked at again."""
    plant = Plant(limit=1)
    plant.hold("10.0.0.9", 1)
    (warned,) = plant.turns()
    seen = FindingChanged(at=NOW, change="acknowledged", finding=replace(warned.finding, acknowledged_at=NOW))
    plant.fold(seen)
    plant.probed("refused")
    (turn,) = plant.turns()
    assert (turn.finding.priority, turn.finding.form) == (1, "refused")
    assert turn.finding.acknowledged_at is None


def test_a_warning_takes_over_no_other_trouble() -> None:
    """A device that is reachable again, nearly full: the old finding ends for itself."""
    plant = Plant(state="timeout")
    assert "silent" in plant.findings()
    plant.probed("answers")
    plant.hold("10.0.0.9", 1, 2, 3)
    turns = {turn.change: turn.finding for turn in plant.turns()}
    assert turns["cleared"].replaced_by == ""
    assert turns["opened"].opened_at == NOW


def test_our_own_connection_is_shown_and_never_blamed() -> None:
    """One of ours that the device still holds is evidence, neither counted nor a culprit."""
    plant = Plant(limit=1)
    plant.hold("10.0.0.2", 9, ours=True, state="FIN_WAIT2", idle=6 * HOUR, unacked=1, backoff=9)
    assert plant.findings() == {}
    plant.hold("10.0.0.9", 1)
    own = ("port502's own connection", "closed here, still held by the device: it never closed its end")
    assert own in plant.told("slots-full")
    assert "10.0.0.2" not in str(plant.findings().values())


def test_those_turned_away_are_counted() -> None:
    """How many connections of others failed, so far as it shows that the limit is at work."""
    plant = Plant(limit=1)
    plant.hold("10.0.0.9", 1)
    plant.heard(refused=30, hung_up=12, unanswered=1)
    assert len(plant.told("slots-full")) == 2
    plant.heard(refused=30, hung_up=12, unanswered=1, turned_away_at=1, turned_away_as="refused")
    told = dict(plant.told("slots-full"))["connections of others turned away"]
    assert told == "40 or more since its traffic is watched, with 1 in use"


def test_a_refusal_names_its_holders_too() -> None:
    """Slots full, refused: the same lines of who holds them as in a warning."""
    plant = Plant(limit=1, state="refused")
    plant.hold("10.0.0.9", 1, idle=HOUR)
    found = plant.findings()["slots-full"]
    assert (found.form, found.priority) == ("refused", 1)
    assert ("held by 10.0.0.9", "1, for 2 h, idle 1 h") in plant.told("slots-full")


def test_a_visitor_and_an_orphan_are_pointed_out() -> None:
    """Not among the usual clients; no process seen where others of this host have one."""
    plant = Plant(limit=3)
    usual = {"10.0.0.9": ClientPast(first_at=0.0, day=1, days=9)}
    plant.fold(ClientsKnown(at=NOW, address=TARGET.address, port=502, clients=usual))
    plant.hold("10.0.0.9", 1, side="client", pid=7, process="hmi")
    plant.hold("10.0.0.9", 2, side="client")
    plant.hold("10.0.0.77", 3)
    told = dict(plant.told("slots-full"))
    assert told["held by hmi[7]"] == "1, for 2 h"
    assert told["held by 10.0.0.9"] == "1, for 2 h, no process seen for it"
    assert told["held by 10.0.0.77"] == "1, for 2 h, not among its usual clients"


def test_many_holders_fit_the_finding() -> None:
    """More holders than lines: the rest are counted."""
    plant = Plant(limit=20)
    for number in range(20):
        plant.hold(f"10.0.1.{number}", 1)
    told = plant.told("slots-full")
    assert len(told) <= EVIDENCE
    assert told[-1] == ("held by 16 others", "16")
