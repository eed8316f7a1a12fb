"""The unit ids of one address as a tree: those that answer one by one, those that are alike together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from tui.device_events import UnitAnswered, UnitsSeen
from tui.records import Face

FACES: Final[dict[Face, str]] = {
    "answers": "answers",
    "exception": "answers with an exception",
    "other-unit": "answers as another unit",
    "target-silent": "silent behind the gateway (0B)",
    "path": "the gateway has no way to it (0A)",
    "silent": "no answer",
    "closed": "the device closes when it is asked",
    "malformed": "broken bytes",
}
"""How a unit id met a harmless read; the most telling first."""
SHORT: Final[dict[Face, str]] = {
    "answers": "answers",
    "exception": "exception",
    "other-unit": "another unit",
    "target-silent": "silent",
    "path": "no way to it",
    "silent": "no answer",
    "closed": "closes",
    "malformed": "broken bytes",
}
"""The same in a word or two."""
NOTHING_SAID: Final[Mapping[int, str]] = {}
_PLAIN: Final[frozenset[Face]] = frozenset({"silent", "path", "target-silent"})
"""Faces that say all there is."""
_ORDER: Final = tuple(FACES)
_LISTED: Final = 6
"""Stretches of unit ids that are listed; of more the first, and how many."""


class Branch(NamedTuple):
    """One line of the tree."""

    units: tuple[int, ...]
    face: Face
    said: str
    """What the unit says it is; empty where it was not asked or did not say."""
    detail: str
    """What its answer was, where that adds anything."""


def branches(seen: UnitsSeen, said: Mapping[int, str] = NOTHING_SAID) -> list[Branch]:
    """The lines of the tree, those that answer first; one line where every id gets the same answer.

    *said* adds what units say they are, by unit id.
    """
    alone = seen.judgement != "ignores-unit"
    groups: dict[tuple[int, int, str], list[UnitAnswered]] = {}
    for unit in sorted(seen.units, key=lambda unit: unit.unit):
        words = unit.said or said.get(unit.unit, "")
        single = alone and (unit.face == "answers" or words)
        detail = "" if unit.face in _PLAIN or not alone else unit.detail
        key = (_ORDER.index(unit.face), unit.unit if single else -1, detail)
        groups.setdefault(key, []).append(unit)
    made = [
        Branch(
            tuple(unit.unit for unit in group),
            group[0].face,
            (group[0].said or said.get(group[0].unit, "")) if single >= 0 else "",
            detail,
        )
        for (_, single, detail), group in groups.items()
    ]
    return sorted(made, key=lambda branch: (_ORDER.index(branch.face), branch.units[0]))


def of_face(seen: UnitsSeen, *faces: Face) -> tuple[int, ...]:
    """The unit ids with one of these faces, in order."""
    return tuple(sorted(unit.unit for unit in seen.units if unit.face in faces))


def ids(units: Iterable[int], between: str = ", ") -> str:
    """Unit ids in words, such as `1-3, 7`; of many the first few and how many more."""
    stretches: list[list[int]] = []
    for unit in sorted(units):
        if stretches and unit == stretches[-1][-1] + 1:
            stretches[-1].append(unit)
        else:
            stretches.append([unit])
    told = [_stretch(stretch) for stretch in stretches[:_LISTED]]
    more = sum(map(len, stretches[_LISTED:]))
    return between.join(told) + (f" and {more} more" if more else "")


def _stretch(stretch: list[int]) -> str:
    first, last = stretch[0], stretch[-1]
    return f"{first}" if first == last else f"{first}-{last}"
