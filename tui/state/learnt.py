"""A device with what was learnt of it: what it is, which units answer, what its registers held."""

from __future__ import annotations

from typing import Final

import msgspec

from tui.device_events import Identified, Learnt, UnitsSeen
from tui.state.model import RECOGNISED, Device

_ITSELF: Final = frozenset({0, 255})
"""Unit ids of the device at the address itself (Implementation Guide V1.0b, p. 23)."""


def learnt(device: Device, event: Learnt) -> Device:
    """*device* as known after *event*; a limit comes from its product only where nothing better tells it."""
    if isinstance(event, UnitsSeen):
        # The few unit ids that are asked by the way tell less than a sweep over all of them.
        less = device.units is not None and device.units.full and not event.full
        return device if less else msgspec.structs.replace(device, units=event)
    if not isinstance(event, Identified):
        return msgspec.structs.replace(device, peek=event)
    device = msgspec.structs.replace(device, identity=event)
    best = None if _is_of_another(device, event) else event.best
    if device.limit is not None and not device.limit_source.startswith(RECOGNISED):
        return device
    if best is None or best.limit is None:
        return msgspec.structs.replace(device, limit=None, limit_source="") if device.limit else device
    source = f"{RECOGNISED}: {best.limit_source}, {best.certainty}"
    return msgspec.structs.replace(device, limit=best.limit, limit_source=source)


def _is_of_another(device: Device, told: Identified) -> bool:
    """Whether it speaks for a device behind a gateway, whose limit is not the gateway's."""
    behind = device.units is not None and device.units.judgement == "gateway"
    return behind and told.unit not in _ITSELF and not (told.best is not None and told.best.gateway)
