"""The sessions pane: who holds connections, device by device, trouble on top."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from tui.diagnosis.habits import Habit, habits, rank
from tui.panes import words
from tui.panes.cells import Cell, Column, Row, Tone
from tui.panes.view import Order, View, alarm, held, numeric, sign, touched
from tui.records import Session, SessionKey, Target
from tui.state.model import DirtyKey, holds_slot

STALE_S: Final = 3600.0
"""A connection quiet this long is pointed out."""
_CLIENT: Final = 10
_PROCESS: Final = 14
_WIDEST: Final = 24
_BESIDE: Final = 27
"""Cells that sign, state, age and idle take beside client and process, with the gaps."""
_WIDE: Final = 100
"""Cells from which a habit is told in full."""
_SOMEWHAT: Final = 76
"""Cells from which the line of a device says who counts."""
_WORDS: Final = 26
_NEVER: Final = 1_000
"""Wider than any grid."""
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


def _pressing(session: Session, habit: Habit | None) -> tuple[bool, int, float, int]:
    """Sorts what is most likely to blame first, and otherwise the eldest."""
    return session.ours, rank(habit), session.since, session.client_port


class Sessions:
    """What the sessions pane shows."""

    title = "Sessions"
    sorts = ("trouble", "address", "most sessions")

    def __init__(self) -> None:
        self.sort = 0
        self.needle = ""
        self.width = 0
        self._named = False
        """Whether any session's process is known."""
        self._talk = False
        """Whether any session's traffic is seen."""
        self._client = _CLIENT
        self._process = _PROCESS
        self._order: Order[Target] = Order()
        self._shown: dict[Target, dict[SessionKey, Session]] = {}
        self._habits: dict[Target, Mapping[SessionKey, Habit]] = {}
        self._seen_by: dict[Target, frozenset[str]] = {}
        self._keys: list[Hashable] = []
        self._view: View | None = None

    @property
    def columns(self) -> tuple[Column, ...]:
        """Who, how, and since when first; then what is stuck."""
        # A long process name takes only what its neighbours leave.
        room = max(_PROCESS, self.width - self._client - _BESIDE)
        return (
            Column("", 1),
            Column("client", self._client, flex=1),
            Column("process", min(self._process, room), flex=1, least=44 if self._named else _NEVER),
            Column("state", _WORDS if self.width >= _WIDE else 13, least=28),
            Column("age", 4, align="right", least=36),
            Column("idle", 4, align="right", least=40),
            Column("rtt", 5, align="right", least=60),
            Column("asked", 14, least=70 if self._talk else _NEVER),
            Column("resent", 12, least=64),
            Column("queues", 10, least=84),
            Column("port", 5, align="right", least=72),
            Column("user", 8, least=104),
            Column("seen by", 16, least=116),
        )

    @property
    def empty(self) -> str:
        """Said when there is no line."""
        if self.needle:
            return "no session matches the filter; esc clears it"
        run = self._view.snapshot.run if self._view else None
        ports = sorted(set(run.ports)) if run and run.ports else [502]
        named = ", ".join(str(port) for port in ports[:4]) + (", ..." if len(ports) > 4 else "")  # noqa: PLR2004
        return f"no sessions to port {named} on this host yet"

    def take(self, view: View, dirty: frozenset[DirtyKey] | None) -> Sequence[Hashable]:
        """Each device that has sessions, followed by them."""
        before, self._view = self._view, view
        sessions = view.snapshot.sessions
        if dirty is None or before is None:
            self._order.clear()
            self._shown.clear()
            self._habits.clear()
            self._seen_by.clear()
            targets = set(sessions)
        else:
            targets = touched(before, view, dirty)
        ranks: dict[Target, Any] = {}
        moved = dirty is None or before is None
        for target in targets:
            open_now = sessions.get(target, ())
            self._habits[target] = known = habits_of(view, target)
            listed = sorted(open_now, key=lambda session: _pressing(session, known.get(session.key)))
            shown = {session.key: session for session in self._matching(view, target, listed)}
            moved = moved or [*shown] != [*self._shown.get(target, {})]
            if shown:
                self._shown[target] = shown
                self._seen_by[target] = frozenset(
                    name for each in shown.values() for name in each.seen_by or (each.vantage,)
                )
            else:
                self._shown.pop(target, None)
                self._habits.pop(target, None)
                self._seen_by.pop(target, None)
            ranks[target] = self._rank(view, target, open_now) if shown else None
            for session in shown.values():
                self._talk = self._talk or session.talk is not None
                self._named = self._named or bool(words.process(session))
                self._client = max(self._client, min(_WIDEST, len(words.client(session))))
                self._process = max(self._process, min(_WIDEST, len(words.process(session))))
        if self._order.put(ranks) or moved:
            self._keys = []
            for target in self._order.ordered():
                self._keys += (target, *self._shown[target])
        return self._keys

    def _matching(self, view: View, target: Target, sessions: Sequence[Session]) -> Sequence[Session]:
        if not self.needle or any(
            self.needle in cell.text.lower() for cell in head(view, target, wide=True).cells
        ):
            return sessions
        return [session for session in sessions if self._says(session, view.now)]

    def _says(self, session: Session, now: float) -> bool:
        return any(self.needle in cell.text.lower() for cell in self._line(session, now).cells)

    def _line(self, session: Session, now: float) -> Row:
        habit = self._habits.get(session.target, {}).get(session.key)
        return row(session, now, habit, wide=self.width >= _WIDE)

    def _rank(self, view: View, target: Target, sessions: Sequence[Session]) -> tuple[Any, ...]:
        where = (numeric(target.address), target.port)
        match self.sorts[self.sort]:
            case "address":
                return where
            case "most sessions":
                return (-len(sessions), *where)
            case _:
                finding = view.worst.get(target)
                worst = 4 if finding is None else finding.priority if finding.acknowledged_at is None else 3
                known = held(view, target)
                return (worst, not known.full, not known.one_left, *where)

    def row(self, key: Hashable) -> Row:
        """The line of a device or of a session."""
        if self._view is None:
            return Row((Cell(),), free=True)
        if isinstance(key, SessionKey):
            session = self._shown.get(Target(key.address, key.port), {}).get(key)
            return self._line(session, self._view.now) if session else Row((Cell(),), free=True)
        if isinstance(key, Target):
            return head(self._view, key, wide=self.width >= _SOMEWHAT)
        return Row((Cell(),), free=True)

    def choose(self, key: Hashable) -> None:
        """The selected line looks like any other."""

    def alarms(self, key: Hashable) -> bool:
        """Only the line of a device."""
        return self._view is not None and isinstance(key, Target) and alarm(self._view, key)

    def stands(self, key: Hashable) -> bool:
        """Every line can be selected."""
        return isinstance(key, tuple)

    def summary(self) -> str:
        """How many, on how many devices, and from where they are seen."""
        if self._view is None:
            return ""
        vantages = self._view.snapshot.vantages
        seeing = frozenset().union(*self._seen_by.values())
        working = [name for name, status in vantages.items() if status.works]
        names = [name for name in working if name in seeing or vantages[name].exact] or working[:1]
        said = str(len(self._keys) - len(self._order))
        if len(self._order) > 1:
            said += f" on {len(self._order)} devices"
        return f"{said}  seen by {', '.join(names)}" if names else said

    def target(self, key: Hashable) -> Target | None:
        """The device of a line."""
        if isinstance(key, SessionKey):
            return Target(key.address, key.port)
        return key if isinstance(key, Target) else None

    def finding(self, key: Hashable) -> str | None:
        """The worst trouble of its device."""
        target = self.target(key)
        worst = self._view.worst.get(target) if self._view and target else None
        return worst.id if worst else None
