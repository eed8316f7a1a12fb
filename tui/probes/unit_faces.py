"""What unit ids answered, one by one, and what that says of the device behind the address."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.probes.modbus import Answer, judge
from tui.records import Closed, Face, Judgement

Ended: TypeAlias = Literal["stopped", "all", "unreachable", "closes", "left-open", "not-modbus", "let-go"]
"""Why no more was asked: we were stopped; all were; no connection; the device ended too many of them, or did
not confirm the end of one; another protocol; the last connection of the device was needed."""

UNLIKELY: Final = frozenset({245, 246})
"""Unit ids within 1-247 that hardly any device has: an answer there is no device's own. Some have 247."""
ITSELF: Final = frozenset({0, 255})
"""Unit ids that address the device at the address itself (Implementation Guide V1.0b, p. 23)."""
_ASKED_LEAST: Final = 3  # before "whatever the unit id says" may be said
_SPREAD: Final = 100  # between the lowest and the highest of those
_LOST: Final = 20  # one request in so many may stay without an answer
_PROFILE_MOST: Final = 8
_PATH: Final = 0x0A
_TARGET: Final = 0x0B
_UNIT: Final = 6  # its place in a frame
_WORDS: Final = frozenset({"answers", "exception", "path", "target-silent", "other-unit"})


class Unit(NamedTuple):
    """One unit id and what came; *seconds* to the answer, or what was waited."""

    unit: int
    face: Face
    seconds: float
    detail: str = ""
    code: int | None = None
    """Of the exception."""
    value: int | None = None
    """Of holding register 0."""


class Units(NamedTuple):
    """What a sweep over unit ids has found, at its end or so far."""

    asked: tuple[Unit, ...] = ()
    """In the order asked."""
    left: tuple[int, ...] = ()
    """Still to be asked."""
    ended: Ended = "stopped"
    detail: str = ""
    """Why, where it ended early; in words for people."""
    requests: int = 0
    opened: int = 0
    """Connections opened or tried, one after the other."""
    closed: tuple[Closed, ...] = ()
    """How those that stood ended."""
    left_s: float | None = None
    """Seconds that the rest will take if it goes on as the last ones did."""

    @property
    def judgement(self) -> Judgement:
        """What it is, as far as was asked."""
        return judgement(self.asked)


def few(configured: int, of_profile: Iterable[int] = ()) -> tuple[int, ...]:
    """The unit ids that matter, first things first; the last is answered by who ignores unit ids."""
    wanted = dict.fromkeys((configured, 1, 255, 0, *tuple(of_profile)[:_PROFILE_MOST]))
    telling = next((unit for unit in sorted(UNLIKELY, reverse=True) if unit not in wanted), None)
    return (*wanted, *(() if telling is None else (telling,)))


def face_of(unit: int, answer: Answer) -> Unit:
    """*answer* as the face of *unit*."""
    if answer.reply == "answer":
        return Unit(unit, "answers", answer.seconds, answer.detail, value=answer.value)
    if answer.reply == "exception":
        faces: dict[int | None, Face] = {_PATH: "path", _TARGET: "target-silent"}
        face = faces.get(answer.exception, "exception")
        return Unit(unit, face, answer.seconds, answer.detail, answer.exception)
    if answer.reply in {"closed", "reset"}:
        return Unit(unit, "closed", answer.seconds, answer.detail)
    if answer.reply == "silent":
        return Unit(unit, "silent", answer.seconds, answer.detail)
    if (value := _named_otherwise(unit, answer)) is not None:
        return Unit(unit, "other-unit", answer.seconds, answer.detail, value=value)
    return Unit(unit, "malformed", answer.seconds, answer.detail)


def _named_otherwise(unit: int, answer: Answer) -> int | None:
    """The register's value where all that is wrong with *answer* is the unit id it names."""
    raw = answer.raw
    # The transaction id has been looked at, or the words would speak of that.
    if answer.reply != "malformed" or raw[_UNIT : _UNIT + 1] in {b"", bytes((unit,))}:
        return None
    if not answer.detail.startswith("unit "):
        return None
    again = judge(raw, int.from_bytes(raw[:2], "big"), answer.seconds)
    return again.value if again is not None else None


def judgement(found: Collection[Unit]) -> Judgement:
    """What the faces together say, whatever their order; silence on one id says nothing of the others."""
    spoke = [unit for unit in found if unit.face in _WORDS]
    if not spoke:
        return "nothing"
    if any(unit.face in {"path", "target-silent"} for unit in spoke):
        return "gateway"
    if _ignores(found, spoke):
        return "ignores-unit"
    own = {unit.unit for unit in spoke if unit.face == "answers"}
    if not own:
        return "refuses"
    return "single" if len(own - ITSELF) <= 1 else "several"


def _ignores(found: Collection[Unit], spoke: Sequence[Unit]) -> bool:
    """Whether all ids get the same answer, one among them that no device has."""
    if any(unit.face not in {"answers", "other-unit"} for unit in spoke):
        return False
    ids = {unit.unit for unit in spoke}
    # Unit 0 is the serial broadcast: silence there is what some make of it.
    lost = sum(unit.unit != 0 for unit in found) - sum(unit.unit != 0 for unit in spoke)
    return (
        len(ids) >= _ASKED_LEAST
        and max(ids) - min(ids) >= _SPREAD
        and not ids.isdisjoint(UNLIKELY)
        and len({unit.value for unit in spoke}) == 1
        and lost * _LOST <= len(found)
    )
