"""One question before something is done: yes, or nothing happens."""

from __future__ import annotations

import math
from typing import ClassVar

from textual.app import ComposeResult
from textual.events import Mount
from textual.screen import ModalScreen

from tui.actions import Place, hints_at
from tui.feed import Question
from tui.panes.page import Page, Para
from tui.panes.status import Hint


class Confirm(ModalScreen[bool], inherit_bindings=False):
    """A question answered by y or n."""

    AUTO_FOCUS = "Page"
    place: ClassVar[Place] = "question"

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question
        self.asked_at = math.inf
        """When it was put; a key pressed before that is no answer to it."""

    def compose(self) -> ComposeResult:
        """The question and the two answers."""
        yield Page()
        yield Hint()

    def on_mount(self, event: Mount) -> None:
        """Ask."""
        self.asked_at = event.time
        paras = [Para(), *(Para(line) for line in self._question.lines)]
        self.query_one(Page).take(self._question.title, paras)
        words = {"yes": self._question.yes, "no": self._question.no}
        self.query_one(Hint).take([(key, words[said]) for key, said in hints_at("question")])

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001 - the answer itself
        """Hand the answer back."""
        self.dismiss(yes)
