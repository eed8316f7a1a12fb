"""Where the sweep stands, from event to event."""

from __future__ import annotations

from msgspec.structs import replace

from tui.events import SweepEnded, SweepProgress, SweepStarted
from tui.state.model import SweepStatus


def swept(status: SweepStatus, event: SweepStarted | SweepProgress | SweepEnded) -> SweepStatus:
    """*status* after *event*; what the last sweep found stands until the next has ended."""
    match event:
        case SweepStarted():
            return SweepStatus(
                number=event.sweep, running=True, total=event.connections, counts=status.counts
            )
        case SweepProgress():
            return replace(
                status,
                done=event.done,
                total=event.total,
                rate=event.rate,
                left_s=event.left_s,
                running=True,
            )
        case SweepEnded():
            return replace(status, running=False, left_s=None, took_s=event.took_s, counts=event.counts)
