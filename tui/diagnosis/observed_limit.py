"""The connection limit of a device as it was observed: by our own questions, and in the traffic of others."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.limit_rules import SETTLED_S
from tui.records import Session, Target
from tui.session_events import LimitObserved
from tui.state.holding import exact_by
from tui.state.limit import confirmed
from tui.state.model import OBSERVED, Device, holds_slot, slots_taken
from tui.state.store import Store

_FORMS: Final = {
    "refused": "refused one more",
    "no-syn-ack": "did not answer one more",
    "accepted-closed": "took one more and closed it",
    "accepted-mute": "took one more and did not serve it",
    "evicts-oldest": "put its oldest out for one more",
}
_SERVED_S: Final = 1.0  # data so long after the beginning is no part of the handshake


def learnt(store: Store, target: Target, now: float) -> LimitObserved | None:
    """What is to be told of the limit of *target* that is not known yet, or no longer true."""
    device = store.devices.get(target)
    if device is None or (device.limit is not None and not device.limit_source.startswith(OBSERVED)):
        return None
    sessions = store.sessions_of(target)
    known = device.limit or device.limit_least or 0
    mute = _FORMS["accepted-mute"] in device.limit_source
    firm = sum(_is_firm(session, now, mute=mute) for session in sessions)
    if firm > known > 0:
        # A lower bound, and not nothing: else the old figure would be believed again as soon as one leaves.
        return _told(target, now, firm, f"it held {firm} at once", sure=False)
    taken = slots_taken(sessions)
    seen = _seen(device, taken, exact_by(device, sessions, store.vantages, now))
    if seen is None or (seen[0], seen[2]) == (known, device.limit is not None) or seen[0] < max(taken, known):
        return None
    if device.limit == seen[0]:
        return None  # what was sure once is not less so because a vantage is lost
    limit, form, sure = seen
    return _told(target, now, limit, f"it {_FORMS[form]} at {limit}", sure=sure)


def _told(target: Target, now: float, limit: int, source: str, *, sure: bool) -> LimitObserved:
    return LimitObserved(
        at=now, address=target.address, port=target.port, limit=limit, sure=sure, source=source
    )


def _is_firm(session: Session, now: float, *, mute: bool) -> bool:
    """Whether the device certainly keeps a connection for it: not one just taken to be closed at once.

    Of a *mute* device, which takes more connections than it serves, only those that got data.
    """
    if not holds_slot(session) or session.state != "ESTABLISHED" or now - session.since < SETTLED_S:
        return False
    served = session.active_at is not None and session.active_at - session.since >= _SERVED_S
    return served or not mute


def _seen(device: Device, taken: int, exact: str) -> tuple[int, str, bool] | None:
    """The limit, the form it took, and whether it is more than a lower bound."""
    heard = device.heard
    if heard is not None and heard.turned_away_at and heard.turned_away_as:
        return heard.turned_away_at, heard.turned_away_as, bool(exact)
    away = confirmed(device, taken)
    return (away.held, away.form, away.exact) if away is not None else None
