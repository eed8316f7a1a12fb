"""From what several vantages see to one list: a connection that several see is one session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from tui.records import Session, SessionKey, Target
from tui.vantages import Ended, Seen


def union(
    readings: Sequence[Mapping[SessionKey, Seen]], over: Mapping[SessionKey, Ended] | None = None
) -> dict[SessionKey, Seen]:
    """The sessions of all *readings*, the most trusted first: its figures stand where several have them.

    Where addresses are translated in between, a session goes by its client's own address and the device's.
    *over* are sessions that were seen to end: what is only remembered of them by the last reading, which is
    the least trusted, is left out.
    """
    names = {alias: key for reading in readings for key, seen in reading.items() for alias in seen.aliases}
    found: dict[SessionKey, Seen] = {}
    for reading in readings:
        for seen_as, seen in reading.items():
            key = names.get(seen_as, seen_as)
            held = found.get(key)
            now = seen if key == seen_as else _renamed(seen, key)
            if held is not None:
                found[key] = joined(held, now)
            elif over is None or not _is_over(over.get(key), now.session):
                found[key] = now
    return found


def joined(first: Seen, second: Seen) -> Seen:
    """One session that two see: the *first* is trusted more, the *second* fills in what it does not know."""
    if first.session.side == "device" and second.session.side in {"client", "both"}:
        # The state at the client's end, and the process there, stand for the session.
        first, second = second, first
    one, other = first.session, second.session
    here = {one.side, other.side} - {"none"}
    by_side = "none" if not here else here.pop() if len(here) == 1 else "both"
    # What the kernel here takes for made may never have been taken by the device: traffic tells.
    not_taken = other.side == "none" and other.state == "SYN_RECV"
    both_ends = one.side == "client" and (other.side in {"device", "both"} or not_taken)
    older = other if other.since < one.since else one
    last = [moment for moment in (one.active_at, other.active_at) if moment is not None]
    session = replace(
        one,
        netns=one.netns or other.netns,
        side=by_side,
        device_state=one.device_state or other.device_state or (other.state if both_ends else ""),
        pid=one.pid if one.pid is not None else other.pid,
        process=one.process or other.process,
        user=one.user or other.user,
        since=older.since,
        began=older.began,
        active_at=max(last, default=None),
        rtt_ms=other.rtt_ms if one.rtt_ms is None else one.rtt_ms,
        retransmits=max(one.retransmits, other.retransmits),
        backoff=other.backoff if one.side == "none" else one.backoff,
        seen_by=tuple(dict.fromkeys((*_seen_by(one), *_seen_by(other)))),
        expires_at=other.expires_at if one.expires_at is None else one.expires_at,
        dialled=one.dialled or other.dialled,
        talk=one.talk or other.talk,
    )
    cookies = (first.cookies[0] or second.cookies[0], first.cookies[1] or second.cookies[1])
    return Seen(session, cookies)


def _seen_by(session: Session) -> Iterable[str]:
    return session.seen_by or (session.vantage,)


def _renamed(seen: Seen, key: SessionKey) -> Seen:
    """The same session by the addresses that both ends have themselves."""
    before = seen.session
    dialled = str(before.target) if before.target != Target(key.address, key.port) else before.dialled
    session = replace(
        before,
        client=key.client,
        client_port=key.client_port,
        address=key.address,
        port=key.port,
        dialled=dialled,
    )
    return Seen(session, seen.cookies)


def _is_over(ended: Ended | None, session: Session) -> bool:
    """Whether it was seen to end since it was last seen alive; only who remembers it may still list it."""
    if ended is None or session.expires_at is None:
        return False
    return session.active_at is None or session.active_at <= ended.at
