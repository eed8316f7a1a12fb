"""The page of themes: each one shown as soon as the cursor is on it; kept, or given up for the one before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.geometry import Size

from tui import themes
from tui.actions import Place, hints_at
from tui.panes.cells import Cell, Line, Piece, Tone, flow, measure, piece, wrap
from tui.panes.drawn import Drawn
from tui.panes.status import Hint
from tui.screens.base import Base, Mover

_NAME: Final = 18
"""Cells of a name; a longer one pushes its line."""
_SAMPLE: Final[tuple[tuple[Cell, ...], ...]] = (
    (Cell("▲1", "bad"), Cell("10.20.0.12", "strong"), Cell("trouble of the first order", "bad")),
    (Cell("▲2", "warn"), Cell("10.20.0.31", "strong"), Cell("trouble of a lower order", "warn")),
    (Cell("● "), Cell("10.20.0.40"), Cell("news and advice", "note")),
    (Cell("  "), Cell("10.20.0.11"), Cell("answers as it should", "good")),
    (Cell("  "), Cell("10.20.0.50"), Cell("plain text"), Cell("and quiet text", "quiet")),
)
"""What each kind of line looks like."""


class Entry(NamedTuple):
    """One line of the list."""

    name: str
    about: str
    wrong: str = ""
    """Why it cannot be shown; empty where it can."""


def entries() -> list[Entry]:
    """The themes that this terminal can show, and below them the user's that are broken."""
    known = themes.catalogue()
    good = [Entry(name, _about(known, name)) for name in themes.offered()]
    return good + [Entry(name, "yours, cannot be used", wrong) for name, wrong in known.broken.items()]


def _about(known: themes.Catalogue, name: str) -> str:
    about = known.skins[name].about
    return f"{about} (yours)" if about and name in known.own else about or "yours"


class ThemeList(Drawn, can_focus=True):
    """The themes, one of them selected, and under them what such a screen looks like."""

    DEFAULT_CSS = "ThemeList { height: 1fr; min-height: 1; }"

    def __init__(self, found: Sequence[Entry], using: str, limited: str) -> None:
        super().__init__(id="themes")
        self._found = found
        self._using = using
        self._limited = limited
        self._at = next((at for at, entry in enumerate(found) if entry.name == using), 0)

    @property
    def chosen(self) -> Entry:
        """The selected one."""
        return self._found[self._at]

    def select(self, at: int) -> None:
        """Select another; beyond an end is that end."""
        self._at = max(0, min(at, len(self._found) - 1))
        self.redraw()

    def move(self, step: int) -> None:
        """Select another, by lines."""
        self.select(self._at + step)

    def page(self, direction: int) -> None:
        """Select another, by a page."""
        self.move(direction * max(1, self.size.height - 2))

    def edge(self, direction: int) -> None:
        """Select the first or the last."""
        self.move(direction * len(self._found))

    def turn(self) -> None:
        """Select the next; after the last comes the first."""
        self.select((self._at + 1) % len(self._found))

    def paint(self, size: Size) -> Sequence[Line]:
        """A title, a line a theme, and as much of the rest as there is room for."""
        width, height = size
        lines = [_rule("Themes", width, "here")] if height > 1 else []
        room = max(1, height - len(lines))
        top = max(0, self._at - room + 1)
        for at, entry in enumerate(self._found[top : top + room], top):
            lines.append(self._entry(entry, width, selected=at == self._at))
        below = [*self._told(width), _blank(width), *_sample(width)]
        return [*lines, *below[: max(0, height - len(lines))]]

    def _entry(self, entry: Entry, width: int, *, selected: bool) -> Line:
        name = f" {'>' if selected else ' '} {entry.name}"
        gap = " " * max(2, _NAME - measure(name))
        cells = [Cell(name + gap, "warn" if entry.wrong else "plain"), Cell(entry.about, "quiet")]
        if entry.name == self._using and not entry.wrong:
            cells.append(Cell("  in use", "note"))
        return Line(flow(cells, width, gap=0), "cursor" if selected else "")

    def _told(self, width: int) -> list[Line]:
        """What is wrong with the selected one, or how to have it always; and why there are no more."""
        name, _about, wrong = self.chosen
        always = f'For this run only. Always: theme = "{name}" in the configuration.'
        said: list[tuple[str, Tone]] = [(wrong, "warn") if wrong else (always, "plain")]
        if self._limited:
            said.append((self._limited, "quiet"))
        rows = [(line, tone) for text, tone in said for line in wrap(text, width - 2)]
        return [_blank(width), *(Line((piece(f" {line}", width, tone),)) for line, tone in rows)]


def _blank(width: int) -> Line:
    return Line((piece("", width),))


def _rule(title: str, width: int, tone: Tone) -> Line:
    used = min(measure(title) + 1, max(0, width - 2))
    rule = max(0, width - 2 - used)
    return Line(
        (
            Piece("─ "[:width], min(2, width), "frame"),
            *flow([Cell(title, tone)], used),
            Piece("─" * rule, rule, "frame"),
        )
    )


def _sample(width: int) -> list[Line]:
    """A status line, a pane and its lines, the second selected."""
    bar = flow([Cell(" port502", "here"), Cell("▲ 2 in trouble", "bad"), Cell(" PAUSED ", "loud")], width)
    lines = [Line(bar, "bar"), _rule("As it looks", width, "title")]
    for at, cells in enumerate(_SAMPLE):
        lines.append(Line(flow([Cell(" "), *cells], width, gap=1), "cursor" if at == 1 else ""))
    keys = flow([Cell(" key", "key"), Cell("what it does", "quiet")], width, gap=1)
    return [*lines, Line(keys)]


class ThemeChoice(Base, inherit_bindings=False):
    """The page of themes."""

    AUTO_FOCUS = "ThemeList"
    place: ClassVar[Place] = "themes"

    def __init__(self) -> None:
        super().__init__()
        self._before = self.app.theme
        self._list = ThemeList(entries(), self._before, themes.limited())
        self._hint = Hint()
        self.outcome = ""
        """What came of it, for the screen below; empty where nothing did."""

    def compose(self) -> ComposeResult:
        """The list and the keys."""
        yield self._list
        yield self._hint

    def on_mount(self) -> None:
        """Show the keys that count here."""
        self._hint.take(hints_at(self.place, self.without))

    def mover(self) -> Mover:
        """The list."""
        return self._list

    def turn(self) -> None:
        """On to the next theme, and round."""
        self._list.turn()
        self._preview()

    def action_move(self, step: int) -> None:
        """Move by lines."""
        super().action_move(step)
        self._preview()

    def action_page(self, direction: int) -> None:
        """Move by a page."""
        super().action_page(direction)
        self._preview()

    def action_edge(self, direction: int) -> None:
        """Move to an end."""
        super().action_edge(direction)
        self._preview()

    def _preview(self) -> None:
        # A broken one shows nothing of itself: what was in view stays.
        if not self._list.chosen.wrong:
            self.app.theme = self._list.chosen.name

    def action_keep(self) -> None:
        """Keep the selected theme for this run."""
        name, _about, wrong = self._list.chosen
        if wrong:
            self.say(f"{name} cannot be used; nothing was changed")
            return
        self.outcome = f'theme = "{name}" for this run; this line in the configuration keeps it'
        self.dismiss()

    def action_back(self) -> None:
        """Back to the theme before."""
        self.app.theme = self._before
        self.dismiss()
