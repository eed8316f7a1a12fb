"""What the sessions of a device tell of its connection slots: the same for a climb and for the rules."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from tui import limits
from tui.clean import clean
from tui.records import Evidence, Session
from tui.state.holding import Holding
from tui.state.model import holds_slot, slots_taken


class Slots(NamedTuple):
    """Facts, details for the sentences of a verdict, and evidence."""

    facts: dict[str, str]
    details: dict[str, str]
    evidence: tuple[Evidence, ...]


def slots(
    sessions: Collection[Session], limit: int | None, limit_source: str = "", known: Holding | None = None
) -> Slots:
    """What open *sessions* to a device mean, of which it takes *limit* where that is known.

    *known* adds who sees them all, and those that only the device itself counts.
    """
    stuck = [s for s in sessions if s.unacked and s.backoff >= limits.HALF_OPEN_BACKOFF and not s.ours]
    held = [s for s in sessions if holds_slot(s) and s not in stuck]
    unseen = known.taken - slots_taken(sessions) if known is not None else 0
    taken = len(held) + max(0, unseen)
    hung_up = [s for s in sessions if s.side != "device" and s.state == "CLOSE_WAIT" and not s.ours]
    leaker, leaked = _most(hung_up)
    full = limit is not None and taken >= limit
    facts = {
        "held": "full" if full else "some" if taken else "none",
        "stuck": "yes" if stuck else "no",
        "hung-up": "yes" if hung_up else "no",
        "leak": "yes" if leaked >= limits.LEAK_SESSIONS else "no",
    }
    details: dict[str, str] = {}
    evidence: list[Evidence] = []
    if leaker:
        details |= {"leaker": clean(leaker, 80), "leaked": str(leaked)}
        evidence.append(
            _line("sessions it closed that are still held here", f"{leaker}: {leaked} (CLOSE_WAIT)")
        )
    if stuck:
        worst = stuck[0]
        told = f"{worst.state}, not acknowledged, timer doubled {limits.HALF_OPEN_BACKOFF} times or more"
        evidence.append(_line(f"session of {who(worst)} from port {worst.client_port}", told))
    if taken:
        most, count = _most(held)
        source = f" ({limit_source})" if limit is not None and limit_source else ""
        of = f" of {limit}{source}" if limit is not None else ""
        by = f", {count} by {most}" if held else ""
        far = any(session.side == "none" for session in held)
        asked, least = _seen_by(known.exact if known is not None else "", far=far)
        evidence.append(_line(asked, f"{least}{taken}{of}{by}"))
        if held:
            plural = "its connection" if count == 1 else f"its {count} connections; end one that is idle"
            details["holder"] = clean(f"See whether {most} needs {plural}", 80)
    return Slots(facts, details, tuple(evidence))


def who(session: Session) -> str:
    """The client of a session, as people would name it."""
    if session.pid is None or session.side == "device":
        return session.client
    return f"{session.process or 'process'}[{session.pid}]"


def is_of_slots(line: Evidence) -> bool:
    """Whether a line of evidence tells of sessions as they stood, which move on."""
    known = ("sessions it closed", "session of ", "open sessions to it")
    return line.rung == "slots" and line.asked.startswith(known)


def _seen_by(exact: str, *, far: bool) -> tuple[str, str]:
    """What was looked at, and the word before a count that is a lower bound."""
    if exact == "the device":
        return "open sessions to it, by its own count", ""
    if not exact:
        return f"open sessions to it {'as far as seen' if far else 'from this host'}", "at least "
    return f"open sessions to it, all seen by {exact}", ""


def _line(asked: str, answer: str) -> Evidence:
    return Evidence(rung="slots", asked=clean(asked), answer=clean(answer))


def _most(found: Sequence[Session]) -> tuple[str, int]:
    count: dict[str, int] = {}
    for session in found:
        count[who(session)] = count.get(who(session), 0) + 1
    return max(count.items(), key=lambda item: item[1], default=("", 0))
