"""Rules: from one device and its sessions to what is wrong with it. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from tui import limits
from tui.diagnosis import verdict
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.client_rules import leaking_client, stale
from tui.diagnosis.draft import Draft
from tui.diagnosis.heard_rules import evicting, several_cards, storming
from tui.diagnosis.limit_rules import at_the_limit, holder_lines
from tui.diagnosis.observed import assumed, observed
from tui.diagnosis.questions import QUESTIONS
from tui.diagnosis.scene import Scene
from tui.diagnosis.verdict import Verdict
from tui.hours import within
from tui.records import CauseId, Certainty, Evidence, ProbeState

_FIRST: Final[frozenset[CauseId]] = frozenset({"slots-full", "stale-sessions", "local-ports-exhausted"})
_LAST: Final[frozenset[CauseId]] = frozenset({"wrong-unit", "slow", "idle-close", "needs-warm-up"})
_BY_SENDER: Final[frozenset[CauseId]] = frozenset({"filtered-icmp", "host-unreachable", "net-unreachable"})

_ASLEEP: Final[frozenset[ProbeState]] = frozenset({"timeout", "no-neighbour", "host-unreachable"})
"""How a device looks that sleeps."""
_ALSO: Final = 7

_BY_WAY: Final[dict[str, CauseId]] = {"unreachable-here": "gateway-down", "forbidden-here": "no-route"}
"""What it is instead, where the way to the device turns out to be another."""
_SURE: Final[tuple[Certainty, ...]] = ("possible", "likely", "proven")


class Judged(NamedTuple):
    """A verdict, and the facts and evidence that it was made from."""

    verdict: Verdict
    facts: dict[str, str]
    details: dict[str, str]
    evidence: tuple[Evidence, ...]


def judge(scene: Scene) -> dict[str, Draft]:
    """Every finding that *scene* gives rise to, by cause: first why the device cannot be used."""
    drafts: dict[str, Draft] = {}
    said = unusable(scene)
    if said is not None:
        draft = _sleeping(scene, said) or _draft(scene, said)
        drafts[draft.cause] = draft
    beside = (
        *leaking_client(scene),
        *stale(scene, drafts.keys()),
        *evicting(scene),
        *at_the_limit(scene),
        *several_cards(scene),
        *storming(scene),
    )
    for draft in beside:
        before = drafts.setdefault(draft.cause, draft)
        if _SURE.index(draft.certainty) > _SURE.index(before.certainty) and draft.priority <= before.priority:
            # Seen in the traffic of others what was only guessed from our own questions.
            drafts[draft.cause] = draft
    return drafts


def unusable(scene: Scene) -> Judged | None:
    """Why the device cannot be used, or None: nothing is wrong, or it is no trouble of ours.

    A stranger that refuses or is silent is not trouble: most hosts of a network are no Modbus devices.
    """
    device = scene.device
    held = scene.holding.taken > 0 and device.state == "refused"
    if not (device.expected or device.state in {"answers", "open"} or held):
        return None
    said = reason(scene)
    return said if said is not None and said.verdict.cause != "healthy" else None


def reason(scene: Scene) -> Judged | None:
    """The verdict on the device as it is known now, also that nothing is wrong; None before it was asked."""
    seen = observed(scene)
    if "connect" not in seen.facts and not scene.climbed:
        return None
    guess = assumed(seen.facts, scene)
    made = verdict.judge({**seen.facts, **guess}, seen.details)
    if not scene.climbed:
        made = _by_sweep(made, seen.facts.get("connect", "") if "route" in guess else "")
    return Judged(made, seen.facts, seen.details, seen.evidence)


def _by_sweep(made: Verdict, without_way: str) -> Verdict:
    """A verdict as modest as a sweep, which asks two questions.

    *without_way* is how the connect ended where the way to the device matters and has not been looked at.
    """
    shown = {standing.cause.id for standing in made.standings if standing.shown}
    named = [cause for cause in made.could_also_be if cause in shown]
    certainty: Certainty = "likely" if made.certainty == "proven" else made.certainty
    if other := _BY_WAY.get(without_way):
        certainty, named = "possible", [other, *(cause for cause in named if cause != other)]
    decide_by = made.decide_by or CAUSES[made.cause].decide_by
    return made._replace(certainty=certainty, could_also_be=tuple(named), decide_by=decide_by)


def _draft(scene: Scene, said: Judged) -> Draft:
    made = said.verdict
    culprit = said.details.get("gateway", "") if made.cause == "gateway-down" else ""
    if made.cause in _BY_SENDER:
        culprit = said.details.get("sender", "")
    held = holder_lines(scene) if made.cause == "slots-full" else ()
    return Draft(
        made.cause,
        made.certainty,
        _priority(scene, made),
        (*telling(said.evidence, made.standings[0].supports), *held),
        made.form,
        made.title,
        made.could_also_be,
        made.decide_by,
        made.remedies,
        culprit,
    )


def _sleeping(scene: Scene, said: Judged) -> Draft | None:
    """No alarm, where it is silent in the hours in which it is told to sleep."""
    until = within(scene.device.asleep, scene.now) if scene.device.state in _ASLEEP else ""
    if not until:
        return None
    return Draft(
        "asleep",
        "likely",
        3,
        tuple(telling(said.evidence, said.verdict.standings[0].supports)),
        title=f"Asleep until {until}, as the configuration says.",
        could_also_be=(said.verdict.cause, *said.verdict.could_also_be)[:_ALSO],
        decide_by=f"Whether it answers after {until}.",
        remedies=("Wait: it is no alarm until then",),
    )


def _priority(scene: Scene, made: Verdict) -> int:
    """1 where somebody is kept out, or where something ended that worked lately; 3 where most works."""
    if made.cause in _LAST:
        return 3
    reached = scene.device.state in {"answers", "open"}
    if made.cause in _FIRST and (made.form or made.cause != "slots-full"):
        return 1
    # A session that is no longer acknowledged was served once.
    worked = scene.worked_lately or "stuck" in made.standings[0].supports
    return 1 if worked and not reached else 2


def telling(evidence: Iterable[Evidence], supports: Collection[str]) -> Iterator[Evidence]:
    """As many lines as a finding holds, in order; where there are more, first those that support it."""
    lines = list(evidence)
    rungs = {question.rung for question in QUESTIONS if question.tells & frozenset(supports)}
    spare = len(lines) - limits.EVIDENCE
    for line in lines:
        if spare > 0 and line.rung not in rungs:
            spare -= 1
            continue
        yield line
