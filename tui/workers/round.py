"""One sweep's questions: room for those under way, and who has been silent so far."""

from __future__ import annotations

import asyncio
import resource

from tui import limits
from tui.records import Target
from tui.workers.tally import Tally


class Round:
    """What the questions of one sweep share."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.room = asyncio.Semaphore(_room())
        self.silent: list[Target] = []
        """Targets to be asked once more."""
        self.all_asked = False
        """Whether the first question to every target has begun."""


def _room() -> int:
    """Connections that may be opening at once, given the files this process may open or be allowed to."""
    wanted = limits.IN_FLIGHT + limits.FILES_KEPT_FREE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if resource.RLIM_INFINITY != soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return limits.IN_FLIGHT
    return max(8, min(limits.IN_FLIGHT, soft - limits.FILES_KEPT_FREE))
