"""Rules: from one device and its sessions to what is wrong with it. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from tui import limits
from tui.diagnosis import verdict
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.draft import Draft
from tui.diagnosis.observed import assumed, observed
from tui.diagnosis.questions import QUESTIONS
from tui.diagnosis.scene import Scene
from tui.diagnosis.slots import slots, who
from tui.diagnosis.verdict import Verdict, remedies
from tui.records import CauseId, Certainty, Evidence

_FIRST: Final[frozenset[CauseId]] = frozenset({"slots-full", "stale-sessions", "local-ports-exhausted"})
_LAST: Final[frozenset[CauseId]] = frozenset({"wrong-unit", "slow", "idle-close", "needs-warm-up"})
_BY_SENDER: Final[frozenset[CauseId]] = frozenset({"filtered-icmp", "host-unreachable", "net-unreachable"})

_BY_WAY: Final[dict[str, CauseId]] = {"unreachable-here": "gateway-down", "forbidden-here": "no-route"}
"""What it is instead, where the way to the device turns out to be another."""


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
        drafts[said.verdict.cause] = _draft(scene, said)
    for draft in (*leaking_client(scene), *half_open(scene, drafts.keys()), *at_the_limit(scene)):
        drafts.setdefault(draft.cause, draft)
    return drafts


def unusable(scene: Scene) -> Judged | None:
    """Why the device cannot be used, or None: nothing is wrong, or it is no trouble of ours.

    A stranger that refuses or is silent is not trouble: most hosts of a network are no Modbus devices.
    """
    device = scene.device
    held = scene.taken > 0 and device.state == "refused"
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
    return Draft(
        made.cause,
        made.certainty,
        _priority(scene, made),
        tuple(telling(said.evidence, made.standings[0].supports)),
        made.form,
        made.title,
        made.could_also_be,
        made.decide_by,
        made.remedies,
        culprit,
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


def at_the_limit(scene: Scene) -> Iterator[Draft]:
    """All known slots taken while nothing else is wrong: worth knowing before the next client comes."""
    device = scene.device
    if not scene.full or device.state not in {"answers", None}:
        return
    held = slots(scene.sessions, device.limit, device.limit_source)
    title = f"In use: {scene.taken} of {device.limit} connections, most by {scene.holders[0][0]}."
    yield Draft(
        "slots-full",
        "likely",
        3,
        held.evidence,
        title=title,
        decide_by=CAUSES["slots-full"].decide_by,
        remedies=remedies("slots-full", held.details),
    )


def leaking_client(scene: Scene) -> Iterator[Draft]:
    """One process holds several connections that the device has closed."""
    told = slots(scene.sessions, scene.device.limit)
    if told.facts["leak"] == "no":
        return
    title = "{leaker} keeps {leaked} connections that the device has closed.".format_map(told.details)
    seen = Evidence(
        rung="slots",
        asked="sessions closed by the device, still open here",
        answer="{leaked} held by {leaker} (CLOSE_WAIT)".format_map(told.details),
    )
    yield Draft(
        "client-leak", "proven", 2, (seen,), title=title, remedies=remedies("client-leak", told.details)
    )


def half_open(scene: Scene, told: Collection[str]) -> Iterator[Draft]:
    """A session whose segments nobody acknowledges any more, though the device itself can be reached."""
    if scene.device.state not in {"answers", "open", "refused", None} or "state-expired" in told:
        return
    for session in scene.sessions:
        if session.unacked and session.backoff >= limits.HALF_OPEN_BACKOFF:
            seen = Evidence(
                rung="slots",
                asked=f"session of {who(session)} from port {session.client_port}",
                answer=f"{session.state}, retransmit timer doubled {limits.HALF_OPEN_BACKOFF} times or more",
            )
            yield Draft(
                "stale-sessions",
                "likely",
                1,
                (seen,),
                decide_by=CAUSES["stale-sessions"].decide_by,
                remedies=remedies("stale-sessions", {}),
            )
            return
