"""What is kept of a device's past: its last turns, and its response times in steps of a minute.

Steps are kept packed: as objects they would weigh fifteen times as much, for every device there is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from tui import limits
from tui.device_events import PastStep, Spread, Turn

STEP_S: Final = 60.0
_STEP: Final = struct.Struct("<I3B6H")
"""The minute since 1970, questions, connects and answers, and tenths of milliseconds."""
_MINUTE: Final = struct.Struct("<I")
_MOST: Final = 65_534
"""Tenths of milliseconds that fit: longer ones, past every patience of a probe, stand as this."""
_UNKNOWN: Final = 65_535
_COUNT: Final = 255


class Past(NamedTuple):
    """The past of one device."""

    turns: tuple[Turn, ...] = ()
    """The newest changes of outcome, oldest first."""
    packed: bytes = b""

    def __bool__(self) -> bool:
        return bool(self.turns or self.packed)

    @property
    def steps(self) -> list[PastStep]:
        """The minutes in which it was asked, oldest first."""
        return [*_steps(self.packed)]


class Question(NamedTuple):
    """One question to a device, and how long its answers took."""

    at: float
    connect_ms: float | None
    """Until TCP answered, by acceptance or refusal; None where nothing did."""
    answer_ms: float | None
    """Until Modbus did."""
    answered: bool
    """Whether Modbus did."""


def asked(past: Past, question: Question) -> Past:
    """*past* with one question more."""
    minute = max(0, int(question.at // STEP_S))
    if minute > _newest(past.packed):
        # The usual case, in which nothing has to be unpacked.
        connect, answer = _tenths(question.connect_ms), _tenths(question.answer_ms)
        step = _STEP.pack(
            minute, 1, question.connect_ms is not None, question.answered, *(connect,) * 3, *(answer,) * 3
        )
        return past._replace(packed=(past.packed + step)[-limits.PAST_STEPS * _STEP.size :])
    new = PastStep(
        max(0, int(question.at // STEP_S)),
        1,
        int(question.connect_ms is not None),
        int(question.answered),
        *_same(question.connect_ms),
        *_same(question.answer_ms),
    )
    size = _STEP.size
    newest = next(_steps(past.packed[-size:]), None)
    if newest is None or new.minute > newest.minute:
        packed = past.packed + _pack(new)
    elif new.minute == newest.minute:
        packed = past.packed[:-size] + _pack(_added(newest, new))
    else:  # the clock was set back
        steps = {step.minute: step for step in past.steps}
        there = steps.get(new.minute)
        steps[new.minute] = new if there is None else _added(there, new)
        packed = _packed(steps[minute] for minute in sorted(steps))
    return past._replace(packed=packed[-limits.PAST_STEPS * size :])


def _newest(packed: bytes) -> int:
    """The last minute in which a device was asked; -1 where there is none."""
    return _MINUTE.unpack_from(packed, len(packed) - _STEP.size)[0] if packed else -1


def turned(past: Past, turn: Turn) -> Past:
    """*past* with one change of outcome more."""
    return past._replace(turns=(*past.turns, turn)[-limits.PAST_TURNS :])


def joined(past: Past, turns: Iterable[Turn], steps: Iterable[PastStep]) -> Past:
    """*past* with what was told of it; what is known already is not taken twice."""
    both = sorted({(turn.at, turn.after): turn for turn in (*turns, *past.turns)}.values())
    known = {step.minute: step for step in past.steps}
    for step in steps:
        there = known.get(step.minute)
        # Whoever asked more often in a minute knows the rest of it as well.
        if there is None or step.asked >= there.asked:
            known[step.minute] = step
    newest = sorted(known)[-limits.PAST_STEPS :]
    return Past(tuple(both[-limits.PAST_TURNS :]), _packed(known[minute] for minute in newest))


def _same(ms: float | None) -> Spread:
    return Spread(ms, ms, ms)


def _added(one: PastStep, other: PastStep) -> PastStep:
    return PastStep(
        one.minute,
        min(one.asked + other.asked, _COUNT),
        min(one.connected + other.connected, _COUNT),
        min(one.answered + other.answered, _COUNT),
        *_merged(one.connect, one.connected, other.connect, other.connected),
        *_merged(one.answer, one.answered, other.answer, other.answered),
    )


def _merged(one: Spread, ones: int, other: Spread, others: int) -> Spread:
    if one.least is None or one.mean is None or one.most is None:
        return other
    if other.least is None or other.mean is None or other.most is None:
        return one
    mean = (one.mean * ones + other.mean * others) / max(1, ones + others)
    return Spread(min(one.least, other.least), mean, max(one.most, other.most))


def _packed(steps: Iterable[PastStep]) -> bytes:
    return b"".join(map(_pack, steps))


def _pack(step: PastStep) -> bytes:
    return _STEP.pack(
        step.minute, step.asked, step.connected, step.answered, *map(_tenths, (*step.connect, *step.answer))
    )


def _steps(packed: bytes) -> Iterator[PastStep]:
    for minute, questions, connected, answered, *tenths in _STEP.iter_unpack(packed):
        yield PastStep(minute, questions, connected, answered, *map(_ms, tenths))


def _tenths(ms: float | None) -> int:
    return _UNKNOWN if ms is None else round(min(max(ms, 0.0) * 10, _MOST))


def _ms(tenths: int) -> float | None:
    return None if tenths == _UNKNOWN else tenths / 10
