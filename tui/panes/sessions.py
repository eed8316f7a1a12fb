"""The sessions pane: who holds connections, device by device, trouble on top."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Final

from tui import limits
from tui.diagnosis.habits import Habit
from tui.panes import words
from tui.panes.cells import Cell, Column, Row
from tui.panes.session_lines import habits_of, head, pressing, row, said
from tui.panes.view import Order, View, alarm, held, numeric, touched
from tui.records import Session, SessionKey, Target
from tui.state.model import DirtyKey

_CLIENT: Final = 10
_PROCESS: Final = 14
_WIDEST: Final = 24
_BESIDE: Final = 27
"""Cells that sign, state, age and idle take beside client and process, with the gaps."""
_WIDE: Final = 100
"""Cells from which a habit is told in full."""
_NAMELESS: Final = 54
"""The same where no process is known, as in a capture."""
_SOMEWHAT: Final = 76
"""Cells from which the line of a device says who counts."""
_WORDS: Final = 26
_MANY: Final = 1_000
"""Sessions of one device; with more, single lines may be late by `limits.AGES_S`, its count never."""
_NEVER: Final = 1_000
"""Wider than any grid."""


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
        self._listed: dict[Target, list[tuple[SessionKey, Session]]] = {}
        """The sessions of each device in their order, whether the filter shows them or not."""
        self._listed_at: dict[Target, float] = {}
        self._late: set[Target] = set()
        """Devices of which not all that changed is shown yet."""
        self._texts: dict[Target, list[str]] = {}
        """What the filter looks through in each of those; made when there is one."""
        self._shown: dict[Target, dict[SessionKey, Session]] = {}
        self._habits: dict[Target, Mapping[SessionKey, Habit]] = {}
        self._seen_by: dict[Target, frozenset[str]] = {}
        self._keys: list[Hashable] = []
        self._view: View | None = None

    @property
    def _tells(self) -> bool:
        """Whether there is room for habits in full."""
        return self.width >= (_WIDE if self._named else _NAMELESS)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Who, how, and since when first; then what is stuck."""
        # A long process name takes only what its neighbours leave.
        room = max(_PROCESS, self.width - self._client - _BESIDE)
        return (
            Column("", 1),
            Column("client", self._client, flex=1),
            Column("process", min(self._process, room), flex=1, least=44 if self._named else _NEVER),
            Column("state", _WORDS if self._tells else 13, least=28),
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
        # Only filter, order or width are others: what is known of the sessions stands.
        again = dirty is None and before is view
        if dirty is None or before is None:
            self._order.clear()
            self._shown.clear()
            if not again:
                self._listed.clear()
                self._texts.clear()
                self._habits.clear()
                self._seen_by.clear()
            targets = set(sessions)
        else:
            targets = touched(before, view, dirty) | self._late
            self._late = {target for target in targets if self._waits(view, target)}
            targets -= self._late
        ranks: dict[Target, Any] = {}
        moved = dirty is None or before is None
        for target in targets:
            if not again:
                self._list(view, target)
            shown = self._matching(view, target)
            moved = moved or [*shown] != [*self._shown.get(target, {})]
            if shown:
                self._shown[target] = shown
            else:
                self._shown.pop(target, None)
            ranks[target] = self._rank(view, target, sessions.get(target, ())) if shown else None
        if self._order.put(ranks) or moved:
            self._keys = []
            for target in self._order.ordered():
                self._keys += (target, *self._shown[target])
        return self._keys

    def _waits(self, view: View, target: Target) -> bool:
        """Whether a device has so many sessions that their lines are worked out anew only now and then."""
        many = len(view.snapshot.sessions.get(target, ())) > _MANY
        return many and abs(view.now - self._listed_at.get(target, 0.0)) < limits.AGES_S

    def _list(self, view: View, target: Target) -> None:
        """Take the sessions of a device anew."""
        open_now = view.snapshot.sessions.get(target, ())
        self._texts.pop(target, None)
        self._listed_at[target] = view.now
        if not open_now:
            for held in (self._listed, self._listed_at, self._habits, self._seen_by):
                held.pop(target, None)
            return
        before = dict(self._listed.get(target, ()))
        self._habits[target] = known = habits_of(view, target)
        keyed = [(session.key, session) for session in open_now]
        keyed.sort(key=lambda pair: pressing(pair[1], known.get(pair[0])))
        self._listed[target] = keyed
        self._seen_by[target] = frozenset().union(*{each.seen_by or (each.vantage,) for each in open_now})
        for key, session in keyed:
            if before.get(key) is not session:
                self._talk = self._talk or session.talk is not None
                self._client = max(self._client, min(_WIDEST, len(words.client(session))))
                self._named = self._named or bool(words.process(session))
                self._process = max(self._process, min(_WIDEST, len(words.process(session))))

    def _matching(self, view: View, target: Target) -> dict[SessionKey, Session]:
        listed = self._listed.get(target, [])
        if not self.needle or any(
            self.needle in cell.text.lower() for cell in head(view, target, wide=True).cells
        ):
            return dict(listed)
        texts = self._texts.get(target)
        if texts is None:
            known = self._habits.get(target, {})
            texts = self._texts[target] = [said(session, known.get(key)) for key, session in listed]
        needle = self.needle
        return {key: session for (key, session), text in zip(listed, texts, strict=True) if needle in text}

    def _line(self, session: Session, now: float) -> Row:
        habit = self._habits.get(session.target, {}).get(session.key)
        return row(session, now, habit, wide=self._tells)

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
        seeing = frozenset().union(*(self._seen_by[target] for target in self._shown))
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
