"""The values that a profile names, as read from one device: a table that is read again by key."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.events import Resize

from tui.actions import Place
from tui.device_events import Peeked, Value
from tui.panes import words
from tui.panes.cells import Column, fit, lay_out, measure
from tui.panes.page import Para, text_width
from tui.panes.view import View
from tui.records import Target
from tui.screens import ask_words
from tui.screens.lines import MARGIN, fact
from tui.screens.reader import Reader
from tui.state.model import Device, DirtyKey

_COLUMNS: Final = (
    Column("name", 10, flex=3),
    Column("value", 8, flex=2, align="right"),
    Column("unit", 6),
    Column("raw hex", 9, flex=1, least=50),
    Column("read from", 19, least=40),
)
_INDENT: Final = 4


def title(target: Target, device: Device | None) -> str:
    """The page's title."""
    name = f"  {device.name}" if device and device.name else ""
    return f"Values of {target}{name}"


def tell(device: Device | None, now: float, width: int) -> list[Para]:
    """The page in lines of *width* cells."""
    peek = device.peek if device else None
    if device is None or peek is None:
        return [Para("nothing has been read yet", "quiet")]
    paras = [fact(label, text) for label, text in _facts(device, peek, now) if text]
    if peek.failure:
        paras.append(Para(peek.failure, "warn", "trouble", MARGIN))
    if peek.values:
        paras += (Para(), Para(_row(tuple(column.title for column in _COLUMNS), width)[0], "here"))
    for value in peek.values:
        paras += _value(value, width)
    return paras


def _facts(device: Device, peek: Peeked, now: float) -> list[tuple[str, str]]:
    ago = words.age(now - peek.at)
    when = f"{words.full(peek.at)} ({ago if ago == 'now' else f'{ago} ago'}), took {peek.seconds:.1f} s"
    shown = "; what is below was read before" if peek.values else ""
    state = f"reading{shown}" if peek.running else when if peek.values else ""
    best = device.identity.best if device.identity else None
    product = best.product if best and best.profile == peek.profile else device.product
    return [
        ("profile", f"{peek.profile}: {product}" if peek.profile and product else peek.profile),
        ("unit id", str(peek.unit)),
        ("read", state),
        ("connection", ask_words.kept() if peek.values and not peek.running and device.limit != 1 else ""),
    ]


def _value(value: Value, width: int) -> list[Para]:
    """A line of the table, and below it what did not fit into it."""
    row, whole = _row((value.name, value.text or "-", value.unit, value.raw, value.where), width)
    paras = [Para(row, "quiet" if value.failure else "plain")]
    if value.failure:
        paras.append(Para(f"{value.name}: {value.failure}", "warn", "", _INDENT))
    elif not whole:
        paras.append(Para(f"{value.name}: {value.text} {value.unit}".rstrip(), "quiet", "", _INDENT))
    return paras


def _row(cells: tuple[str, ...], width: int) -> tuple[str, bool]:
    """Cells in their columns, and whether name, value and unit fit whole."""
    slots = lay_out(_COLUMNS, max(1, width))
    row = " ".join(fit(cells[slot.column], slot.width, slot.align) for slot in slots)
    told = {slot.column: slot.width for slot in slots}
    return row.rstrip(), all(measure(cells[column]) <= told.get(column, 0) for column in range(3))


class PeekPage(Reader):
    """The page of one device's values."""

    place: ClassVar[Place] = "peek"

    def __init__(self, view: View, target: Target) -> None:
        super().__init__()
        self.target = target
        self._view = view

    def on_mount(self) -> None:
        """Show what was known when it was opened."""
        self.show(self._view, None)

    def on_resize(self, _event: Resize) -> None:
        """Lay the table out anew."""
        self.show(self._view, None)

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:  # noqa: ARG002 - ages step as well
        """Show the present."""
        self._view = view
        device = view.snapshot.devices.get(self.target)
        self.page_of_text.take(
            title(self.target, device), tell(device, view.now, text_width(self.app.size.width))
        )

    def selected(self) -> tuple[Target | None, str | None]:
        """The device of the page, and its worst finding."""
        worst = self._view.worst.get(self.target)
        return self.target, worst.id if worst else None
