"""Everything known of one device, or of a part of the monitor that is not well; it follows the present."""

from __future__ import annotations

from collections.abc import Sequence

from tui.panes.view import View
from tui.records import Target
from tui.screens.reader import Reader
from tui.screens.story import about_part, tell, title
from tui.state.model import DirtyKey


class Detail(Reader):
    """The page of one device."""

    def __init__(self, view: View, target: Target, finding: str | None) -> None:
        super().__init__()
        self.target = target
        self.finding = finding
        self._view = view

    def on_mount(self) -> None:
        """Show what was known when it was opened."""
        self.show(self._view, None)

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:  # noqa: ARG002 - ages step as well
        """Show the present."""
        self._view = view
        self.page_of_text.take(title(view, self.target, self.finding), tell(view, self.target, self.finding))

    def selected(self) -> tuple[Target | None, str | None]:
        """The device of the page, and the finding it was opened from or else its worst."""
        worst = self._view.worst.get(self.target)
        return self.target, self.finding or (worst.id if worst else None)

    def shelvable(self) -> Sequence[str]:
        """The finding the page is about; once it was acted on no other takes its place."""
        self.finding = self.selected()[1]
        return (self.finding,) if self.finding else ()

    def noted(self) -> tuple[Target | None, str | None]:
        """The finding it was opened from, else the device."""
        return self.target, self.finding


class PartDetail(Reader):
    """The page of a part of the monitor."""

    def __init__(self, view: View, source: str) -> None:
        super().__init__()
        self._source = source
        self._view = view

    def on_mount(self) -> None:
        """Show what was known when it was opened."""
        self.show(self._view, None)

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:  # noqa: ARG002 - ages step as well
        """Show the present."""
        self.page_of_text.take(f"port502: {self._source}", about_part(view, self._source))
