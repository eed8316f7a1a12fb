"""The lines of the devices pane: one a device, and the units behind a gateway under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from tui.diagnosis.questions import QUESTIONS
from tui.panes import words
from tui.panes.cells import Cell, Row, Tone
from tui.panes.device_words import behind, product, unit_words
from tui.panes.unit_tree import SHORT, Branch, branches, ids
from tui.panes.view import View, held, is_fading, sign
from tui.records import Face
from tui.state.model import Device

NEWS_S: Final = 600.0
"""A change of outcome counts as news this long."""
UNITS: Final = 8
"""Lines of units under a gateway; of more the detail page tells."""
_SAID: Final = 7
_TONES: Final[dict[Face, Tone]] = {"answers": "good", "target-silent": "warn"}


class UnitLine(NamedTuple):
    """One line under a gateway."""

    address: str
    port: int
    number: int


def is_news(device: Device, now: float) -> bool:
    """Whether its outcome has changed a short while ago."""
    return device.before is not None and now - device.since < NEWS_S


def mark(view: View, device: Device) -> Cell:
    """One sign for the state, so that it never hangs on colour."""
    known = sign(view, device.target)
    if known.text:
        return known
    if device.climb is not None and not device.climb.done:
        return Cell("…", "note")
    if is_news(device, view.now):
        return Cell("●", "note")
    return Cell()


def state_tone(view: View, device: Device) -> Tone:
    """How an outcome is meant: colour only where something is wrong."""
    finding = view.worst.get(device.target)
    if finding is not None and not is_fading(finding):
        return "bad" if finding.priority == 1 else "warn"
    if device.state == "answers":
        return "good"
    if device.state == "open":
        return "plain"
    return "warn" if device.expected and device.state is not None else "quiet"


def taken(view: View, device: Device) -> Cell:
    """Connections taken of those there are."""
    known = held(view, device.target)
    return Cell(words.slots(known), "warn" if known.full else "plain" if known.taken else "quiet")


def rung_asked(question: str) -> str:
    """The rung on which a climb stands."""
    return next((known.rung for known in QUESTIONS if known.id == question), "")


def what(view: View, device: Device) -> str:
    """What it is, who answers behind it, and how it answered; what matters first."""
    known = [product(device), behind(device, view.now)]
    telling = device.target in view.worst and device.reply != "answer"
    told = [device.detail, *known] if telling or device.spared else [*known, device.detail]
    if device.climb is not None and not device.climb.done:
        told.insert(0, f"climbing: {rung_asked(device.climb.asking)}".rstrip(": "))
    if device.spared:
        told.insert(1, f"left alone: {device.spared}")
    return "  ".join(filter(None, told))


def called(view: View, device: Device) -> str:
    """Its name, else what it is: for a pane too narrow to tell that in a column of its own."""
    return device.name or _short(view, device)


def _short(view: View, device: Device) -> str:
    return "  ".join(filter(None, (product(device), behind(device, view.now))))


def row(view: View, device: Device, *, narrow: bool = False) -> Row:
    """The line of one device; on a *narrow* pane what it is stands beside its name."""
    trouble = device.target in view.worst
    name = called(view, device) if narrow else device.name
    return Row(
        (
            mark(view, device),
            Cell(str(device.target), "strong" if trouble else "plain"),
            Cell(name, "strong" if trouble else "plain" if device.name else "quiet"),
            Cell(words.state(device), state_tone(view, device)),
            Cell("" if words.waited(device) else words.ms(device.ms), "quiet"),
            taken(view, device),
            Cell(words.age(view.now - device.since) if device.since else "", "quiet"),
            Cell(what(view, device), "quiet"),
        )
    )


def unit_lines(device: Device) -> list[Branch]:
    """The units behind a device, where it is a gateway."""
    seen = device.units
    return branches(seen, unit_words(device)) if seen is not None and seen.judgement == "gateway" else []


def lines_under(view: View, device: Device, *, narrow: bool) -> list[Branch | str]:
    """What stands under a selected device: what it is, where a *narrow* pane has but its name; its units."""
    units = unit_lines(device)
    running = device.units is not None and device.units.running
    told = ""
    if narrow and device.name and (running or not units):
        told = behind(device, view.now)
    return [*filter(None, (product(device) if narrow and device.name else "", told)), *units]


def unit_row(lines: Sequence[Branch | str], number: int, *, narrow: bool) -> Row:
    """One of the lines under a device."""
    cells = [Cell()] * (_SAID + 1)
    if number == UNITS - 1 and len(lines) > UNITS:
        cells[1] = Cell(f"└ {len(lines) - number} more: enter", "quiet")
        return Row(tuple(cells), spill=True)
    branch = lines[number]
    last = number == len(lines) - 1
    if isinstance(branch, str):
        cells[1] = Cell(f"{'└' if last else '├'} {branch}", "quiet")
        return Row(tuple(cells), spill=True)
    cells[1] = Cell(f"{'└' if last else '├'} {'unit ' if len(branch.units) == 1 else ''}{ids(branch.units)}")
    cells[2] = Cell(branch.said if narrow else "", "quiet")
    cells[3] = Cell(SHORT[branch.face], _TONES.get(branch.face, "quiet"))
    cells[_SAID] = Cell(branch.said, "quiet")
    return Row(tuple(cells))


def texts(view: View, device: Device) -> list[str]:
    """Everything that its lines say, in small letters: what a filter looks through."""
    told = [cell.text for cell in row(view, device).cells]
    if device.identity is not None:
        told += [device.identity.said, *(one.product for one in device.identity.suits)]
    told += [f"unit {ids(line.units)} {SHORT[line.face]} {line.said}" for line in unit_lines(device)]
    return [text.lower() for text in told]
