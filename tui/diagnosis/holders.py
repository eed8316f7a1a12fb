"""Who holds a device's connections: names for a title, and one line of evidence each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec.structs import replace

from tui import limits
from tui.clean import clean
from tui.diagnosis.coarse import at_least, lasting
from tui.diagnosis.habits import idle_s, is_forgotten, is_gone
from tui.diagnosis.slots import who
from tui.records import ClientPast, Evidence, Session
from tui.session_events import Heard
from tui.state.clients import is_new
from tui.state.holding import Holding
from tui.state.model import holds_slot

NAME: Final = 60
"""Characters of a client's name within a sentence."""
LISTED: Final = 5
"""Holders told of one device, those with most first."""
_IDLE_TOLD_S: Final = 300.0
"""A shorter pause is part of many a poller's rhythm."""


class Holder(NamedTuple):
    """One process, or another host, and the connections it holds."""

    name: str
    sessions: tuple[Session, ...]

    @property
    def held(self) -> int:
        """How many it holds."""
        return len(self.sessions)

    def worst(self, now: float) -> str:
        """The state of its worst one, such as `half-open` or `idle 6 h`; "" where none is bad."""
        if any(map(is_gone, self.sessions)):
            return "half-open"
        idle = [idle_s(session, now) or 0.0 for session in self.sessions if is_forgotten(session, now)]
        return f"idle {lasting(max(idle))}" if idle else ""


def holders(sessions: Iterable[Session]) -> list[Holder]:
    """Who holds connections among *sessions*, ours left out: most first, then the one longest there."""
    found: dict[str, list[Session]] = {}
    for session in filter(holds_slot, sessions):
        found.setdefault(clean(who(session), NAME), []).append(session)
    made = [Holder(name, tuple(held)) for name, held in found.items()]
    return sorted(made, key=lambda holder: (-holder.held, min(s.since for s in holder.sessions)))


def said(found: Sequence[Holder], now: float) -> str:
    """Who holds most, and who holds on to a connection that is good for nothing: for a title."""
    most = found[0]
    worst = next((holder for holder in found if holder.worst(now)), None)
    words = f"{most.held} by {most.name}"
    if worst is most:
        return f"{words}, {most.worst(now)}" if most.held == 1 else f"{words}, one {most.worst(now)}"
    return words if worst is None else f"{words}; {worst.name} {worst.worst(now)}"


def lines(
    found: Sequence[Holder], everybody: Collection[Session], clients: Mapping[str, ClientPast], now: float
) -> Iterator[Evidence]:
    """One line a holder; *everybody* are all sessions of the device, ours too."""
    owned = any(session.pid is not None and session.side in {"client", "both"} for session in everybody)
    listed = found if len(found) <= LISTED else found[: LISTED - 1]
    for holder in listed:
        oldest = min(session.since for session in holder.sessions)
        words = [f"{holder.held}, {'the oldest ' if holder.held > 1 else ''}for {lasting(now - oldest)}"]
        if any(map(is_gone, holder.sessions)):
            words.append("one half-open: not acknowledged any more")
        idle = max((idle_s(session, now) or 0.0 for session in holder.sessions), default=0.0)
        if idle >= _IDLE_TOLD_S:
            words.append(f"{'one ' if holder.held > 1 else ''}idle {lasting(idle)}")
        if is_new(clients, holder.sessions[0].client):
            words.append("not among its usual clients")
        if owned and any(map(_is_orphan, holder.sessions)):
            words.append("no process seen for it")
        yield _line(f"held by {holder.name}", ", ".join(words))
    if rest := found[len(listed) :]:
        yield _line(f"held by {len(rest)} others", str(sum(holder.held for holder in rest)))


def count_line(known: Holding, *, at_most: bool = False) -> Evidence:
    """How many are taken of how many, who says so, and whether those are all; *at_most*: now and then."""
    taken = str(known.taken)
    if at_most:
        taken = f"up to {known.limit}"
    of = "" if known.limit is None else f" of {known.limit}"
    source = f" (limit: {known.source})" if of and known.source else ""
    if known.exact:
        seen = "counted by the device" if known.exact == "the device" else f"all seen by {known.exact}"
        return _line("connections in use", f"{taken}{of}{source}, {seen}")
    least = "" if at_most else "at least "
    return _line("connections in use", f"{least}{taken}{of}{source}; others may be out of sight")


def own_lines(sessions: Iterable[Session]) -> Iterator[Evidence]:
    """Our own connection, where the device still holds one: never a culprit, and never hidden."""
    ours = sum(session.ours and holds_slot(replace(session, ours=False)) for session in sessions)
    if ours:
        own = "port502's own connection" if ours == 1 else f"{ours} of port502's own connections"
        yield _line(own, "closed here, still held by the device: it never closed its end")


def turned_away_lines(heard: Heard | None) -> Iterator[Evidence]:
    """Connections of others that a device at its limit did not take."""
    if heard is None or not heard.turned_away_at:
        return
    count = heard.refused + heard.unanswered + heard.hung_up
    if count:
        answer = f"{at_least(count)} since its traffic is watched, with {heard.turned_away_at} in use"
        yield _line("connections of others turned away", answer)


def _is_orphan(session: Session) -> bool:
    """Whether an end of it is here, and no process of this host is seen to have it."""
    at_home = session.side in {"client", "both"} and session.state == "ESTABLISHED"
    return at_home and session.pid is None and not session.process


def _line(asked: str, answer: str) -> Evidence:
    return Evidence(rung="slots", asked=clean(asked), answer=clean(answer, limits.TEXT))
