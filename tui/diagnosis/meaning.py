"""What a sweep and a climb see alike, as facts: one meaning for both."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from tui.records import Face

_BY_EXCEPTION: Final = {4: "failure", 6: "busy", 10: "path", 11: "target"}
_FACE_OF: Final[dict[str, Face]] = {
    "path": "path",
    "target": "target-silent",
    "silent": "silent",
    "failure": "exception",
}
"""Replies of which the other unit ids say more."""
_NAMED: Final = 6
"""Unit ids named in a sentence."""
_AT_ONCE_S: Final = 0.5
"""An ICMP error that a router sends by rule takes a round trip; one after ARP in vain takes seconds."""


def of_exception(code: int | None) -> str:
    """The fact `reply` of a Modbus exception; any other than those of trouble is a word on the read alone."""
    return _BY_EXCEPTION.get(code or 0, "illegal")


def promptness(seconds: float) -> str:
    """The fact `prompt` of an ICMP error that came after *seconds*."""
    return "at-once" if seconds < _AT_ONCE_S else "late"


def agrees(own: int, reply: str, faces: Collection[tuple[int, Face]]) -> bool:
    """Whether unit ids were asked while *own* met the read as now, and others say more of that `reply`."""
    return (own, _FACE_OF.get(reply)) in faces


def of_units(own: int, faces: Collection[tuple[int, Face]], known: Collection[int] = ()) -> dict[str, str]:
    """Details for sentences on unit ids: others that answer, and those behind a gateway that do not.

    *own* is the unit id asked for. Of those that do not answer only it and the *known* count: at any other
    there may be no device. What is not there is left out.
    """
    answering = sorted({unit for unit, face in faces if face == "answers" and unit != own})
    silent = sorted(
        {unit for unit, face in faces if face == "target-silent" and (unit == own or unit in known)}
    )
    found = {}
    if answering:
        named = _listed(answering)
        does = f"{named} {'does' if len(answering) == 1 else 'do'}"
        found = {"unit_found": str(answering[0]), "answering_units": named, "answering_do": does}
    if silent:
        found["silent_units"] = _listed(silent)
    return found


def _listed(units: list[int]) -> str:
    """`unit 7`, `units 1, 3 and 9`; of many the first and how many more."""
    if len(units) == 1:
        return f"unit {units[0]}"
    told = [*map(str, units[:_NAMED])]
    if len(units) > _NAMED:
        told.append(f"{len(units) - _NAMED} more")
    return f"units {', '.join(told[:-1])} and {told[-1]}"
