"""The lines of the sessions pane: one over the sessions of each device, and one a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.diagnosis.habits import Habit, habits, rank
from tui.panes import words
from tui.panes.cells import Cell, Row, Tone
from tui.panes.view import View, held, sign
from tui.records import Session, SessionKey, Target
from tui.state.model import holds_slot

STALE_S: Final = 3600.0
"""A connection quiet this long is pointed out."""
_UNFINISHED: Final = frozenset(
    {"SYN_SENT", "SYN_RECV", "CLOSE_WAIT", "FIN_WAIT1", "FIN_WAIT2", "CLOSING", "LAST_ACK"}
)


def state_tone(session: Session, habit: Habit | None) -> Tone:
    """Colour for what is stuck or left behind only."""
    if session.backoff or session.state in _UNFINISHED or (habit is not None and habit.trouble):
        return "warn"
    return "plain" if holds_slot(session) else "quiet"


def is_stale(session: Session, now: float) -> bool:
    """Whether it has been quiet so long that it may be forgotten."""
    return session.active_at is not None and now - session.active_at >= STALE_S


def head(view: View, target: Target, *, wide: bool) -> Row:
    """The line over the sessions of one device."""
    device = view.snapshot.devices.get(target)
    known = held(view, target)
    mark = sign(view, target)
    count = words.slots(known) + (" full" if known.full else "")
    cells = [
        mark if mark.text else Cell(" "),
        Cell(str(target), "strong"),
        Cell(device.name if device else "", "strong"),
        Cell(words.gauge(known), "warn" if known.full else "quiet"),
        Cell(count, "warn" if known.full else "note" if known.one_left else "plain"),
        Cell("" if not known.exact else f"exact: {known.exact}" if wide else "exact", "quiet"),
        Cell(words.spark(view.snapshot.counts.get(target, ()), known, view.now), "quiet"),
    ]
    if known.source and (known.limit is not None or words.is_more(known)):
        cells.append(Cell(f"limit: {known.source}" if known.limit else known.source, "quiet"))
    elif known.limit is None and known.taken:
        cells.append(Cell("limit unknown", "quiet"))
    return Row(tuple(cells), free=True)


def row(session: Session, now: float, habit: Habit | None, *, wide: bool) -> Row:
    """The line of one session."""
    stuck = []
    if session.backoff:
        stuck.append(f"{words.count(session.backoff, 'backoff')}")
    if session.retransmits:
        stuck.append(f"{session.retransmits} resent")
    queues = []
    if session.send_queue:
        queues.append(f"{session.send_queue} to send")
    if session.receive_queue:
        queues.append(f"{session.receive_queue} unread")
    return Row(
        (
            Cell(),
            Cell(words.client(session), "plain" if session.side in {"device", "none"} else "note"),
            Cell(words.process(session), "quiet" if session.ours else "plain"),
            Cell(words.stands(session, habit, wide=wide), state_tone(session, habit)),
            Cell(words.old(session, now), "quiet"),
            Cell(words.idle(session, now), "warn" if is_stale(session, now) else "quiet"),
            Cell("" if session.rtt_ms is None else words.ms(session.rtt_ms), "quiet"),
            Cell("" if session.talk is None else words.said(session.talk), "quiet"),
            Cell(" ".join(stuck), "warn" if session.backoff else "quiet"),
            Cell(" ".join(queues), "quiet"),
            Cell(str(session.client_port), "quiet"),
            Cell(session.user, "quiet"),
            Cell("+".join(session.seen_by) or session.vantage, "quiet"),
        )
    )


def habits_of(view: View, target: Target) -> Mapping[SessionKey, Habit]:
    """How those who hold connections of a device behave, where that is worth a word."""
    present = view.snapshot
    device = present.devices.get(target)
    return habits(
        present.sessions.get(target, ()),
        clients=present.clients.get(target, {}),
        now=view.now,
        heard=device.heard if device else None,
    )


def pressing(session: Session, habit: Habit | None) -> tuple[bool, int, float, int]:
    """Sorts what is most likely to blame first, and otherwise the eldest."""
    return session.ours, rank(habit), session.since, session.client_port


def said(session: Session, habit: Habit | None) -> str:
    """Where the filter looks: what names a session and its holder, and how it stands; no figures."""
    told = (
        words.client(session), session.client, str(session.client_port),
        words.process(session), session.user,
        words.stands(session, habit, wide=True), *(session.seen_by or (session.vantage,)),
    )  # fmt: skip
    return "\n".join(told).lower()
