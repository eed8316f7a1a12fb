"""How things stand, to be read from across the room: no cursor, nothing to do, any key goes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.geometry import Size

from tui.diagnosis.causes import NAMES
from tui.panes import words
from tui.panes.big import SCALES, Scale, draw, drawable, width
from tui.panes.cells import Cell, Line, Piece, Tone, measure, piece, wrap
from tui.panes.drawn import Drawn
from tui.panes.scan import stranger
from tui.panes.status import is_recording, networks
from tui.panes.view import QUIET_WORDS, View, counted, pressing
from tui.records import Finding, Target
from tui.screens.base import Base
from tui.state.model import Device, DirtyKey

_TITLE_LINES: Final = 2


class Said(NamedTuple):
    """One thing said."""

    text: str
    tone: Tone = "plain"
    rank: int = 0
    """In large letters, the highest rank shrinking first where there is no room; 0 is always small."""


def _named(view: View, finding: Finding) -> str:
    device = None if finding.is_joint else view.snapshot.devices.get(finding.target)
    return (device.name if device else "") or finding.about


def _trouble(view: View, finding: Finding, number: int) -> list[Said]:
    tone: Tone = "bad" if finding.priority == 1 else "warn"
    name = _named(view, finding)
    beside = "" if name == finding.about else f"{finding.about}  "
    since = words.moment(finding.opened_at, words.day(view.now))
    return [
        Said(f"TROUBLE: {number}", tone, 1),
        Said(name, tone, 2),
        Said(NAMES[finding.cause], tone, 4),
        Said(f"{beside}{finding.title}", "strong"),
        Said(f"since {since}, {finding.certainty}"),
    ]


def _quiet(view: View) -> list[Said]:
    known = {finding.id for finding in view.worst.values()}
    said = [Said("NO NEW TROUBLE" if known else "NO TROUBLE", "plain", 1)]
    return (
        [*said, Said(f"{words.count(len(known), 'finding')} acknowledged, not over yet")] if known else said
    )


def _warnings(view: View) -> list[Said]:
    """What makes the rest worth less than it looks."""
    said = [] if view.snapshot.probing else [Said(" PROBING STOPPED ", "loud")]
    unwell = [part.source for part in view.snapshot.health.values() if not part.ok]
    if unwell:
        said.append(Said(f"not well in port502 itself: {', '.join(sorted(unwell))}", "warn"))
    quiet = ", ".join(f"{number} {QUIET_WORDS[state]}" for state, number in counted(view).items())
    return [*said, Said(quiet, "note")] if quiet else said


def told(view: View, title: str, answering: int, devices: int) -> tuple[Said, ...]:
    """Everything that the wall says, from top to bottom."""
    run = view.snapshot.run
    watched = title or networks(run.networks if run else ())
    new = {finding.id: finding for finding in view.worst.values() if finding.acknowledged_at is None}
    worst = min(new.values(), key=pressing, default=None)
    return (
        Said("  ".join(filter(None, ("port502", watched, run.host if run else ""))),
             "loud" if is_recording(title) else "quiet"),
        *(_trouble(view, worst, len(new)) if worst else _quiet(view)),
        *_warnings(view),
        Said(f"{answering}/{devices} ANSWER", "plain", 3),
        Said(words.minute(view.now), "quiet", 5),
    )  # fmt: skip


def _scales(said: Sequence[Said], size: Size) -> Iterator[dict[int, Scale]]:
    """Scales of the large lines by rank, best first, at last none; no line outgrows a more important one."""
    room = max(0, size.width - 2)
    large = sorted((one for one in said if one.rank), key=lambda one: one.rank)
    for number in range(len(large), 0, -1):
        for largest in range(len(SCALES)):
            found: dict[int, Scale] = {}
            least = largest
            for one in large[:number]:
                fitting = (at for at in range(least, len(SCALES)) if width(one.text, SCALES[at]) <= room)
                at = next(fitting, None) if drawable(one.text) else None
                if at is not None:
                    found[one.rank], least = SCALES[at], at
            yield found
    yield {}


def _small(said: Said, room: int) -> list[Line]:
    lines = wrap(said.text, max(1, room - 2))[:_TITLE_LINES]
    return [_centred(Cell(line, said.tone), room) for line in lines]


def _centred(cell: Cell, room: int) -> Line:
    used = min(measure(cell.text), room)
    left, right = (room - used) // 2, room - used - (room - used) // 2
    middle = piece(cell.text, used, cell.tone)
    return Line((Piece(" " * left, left, "plain"), middle, Piece(" " * right, right, "plain")))


def _built(said: Sequence[Said], scales: Mapping[int, Scale], size: Size) -> list[Line]:
    """The lines, with a blank one above and below each that is large."""
    blank = _centred(Cell(), size.width)
    lines: list[Line] = []
    for one in said:
        scale = scales.get(one.rank)
        if scale is None:
            lines += _small(one, size.width)
            continue
        if lines and lines[-1] is not blank:
            lines.append(blank)
        lines += [Line(tuple(pieces)) for pieces in draw(one.text, scale, size.width, one.tone)]
        lines.append(blank)
    return lines


def paint(said: Sequence[Said], size: Size) -> list[Line]:
    """The wall as large as fits, with what is spare shared between top and bottom."""
    tried = (_built(said, scales, size) for scales in _scales(said, size))
    lines = next((lines for lines in tried if len(lines) <= size.height), None)
    lines = lines if lines is not None else _built(said, {}, size)[: size.height]
    above = (size.height - len(lines)) // 2
    blank = _centred(Cell(), size.width)
    return [*[blank] * above, *lines, *[blank] * (size.height - above - len(lines))]


class Board(Drawn):
    """What the wall says."""

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[Said, ...] = ()

    def take(self, said: tuple[Said, ...]) -> None:
        """Say this; what is said already costs nothing."""
        if said != self._said:
            self._said = said
            self.redraw()

    def paint(self, size: Size) -> Sequence[Line]:
        """Every line."""
        return paint(self._said, size)


class Wall(Base, inherit_bindings=False):
    """The wall."""

    AUTO_FOCUS = ""
    typing = True
    """Every key is taken, to go back."""

    def __init__(self, view: View, title: str) -> None:
        super().__init__()
        self._view = view
        self._title = title
        self._board = Board()
        self._devices: Mapping[Target, Device] = {}
        self._counted = (0, 0)

    def compose(self) -> ComposeResult:
        """Nothing but the board."""
        yield self._board

    def on_mount(self) -> None:
        """Show what was known when it was opened."""
        self.show(self._view, None)

    def show(self, view: View, dirty: frozenset[DirtyKey] | None) -> None:  # noqa: ARG002 - the clock steps as well
        """Show the present."""
        if view.snapshot.devices is not self._devices:
            self._devices = view.snapshot.devices
            found = [
                device
                for target, device in self._devices.items()
                if target in view.worst or not stranger(device)
            ]
            self._counted = (sum(device.state == "answers" for device in found), len(found))
        self._board.take(told(view, self._title, *self._counted))

    def say(self, text: str) -> None:
        """There is no line for notices: nothing is done from here."""

    def type(self, key: str, character: str | None) -> str | None:  # noqa: ARG002 - whichever it is
        """Any key goes back."""
        return "screen.back"

    def action_back(self) -> None:
        """Back to the panes."""
        self.dismiss()
