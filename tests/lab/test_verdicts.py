"""What `port502 check` says of plants whose fault is known, and whether each plant is what it claims."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.lab.net import needs_lab
from tests.lab.verdict.judge import problems, proven_and_wrong
from tests.lab.verdict.needs import MISSING
from tests.lab.verdict.plant import left_over, plant
from tests.lab.verdict.run import JOBS, SUPER, USER, USER_WITHOUT_ECHO, Outcome, Verdict, Who, every
from tests.lab.verdict.scenario import REFUSED, Scenario
from tests.lab.verdict.scenarios import EVERY, RUNGS
from tests.lab.verdict.signature import signature

pytestmark = [*needs_lab, pytest.mark.timeout(240)]


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


@pytest.mark.parametrize("rung", RUNGS)
@pytest.mark.parametrize("who", [SUPER, USER], ids=lambda who: who.name)
def test_the_verdict_is_right_and_fair(rung: str, who: Who) -> None:
    """The true cause comes first; what looks the same is named with it; nothing untrue is `proven`."""
    outcomes = list(every(present(rung), who))
    wrong = {outcome.scenario.name: found for outcome in outcomes if (found := problems(outcome))}
    assert wrong == {}
    assert left_over() == []


@pytest.mark.parametrize("truth", ["filtered-drop", "silent", "no-neighbour"])
def test_without_echo_the_verdict_is_right_and_fair(truth: str) -> None:
    """Where the kernel lets a user send no echo either, what was not asked is not held against the device."""
    outcomes = every([scenario for scenario in EVERY if scenario.truth == truth], USER_WITHOUT_ECHO)
    wrong = {outcome.scenario.name: found for outcome in outcomes if (found := problems(outcome))}
    assert wrong == {}


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
