"""What `port502 check` says of plants whose fault is known, and whether each plant is what it claims."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.lab.net import needs_lab
from tests.lab.verdict.judge import problems, proven_and_wrong
from tests.lab.verdict.needs import MISSING
from tests.lab.verdict.plant import left_over, plant
from tests.lab.verdict.run import JOBS, SUPER, USER, USER_WITHOUT_ECHO, Outcome, Verdict, Who, every
from tests.lab.verdict.scenario import REFUSED, Scenario
from tests.lab.verdict.scenarios import EVERY, RUNGS
from tests.lab.verdict.signature import signature

pytestmark = [*needs_lab, pytest.mark.timeout(600)]
_WITHOUT_ECHO: Final = ("filtered-drop", "silent", "no-neighbour")
"""True causes whose verdicts lean on ping."""


def present(rung: str) -> list[Scenario]:
    """The scenarios of a rung that this machine can make."""
    return [scenario for scenario in RUNGS[rung] if not MISSING[scenario.needs]()]


@pytest.mark.parametrize("need", sorted({scenario.needs for scenario in EVERY} - {""}))
def test_the_servers_of_others_are_here(need: str) -> None:
    """What the scenarios need beyond Linux is named when it is missing, not passed over in silence."""
    if missing := MISSING[need]():
        pytest.skip(f"scenarios left out: no {missing}")


def shown(scenario: Scenario) -> str:
    """What plain tools see of it."""
    with plant() as made:
        for act in scenario.setup:
            act(made)
        return signature(made, scenario)


@pytest.mark.parametrize("rung", RUNGS)
def test_every_plant_is_what_it_claims(rung: str) -> None:
    """A plain connect and a capture see the failure that the scenario says it makes."""
    claimed = [scenario for scenario in present(rung) if scenario.shows]
    with ThreadPoolExecutor(2 * JOBS) as pool:
        seen = dict(zip((s.name for s in claimed), pool.map(shown, claimed), strict=True))
    assert seen == {scenario.name: scenario.shows for scenario in claimed}
    assert left_over() == []


@pytest.fixture(scope="module")
def wrong() -> Mapping[tuple[str, str], list[str]]:
    """What is wrong in the verdict on each scenario, by who asked and its name; all are made side by side."""
    found = {}
    scenarios = [scenario for rung in RUNGS for scenario in present(rung)]
    echoless = [scenario for scenario in EVERY if scenario.truth in _WITHOUT_ECHO]
    asked = [
        *((scenario, who) for who in (SUPER, USER) for scenario in scenarios),
        *((scenario, USER_WITHOUT_ECHO) for scenario in echoless),
    ]
    for outcome in every(asked):
        found[outcome.who.name, outcome.scenario.name] = problems(outcome)
    return found


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("who", [SUPER, USER], ids=lambda who: who.name)
def test_the_verdict_is_right_and_fair(
    rung: str, who: Who, wrong: Mapping[tuple[str, str], list[str]]
) -> None:
    """The true cause comes first; what looks the same is named with it; nothing untrue is `proven`."""
    judged = {scenario.name: wrong[who.name, scenario.name] for scenario in present(rung)}
    assert {name: found for name, found in judged.items() if found} == {}
    assert left_over() == []


@pytest.mark.parametrize("truth", _WITHOUT_ECHO)
def test_without_echo_the_verdict_is_right_and_fair(
    truth: str, wrong: Mapping[tuple[str, str], list[str]]
) -> None:
    """Where the kernel lets a user send no echo either, what was not asked is not held against the device."""
    names = [scenario.name for scenario in EVERY if scenario.truth == truth]
    judged = {name: wrong[USER_WITHOUT_ECHO.name, name] for name in names}
    assert {name: found for name, found in judged.items() if found} == {}


ALIKE = Scenario("", "not-listening", "10.0.0.1", undecidable=REFUSED)
PLAIN = Scenario("", "wrong-port", "10.0.0.1")


def said(scenario: Scenario, verdict: Verdict, who: Who = SUPER, resets: int = 0) -> Outcome:
    return Outcome(scenario, who, verdict, "", 2, 1.0, 1, 0, resets, "")


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        (said(PLAIN, Verdict("wrong-port", "", "proven", (), 1, 1.0)), []),
        (said(PLAIN, Verdict("silent", "", "likely", (), 1, 1.0)), ["says silent, but it is wrong-port"]),
        (said(PLAIN, Verdict("wrong-port", "", "proven", (), 0, 1.0)), ["1 connections on the wire, 0 told"]),
        (
            said(PLAIN, Verdict("wrong-port", "", "proven", (), 1, 1.0), resets=2),
            ["2 connections ended by RST"],
        ),
        (said(ALIKE, Verdict("slots-full", "", "possible", REFUSED, 1, 1.0)), []),
        (
            said(ALIKE, Verdict("not-listening", "", "proven", REFUSED[1:], 1, 1.0)),
            ["proven not-listening, which cannot be known"],
        ),
        (
            said(ALIKE, Verdict("not-listening", "", "likely", REFUSED[2:], 1, 1.0)),
            ["does not name slots-full"],
        ),
    ],
)
def test_the_judge_is_strict(outcome: Outcome, found: list[str]) -> None:
    """The laboratory itself notices a wrong cause, a missing one, a false certainty and bad manners."""
    assert problems(outcome) == found
    assert proven_and_wrong(outcome) == any(text.startswith("proven") for text in found)
