"""One scenario: what is true, how it is made, and what may fairly be said of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

from tests.lab.verdict.plant import Plant
from tui.records import CauseId

Act: TypeAlias = Callable[[Plant], object]
"""One step that makes the plant what the scenario says."""

# What looks the same from here while no holder is seen: all of a group are to be named.
REFUSED: Final[tuple[CauseId, ...]] = ("not-listening", "slots-full", "stale-sessions", "filtered-reset")
"""The device's own RST."""
SILENT_PORT: Final[tuple[CauseId, ...]] = ("filtered-drop", "slots-full")
"""No SYN-ACK, while the host is alive."""
HUNG_UP: Final[tuple[CauseId, ...]] = ("slots-full", "stale-sessions", "filtered-reset")
"""Accepted and closed before anything was asked; a device's list of allowed clients shows so too."""
MUTE: Final[tuple[CauseId, ...]] = ("mute", "slots-full", "stale-sessions", "wrong-unit")
"""Accepted and acknowledged, then silence for every unit and framing that was tried."""
HALF_OPEN: Final[tuple[CauseId, ...]] = ("stale-sessions", "state-expired")
"""A session whose segments nobody acknowledges, while a new connection works."""


class Scenario(NamedTuple):
    """A plant and the truth about it. The probe is a plain connect, one read of register 0 and a capture."""

    name: str
    truth: CauseId
    target: str
    """As typed."""
    shows: str = ""
    """What the probe sees, in the words of `tests.lab.verdict.signature`; empty where that is luck."""
    setup: tuple[Act, ...] = ()
    """Done in this order."""
    arguments: tuple[str, ...] = ()
    """More words for the command."""
    form: str = ""
    undecidable: tuple[CauseId, ...] = ()
    """Nothing from here can tell these apart: each must be named, any may be first, none may be `proven`."""
    accepts: tuple[CauseId, ...] = ()
    """Ids that say the same in other words; each is as right as the truth."""
    exits: int | None = 2
    """The exit code, where only one is right."""
    needs_raw: bool = False
    """Only a capture can decide: without privilege it is enough that the truth is named."""
    unseen: tuple[CauseId, ...] = ()
    """What may rightly be said without privilege, where nothing open to a user gives a hint."""
    floods: bool = False
    """The device sends without end, so that even an orderly close ends in RST."""
    address: str = ""
    """The address that is really dialled, where it differs from what is typed."""
    needs: str = ""
    """What must be installed for it: a key of `tests.lab.verdict.needs.MISSING`."""

    @property
    def dialled(self) -> tuple[str, int]:
        """Address and port of the first connection."""
        typed = self.target
        if typed.startswith("["):
            host, _, rest = typed[1:].partition("]")
            port = rest[1:]
        else:
            host, _, port = typed.partition(":")
        return self.address or host, int(port or 502)
