"""Which clients a device usually has: on how many days each was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tui import limits
from tui.records import ClientPast, Session

DAY_S: Final = 86_400.0
USUAL_DAYS: Final = 2
"""Seen on so many days, a client is one of those usually seen."""


def seen(known: Mapping[str, ClientPast], session: Session, at: float) -> dict[str, ClientPast] | None:
    """*known* clients of a device with that of *session*, seen at wall time *at*; None if it is not new."""
    day = int(at // DAY_S)
    past = known.get(session.client)
    if past is not None and past.day >= day:
        return None
    days = 1 if past is None else past.days + 1
    first = at if past is None else past.first_at
    after = {**known, session.client: ClientPast(first_at=first, day=day, days=days)}
    if len(after) > limits.CLIENTS:
        del after[min(after, key=lambda client: (after[client].days >= USUAL_DAYS, after[client].day))]
    return after


def recalled(past: ClientPast, now: ClientPast | None) -> ClientPast:
    """What was known of a client before, and what was seen *now* since."""
    if now is None:
        return past
    # The same told again, as at the head of each file of a recording, adds nothing.
    days = past.days if now.day <= past.day else max(now.days, past.days + 1)
    return ClientPast(first_at=min(past.first_at, now.first_at), day=max(past.day, now.day), days=days)


def newcomers(known: Mapping[str, ClientPast], clients: Iterable[str]) -> frozenset[str]:
    """Those of *clients* that are not among the ones usually seen, where there are such."""
    usual = {client for client, past in known.items() if past.days >= USUAL_DAYS}
    return frozenset(clients) - usual if usual else frozenset()


def is_new(known: Mapping[str, ClientPast], client: str) -> bool:
    """Whether *client* is one of them."""
    return client in newcomers(known, (client,))
