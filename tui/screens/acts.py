"""What the acting keys do with the feed, and what may truly be said of it afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from tui import limits
from tui.actions import key_of
from tui.feed import Feed
from tui.panes import words
from tui.panes.view import QUIET_WORDS, look
from tui.records import Finding, Target
from tui.state.model import Snapshot, slots_taken

PROBING: Final = frozenset({"stop", "ask", "sweep", "units", "identity", "peek", "read-again"})
"""Acts that need something to probe."""
CHANGING: Final = PROBING | {
    "acknowledge",
    "acknowledge-all",
    "shelve",
    "comment",
    "service",
    "end-session",
}
"""Acts that a recording cannot take."""


class Desk(NamedTuple):
    """What an act works with: the feed, and the present even where the screen is held still."""

    feed: Feed
    present: Snapshot | None
    stopped: bool
    """Probing is, or has just been, stopped by hand."""

    def finding(self, name: str | None) -> Finding | None:
        """A finding by its id."""
        return self.present.findings.get(name) if self.present and name else None


def stopped() -> str:
    """Said where an act needs probing and that is stopped by hand."""
    return f"probing is stopped; {key_of('stop')} allows it"


def denied(*, recording: bool, probes: bool) -> frozenset[str]:
    """The acts that would do nothing here."""
    return CHANGING if recording else frozenset() if probes else PROBING


def refusal(*, recording: bool) -> str:
    """Why an act that would do nothing is not done."""
    if recording:
        return "this is a recording: nothing in it can be asked or changed"
    return "no network was named: nothing is probed"


def ask(desk: Desk, target: Target | None) -> str:
    """Climb the ladder for one device, unless that would be refused or take a connection from somebody."""
    if target is None or no_device(target):
        return no_device(target)
    if refused := kept_from(desk, target):
        return refused
    desk.feed.ask(target)
    return (
        f"climbing the ladder for {target}: at most {limits.CLIMB_CONNECTIONS} connections, "
        f"{limits.CLIMB_S:g} s; {key_of('detail')} shows it"
    )


def no_device(target: Target | None) -> str:
    """Why what is selected cannot be asked anything; empty where it is one device."""
    if target is None:
        return "no device is selected"
    if target.port == 0:
        return f"this is about several devices: choose one of them, {key_of('devices')} turns to them"
    return ""


def kept_from(desk: Desk, target: Target) -> str:
    """Why a device is asked nothing now; empty where it may be."""
    if desk.stopped:
        return stopped()
    device = desk.present.devices.get(target) if desk.present else None
    if desk.present is None or device is None or device.limit is None:
        return ""
    taken = slots_taken(desk.present.sessions.get(target, ()))
    if taken < device.limit:
        return ""
    return f"{target} is left alone: {taken} of its {device.limit} connections are taken"


def sweep(desk: Desk) -> str:
    """Begin the next sweep."""
    if desk.stopped:
        return stopped()
    desk.feed.sweep_now()
    running = desk.present is not None and desk.present.sweep.running
    return "the next sweep follows this one at once" if running else "the next sweep begins now"


def acknowledge(desk: Desk, target: Target | None, name: str | None) -> str:
    """Acknowledge one finding."""
    finding = desk.finding(name)
    if finding is None:
        return _without_finding(desk, target)
    if finding.acknowledged_at is not None:
        return f"already acknowledged: {words.short(finding)}"
    desk.feed.marks.acknowledge(finding.id)
    return f"acknowledged: {words.short(finding)}"


def acknowledge_all(desk: Desk, names: Iterable[str]) -> str:
    """Acknowledge these findings."""
    number = 0
    for name in names:
        desk.feed.marks.acknowledge(name)
        number += 1
    return f"acknowledged {words.count(number, 'finding')}" if number else "nothing in view to acknowledge"


def _without_finding(desk: Desk, target: Target | None) -> str:
    if target is None:
        return "no finding is selected"
    present = desk.present
    held = look(present, desk.feed.now()).quiet.get(target) if present is not None else None
    if held:
        why = QUIET_WORDS[held[0].state]
        return f"what is wrong with {target} is {why}: {key_of('diagnosis')} turns to it"
    return f"no finding about {target}"
