"""The outcomes as a table, and their totals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.lab.verdict.judge import missing, problems, proven_and_wrong, right_on_top
from tests.lab.verdict.run import Outcome

_WIDTHS: Final = (58, 22, 30, 9, 7, 6, 6)
HEAD: Final = (
    "scenario",
    "true cause",
    "verdict",
    "certainty",
    "seconds",
    "conns",
    "resets",
    "judged; also named",
)


def line(outcome: Outcome) -> str:
    """One outcome in one line."""
    verdict = outcome.verdict
    said = f"{verdict.cause} {verdict.form}".strip() if verdict else "-"
    return row(
        (
            outcome.scenario.name,
            outcome.scenario.truth,
            said,
            verdict.certainty if verdict else "-",
            f"{outcome.seconds:.1f}",
            f"{outcome.connections}+{outcome.elsewhere}",
            str(outcome.resets),
            "; ".join(filter(None, (_judged(outcome), " ".join(verdict.others) if verdict else ""))),
        )
    )


def row(cells: Sequence[str]) -> str:
    """Cells in their columns; the last runs free."""
    return "  ".join([c.ljust(w)[:w] for c, w in zip(cells, _WIDTHS, strict=False)] + [cells[-1]]).rstrip()


def _judged(outcome: Outcome) -> str:
    if wrong := problems(outcome):
        return "WRONG: " + ", ".join(wrong)
    return "undecidable-ok" if outcome.scenario.undecidable else "ok"


def totals(outcomes: Sequence[Outcome]) -> list[str]:
    """What it all comes to."""
    decidable = [o for o in outcomes if not o.scenario.undecidable]
    alike = [o for o in outcomes if o.scenario.undecidable]
    slowest = max(outcomes, key=lambda o: o.seconds)
    busiest = max(outcomes, key=lambda o: o.connections + o.elsewhere)
    return [
        f"right on top: {sum(map(right_on_top, decidable))} of {len(decidable)} that can be decided",
        f"undecidable: {sum(not missing(o) for o in alike)} of {len(alike)} with all members named",
        f"members missing: {sum(len(missing(o)) for o in alike)}",
        f"proven and wrong: {sum(map(proven_and_wrong, outcomes))} (must be 0)",
        f"ended by RST: {sum(o.resets for o in outcomes)} connections",
        f"longest: {slowest.seconds:.1f} s ({slowest.scenario.name})",
        f"most connections: {busiest.connections}+{busiest.elsewhere} ({busiest.scenario.name})",
        f"with any problem: {sum(bool(problems(o)) for o in outcomes)} of {len(outcomes)}",
    ]
