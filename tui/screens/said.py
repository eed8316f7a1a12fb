"""What people said of a finding or a device, for its page: seen, put aside, out of service, in words."""

from __future__ import annotations

from collections.abc import Sequence

from tui.panes import words
from tui.panes.finding_row import state_of
from tui.panes.page import Para, heading
from tui.panes.view import View
from tui.records import Comment, Finding
from tui.screens.lines import MARGIN, fact
from tui.state.model import Device


def marks(view: View, finding: Finding) -> list[Para]:
    """Who has seen it, who put it aside, and what was written about it."""
    paras: list[Para] = []
    if finding.acknowledged_at is not None:
        paras.append(
            fact("acknowledged", f"{words.full(finding.acknowledged_at)}{_by(finding.acknowledged_by)}")
        )
    if state_of(view, finding) == "shelved":
        until = finding.shelved_until
        for_ = "it changes" if until is None else words.moment(until, words.day(view.now))
        paras.append(fact("shelved until", f"{for_}{_by(finding.shelved_by)}"))
    return paras + _comments("comment", finding.comments)


def notes(device: Device) -> list[Para]:
    """What people wrote about a device, and whether it is out of service."""
    said = _comments("", device.notes)
    if device.out is not None:
        out = f"out of service since {words.full(device.out.at)}{_by(device.out.user)}"
        said.insert(0, Para(f"{out}: its findings are no alarms", "warn", "o", MARGIN))
    return [*heading("Notes"), *said] if said else []


def _comments(label: str, comments: Sequence[Comment]) -> list[Para]:
    return [
        Para(f"{words.full(each.at)}  {each.user}: {each.text}", "plain", "" if number else label, MARGIN)
        for number, each in enumerate(comments)
    ]


def _by(user: str) -> str:
    return f" by {user}" if user else ""
