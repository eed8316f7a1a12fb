"""What is known of a device's connections: how many are taken, of how many, and whether those are all."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from tui import limits
from tui.records import Session
from tui.session_events import VantageStatus
from tui.state.model import Device, slots_taken


class Holding(NamedTuple):
    """A device's connections at one moment."""

    taken: int
    """A lower bound, unless exact."""
    exact: str = ""
    """Who sees them all: a vantage, or the device by its own count; empty where nobody does."""
    limit: int | None = None
    least: int | None = None
    """Where the limit is not known: connections it was seen to hold when one more was turned away."""
    source: str = ""
    """Of the limit, or of its lower bound."""

    @property
    def full(self) -> bool:
        """Whether every connection it has is taken."""
        return self.limit is not None and self.taken >= self.limit > 0

    @property
    def one_left(self) -> bool:
        """Whether one more connection fills it."""
        return self.limit is not None and self.limit > 1 and self.taken == self.limit - 1


def holding(
    device: Device | None,
    sessions: Collection[Session],
    vantages: Mapping[str, VantageStatus],
    now: float,
) -> Holding:
    """What *sessions*, and the *device* itself, tell of its connections at wall time *now*."""
    taken, exact = slots_taken(sessions), exact_by(device, sessions, vantages, now)
    if device is None:
        return Holding(taken, exact)
    if (counted := device.counted) is not None and now - counted.at <= limits.COUNTED_S:
        taken, exact = max(taken, counted.count), exact or "the device"
    return Holding(taken, exact, device.limit, device.limit_least, device.limit_source)


def exact_by(
    device: Device | None, sessions: Collection[Session], vantages: Mapping[str, VantageStatus], now: float
) -> str:
    """The vantage that sees every session of a device; "" where none does."""
    for session in sessions:
        # Its own end is here: this host has its whole table.
        if session.side in {"device", "both"} and not session.ours:
            return session.vantage
    heard = device is not None and device.heard is not None
    for name, status in vantages.items():
        long = status.since is not None and now - status.since >= limits.MIRROR_SURE_S
        if status.exact and status.works and heard and long:
            return name
    return ""
