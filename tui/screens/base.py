"""What the screens have in common: moving through lines, and acting on the device that is selected."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias

from textual.message import Message
from textual.screen import Screen

from tui.panes.status import Hint
from tui.records import Target

What: TypeAlias = Literal["ask", "acknowledge", "shelve"]


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


class Command(Message):
    """Ask a device again, or acknowledge or shelve one of its findings."""

    def __init__(self, what: What, target: Target, finding: str | None) -> None:
        super().__init__()
        self.what = what
        self.target = target
        self.finding = finding


class Base(Screen[None], inherit_bindings=False):
    """A screen with lines to move through and a line of hints below them."""

    def mover(self) -> Mover:
        """The lines that keys move through."""
        raise NotImplementedError

    def selected(self) -> tuple[Target | None, str | None]:
        """The device and the finding that keys act on."""
        return None, None

    def say(self, text: str) -> None:
        """Say what was just done; an empty text shows the keys again."""
        self.query_one(Hint).notice(text)

    def action_move(self, step: int) -> None:
        """Move by lines."""
        self.mover().move(step)

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        self.mover().page(direction)

    def action_edge(self, direction: int) -> None:
        """Move to an end."""
        self.mover().edge(direction)

    def _command(self, what: What) -> None:
        target, finding = self.selected()
        if target is not None:
            self.post_message(Command(what, target, finding))

    def action_ask(self) -> None:
        """Ask the selected device again."""
        self._command("ask")

    def action_acknowledge(self) -> None:
        """Acknowledge the selected finding."""
        self._command("acknowledge")

    def action_shelve(self) -> None:
        """Put the selected finding out of sight for a while."""
        self._command("shelve")
