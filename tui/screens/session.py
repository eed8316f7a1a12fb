"""Everything known of one session, and what ends it; it follows the present."""

from __future__ import annotations

from typing import ClassVar

from tui.actions import Place, hints_at
from tui.panes.status import Hint
from tui.panes.view import View
from tui.records import Session, Target
from tui.screens.base import lacking
from tui.screens.reader import Reader
from tui.screens.session_story import tell, title
from tui.state.model import DirtyKey


class SessionPage(Reader):
    """The page of one session."""

    place: ClassVar[Place] = "session"

    def __init__(self, view: View, session: Session) -> None:
        super().__init__()
        self._view = view
        self._session = session
        """As it was seen last."""
        self._gone_at: float | None = None

    def on_mount(self) -> None:
        """Show what was known when it was opened."""
        self.show(self._view, None)

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:  # noqa: ARG002 - ages step as well
        """Show the present."""
        self._view = view
        held = view.snapshot.sessions.get(self._session.target, ())
        now = next((session for session in held if session.key == self._session.key), None)
        if now is not None and now.since <= self._session.since:
            self._session, self._gone_at = now, None
        elif self._gone_at is None:
            # The same ends with a later beginning are another session: the one of this page is gone.
            self._gone_at = view.now
        self.query_one(Hint).take(hints_at(self.place, self.without))
        paras = tell(view, self._session, self._gone_at)
        self.page_of_text.take(title(view, self._session), paras)

    @property
    def without(self) -> frozenset[str]:
        """Nor what cannot act on this session, or on none that is gone."""
        return super().without | lacking(None if self._gone_at is not None else self._session)

    def selected(self) -> tuple[Target | None, str | None]:
        """The device of the session, and its worst finding."""
        worst = self._view.worst.get(self._session.target)
        return self._session.target, worst.id if worst else None

    def session(self) -> Session:
        """The session of the page."""
        return self._session
