"""A device's own count of its connections, from the registers in which it tells it."""

from __future__ import annotations

from typing import Final

from tui.records import Target
from tui.session_events import Counted

_MOST: Final = 1024
"""More than this is no count of connections: no product documents a tenth of it."""


def counted(
    at: float, target: Target, said: int, limit_said: int | None = None, *, ours: int = 1
) -> Counted | None:
    """What *target* said at wall time *at*: *said* connections, of at most *limit_said*, *ours* among them.

    None where that cannot be a count: it has those by which it was asked.
    """
    if not max(ours, 1) <= said <= _MOST:
        return None
    sound = limit_said is not None and said <= limit_said <= _MOST
    return Counted(
        at=at,
        address=target.address,
        port=target.port,
        count=said - ours,
        limit=limit_said if sound else None,
    )
