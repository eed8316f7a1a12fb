"""Unit ids in verdicts: what the ladder asks of a gateway, and the sentences that name who answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest

from tests import servers
from tests.unit.triage_tools import means
from tui import limits
from tui.clock import SystemClock
from tui.demo import frames
from tui.demo.mbap import answering
from tui.demo.misbehaving import only
from tui.device_events import UnitAnswered, UnitsSeen
from tui.diagnosis.meaning import of_units
from tui.diagnosis.observed import observed
from tui.diagnosis.questions import next_question
from tui.diagnosis.rules import judge as rule
from tui.diagnosis.scene import Scene
from tui.diagnosis.verdict import judge
from tui.ladder import talking
from tui.ladder.site import Site, Subject
from tui.probes.pace import Pace
from tui.records import Face, Judgement, Target
from tui.state.model import Device

NOW: Final = 10_000.0
_CLOCK: Final = SystemClock()
_OPEN: Final = {
    "name": "literal", "address": "plain", "route": "gateway", "egress": "agrees", "held": "none",
    "stuck": "no", "leak": "no", "hung-up": "no", "recent": "no", "nexthop": "answers", "macs": "one",
    "connect": "open", "pace": "quick", "evicted": "no",
}  # fmt: skip
_ASKED: Final = {"name", "route", "sessions", "link", "connect", "read"}


@asynccontextmanager
async def _read(talk: servers.Talk, *units: int, unit: int = 7) -> AsyncIterator[tuple[Site, servers.Log]]:
    """A climb that has just read a register of *unit*, knowing these other *units*."""
    async with servers.serving(talk) as (port, log):
        target = Target(servers.HOST, port)
        site = Site(Subject(target, unit=unit, units=units), means(Pace(1000.0, _CLOCK), _CLOCK))
        try:
            connection, outcome, _ = await site.connect(2.0)
            assert connection is not None, outcome
            site.facts["connect"] = "open"
            await site.talk_on(connection)
            await talking.read(site)
            yield site, log
        finally:
            await site.end()


@pytest.mark.parametrize(
    ("code", "cause", "title"),
    [
        (
            frames.NO_TARGET,
            "gateway-target",
            "Gateway: nothing answers behind it at units 7 and 9; units 1 and 3 do.",
        ),
        (frames.NO_PATH, "gateway-path", "Gateway: it has a way to units 1 and 3, and none to unit 7."),
    ],
)
async def test_of_a_gateway_the_verdict_names_who_answers_and_who_is_silent(
    code: int, cause: str, title: str
) -> None:
    """Usual and known unit ids are asked on the one connection; of the silent ones the known are named."""
    async with _read(answering(only({1, 3}, code)), 3, 9) as (site, log):
        await talking.units(site)
        verdict = judge({**_OPEN, **site.facts}, site.details)
        assert (verdict.cause, verdict.certainty, verdict.title) == (cause, "likely", title)
        assert "wrong-unit" in verdict.could_also_be
        assert log.opened == 1
        assert "silent_units" in site.details or code == frames.NO_PATH


async def test_a_gateway_that_serves_nobody_is_told_so() -> None:
    """Where no other unit answers either, the sentence speaks of the unit asked for and promises nothing."""
    async with _read(answering(only((), frames.NO_TARGET))) as (site, _):
        await talking.units(site)
        assert site.facts["units"] == "same"
        verdict = judge({**_OPEN, **site.facts}, site.details)
        assert verdict.title == "Gateway: nothing answers behind it at unit 7."


async def test_a_slow_gateway_does_not_overdraw_the_budget() -> None:
    """However many unit ids are known, and however late 0B comes, no more time is taken than set aside."""
    talk = answering(only({200}, frames.NO_TARGET, after=0.7))
    async with _read(talk, *range(20, 60)) as (site, _):
        began = asyncio.get_running_loop().time()
        await talking.units(site)
        took = asyncio.get_running_loop().time() - began
    assert took < (limits.CLIMB_UNITS + 1) * limits.CLIMB_UNIT_S + 0.2


async def test_a_wrong_unit_names_the_one_that_answers() -> None:
    """A device that is silent for other ids: the first that answers is named, and no further one is asked."""
    async with _read(answering(only({5}, 4)), 5, 6, unit=1) as (site, _):
        await talking.units(site)
        verdict = judge({**_OPEN, **site.facts}, site.details)
    assert verdict.cause == "wrong-unit"
    assert verdict.title == "Unit id 1 is wrong: unit 5 answers."
    assert verdict.remedies[0] == "Ask with unit id 5, which answers"
    assert sum(line.rung == "unit" for line in site.evidence) == 1


@pytest.mark.parametrize("reply", ["path", "target"])
def test_of_a_gateway_other_units_are_asked(reply: str) -> None:
    """0A and 0B alone leave open whether the gateway serves anybody: the ladder asks."""
    question = next_question({**_OPEN, "reply": reply}, _ASKED, seconds=9, connections=7, privileged=True)
    assert question is not None
    assert question.id == "units"


@pytest.mark.parametrize(
    ("faces", "details"),
    [
        ({7: "target-silent", 1: "answers"}, ("unit 1 does", "unit 7")),
        ({7: "silent", 1: "answers", 3: "answers", 9: "answers"}, ("units 1, 3 and 9 do", "")),
        ({7: "answers"}, ("", "")),
        (
            {7: "path", **dict.fromkeys(range(15, 30), "target-silent")},
            ("", "units 20, 21, 22, 23, 24, 25 and 4 more"),
        ),
    ],
)
def test_details_name_units_in_words(faces: dict[int, Face], details: tuple[str, str]) -> None:
    """Numbers become words that a sentence can take; of many the first and how many more."""
    found = of_units(7, faces.items(), range(20, 40))
    assert (found.get("answering_do", ""), found.get("silent_units", "")) == details
    assert all(len(text) <= 80 for text in found.values())


# What a sweep and the unit ids seen say together.


def _scene(exception: int | None, judgement: Judgement, *, at: float = NOW, **faces: Face) -> Scene:
    """A device whose unit 7 a sweep asked, with unit ids seen at *at*."""
    seen = tuple(UnitAnswered(unit=int(unit[1:]), face=face) for unit, face in faces.items())
    units = UnitsSeen(at=at, address="10.0.0.1", port=502, units=seen, judgement=judgement)
    device = Device(
        address="10.0.0.1", port=502, sender="10.0.0.1", expected=True, unit=7, exception=exception,
        state="answers" if exception else "open", reply="exception" if exception else "silent",
        since=NOW - 60, units=units,
    )  # fmt: skip
    return Scene(device, (), NOW)


def test_a_sweep_names_the_units_that_were_seen_to_answer() -> None:
    """Without a climb the finding says who answers behind the gateway, as the unit ids asked have shown."""
    (draft,) = rule(_scene(0x0B, "gateway", u7="target-silent", u1="answers", u3="answers")).values()
    assert draft.title == "Gateway: nothing answers behind it at unit 7; units 1 and 3 do."
    (draft,) = rule(_scene(None, "single", u7="silent", u5="answers")).values()
    assert draft.title == "Unit id 7 stays silent, while unit 5 answers."
    (draft,) = rule(_scene(0x04, "single", u7="exception", u17="answers")).values()
    assert (draft.title, draft.certainty) == ("Unit id 7 is wrong: unit 17 answers.", "likely")


@pytest.mark.parametrize(
    "scene",
    [
        _scene(0x0B, "gateway", at=NOW - 61, u7="target-silent", u1="answers"),
        _scene(0x0B, "gateway", u7="answers", u1="answers"),
        _scene(0x0B, "gateway", u1="answers"),
        _scene(0x02, "single", u7="exception", u255="answers"),
    ],
)
def test_units_seen_before_the_trouble_say_nothing_of_it(scene: Scene) -> None:
    """What was asked earlier, or while the unit answered, is no ground; an illegal address is no trouble."""
    assert "units" not in observed(scene).facts
    assert "answering_units" not in observed(scene).details
