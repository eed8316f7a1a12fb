"""What the screens have in common: moving through lines, typing, and what acting keys act on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from textual.screen import Screen

from tui.actions import OF_SESSIONS, Place
from tui.panes.status import Hint
from tui.records import Session, Target
from tui.screens.prompt import Prompt


class Mover(Protocol):
    """Lines that can be moved through."""

    def move(self, step: int) -> None:
        """By lines."""
        ...

    def page(self, direction: int) -> None:
        """By a page."""
        ...

    def edge(self, direction: int) -> None:
        """To an end."""
        ...


def lacking(session: Session | None) -> frozenset[str]:
    """The acts on sessions that would do nothing with this one."""
    if session is None:
        return OF_SESSIONS
    return frozenset({"end-session"}) if session.ours or session.side == "none" else frozenset()


class Base(Screen[None], inherit_bindings=False):
    """A screen with lines to move through and a line of hints below them."""

    place: ClassVar[Place] = "anywhere"
    typing = False
    """Whether keys are text now."""
    _prompt: Prompt | None = None
    """What is asked in the hint line, if anything is."""
    _told: Callable[[str], None]

    @property
    def outermost(self) -> bool:
        """Whether there is nothing here that esc could close or clear."""
        return False

    def mover(self) -> Mover:
        """The lines that keys move through."""
        raise NotImplementedError

    def selected(self) -> tuple[Target | None, str | None]:
        """The device and the finding that keys act on."""
        return None, None

    def session(self) -> Session | None:
        """The session that keys act on."""
        return None

    def shelvable(self) -> Sequence[str]:
        """The findings that can be shelved from here."""
        return ()

    def grouped(self) -> Sequence[str]:
        """The findings that can be acknowledged of the group that is selected, where one is."""
        return ()

    def noted(self) -> tuple[Target | None, str | None]:
        """The device and the finding that a note from here is about."""
        return self.selected()

    def in_view(self) -> list[str]:
        """The findings on the screen that can be acknowledged."""
        return []

    def acted(self, what: str) -> None:
        """Something was done with what is selected."""

    @property
    def without(self) -> frozenset[str]:
        """The acts that would do nothing here, and are not offered."""
        denied = getattr(self.app, "denied", None)
        return denied if isinstance(denied, frozenset) else frozenset()

    def say(self, text: str) -> None:
        """Say what was just done; an empty text shows the keys again."""
        for hint in self.query(Hint):  # a page that is only opening has none yet
            hint.notice(text)

    def ask(self, prompt: Prompt, told: Callable[[str], None]) -> None:
        """Ask in the hint line: until it is answered every key is the answer; *told* says what came of it."""
        self._prompt, self._told = prompt, told
        self.typing = True
        self._show_prompt()

    def type(self, key: str, character: str | None) -> str | None:
        """Take a key as an answer, or as text; an action to do if one was chosen by it."""
        prompt = self._prompt
        if prompt is not None:
            if ended := prompt.press(key, character):
                self._prompt, self.typing = None, False
                self.query_one(Hint).entry("", None)
                self._told(prompt.done() if ended == "kept" else "")
            else:
                self._show_prompt()
        return None

    def paste(self, text: str) -> None:
        """Take a text from the clipboard; where nothing is typed it is nothing."""
        if self._prompt is not None:
            self._prompt.paste(text)
            self._show_prompt()

    def _show_prompt(self) -> None:
        if self._prompt is not None:
            self.query_one(Hint).entry(*self._prompt.line())

    def action_move(self, step: int) -> None:
        """Move by lines."""
        self.mover().move(step)

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self.mover().page(direction)

    def action_edge(self, direction: int) -> None:
        """Move to an end."""
        self.mover().edge(direction)
