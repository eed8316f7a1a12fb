"""What is worth telling between two readings of the sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from tui import limits
from tui.event import Event
from tui.records import Session, SessionKey
from tui.session_events import SessionGone, SessionSeen
from tui.vantages import Cookies, Ended, Seen


class Known(msgspec.Struct, frozen=True):
    """A session as it was told last."""

    told: Session
    told_at: float
    """Monotonic seconds."""
    cookies: Cookies


def changes(
    known: Mapping[SessionKey, Known],
    seen: Mapping[SessionKey, Seen],
    *,
    at: float,
    mono: float,
    ended: Mapping[SessionKey, Ended] | None = None,
    blind: AbstractSet[str] = frozenset(),
) -> tuple[dict[SessionKey, Known], list[Event]]:
    """The sessions known after the reading *seen*, and the events that lead there.

    *ended* are those that were seen to end, and how. What only *blind* vantages saw stays as it is known.

    A session is told when it is new, when it turns (state, process, queues filling or emptying,
    retransmits), and every `limits.SESSION_REFRESH_S` while its figures move. The same addresses and
    ports with another socket are another session. *at* is wall time, *mono* monotonic, in seconds.
    """
    after: dict[SessionKey, Known] = {}
    events: list[Event] = []
    ends = ended or {}
    refresh_s = max(limits.SESSION_REFRESH_S, len(seen) / limits.SESSION_EVENTS)
    for key, past in known.items():
        present = seen.get(key)
        if present is None and not blind.isdisjoint(_seen_by(past.told)):
            after[key] = past
        elif present is None or _another(past.cookies, present.cookies) or _anew(ends, present):
            events.append(_gone(key, at, ends.get(key)))
    for key, now in seen.items():
        before = known.get(key)
        if before is None or _another(before.cookies, now.cookies) or _anew(ends, now):
            after[key] = Known(now.session, mono, now.cookies)
            events.append(SessionSeen(at=at, session=now.session))
        elif _turned(before.told, now.session) or (
            mono - before.told_at >= refresh_s and _moved(before.told, now.session)
        ):
            session = _continued(before.told, now.session)
            after[key] = Known(session, mono, _remembered(before.cookies, now.cookies))
            events.append(SessionSeen(at=at, session=session))
        elif before.cookies != now.cookies:
            after[key] = Known(before.told, before.told_at, _remembered(before.cookies, now.cookies))
        else:
            after[key] = before
    return after, events


def _anew(ended: Mapping[SessionKey, Ended], now: Seen) -> bool:
    """Whether the one before was seen to end, and another of the same ports to begin."""
    end = ended.get(now.session.key) if ended else None
    return end is not None and now.session.began and now.session.since >= end.at


def _gone(key: SessionKey, at: float, ended: Ended | None) -> SessionGone:
    by, ending = (ended.by, ended.ending) if ended else ("", "")
    return SessionGone(
        at=at, client=key.client, client_port=key.client_port, address=key.address, port=key.port,
        netns=key.netns, ended_by=by, ending=ending,
    )  # fmt: skip


def _seen_by(session: Session) -> Collection[str]:
    return session.seen_by or (session.vantage,)


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
        session.retransmits, session.backoff, session.vantage, session.seen_by, session.dialled,
        session.talk.silent if session.talk else "",
    )  # fmt: skip


def _moved(told: Session, now: Session) -> bool:
    if (told.active_at is None) != (now.active_at is None):
        return True
    if abs((told.active_at or 0.0) - (now.active_at or 0.0)) >= limits.ACTIVE_STEP_S:
        return True
    if abs((told.expires_at or 0.0) - (now.expires_at or 0.0)) >= limits.EXPIRY_STEP_S:
        return True
    if told.talk != now.talk:
        return True
    return (told.rtt_ms, told.unacked, told.send_queue, told.receive_queue) != (
        now.rtt_ms, now.unacked, now.send_queue, now.receive_queue,
    )  # fmt: skip


def _continued(told: Session, now: Session) -> Session:
    """The session as it is now, with what only its past can tell."""
    since = min(told.since, now.since)
    now = msgspec.structs.replace(now, since=since, began=told.began if since == told.since else now.began)
    if _closed_by_owner(told, now):
        return msgspec.structs.replace(now, pid=told.pid, process=told.process, user=told.user)
    return now
