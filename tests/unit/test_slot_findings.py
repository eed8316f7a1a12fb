"""Findings about the clients of a device: leaking, gone, forgotten, storming, put out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.slot_plant import HOUR, NOW, TARGET, Plant
from tui.clean import clean
from tui.diagnosis.alarms import fading
from tui.events import Climbed
from tui.records import Talk
from tui.session_events import Evicted


def test_a_client_that_hoards_connections_is_named() -> None:
    """Three of one client, two of them never used: a leak is likely, each session is told."""
    plant = Plant(limit=None)
    plant.hold("10.0.0.9", 1)
    plant.hold("10.0.0.9", 2, 3, idle=60)
    found = plant.findings()["client-leak"]
    assert (found.certainty, found.priority) == ("likely", 3)
    assert found.title == "10.0.0.9 holds 3 connections and leaves most of them idle."
    assert ("session of 10.0.0.9 from port 2", "idle 1 min") in plant.told("client-leak")
    assert "the Modbus program on 10.0.0.9" in found.remedies[0]


@pytest.mark.parametrize(
    "second",
    [
        pytest.param({"idle": 59}, id="asked lately"),
        pytest.param({"idle": 100, "talk": Talk(requests=20, period_s=30.0)}, id="asks rarely"),
        pytest.param({"active_at": None, "side": "client"}, id="cannot be seen"),
        pytest.param({"state": "FIN_WAIT2", "idle": 99}, id="closed already"),
    ],
)
def test_several_connections_in_use_are_no_leak(second: dict[str, Any]) -> None:
    """A client may hold several, one a unit: only those that lie idle for certain tell against it."""
    plant = Plant(limit=None)
    plant.hold("10.0.0.9", 1)
    plant.hold("10.0.0.9", 2, **second)
    plant.hold("10.0.0.9", 3, idle=99)
    assert plant.findings() == {}


def test_a_client_that_is_gone_is_stale() -> None:
    """The device sends in vain: its client has vanished while the device holds on."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, talk=Talk(silent="client"))
    found = plant.findings()["stale-sessions"]
    assert (found.certainty, found.priority) == ("likely", 1)
    assert found.title == "10.0.0.9 is gone; the device still holds its session."


def test_a_device_that_has_closed_holds_nothing_for_a_client_that_is_gone() -> None:
    """Its FIN goes unanswered, but the slot is free: nobody need be woken."""
    plant = Plant()
    plant.hold("10.0.0.9", 1, state="CLOSE_WAIT", talk=Talk(silent="client"))
    assert "stale-sessions" not in plant.findings()


def test_a_forgotten_tool_is_asked_about_where_room_is_short() -> None:
    """Idle for hours is worth a question at the limit, and nobody's business with room to spare."""
    plant = Plant(limit=3)
    plant.hold("10.0.0.9", 1, age=7 * HOUR, idle=6.5 * HOUR)
    assert plant.findings() == {}
    plant.hold("10.0.0.8", 2)
    found = plant.findings()
    assert found.keys() == {"slots-full", "stale-sessions"}
    stale = found["stale-sessions"]
    assert (stale.certainty, stale.priority) == ("possible", 3)
    assert stale.title == "A session of 10.0.0.9 is idle 6 h: forgotten?"
    assert stale.remedies[0] == "See whether 10.0.0.9 still needs it, and close it there"


def test_a_storm_is_named_and_ends_by_itself() -> None:
    """Who connects over and over, how often; over when nobody tells of it any more."""
    plant = Plant(limit=None)
    plant.heard(storms={"10.0.0.9": 41, "10.0.0.8": 22})
    found = plant.findings()["reconnect-storm"]
    assert found.title == "10.0.0.9 connects over and over: 40 times a minute, and 1 more do."
    assert (found.priority, found.culprit) == (2, "10.0.0.9")
    assert found.remedies[0] == "Have 10.0.0.9 wait longer before it tries again"
    plant.heard(storms={"10.0.0.9": 43, "10.0.0.8": 21})
    assert plant.turns() == []
    assert list(fading(plant.store)) == [TARGET]
    plant.now += 121
    assert [turn.change for turn in plant.turns()] == ["cleared"]


