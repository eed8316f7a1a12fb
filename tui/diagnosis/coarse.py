"""Figures in steps so coarse that a sentence stands still while they move."""

from __future__ import annotations

from typing import Final

MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400
_MINUTES: Final = (30, 20, 10, 5, 2, 1)
_HOURS_TOLD: Final = 48
_LONGEST_S: Final = 1_000 * DAY
_EXACT: Final = 10
"""Below it numbers are told as they are."""
_STEPS: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0)
"""Leading figures of a period."""


def lasting(seconds: float) -> str:
    """How long something has lasted, such as `20 min` or `6 h`; never more than it has."""
    if not seconds < _LONGEST_S:
        return "1000 d"
    if seconds < MINUTE:
        return "less than 1 min"
    if seconds < HOUR:
        return f"{next(step for step in _MINUTES if seconds >= step * MINUTE)} min"
    if seconds < _HOURS_TOLD * HOUR:
        return f"{int(seconds) // HOUR} h"
    return f"{int(seconds) // DAY} d"


def times(count: int) -> str:
    """A count with one figure that tells, such as `40`; as it is where it is small."""
    if count < _EXACT:
        return str(count)
    scale = 10 ** (len(str(count)) - 1)
    return f"{(count + scale // 2) // scale * scale}"


def at_least(count: int) -> str:
    """A count that only grows, such as `40 or more`; as it is where it is small."""
    if count < _EXACT:
        return str(count)
    scale = 10 ** (len(str(count)) - 1)
    return f"{count // scale * scale} or more"


def period(seconds: float) -> str:
    """The time between two of many, such as `1.5 s`; "" where it makes no sense."""
    if not 0 < seconds < _LONGEST_S:
        return ""
    if seconds >= 2 * MINUTE - 1:
        return lasting(seconds) if seconds >= HOUR else f"{round(seconds / MINUTE)} min"
    if seconds >= MINUTE:
        return f"{round(seconds, -1):.0f} s"
    value, unit = (seconds, "s") if seconds >= 0.95 else (seconds * 1000, "ms")  # noqa: PLR2004 - near one
    if value < 1 and unit == "ms":
        return "less than 1 ms"
    scale = 10.0 ** (len(str(int(value))) - 1)
    nearest = min(_STEPS, key=lambda step: abs(step * scale - value))
    return f"{nearest * scale:g} {unit}"
