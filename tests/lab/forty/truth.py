"""What is true of a device of the forty, and how it is started."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from tui.records import Judgement

PORT: Final = 502
NET: Final = "127.40.0"
ALL: Final = frozenset(range(1, 248))
NONE: Final[frozenset[int]] = frozenset()
Start: TypeAlias = Callable[[str], Coroutine[Any, Any, object]]
"""Serves at an address, on port 502, until its process ends; what it returns has to be kept."""


@dataclass(frozen=True)
class Truth:
    """What a whole sweep over 1 to 247 has to find."""

    judgement: Judgement
    values: frozenset[int] = NONE
    """Unit ids that give the value of register 0."""
    exceptions: frozenset[int] = NONE
    """Unit ids that give an exception of their own."""
    refused: frozenset[int] = NONE
    """Unit ids for which a gateway says that nobody is there."""
    words: tuple[str, ...] = ()
    """What the device says of itself, each text whole."""
    of_units: Mapping[int, str] = field(default_factory=dict)
    """What single units behind it say of themselves."""


@dataclass(frozen=True)
class Made:
    """One of the forty."""

    name: str
    start: Start
    truth: Truth
    needs: str = ""
    """What a machine may not have, as `tests.lab.verdict.needs` names it."""


def address(number: int) -> str:
    """Where the device stands that is the *number*th, from 0 on."""
    return f"{NET}.{number + 1}"