def test_a_flood_of_half_open_connections_is_told() -> None:
    """Connections asked for and never completed have no client to name; a forged one is not blamed."""
    plant = Plant(limit=None)
    plant.heard(half_open=130)
    found = plant.findings()["reconnect-storm"]
    assert found.title == "A flood of half-open connections to it: 100 or more forgotten."
    assert found.culprit == ""
    assert not any("{" in line for line in found.remedies)


def _evicted(number: int, by: str = "10.0.0.9", at: float = NOW) -> Evicted:
    return Evicted(at=at, session=f"10.0.0.8:{number}", by=f"{by}:{number}")


def test_a_session_put_out_for_another_is_told() -> None:
    """Once it is likely; for two different newcomers it is proven; after a while it is past."""
    plant = Plant(limit=None)
    plant.heard(evicted=(_evicted(1), _evicted(2)), turned_away_at=2, turned_away_as="evicts-oldest")
    found = plant.findings()["slots-full"]
    assert (found.form, found.certainty, found.priority) == ("evicts-oldest", "likely", 2)
    assert found.title == "Slots full: it put 10.0.0.8 out when 10.0.0.9 connected."
    plant.heard(evicted=(_evicted(1), _evicted(2), _evicted(3, "10.0.0.7")))
    found = plant.findings()["slots-full"]
    assert (found.certainty, found.priority) == ("proven", 1)
    assert plant.told("slots-full")[0] == (
        "session of 10.0.0.8:3", "ended by the device just after it took 10.0.0.7:3",
    )  # fmt: skip
    plant.now += 601
    assert plant.findings() == {}


def test_one_session_put_out_is_no_news_once_more_were_held() -> None:
    """What looked like making room was a coincidence where the device has held more since."""
    plant = Plant(limit=None)
    plant.heard(evicted=(_evicted(1),))
    assert "slots-full" not in plant.findings()


def test_what_is_proven_in_traffic_goes_before_a_guess() -> None:
    """A sweep that can only guess at full slots gives way to evictions that were seen."""
    plant = Plant(limit=None)
    plant.probed("open", reply="closed")
    assert plant.findings()["slots-full"].certainty == "possible"
    plant.heard(evicted=(_evicted(1), _evicted(2, "10.0.0.7")))
    assert plant.findings()["slots-full"].form == "evicts-oldest"


def test_two_cards_with_one_address_are_told_unless_a_climb_knows_better() -> None:
    """Seen by ARP in the traffic: likely two devices; a later climb that found one card overrules it."""
    plant = Plant(limit=None)
    cards = ("00:00:5e:00:53:01", "00:00:5e:00:53:02")
    plant.heard(cards=cards)
    found = plant.findings()["duplicate-ip"]
    assert found.certainty == "likely"
    assert [line.answer for line in found.evidence] == list(cards)
    assert cards[1] in found.remedies[0]
    facts = {"connect": "open", "reply": "answer", "macs": "one", "route": "link", "pace": "quick"}
    plant.now += 1
    plant.fold(Climbed(at=plant.now, address=TARGET.address, port=502, facts=facts, done=True))
    assert "duplicate-ip" not in plant.findings()


@pytest.mark.parametrize("evicted", [(), (_evicted(1, "\u202e" * 300),)])
def test_hostile_names_are_cleaned(evicted: tuple[Evicted, ...]) -> None:
    """What a process or a recording calls somebody reaches titles and evidence inert and bounded."""
    plant = Plant(limit=1)
    plant.hold("10.0.0.9", 1, side="client", pid=7, process="\x1b[2J" + "x" * 300, idle=6 * HOUR)
    plant.heard(storms={"\x1b]0;y" * 90: 40}, evicted=evicted)
    found = plant.findings()
    assert found.keys() == {"slots-full", "stale-sessions", "reconnect-storm"}
    for finding in found.values():
        told = (finding.title, finding.culprit, *finding.remedies, finding.decide_by)
        lines = (*told, *(text for line in finding.evidence for text in (line.asked, line.answer)))
        assert all(line == clean(line) for line in lines), finding.cause
        assert len(finding.title) <= 200
