"""The causes as data: what each is called, what it requires and excludes, what decides, what to do."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause
from tui.diagnosis.causes.fine import CAUSES as _FINE
from tui.diagnosis.causes.here import CAUSES as _HERE
from tui.diagnosis.causes.modbus import CAUSES as _MODBUS
from tui.diagnosis.causes.path import CAUSES as _PATH
from tui.diagnosis.causes.port import CAUSES as _PORT
from tui.diagnosis.causes.slots import CAUSES as _SLOTS
from tui.records import CauseId

CAUSES: Final[dict[CauseId, Cause]] = {
    cause.id: cause for cause in (*_HERE, *_PATH, *_PORT, *_SLOTS, *_MODBUS, *_FINE)
}
"""Every cause by id, in the order of the rungs."""

NAMES: Final[dict[CauseId, str]] = {cause.id: cause.name for cause in CAUSES.values()}
"""What each is called in a few words, where there is no room for its sentence."""

__all__ = ["CAUSES", "NAMES", "Case", "Cause"]
