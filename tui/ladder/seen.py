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
    return await asyncio.to_thread(_ended, target, own)


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
    return Seen(sessions, _ended(target, own))


def _ended(target: Target, own: OwnConnections) -> bool:
    """Linux keeps a connection that it closed first for 60 s (TCP_TIMEWAIT_LEN in net/tcp.h)."""
    try:
        entries = InetDiag(ENDED).read(frozenset({target.port}))
    except VantageError:
        return False  # only a hint is missing
    ends = (entry.ends for entry in entries)
    return any(
        (remote, remote_port) == target
        and own.age_s(SessionKey(local, local_port, remote, remote_port, "")) is None
        for local, local_port, remote, remote_port in ends
    )
