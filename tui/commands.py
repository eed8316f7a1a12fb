"""The command palette: the table of actions, found by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.geometry import Size

from tui.actions import Action, Place, offered, shown
from tui.panes.cells import Cell, Line, Piece, flow, measure
from tui.panes.drawn import Drawn
from tui.panes.entry import Entry
from tui.panes.status import Hint
from tui.screens.base import Base

_STEPS: Final = {"down": 1, "ctrl+n": 1, "tab": 1, "up": -1, "ctrl+p": -1, "shift+tab": -1}
_MARGIN: Final = 30


def search(actions: Sequence[Action], query: str) -> list[Action]:
    """The actions in which every word occurs; those whose own words match first."""

    def rank(action: Action) -> int | None:
        own, told = f"{action.words} {action.id}".lower(), action.help.lower()
        if not all(word in own or word in told for word in words):
            return None
        return 2 - own.startswith(query.strip().lower()) - all(word in own for word in words)

    words = query.lower().split()
    ranked = [(found, index) for index, action in enumerate(actions) if (found := rank(action)) is not None]
    return [actions[index] for _, index in sorted(ranked)]


class Choices(Drawn, can_focus=True):
    """The actions that match, one of them selected."""

    def __init__(self) -> None:
        super().__init__(id="choices")
        self._found: Sequence[Action] = ()
        self._at = 0

    def take(self, found: Sequence[Action]) -> None:
        """Show these, the first selected."""
        self._found, self._at = found, 0
        self.redraw()

    def move(self, step: int) -> None:
        """Select another."""
        self._at = max(0, min(self._at + step, len(self._found) - 1))
        self.redraw()

    @property
    def chosen(self) -> Action | None:
        """The selected action."""
        return self._found[self._at] if self._found else None

    def paint(self, size: Size) -> Sequence[Line]:
        """A title, and a line an action."""
        width, height = size
        title = flow([Cell("─", "frame"), Cell("What to do", "here")], width, gap=1)
        lines = [Line(title)] if height > 1 else []
        room = max(1, height - len(lines))
        top = max(0, self._at - room + 1)
        for index, action in enumerate(self._found[top : top + room], top):
            words = f"  {action.words}  ({shown(action.keys[0])})"
            gap = " " * max(2, _MARGIN - measure(words))
            pieces: tuple[Piece, ...] = flow(
                [Cell(f"{words}{gap}"), Cell(action.help, "quiet")], width, gap=0
            )
            lines.append(Line(pieces, "cursor" if index == self._at else ""))
        if not self._found:
            lines.append(Line(flow([Cell("  nothing matches", "quiet")], width)))
        return lines


class Palette(Base, inherit_bindings=False):
    """Type a few letters, enter does it, esc leaves."""

    AUTO_FOCUS = ""
    place: ClassVar[Place] = "palette"
    typing = True

    def __init__(self, place: Place, without: frozenset[str]) -> None:
        super().__init__()
        self._actions = tuple(offered(place, without))
        self._entry = Entry()
        self.choices = Choices()
        self.hint = Hint()

    def compose(self) -> ComposeResult:
        """The list, and below it what is typed."""
        yield self.choices
        yield self.hint

    def on_mount(self) -> None:
        """Everything, before a letter is typed."""
        self._typed()

    def type(self, key: str, character: str | None) -> str | None:
        """Search as it is typed; the action to do once it is chosen."""
        if key in _STEPS:
            self.choices.move(_STEPS[key])
            return None
        ended = self._entry.press(key, character)
        if not ended:
            self._typed()
            return None
        chosen = self.choices.chosen if ended == "kept" else None
        self.dismiss()
        return chosen.do if chosen else None

    def paste(self, text: str) -> None:
        """A pasted text is typed, too."""
        self._entry.insert(text)
        self._typed()

    def _typed(self) -> None:
        self.choices.take(search(self._actions, self._entry.text))
        self.hint.entry(":", self._entry.text, "enter does it  esc leaves")
