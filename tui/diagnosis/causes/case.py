"""One cause, and the ways in which it shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

from tui.diagnosis.facts import FACTS
from tui.records import CauseId

Values: TypeAlias = Mapping[str, frozenset[str]]


def seen(**facts: str) -> Values:
    """Facts with the values named: `seen(connect="rst silent")`; an underscore in a name is a hyphen.

    Raises:
        ValueError: no such fact or value.
    """
    made = {name.replace("_", "-"): frozenset(values.split()) for name, values in facts.items()}
    for name, values in made.items():
        if name not in FACTS or not values <= FACTS[name].values.keys():
            raise ValueError(f"no fact {name} with values {sorted(values)}")
    return made


def weight(fact: str, **points: int) -> Mapping[str, Mapping[str, int]]:
    """How much each value of *fact* speaks for a case, or against it below zero.

    Raises:
        ValueError: no such fact or value.
    """
    made = {value.replace("_", "-"): number for value, number in points.items()}
    if fact not in FACTS or not made.keys() <= FACTS[fact].values.keys():
        raise ValueError(f"no fact {fact} with values {sorted(made)}")
    return {fact: made}


NOTHING: Final[Values] = {}
OR: Final = " || "
"""Between alternatives of a remedy: the first whose names are known is told."""


class Case(NamedTuple):
    """One way in which a cause shows itself.

    It is shown when every fact it requires was seen, and ruled out when a fact was seen that it neither
    requires nor explains.
    """

    requires: Values
    """Facts that must be seen, each with the values that fit."""
    explains: Values = NOTHING
    """Unusual values that do not speak against it."""
    excludes: Values = NOTHING
    """Usual values that do."""
    weights: Mapping[str, Mapping[str, int]] = {}
    """Facts that make it more or less likely without deciding it."""
    prior: int = 0
    """How common it is among what fits as well: 3 is the usual one, 0 seldom, below that rare."""
    form: str = ""
    title: str = ""
    """The sentence, where this case has its own."""
    decide_by: str = ""
    """The one act that would decide, where this case has its own."""
    beside: bool = False
    """It can be there although Modbus answers, so an answer alone does not rule it out."""
    hint: bool = False
    """What it requires has innocent explanations too: it is never proven."""

    def fits(self, fact: str) -> frozenset[str]:
        """The values of *fact* that do not rule this case out."""
        if fact in self.requires:
            return self.requires[fact]
        usual = FACTS[fact].usual | self.explains.get(fact, frozenset())
        return usual - self.excludes.get(fact, frozenset())


class Cause(NamedTuple):
    """One cause. Remedies go from the least invasive to the most.

    Sentences may hold `{names}` of details, such as `{gateway}`; one whose detail is not known is left out.
    """

    id: CauseId
    name: str
    """In a few words."""
    title: str
    """One sentence for a tired human."""
    explanation: str
    """What happens, in two sentences at the most."""
    remedies: tuple[str, ...]
    shows: tuple[Case, ...] = ()
    decide_by: str = ""
    """The one act that would decide between it and what looks the same."""
