"""What our own questions tell of a device's connection limit: turned away at so many, served at fewer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from tui import limits
from tui.events import Probed
from tui.records import Session
from tui.session_events import VantageStatus
from tui.state.holding import exact_by
from tui.state.model import Device, TurnedAway, slots_taken

_ALIVE_S: Final = 10.0  # a session that got data this lately shows that the device lives


def turned_away(
    device: Device, event: Probed, sessions: Collection[Session], vantages: Mapping[str, VantageStatus]
) -> TurnedAway | None:
    """How *device* turned us away last, while it held *sessions* of others, after *event*."""
    form = _form(event, sessions) if device.reached_at is not None else ""
    if form and (held := slots_taken(sessions)):
        return TurnedAway(event.at, held, form, bool(exact_by(device, sessions, vantages, event.at)))
    return device.turned_away


def _form(event: Probed, sessions: Collection[Session]) -> str:
    """The form of a limit that this outcome may be."""
    if event.state == "refused" and event.sender in {None, event.address}:
        return "refused"
    if event.state == "open" and event.reply in {"closed", "reset"}:
        return "accepted-closed"
    mute = event.state == "open" and event.reply == "silent"
    if not mute and event.state != "timeout":
        return ""
    if not any(s.active_at is not None and event.at - s.active_at <= _ALIVE_S for s in sessions):
        return ""
    return "accepted-mute" if mute else "no-syn-ack"


def confirmed(device: Device, taken: int) -> TurnedAway | None:
    """What turned us away, once it has served us while it held fewer: *taken* now."""
    away = device.turned_away
    if away is None or device.reply not in {"answer", "exception"} or device.asked_at <= away.at:
        return None
    return away if taken < away.held and device.asked_at - away.at <= limits.HISTORY_S else None
