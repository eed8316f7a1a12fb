"""One finding, a group of a flood, or a part that is not well, as a line of the alarm list."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.alarm_state import QUIET, AlarmState, alarm_state
from tui.diagnosis.causes import NAMES
from tui.diagnosis.incident import Flood
from tui.events import Health
from tui.panes import words
from tui.panes.cells import Cell, Row, Tone
from tui.panes.view import QUIET_SIGNS, QUIET_WORDS, View, is_fading, pressing
from tui.records import Finding

SENTENCE: Final = 4
"""The column of the sentence."""
_SURE: Final = {"proven": " ", "likely": "~", "possible": "?"}
_SIGNS: Final[dict[AlarmState, str]] = {
    "unacknowledged": "▲", "acknowledged": "a", "returned": "·", "normal": "·", **QUIET_SIGNS,
}  # fmt: skip


def is_shown(finding: Finding) -> bool:
    """What somebody saw and saw end is off the list, and so is what another finding tells."""
    told_elsewhere = finding.joined or finding.replaced_by or finding.cause == "healthy"
    if finding.cause == "asleep" and finding.cleared_at is not None:
        return False  # it woke: nobody has to see that
    return not told_elsewhere and (finding.cleared_at is None or finding.acknowledged_at is None)


def state_of(view: View, finding: Finding) -> AlarmState:
    """Where it stands as an alarm."""
    return alarm_state(finding, view.snapshot.devices.get(finding.target), view.now)


def rank(finding: Finding) -> tuple[bool, bool, int, float]:
    """Unseen trouble first, then what has ended unseen, then what is known."""
    seen, priority, newest = pressing(finding)
    return seen, finding.cleared_at is not None, priority, newest


def tone(finding: Finding) -> Tone:
    """Colour only for what is open and unseen."""
    if finding.cleared_at is not None or finding.acknowledged_at is not None or is_fading(finding):
        return "quiet"
    return "bad" if finding.priority == 1 else "warn"


def standing(view: View, finding: Finding) -> str:
    """How sure, or how it ended or is about to, or how long it is still put aside."""
    state = state_of(view, finding)
    if finding.cleared_at is not None:
        return f"cleared {words.moment(finding.cleared_at, words.day(view.now))[:5].strip()}"
    if state == "shelved":
        if finding.shelved_till_change or finding.shelved_until is None:
            return "till changed"
        return words.left(finding.shelved_until - view.now)
    if state in QUIET:
        return QUIET_WORDS[state]
    return "clearing" if is_fading(finding) else finding.certainty


def sentence(finding: Finding, first_of: int = 0) -> str:
    """What is wrong; *first_of* findings that came together it was the first."""
    told = f"{finding.title} ({finding.times} times)" if finding.times > 1 else finding.title
    if finding.comments:
        told = f'{told} "{finding.comments[-1].text}"'
    return f"1st of {first_of}: {told}" if first_of else told


def row(view: View, finding: Finding, first_of: int = 0, *, inset: bool = False) -> Row:
    """The line of one finding; *inset* under its group."""
    device = view.snapshot.devices.get(finding.target)
    state = state_of(view, finding)
    loud: Tone = "quiet" if state in QUIET else tone(finding)
    quiet = loud == "quiet"
    sure = _SURE[finding.certainty] if finding.cleared_at is None else " "
    return Row(
        (
            Cell(f"{_SIGNS[state]}{finding.priority}{sure}", loud),
            Cell(words.moment(finding.opened_at, words.day(view.now)), "quiet"),
            Cell(f"{' ' * inset}{finding.about}", "quiet" if quiet else "strong"),
            Cell(device.name if device else "", "quiet" if quiet else "strong"),
            Cell(sentence(finding, first_of), "quiet" if quiet else "plain"),
            Cell(standing(view, finding), "quiet"),
        )
    )


def group_row(view: View, flood: Flood, *, unfolded: bool, first_of: int = 0) -> Row:
    """The line of findings of one cause that came in a flood."""
    open_ = [member for member in flood.members if member.cleared_at is None]
    unseen = sum(member.acknowledged_at is None for member in flood.members)
    loud = min((tone(member) for member in flood.members), key=("bad", "warn", "quiet").index)
    sign = "▲" if unseen and open_ else "·" if unseen else "a"
    first = flood.members[0]
    devices = words.count(len({member.address for member in flood.members}), "device")
    name = NAMES[flood.cause]
    took = max(1, round(flood.took_s / words.MINUTE))
    told = f"{name[:1].upper()}{name[1:]}: {len(flood.members)} within {took} min, first {first.about}"
    if first_of:
        told = f"1st of {first_of}: {told}"
    return Row(
        (
            Cell(f"{sign}{flood.priority}{'-' if unfolded else '+'}", loud),
            Cell(words.moment(first.opened_at, words.day(view.now)), "quiet"),
            Cell(devices, "strong" if unseen else "quiet"),
            Cell(),
            Cell(told, "plain" if unseen else "quiet"),
            Cell(f"{unseen} unseen" if unseen else "all seen", "quiet"),
        )
    )


def health_row(health: Health, now: float) -> Row:
    """The line of a part of the monitor that is not well."""
    return Row(
        (
            Cell("●", "warn"),
            Cell(words.moment(health.at, words.day(now)), "quiet"),
            Cell("port502", "strong"),
            Cell("", "plain"),
            Cell(f"{health.source}: {health.text or 'not well'}", "warn"),
            Cell(),
        )
    )


def under(text: str, tone: Tone) -> Row:
    """A line that belongs to the finding above it, in the column of the sentence."""
    cells = [Cell()] * 6
    cells[SENTENCE] = Cell(text, tone)
    return Row(tuple(cells), spill=True)
