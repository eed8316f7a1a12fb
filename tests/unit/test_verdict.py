"""From facts to a verdict, and to the next question: no sockets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tui.diagnosis.causes import CAUSES
from tui.diagnosis.facts import FACTS
from tui.diagnosis.questions import QUESTIONS, next_question
from tui.diagnosis.verdict import judge
from tui.diagnosis.weigh import possible, weigh
from tui.ladder.climb import ASKS

_RECORDED: Final[list[dict[str, Any]]] = tomllib.loads(
    Path(__file__).with_name("verdicts.toml").read_text(encoding="utf-8")
)["case"]

_SEEN_IN_TRAFFIC: Final = frozenset({"reconnect-storm"})
"""No question of ours shows these."""

_any_facts = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(sorted(fact.values)) for name, fact in FACTS.items()}
)


@pytest.mark.parametrize("case", _RECORDED, ids=lambda case: case["name"])
def test_recorded_facts_lead_to_their_verdict(case: dict[str, Any]) -> None:
    """What was once seen on real wires is judged the same way without them."""
    verdict = judge(case["facts"])
    assert (verdict.cause, verdict.form, verdict.certainty) == (
        case["cause"],
        case.get("form", ""),
        case["certainty"],
    )
    assert set(case.get("also", ())) <= set(verdict.could_also_be)


@settings(max_examples=600, deadline=None)
@given(_any_facts)
@example({})
def test_any_facts_have_a_cause_and_at_most_one_is_proven(facts: Mapping[str, str]) -> None:
    """Whatever was seen, contradictions too, a cause is named; what is proven leaves nothing beside it."""
    verdict = judge(facts)
    assert verdict.cause in CAUSES
    assert verdict.title
    assert verdict.cause not in verdict.could_also_be
    if verdict.certainty == "proven":
        assert verdict.could_also_be == ()
        assert {standing.cause.id for standing in possible(facts)} == {verdict.cause}
        assert not verdict.standings[0].missing


@settings(max_examples=200, deadline=None)
@given(_any_facts, st.booleans())
def test_the_ladder_ends(answers: Mapping[str, str], privileged: bool) -> None:
    """Whatever is answered, no question is asked twice, and the budget is never overdrawn."""
    facts: dict[str, str] = {}
    asked: list[str] = []
    seconds, connections = 14.0, 8
    while question := next_question(
        facts, asked, seconds=seconds, connections=connections, privileged=privileged
    ):
        assert question.id not in asked
        assert privileged or not question.privileged
        asked.append(question.id)
        seconds -= question.seconds
        connections -= question.connections
        facts.update({name: value for name, value in answers.items() if name in question.tells})
    assert seconds >= 0
    assert connections >= 0
    assert judge(facts).cause in CAUSES


@settings(max_examples=200, deadline=None)
@given(_any_facts)
def test_more_facts_never_rehabilitate(facts: Mapping[str, str]) -> None:
    """What an observation rules out stays ruled out when more is observed."""
    half = dict(list(facts.items())[::2])
    assert _ruled_out(half, half) <= _ruled_out(facts, half)


def _ruled_out(facts: Mapping[str, str], observed: Mapping[str, str]) -> set[tuple[str, int]]:
    """Cases that one of the facts *observed* speaks against."""
    return {
        (standing.cause.id, standing.cause.shows.index(standing.case))
        for standing in weigh(facts)
        if observed.keys() & set(standing.against)
    }


def test_every_cause_can_be_proven_or_named() -> None:
    """No case is dead: facts that are exactly what it requires do not speak against it."""
    for cause in CAUSES.values():
        assert cause.shows or cause.id in _SEEN_IN_TRAFFIC, cause.id
        for case in cause.shows:
            facts = {name: min(values) for name, values in case.requires.items()}
            assert any(standing.case is case and standing.fits for standing in weigh(facts)), (
                f"{cause.id}: {facts}"
            )


def test_every_question_can_be_asked() -> None:
    """Each question has somebody who asks it, and tells facts that exist."""
    assert {question.id for question in QUESTIONS} == set(ASKS)
    for question in QUESTIONS:
        assert question.tells <= FACTS.keys()


def test_a_healthy_device_needs_one_connection() -> None:
    """Once Modbus answers on an ordinary link nothing more is asked."""
    facts = {
        "name": "literal", "address": "plain", "route": "gateway", "egress": "agrees", "held": "none",
        "stuck": "no", "leak": "no", "hung-up": "no", "recent": "no", "nexthop": "answers", "macs": "one",
        "connect": "open", "reply": "answer", "pace": "quick", "evicted": "no",
    }  # fmt: skip
    asked = {"name", "route", "sessions", "link", "connect", "read"}
    assert next_question(facts, asked, seconds=10, connections=7, privileged=True) is None
    assert judge(facts).certainty == "proven"


def test_without_a_look_at_the_link_a_duplicate_is_not_ruled_out() -> None:
    """An answer proves a healthy device only where a second one with its address would have shown."""
    facts = {"route": "link", "connect": "open", "reply": "answer", "pace": "quick", "hung-up": "no"}
    verdict = judge(facts)
    assert (verdict.cause, verdict.certainty) == ("healthy", "likely")
    assert "duplicate-ip" in verdict.could_also_be


def test_details_fill_the_sentences() -> None:
    """Names that are known stand in title and remedies; a remedy without its name is left out."""
    facts = {"connect": "rst", "modbus-elsewhere": "yes"}
    told = judge(facts, {"found": "1502", "port": "502"})
    assert told.title == "Modbus answers on port 1502, not on 502."
    assert "Set the client to port 1502" in told.remedies
    assert all("{" not in line for line in judge(facts).remedies)
