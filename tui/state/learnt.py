"""A device with what was learnt of it: what it is, which units answer, what its registers held."""

from __future__ import annotations

import msgspec

from tui.device_events import AnyDeviceEvent, Identified, UnitsSeen
from tui.state.model import RECOGNISED, Device


def learnt(device: Device, event: AnyDeviceEvent) -> Device:
    """*device* as known after *event*; a limit comes from its product only where nothing better tells it."""
    if isinstance(event, UnitsSeen):
        return msgspec.structs.replace(device, units=event)
    if not isinstance(event, Identified):
        return msgspec.structs.replace(device, peek=event)
    device = msgspec.structs.replace(device, identity=event)
    best = event.best
    if device.limit is not None and not device.limit_source.startswith(RECOGNISED):
        return device
    if best is None or best.limit is None:
        return msgspec.structs.replace(device, limit=None, limit_source="") if device.limit else device
    source = f"{RECOGNISED}: {best.limit_source}, {best.certainty}"
    return msgspec.structs.replace(device, limit=best.limit, limit_source=source)
