"""How much trouble there was lately: what a new recording must begin with for it to be known again."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

import msgspec

from tui.event import Event

STEPS: Final = 144
"""Steps that are kept: twelve hours of five minutes."""


class TroubleStep(NamedTuple):
    """One step of time in which the number of open findings moved."""

    number: int
    """Wall seconds by the length of a step."""
    most: int
    """Open at once, at the most."""
    last: int | None
    """Open at its end; None where nobody watched from then on."""
    opened: int
    """Findings that opened in it."""


class TroubleKnown(Event, tag="trouble", frozen=True, kw_only=True):
    """How many findings were open over the last hours."""

    steps: Annotated[tuple[TroubleStep, ...], msgspec.Meta(max_length=STEPS)] = ()
    """Oldest first; between them it stayed."""
