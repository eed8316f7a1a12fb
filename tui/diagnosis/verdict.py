"""From facts to a verdict: the cause, how sure, what else fits, what would decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from tui.diagnosis.causes import CAUSES
from tui.diagnosis.causes.case import OR
from tui.diagnosis.facts import Facts
from tui.diagnosis.weigh import Standing, best_of_each, possible
from tui.records import CauseId, Certainty

_CLEAR: Final = 4
"""Points by which the first must lead the second to be called likely."""
_NEAR: Final = 12
"""Points behind the first beyond which a cause is too far-fetched to name."""
_NAMED: Final = 7


class Verdict(NamedTuple):
    """What is wrong, in the words of the cause table."""

    cause: CauseId
    form: str
    certainty: Certainty
    title: str
    explanation: str
    could_also_be: tuple[CauseId, ...]
    decide_by: str
    remedies: tuple[str, ...]
    standings: tuple[Standing, ...]
    """The cause first, then all that fit what was seen."""


class _Details(dict[str, str]):
    """Details for the sentences; what is not known stands as a gap."""

    missed = False

    def __missing__(self, key: str) -> str:
        self.missed = True
        return ""


def judge(facts: Facts, details: Mapping[str, str] | None = None) -> Verdict:
    """The verdict on *facts*; *details* fill the names in its sentences. It always names a cause."""
    ranked = list(best_of_each(possible(facts)).values())
    first, others = ranked[0], ranked[1:]
    certainty = _certainty(first, others)
    named = [other for other in others if first.points - other.points <= _NEAR][:_NAMED]
    cause, case = first.cause, first.case
    known = details or {}
    title = _sentence(case.title, known) or _sentence(cause.title, known, gaps=True)
    decided = certainty == "proven"
    return Verdict(
        cause=cause.id,
        form=case.form,
        certainty=certainty,
        title=title,
        explanation=_sentence(cause.explanation, known, gaps=True),
        could_also_be=tuple(other.cause.id for other in named),
        decide_by="" if decided else _sentence(case.decide_by or cause.decide_by, known, gaps=True),
        remedies=remedies(cause.id, known),
        standings=(first, *others),
    )


def _certainty(first: Standing, others: Sequence[Standing]) -> Certainty:
    if not first.fits:
        return "possible"
    if first.shown and not others and not first.case.hint:
        return "proven"
    lead = first.points - others[0].points if others else _CLEAR
    return "likely" if first.shown and lead >= _CLEAR else "possible"


def remedies(cause: CauseId, details: Mapping[str, str]) -> tuple[str, ...]:
    """What to do about a cause, as far as the names it takes are known."""
    return tuple(line for words in CAUSES[cause].remedies if (line := _remedy(words, details)))


def _remedy(words: str, known: Mapping[str, str]) -> str:
    """The first of the alternatives in *words* whose names are all known; "" where none is."""
    return next((line for part in words.split(OR) if (line := _sentence(part, known))), "")


def _sentence(words: str, known: Mapping[str, str], *, gaps: bool = False) -> str:
    """*words* with the names filled in; "" where one is not known, unless *gaps* are put up with."""
    details = _Details(known)
    filled = words.format_map(details)
    if not details.missed:
        return filled
    return " ".join(filled.replace(" :", ":").replace(": .", ".").split()).replace(" .", ".") if gaps else ""
