"""The keys that end a session or copy what ends it: asked first, done by the feed, and told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from textual.message import Message

from tui.feed import Ender, Question
from tui.records import Session
from tui.screens import acts, end_words
from tui.screens.base import Base
from tui.screens.marking import Marking
from tui.workers.acts import Outcome


class Ending(Marking, inherit_bindings=False):
    """An application whose keys end the session that the screen in view has selected."""

    class Done(Message):
        """An act has come to its end."""

        def __init__(self, session: Session, outcome: Outcome, asked_on: object) -> None:
            super().__init__()
            self.session = session
            self.outcome = outcome
            self.asked_on = asked_on
            """Where it was asked for."""

    async def action_end_session(self) -> None:
        """Ask, and then end the selected session."""
        feed, screen = self.feed, self.screen
        if "end-session" in self.denied or not isinstance(feed, Ender):
            self.told(acts.refusal(recording=True))
            return
        session = screen.session() if isinstance(screen, Base) else None
        refused = end_words.refusal(session)
        if session is None or refused:
            self.told(refused)
        elif not self._is_there(session):
            self.told(end_words.GONE)
        else:
            device = self.present.devices.get(session.target) if self.present else None
            question = end_words.question(session, device.name if device else "", feed.user)
            await self._ask(question, session, partial(feed.end_session, session))

    def action_copy_commands(self) -> None:
        """Put what ends the selected session into the clipboard of the terminal."""
        session = self.screen.session() if isinstance(self.screen, Base) else None
        if session is None:
            self.told(end_words.none_selected())
            return
        try:
            self.copy_to_clipboard(end_words.copied(session))
        except ValueError:
            self.told(end_words.NO_COMMAND)
            return
        on_page = getattr(self.screen, "place", "") == "session"
        self.told(end_words.COPIED_HERE if on_page else end_words.copied_elsewhere())

    async def _ask(self, question: Question, session: Session, do: Callable[[], Future[Outcome]]) -> None:
        from tui.screens.confirm import Confirm  # noqa: PLC0415 - not needed for the first frame

        asked_on = self.screen

        def answered(yes: bool | None) -> None:  # noqa: FBT001 - the answer itself
            if not yes:
                self.told("nothing was done")
            elif not self._is_there(session):
                self.told(end_words.GONE)
            else:
                do().add_done_callback(
                    lambda future: self.post_message(self.Done(session, future.result(), asked_on))
                )

        await self.push_screen(Confirm(question), answered)

    async def on_ending_done(self, event: Done) -> None:
        """Say what came of it; where the session alone could not be ended, ask for its program."""
        outcome, feed = event.outcome, self.feed
        self.told(outcome.text)
        # A question must not come over something else that has begun since.
        still = self.screen is event.asked_on and not getattr(self.screen, "typing", False)
        if outcome.instead is not None and still and isinstance(feed, Ender):
            question = end_words.second_question(event.session, outcome.instead, outcome.text, feed.user)
            do = partial(feed.end_process, event.session, outcome.instead)
            await self._ask(question, event.session, do)

    def _is_there(self, session: Session) -> bool:
        """Whether it still is that session: another of the same ends begins later."""
        held = self.present.sessions.get(session.target, ()) if self.present else ()
        return any(now.key == session.key and now.since <= session.since for now in held)
