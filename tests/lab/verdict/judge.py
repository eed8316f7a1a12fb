"""What is wrong with what was said. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from tests.lab.verdict.run import Outcome, Verdict
from tui.records import CauseId


def problems(outcome: Outcome) -> list[str]:
    """Every fault of one outcome in a few words; none where the verdict was right and fair."""
    if outcome.verdict is None:
        return [outcome.failure]
    found = [*_cause(outcome, outcome.verdict), *_manners(outcome, outcome.verdict)]
    return [outcome.failure, *found] if outcome.failure else found


def right_on_top(outcome: Outcome) -> bool:
    """Whether the true cause, or its other name, came first."""
    scenario = outcome.scenario
    return outcome.verdict is not None and outcome.verdict.cause in {scenario.truth, *scenario.accepts}


def missing(outcome: Outcome) -> list[CauseId]:
    """Causes that look the same from here and were not named."""
    named = outcome.verdict.named if outcome.verdict else ()
    return [cause for cause in outcome.scenario.undecidable if cause not in named]


def proven_and_wrong(outcome: Outcome) -> bool:
    """The one thing that must never be: sure of what is not so, or of what cannot be known."""
    if outcome.verdict is None or outcome.verdict.certainty != "proven":
        return False
    if not outcome.who.privileged and outcome.verdict.cause in outcome.scenario.unseen:
        return False
    return not right_on_top(outcome) or bool(outcome.scenario.undecidable)


def _cause(outcome: Outcome, verdict: Verdict) -> Iterator[str]:
    scenario, truth = outcome.scenario, outcome.scenario.truth
    blind = not outcome.who.privileged
    fair = {truth, *scenario.accepts, *scenario.undecidable, *(scenario.unseen if blind else ())}
    named_is_enough = blind and scenario.needs_raw and truth in verdict.named
    if verdict.cause not in fair and not named_is_enough:
        yield f"says {verdict.cause}, but it is {truth}"
    yield from (f"does not name {cause}" for cause in missing(outcome))
    if proven_and_wrong(outcome):
        why = "cannot be known" if right_on_top(outcome) else "is wrong"
        yield f"proven {verdict.cause}, which {why}"
    if scenario.form and verdict.cause == truth and verdict.form != scenario.form:
        yield f"form {verdict.form or 'none'} instead of {scenario.form}"


def _manners(outcome: Outcome, verdict: Verdict) -> Iterator[str]:
    scenario = outcome.scenario
    told = verdict.connections
    if scenario.exits is not None and right_on_top(outcome) and outcome.exit_code != scenario.exits:
        yield f"exit code {outcome.exit_code} instead of {scenario.exits}"
    if outcome.resets and not scenario.floods:
        yield f"{outcome.resets} connections ended by RST"
    if outcome.connections > told:
        yield f"{outcome.connections} connections on the wire, {told} told"
