"""How every cause stands against what was seen: what is for it, what is against it, what is untested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from tui.diagnosis.causes import CAUSES, Case, Cause
from tui.diagnosis.derived import derive
from tui.diagnosis.facts import FACTS, Facts
from tui.records import CauseId

_USUAL: Final = 3
"""Points of a usual cause, the most that one not shown can begin with."""
_ANSWERED: Final = frozenset({"answer", "illegal", "failure", "busy", "path", "target"})


class Standing(NamedTuple):
    """One way in which one cause shows itself, held against the facts."""

    cause: Cause
    case: Case
    supports: tuple[str, ...]
    """Facts seen that it requires, or that make it more likely."""
    against: tuple[str, ...]
    """Facts seen that it cannot explain."""
    untested: tuple[str, ...]
    """Facts not known that it requires, or that could rule it out or in."""
    missing: tuple[str, ...]
    """Facts not known that it requires."""
    points: int

    @property
    def fits(self) -> bool:
        """Nothing seen speaks against it."""
        return not self.against

    @property
    def shown(self) -> bool:
        """It fits, and everything it requires was seen."""
        return not self.against and not self.missing


class _Entry(NamedTuple):
    """One case, with what is looked up again and again."""

    cause: Cause
    case: Case
    fits: Mapping[str, frozenset[str]]
    matters: tuple[str, ...]
    """Facts that it requires, or that could rule it out or in."""


def _entry(cause: Cause, case: Case) -> _Entry:
    matters = (*case.requires, *case.weights, *case.excludes, *case.explains)
    return _Entry(cause, case, {fact: case.fits(fact) for fact in FACTS}, tuple(dict.fromkeys(matters)))


_ENTRIES: Final = tuple(_entry(cause, case) for cause in CAUSES.values() for case in cause.shows)


def weigh(facts: Facts) -> tuple[Standing, ...]:
    """Every case of every cause, the most likely first; at least one of them, whatever was seen."""
    return _weigh(frozenset(derive(facts).items()))


@lru_cache(maxsize=1024)
def _weigh(known: frozenset[tuple[str, str]]) -> tuple[Standing, ...]:
    """As `weigh`; kept, because most devices of a plant show the same few sets of facts."""
    facts = {name: value for name, value in sorted(known) if name in FACTS}
    return tuple(sorted((_stand(entry, facts) for entry in _ENTRIES), key=_rank))


def possible(facts: Facts) -> Sequence[Standing]:
    """What may be the cause, the most likely first: never empty.

    Where Modbus answers there is no trouble to explain: only what was shown counts, and what an answer
    cannot rule out. Where everything is
    contradicted, what is contradicted least.
    """
    standings = weigh(facts)
    fitting = [standing for standing in standings if standing.fits]
    if facts.get("reply") in _ANSWERED and any(s.shown for s in fitting):
        return [s for s in fitting if s.shown or s.case.beside]
    if fitting:
        return fitting
    least = min(len(standing.against) for standing in standings)
    return [standing for standing in standings if len(standing.against) == least]


def best_of_each(standings: Iterable[Standing]) -> dict[CauseId, Standing]:
    """The most likely case of each cause, in order."""
    found: dict[CauseId, Standing] = {}
    for standing in standings:
        found.setdefault(standing.cause.id, standing)
    return found


def _rank(standing: Standing) -> tuple[int, int]:
    return len(standing.against), -standing.points


def _stand(entry: _Entry, facts: Facts) -> Standing:
    cause, case = entry.cause, entry.case
    supports, against = [], []
    points = case.prior
    for fact, value in facts.items():
        if value not in entry.fits[fact]:
            against.append(fact)
            continue
        weight = case.weights[fact].get(value, 0) if fact in case.weights else 0
        points += weight
        if fact in case.requires or weight > 0:
            supports.append(fact)
    missing = tuple(fact for fact in case.requires if fact not in facts)
    if missing:
        # What has not been shown is worth asking about, not believing.
        points += min(case.prior, _USUAL) - _USUAL - case.prior - 2 * len(missing)
    untested = tuple(fact for fact in entry.matters if fact not in facts)
    return Standing(cause, case, tuple(supports), tuple(against), untested, missing, points)
