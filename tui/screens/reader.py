"""A screen of one page of text with its keys below: what detail and help have in common."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from tui.actions import Place, hints_at
from tui.panes.banner import Banner
from tui.panes.page import Page
from tui.panes.status import Hint
from tui.screens.base import Base, Mover


class Reader(Base, inherit_bindings=False):
    """A page to read; esc or q closes it."""

    AUTO_FOCUS = "Page"
    place: ClassVar[Place] = "reader"

    def compose(self) -> ComposeResult:
        """The page and the keys."""
        yield Banner()
        yield Page()
        yield Hint()

    def on_mount(self) -> None:
        """Show the keys that count here."""
        self.query_one(Hint).take(hints_at(self.place, self.without))

    def mover(self) -> Mover:
        """The page."""
        return self.page_of_text

    @property
    def page_of_text(self) -> Page:
        """The page."""
        return self.query_one(Page)

    def action_turn(self, step: int) -> None:
        """Go to the next part of the page."""
        self.page_of_text.turn(step)

    def action_section(self, number: int) -> None:
        """Go to a part of the page."""
        self.page_of_text.section(number)

    def action_back(self) -> None:
        """Close the page."""
        self.dismiss()
