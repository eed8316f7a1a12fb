"""The sessions of one target as this host's own tables show them, read once."""

from __future__ import annotations

import asyncio

from tui.ladder.site import Seen
from tui.probes.own import OwnConnections
from tui.records import Session, SessionKey, Target
from tui.vantages import VantageError
from tui.vantages.choice import look, of_this_host
from tui.vantages.diag_message import ENDED
from tui.vantages.inet_diag import InetDiag
from tui.vantages.merge import merge


async def seen_here(target: Target, own: OwnConnections, at: float) -> Seen:
    """The sessions of *target* that this host's tables show now, at wall time *at*; our own left out."""
    return await asyncio.to_thread(_look, target, own, at)


async def just_ended(target: Target, own: OwnConnections) -> bool:
    """Whether somebody's connection to *target* ended on this host within the last minute."""
    return bool(await asyncio.to_thread(_closed_here, target, own))


def _look(target: Target, own: OwnConnections, at: float) -> Seen:
    found = look(of_this_host(), frozenset({target.port}))
    if found.vantage is None:
        return Seen(missing="; ".join(reason for _, reason in found.refused))
    merged = merge(found.sockets, frozenset({target.port}), vantage=found.vantage.name, at=at)
    sessions: list[Session] = [
        seen.session
        for key, seen in merged.items()
        if key.address == target.address and own.age_s(key) is None
    ]
    closed = _closed_here(target, own)
    return Seen(sessions, bool(closed), closed_here=closed)


def _closed_here(target: Target, own: OwnConnections) -> frozenset[SessionKey]:
    """Connections to *target* that their client here closed first, for the 60 s that Linux keeps those."""
    try:
        entries = InetDiag(ENDED).read(frozenset({target.port}))
    except VantageError:
        return frozenset()  # only a hint is missing
    keys = {SessionKey(*entry.ends, netns="") for entry in entries}
    return frozenset(key for key in keys if (key.address, key.port) == target and own.age_s(key) is None)
