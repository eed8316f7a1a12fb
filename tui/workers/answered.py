"""What one unit id answered, as it is told."""

from __future__ import annotations

from typing import Final

from tui.clean import clean
from tui.device_events import UnitAnswered
from tui.probes.unit_faces import Unit
from tui.records import Face

_DETAIL: Final = 80
_PLAIN: Final[frozenset[Face]] = frozenset({"silent", "path", "target-silent"})


def answered(one: Unit, said: str = "") -> UnitAnswered:
    """*one* with what it *said* it is, where it was asked."""
    # Hundreds of them travel once a second: what the face says is not said twice.
    detail = "" if one.face in _PLAIN else clean(one.detail, _DETAIL)
    return UnitAnswered(unit=one.unit, face=one.face, detail=detail, value=one.value, said=clean(said))
