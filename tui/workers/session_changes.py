"""What is worth telling between two readings of the sessions."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from tui import limits
from tui.events import Event, SessionGone, SessionSeen
from tui.records import Session, SessionKey
from tui.vantages.merge import Cookies, Seen


class Known(msgspec.Struct, frozen=True):
    """A session as it was told last."""

    told: Session
    told_at: float
    """Monotonic seconds."""
    cookies: Cookies


def changes(
    known: Mapping[SessionKey, Known], seen: Mapping[SessionKey, Seen], *, at: float, mono: float
) -> tuple[dict[SessionKey, Known], list[Event]]:
    """The sessions known after the reading *seen*, and the events that lead there.

    A session is told when it is new, when it turns (state, process, queues filling or emptying,
    retransmits), and every `limits.SESSION_REFRESH_S` while its figures move. The same addresses and
    ports with another socket are another session. *at* is wall time, *mono* monotonic, in seconds.
    """
    after: dict[SessionKey, Known] = {}
    events: list[Event] = [
        SessionGone(
            at=at, client=key.client, client_port=key.client_port, address=key.address, port=key.port,
            netns=key.netns,
        )
        for key, before in known.items()
        if key not in seen or _another(before.cookies, seen[key].cookies)
    ]  # fmt: skip
    for key, now in seen.items():
        before = known.get(key)
        if before is None or _another(before.cookies, now.cookies):
            after[key] = Known(now.session, mono, now.cookies)
            events.append(SessionSeen(at=at, session=now.session))
        elif _turned(before.told, now.session) or (
            mono - before.told_at >= limits.SESSION_REFRESH_S and _moved(before.told, now.session)
        ):
            session = _continued(before.told, now.session)
            after[key] = Known(session, mono, _remembered(before.cookies, now.cookies))
            events.append(SessionSeen(at=at, session=session))
        elif before.cookies != now.cookies:
            after[key] = Known(before.told, before.told_at, _remembered(before.cookies, now.cookies))
        else:
            after[key] = before
    return after, events


def _another(before: Cookies, now: Cookies) -> bool:
    return any(then and here and then != here for then, here in zip(before, now, strict=True))


def _remembered(before: Cookies, now: Cookies) -> Cookies:
    return now[0] or before[0], now[1] or before[1]


def _closed_by_owner(told: Session, now: Session) -> bool:
    """Whether the process that had the session has let go of it; it stays named as the one who had it."""
    return now.pid is None and now.side == told.side and (told.pid is not None or not now.user)


def _turned(told: Session, now: Session) -> bool:
    return _turns(told) != _turns(now) or (
        (told.pid, told.process, told.user) != (now.pid, now.process, now.user)
        and not _closed_by_owner(told, now)
    )


def _turns(session: Session) -> tuple[object, ...]:
    return (
        session.state, session.side, session.device_state, session.send_queue > 0, session.receive_queue > 0,
        session.retransmits, session.backoff, session.vantage,
    )  # fmt: skip


def _moved(told: Session, now: Session) -> bool:
    if (told.active_at is None) != (now.active_at is None):
        return True
    if abs((told.active_at or 0.0) - (now.active_at or 0.0)) >= limits.ACTIVE_STEP_S:
        return True
    return (told.rtt_ms, told.unacked, told.send_queue, told.receive_queue) != (
        now.rtt_ms, now.unacked, now.send_queue, now.receive_queue,
    )  # fmt: skip


def _continued(told: Session, now: Session) -> Session:
    """The session as it is now, with what only its past can tell."""
    if _closed_by_owner(told, now):
        return msgspec.structs.replace(
            now, since=told.since, pid=told.pid, process=told.process, user=told.user
        )
    return msgspec.structs.replace(now, since=told.since)
