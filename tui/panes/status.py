"""The status line: what is watched, where the sweep is, how much trouble there is, and the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from textual.geometry import Size

from tui.events import RECORDING
from tui.panes import words
from tui.panes.cells import Cell, Line, Piece, flow, measure
from tui.panes.drawn import Drawn
from tui.panes.view import QUIET_WORDS, View, counted
from tui.state.model import SweepStatus

_STEPS: Final = 16
"""Steps in which the progress of a sweep is told: each costs bytes."""
_BAR: Final = 8


class Item(NamedTuple):
    """A part of the line; of those that do not fit together the highest rank goes first."""

    rank: int
    cell: Cell


def sweep(status: SweepStatus) -> list[Item]:
    """Where the sweep stands."""
    if not status.number and not status.running:
        return [Item(6, Cell("no sweep yet", "quiet"))]
    if not status.running:
        took = "" if status.took_s is None else f" took {max(1, round(status.took_s))} s"
        return [Item(6, Cell(f"sweep {status.number}{took}", "quiet"))]
    step = max(1, status.total // _STEPS)
    done = status.total if status.done >= status.total else status.done // step * step
    filled = done * _BAR // status.total if status.total else 0
    items = [
        Item(5, Cell(f"sweep {status.number}")),
        Item(6, Cell(f"{done}/{status.total}")),
        Item(8, Cell("█" * filled + "░" * (_BAR - filled), "note")),
    ]
    if status.left_s is not None:
        items.append(Item(7, Cell(words.left(status.left_s), "quiet")))
    if status.rate:
        rounded = round(status.rate, -1) if status.rate >= 20 else round(status.rate)  # noqa: PLR2004
        items.append(Item(9, Cell(f"{rounded:.0f}/s", "quiet")))
    return items


def is_recording(title: str) -> bool:
    """Whether a monitor of this title plays a recording."""
    return title.upper().startswith("REPLAY")


def networks(names: Sequence[str]) -> str:
    """The networks watched, or how many."""
    if not names:
        return ""
    return names[0] if len(names) == 1 else f"{names[0]} +{len(names) - 1}"


def items(view: View, found: int, title: str, *, paused: bool, probing: bool, past: str = "") -> list[Item]:
    """The line from its left end."""
    snapshot = view.snapshot
    chosen = [Item(3, Cell("port502", "here"))]
    if is_recording(title):
        chosen.append(Item(1, Cell(f" {title} ", "loud")))
        if RECORDING in snapshot.health:
            chosen.append(Item(1, Cell("ended", "note")))
        title = ""
    if not probing:
        chosen.append(Item(0, Cell(" PROBING STOPPED ", "loud")))
    if past:
        chosen += [Item(0, Cell(" PAST ", "loud")), Item(1, Cell(past, "strong"))]
    if paused:
        chosen.append(Item(0, Cell(" PAUSED ", "loud")))
    trouble = len({finding.id for finding in view.worst.values() if finding.acknowledged_at is None})
    watched = title or networks(snapshot.run.networks if snapshot.run else ())
    chosen.append(Item(4, Cell(watched)))
    chosen.append(Item(4, Cell(words.count(found, "device"))))
    if trouble:
        chosen.append(Item(1, Cell(f"▲ {trouble} in trouble", "bad")))
    else:
        chosen.append(Item(2, Cell("no trouble", "quiet")))
    pressing = any(
        q.finding.priority == 1 for held in view.quiet.values() for q in held if q.state == "shelved"
    )
    for state, number in counted(view).items():
        loud = state == "shelved" and pressing
        text = f"{number} {QUIET_WORDS[state]}"
        chosen.append(Item(1, Cell(f" {text} ", "loud")) if loud else Item(2, Cell(text, "note")))
    return [item for item in chosen if item.cell.text] + sweep(snapshot.sweep)


def compose(
    view: View, width: int, found: int, title: str, *, paused: bool, probing: bool, past: str = ""
) -> tuple[Piece, ...]:
    """The whole line, the host and the time at its right end."""
    left = items(view, found, title, paused=paused, probing=probing, past=past)
    host = view.snapshot.run.host if view.snapshot.run else ""
    right = [Item(10, Cell(host, "quiet")), Item(2, Cell(words.minute(view.now)))]
    while len(left) + len(right) > 1 and _needs(left) + _needs(right) > width:
        last = max((*left, *right), key=lambda item: item.rank)
        (left if last in left else right).remove(last)
    tail = min(_needs(right), width)
    head = flow([item.cell for item in left], max(0, width - tail - 1))
    return (Piece(" ", 1, "plain"), *head, *flow([item.cell for item in right], tail))[: None if width else 0]


def _needs(items: Sequence[Item]) -> int:
    return sum(measure(item.cell.text) + 2 for item in items)


class Status(Drawn):
    """The status line."""

    def __init__(self, title: str) -> None:
        super().__init__(id="status")
        self._title = title
        self.past = ""
        """How the present does, while it is the past that is shown."""
        self._view: View | None = None
        self._found = 0
        self._paused = False
        self._probing = True

    def take(self, view: View, found: int, *, paused: bool, probing: bool) -> None:
        """Show the present, and how many devices have been found; *probing* is so even while paused."""
        self._view, self._found, self._paused, self._probing = view, found, paused, probing
        self.redraw()

    def paint(self, size: Size) -> Sequence[Line]:
        """One line."""
        if self._view is None:
            cells = [Cell("port502", "here"), Cell(self._title), Cell("starting", "quiet")]
            return (Line((Piece(" ", 1, "plain"), *flow(cells, size.width - 1)), "bar"),)
        line = compose(
            self._view,
            size.width,
            self._found,
            self._title,
            paused=self._paused,
            probing=self._probing,
            past=self.past,
        )
        return (Line(line, "bar"),)


class Hint(Drawn):
    """The bottom line: what is being typed, a notice of what was just done, or the keys that matter here."""

    def __init__(self, *, id: str = "hint") -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._cells: Sequence[tuple[str, str]] = ()
        self._notice = ""
        self._welcome = ""
        self._typed: tuple[str, str, str] | None = None

    def take(self, hints: Sequence[tuple[str, str]]) -> None:
        """Show keys and what they do, most important first."""
        self._cells = hints
        self.redraw()

    def welcome(self, text: str) -> None:
        """Say this in place of the keys, while nothing else is to be said; an empty text shows the keys."""
        if text != self._welcome:
            self._welcome = text
            self.redraw()

    def notice(self, text: str) -> None:
        """Say what was just done; an empty text shows the keys again."""
        if text != self._notice:
            self._notice = text
            self.redraw()

    def entry(self, prompt: str, typed: str | None, keys: str = "") -> None:
        """Show what is being typed, and which keys end it; None when nothing is."""
        self._typed = None if typed is None else (prompt, typed, keys)
        self.redraw()

    def paint(self, size: Size) -> Sequence[Line]:
        """One line."""
        if self._typed is not None:
            prompt, typed, keys = self._typed
            room = size.width - measure(prompt) - 3
            while typed and measure(typed) > room:
                typed = typed[1:]
            cells = [Cell(f" {prompt}", "key"), Cell(typed), Cell(" ", "loud"), Cell(f"  {keys}", "quiet")]
            return (Line(flow(cells, size.width, gap=0)),)
        if said := self._notice or self._welcome:
            return (Line((Piece(" ", 1, "plain"), *flow([Cell(said, "note")], size.width - 1))),)
        pieces: list[Piece] = []
        left = size.width
        for key, words_ in self._cells:
            # A key that does not fit whole is left out: half a hint helps nobody.
            need = measure(key) + measure(words_) + 3
            if need > left:
                continue
            pieces += [
                Piece(" ", 1, "plain"),
                *flow([Cell(key, "key"), Cell(f"{words_} ", "quiet")], need - 1, gap=1),
            ]
            left -= need
        if left:
            pieces.append(Piece(" " * left, left, "plain"))
        return (Line(tuple(pieces)),)
