"""Rules about those who hold connections: programs that leak them, ends that are gone, tools forgotten."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from tui import limits
from tui.clean import clean
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.coarse import lasting
from tui.diagnosis.draft import Draft
from tui.diagnosis.habits import POLLER_PAUSE, client_is_gone, idle_s, is_forgotten, is_gone
from tui.diagnosis.holders import NAME, Holder, holders
from tui.diagnosis.limit_rules import close_to_full
from tui.diagnosis.scene import Scene
from tui.diagnosis.slots import slots, who
from tui.diagnosis.verdict import remedies
from tui.records import Evidence, Session
from tui.state.model import holds_slot

UNUSED_S: Final = 60.0
"""Without data before a connection counts as not used, where its client does not ask more rarely."""


def leaking_client(scene: Scene) -> Iterator[Draft]:
    """One process holds several connections that the device has closed, or several that it does not use."""
    told = slots(scene.sessions, scene.device.limit)
    if told.facts["leak"] == "yes":
        title = "{leaker} keeps {leaked} connections that the device has closed.".format_map(told.details)
        seen = Evidence(
            rung="slots",
            asked="sessions closed by the device, still open here",
            answer="{leaked} held by {leaker} (CLOSE_WAIT)".format_map(told.details),
        )
        yield Draft(
            "client-leak", "proven", 2, (seen,), title=title, remedies=remedies("client-leak", told.details)
        )
        return
    for holder in holders(scene.sessions):
        if holder.held >= limits.LEAK_SESSIONS and _hardly_used(holder, scene.now):
            yield _hoarding(scene, holder)
            return


def _hardly_used(holder: Holder, now: float) -> bool:
    """Whether all but one of its connections lie idle; never where that cannot be seen."""
    return sum(_is_unused(session, now) for session in holder.sessions) >= holder.held - 1


def _is_unused(session: Session, now: float) -> bool:
    idle = idle_s(session, now)
    if session.state != "ESTABLISHED" or idle is None or is_gone(session):
        return False
    period = session.talk.period_s if session.talk is not None else None
    return idle >= max(UNUSED_S, POLLER_PAUSE * (period or 0.0))


def _hoarding(scene: Scene, holder: Holder) -> Draft:
    at_home = any(s.pid is not None and s.side != "device" for s in holder.sessions)
    leaker = holder.name if at_home else f"the Modbus program on {holder.name}"
    return Draft(
        "client-leak",
        "likely",
        2 if close_to_full(scene.holding) else 3,
        tuple(_idle_line(session, scene.now) for session in holder.sessions),
        title=f"{holder.name} holds {holder.held} connections and leaves most of them idle.",
        remedies=remedies("client-leak", {"leaker": leaker}),
    )


def stale(scene: Scene, told: Collection[str]) -> Iterator[Draft]:
    """Sessions that are good for nothing though the device can be reached: half-open, or forgotten.

    *told* are the causes found already.
    """
    if scene.device.state not in {"answers", "open", "refused", None} or "state-expired" in told:
        return
    others = [session for session in scene.sessions if not session.ours]
    if gone := [session for session in others if is_gone(session) and holds_slot(session)]:
        yield _half_open(gone)
    elif close_to_full(scene.holding):
        forgotten = [session for session in others if is_forgotten(session, scene.now)]
        if forgotten:
            yield _forgotten(forgotten, scene.now)


def _half_open(gone: Sequence[Session]) -> Draft:
    without = next((session for session in gone if client_is_gone(session)), None)
    name = clean(who(without), NAME) if without is not None else ""
    return Draft(
        "stale-sessions",
        "likely",
        1,
        tuple(map(_gone_line, gone)),
        title=f"{name} is gone; the device still holds its session." if name else "",
        decide_by=CAUSES["stale-sessions"].decide_by,
        remedies=remedies("stale-sessions", {}),
    )


def _forgotten(found: Sequence[Session], now: float) -> Draft:
    longest = max(found, key=lambda session: idle_s(session, now) or 0.0)
    name, idle = clean(who(longest), NAME), lasting(idle_s(longest, now) or 0.0)
    title = f"A session of {name} is idle {idle}: forgotten?"
    if len(found) > 1:
        title = f"{len(found)} sessions lie idle, that of {name} for {idle}: forgotten?"
    return Draft(
        "stale-sessions",
        "possible",
        3,
        tuple(_idle_line(session, now) for session in found),
        title=title,
        decide_by=f"Ask whoever runs {name} whether it is still needed.",
        remedies=(f"See whether {name} still needs it, and close it there", *remedies("stale-sessions", {})),
    )


def _gone_line(session: Session) -> Evidence:
    answer = f"{session.state}, retransmit timer doubled {limits.HALF_OPEN_BACKOFF} times or more"
    if client_is_gone(session):
        answer = f"{session.state}, what the device sends is not acknowledged any more"
    return _line(session, answer)


def _idle_line(session: Session, now: float) -> Evidence:
    idle = idle_s(session, now)
    quiet = idle is not None and idle >= UNUSED_S
    return _line(session, f"idle {lasting(idle)}" if quiet and idle is not None else "in use")


def _line(session: Session, answer: str) -> Evidence:
    asked = clean(f"session of {who(session)} from port {session.client_port}")
    return Evidence(rung="slots", asked=asked, answer=clean(answer))
