"""A device with what people said of it: notes, and whether it is in service."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from tui import limits
from tui.mark_events import AnyMark, Noted, Service
from tui.records import Comment
from tui.state.model import Device


def marked(device: Device, event: AnyMark) -> Device:
    """*device* as known after *event*; a note told twice is one."""
    if isinstance(event, Service):
        return replace(device, out=event if event.out else None)
    note = Comment(at=event.at, user=event.user, text=event.text)
    if note in device.notes:
        return device
    return replace(device, notes=(*device.notes, note)[-limits.COMMENTS :])


def marks(device: Device) -> Iterator[AnyMark]:
    """The events that lead to its marks."""
    address, port = device.target
    for note in device.notes:
        yield Noted(at=note.at, address=address, port=port, user=note.user, text=note.text)
    if device.out is not None:
        yield device.out
