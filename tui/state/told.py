"""One device as events: what a new recording must begin with for it to be known again."""

from __future__ import annotations

from collections.abc import Iterator

from tui.event import Event
from tui.events import Probed, Spared
from tui.session_events import LimitObserved
from tui.state.marked import marks
from tui.state.model import OBSERVED, Device


def told(device: Device) -> Iterator[Event]:
    """The events that lead to *device*; a climb that no longer holds comes before what undid it."""
    done = device.climb if device.climb is not None and device.climb.done else None
    if done is not None and done is not device.found:
        yield done
    if device.state is not None:
        yield Probed(
            at=device.asked_at, address=device.address, port=device.port, state=device.state, ms=device.ms,
            answer_ms=device.answer_ms, sender=device.sender, detail=device.detail, reply=device.reply,
            unit=device.unit, exception=device.exception, raw=device.raw, closed=device.closed,
            pause_s=device.pause_s,
            since=device.since, reached_at=device.reached_at,
        )  # fmt: skip
    if device.found is not None:
        yield device.found
    limit = device.limit if device.limit_source.startswith(OBSERVED) else device.limit_least
    if limit:
        yield LimitObserved(
            at=device.asked_at, address=device.address, port=device.port, limit=limit,
            sure=device.limit is not None, source=device.limit_source.removeprefix(OBSERVED + ": "),
        )  # fmt: skip
    known = (device.units, device.identity, device.peek)
    yield from (event for event in known if event is not None)
    if device.heard is not None:
        yield device.heard
    if device.counted is not None:
        yield device.counted
    yield from marks(device)
    if device.spared:
        yield Spared(at=device.asked_at, address=device.address, port=device.port, reason=device.spared)
