"""A verdict on paper: as text for people, as JSON for programs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any, Final

from tui.clean import clean
from tui.cli.identity_print import device_json, what_it_is
from tui.device_events import Identified
from tui.diagnosis.causes import NAMES
from tui.diagnosis.derived import derive
from tui.diagnosis.facts import FACTS
from tui.diagnosis.verdict import Verdict
from tui.diagnosis.weigh import Standing, best_of_each, weigh
from tui.events import Climbed
from tui.records import Evidence, Target

_WIDTH: Final = 100
_MARGIN: Final = 14


def as_json(
    typed: str, report: Climbed, verdict: Verdict, identity: Identified | None, *, verbose: bool, whole: bool
) -> None:
    """Print one object; its fields are a contract, to be added to only."""
    made = to_json(typed, report, verdict, verbose=verbose, whole=whole)
    print(json.dumps({**made, "device": device_json(identity)}, ensure_ascii=True))


def to_json(
    typed: str, report: Climbed, verdict: Verdict, *, verbose: bool = False, whole: bool = True
) -> dict[str, Any]:
    """The object that `check --json` prints."""
    resolved = report.facts.get("name") not in {None, "unresolved"}
    made: dict[str, Any] = {
        "target": {
            "typed": clean(typed),
            "address": report.address if resolved else None,
            "port": report.port,
            "unit": report.unit,
        },
        "verdict": {
            "cause": verdict.cause,
            "form": verdict.form or None,
            "certainty": verdict.certainty,
            "title": verdict.title,
            "explanation": verdict.explanation,
            "could_also_be": list(verdict.could_also_be),
            "decide_by": verdict.decide_by or None,
            "remedies": list(verdict.remedies),
        },
        "evidence": [
            {
                "rung": line.rung,
                "asked": line.asked,
                "answer": line.answer,
                "ms": line.ms,
                "from": line.sender,
                "raw": line.raw,
            }
            for line in report.evidence
        ],
        "cost": {
            "connections": report.connections,
            "packets": report.packets,
            "seconds": report.seconds,
        },
        "facts": dict(report.facts),
        "not_tested": dict(report.untried),
        "complete": whole,
    }
    if verbose:
        made["causes"] = [_standing(standing) for standing in best_of_each(weigh(report.facts)).values()]
    return made


def _standing(standing: Standing) -> dict[str, Any]:
    return {
        "cause": standing.cause.id,
        "form": standing.case.form or None,
        "fits": standing.fits,
        "supports": list(standing.supports),
        "against": list(standing.against),
        "not_tested": list(standing.untested),
    }


def as_text(
    report: Climbed, verdict: Verdict, identity: Identified | None, *, verbose: bool, whole: bool
) -> None:
    """Print the verdict, what it rests on, what to do, and what the device is."""
    print("\n".join(_lines(report, verdict, identity, verbose=verbose, whole=whole)))


def _lines(
    report: Climbed, verdict: Verdict, identity: Identified | None, *, verbose: bool, whole: bool
) -> Iterator[str]:
    target = Target(report.address, report.port)
    typed = f" ({report.typed})" if report.typed and report.typed != report.address else ""
    yield f"{target}{typed}, unit {report.unit}"
    if not whole:
        yield "  stopped: this is what was known by then"
    mark = "ok" if verdict.cause == "healthy" else "▲ "
    yield ""
    yield from textwrap.wrap(f"{mark} {verdict.title}", _WIDTH, subsequent_indent="   ")
    form = f", {verdict.form}" if verdict.form else ""
    yield from _field("verdict", f"{verdict.cause}{form}: {verdict.certainty}")
    if verdict.could_also_be:
        named = "; ".join(f"{NAMES[cause]} ({cause})" for cause in verdict.could_also_be)
        yield from _field("could also be", named)
    if verdict.explanation:
        yield from _field("what happens", verdict.explanation)
    for number, remedy in enumerate(verdict.remedies, 1):
        yield from _field("what to do" if number == 1 else "", f"{number}. {remedy}")
    if verdict.decide_by:
        yield from _field("decide by", verdict.decide_by)
    for number, words in enumerate(what_it_is(identity)):
        yield from _field("device" if number == 0 else "", words)
    for number, line in enumerate(report.evidence):
        yield from _field("seen" if number == 0 else "", said(line))
    for number, (question, why) in enumerate(report.untried.items()):
        yield from _field("not tested" if number == 0 else "", f"{question}: {why}")
    connections = _count(report.connections, "connection")
    packets = _count(report.packets, "packet")
    yield from _field("cost", f"{connections} to the port, {packets}, {report.seconds:.1f} s")
    if verbose:
        yield ""
        yield from _weighed(report)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def said(line: Evidence) -> str:
    """One observation as one sentence."""
    told = f"{line.rung}: {line.asked} - {line.answer}"
    if line.ms is not None:
        told += f", {took(line.ms)}"
    if line.sender and line.sender not in told:
        told += f", from {line.sender}"
    return f"{told} [{line.raw}]" if line.raw else told


def took(ms: float) -> str:
    """Milliseconds as people read them."""
    if ms >= 1000:  # noqa: PLR2004 - the steps are the text
        return f"{ms / 1000:.1f} s"
    return f"{ms:.2f} ms" if ms < 1 else f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"  # noqa: PLR2004


def _field(label: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, _WIDTH - _MARGIN - 3, break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        yield f"   {label if number == 0 else '':<{_MARGIN}}{line}".rstrip()


def _weighed(report: Climbed) -> Iterator[str]:
    """Every cause against what was seen: those that fit first, then why each other was ruled out."""
    standings = best_of_each(weigh(report.facts)).values()
    yield "causes weighed"
    for standing in standings:
        if standing.fits:
            yield f"   {standing.cause.id}: {NAMES[standing.cause.id]}"
            yield from _field("  for it", _facts(report, standing.supports) or "nothing seen")
            if standing.untested:
                yield from _field("  not tested", ", ".join(FACTS[f].about for f in standing.untested))
    for standing in standings:
        if not standing.fits:
            yield from _field(standing.cause.id, f"ruled out: {_facts(report, standing.against)}")


def _facts(report: Climbed, names: Iterable[str]) -> str:
    known = derive(report.facts)
    return "; ".join(FACTS[name].values[known[name]] for name in names)
