"""The connection limit of a device as it was observed: by our own questions, and in the traffic of others."""

from __future__ import annotations

from typing import Final

from tui.events import LimitObserved
from tui.records import Target
from tui.state.holding import exact_by
from tui.state.limit import confirmed
from tui.state.model import OBSERVED, Device, slots_taken
from tui.state.store import Store

_FORMS: Final = {
    "refused": "refused one more",
    "no-syn-ack": "did not answer one more",
    "accepted-closed": "took one more and closed it",
    "accepted-mute": "took one more and did not serve it",
    "evicts-oldest": "put its oldest out for one more",
}


def learnt(store: Store, target: Target, now: float) -> LimitObserved | None:
    """What is to be told of the limit of *target* that is not known yet, or no longer true."""
    device = store.devices.get(target)
    if device is None or (device.limit is not None and not device.limit_source.startswith(OBSERVED)):
        return None
    taken = slots_taken(store.sessions_of(target))
    known = device.limit or device.limit_least or 0
    seen = _seen(device, taken, exact_by(device, store.sessions_of(target), store.vantages, now))
    if taken > known and known:
        # It holds more than it was thought to take.
        return LimitObserved(at=now, address=target.address, port=target.port, limit=0, sure=False)
    if seen is None or (seen[0], seen[2]) == (known, device.limit is not None) or seen[0] < max(taken, known):
        return None
    limit, form, sure = seen
    source = f"it {_FORMS[form]} at {limit}"
    return LimitObserved(
        at=now, address=target.address, port=target.port, limit=limit, sure=sure, source=source
    )


def _seen(device: Device, taken: int, exact: str) -> tuple[int, str, bool] | None:
    """The limit, the form it took, and whether it is more than a lower bound."""
    heard = device.heard
    if heard is not None and heard.turned_away_at and heard.turned_away_as:
        return heard.turned_away_at, heard.turned_away_as, bool(exact)
    away = confirmed(device, taken)
    return (away.held, away.form, away.exact) if away is not None else None
