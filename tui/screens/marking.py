"""The keys by which somebody says something of a finding or a device: shelve, comment, out of service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from tui.actions import key_of
from tui.diagnosis.alarm_state import is_shelved
from tui.panes import words
from tui.records import Finding, Target
from tui.screens import acts
from tui.screens.acting import Acting
from tui.screens.base import Base
from tui.screens.prompt import Choice, Choices, Prompt, Text

_SPANS: Final[tuple[tuple[tuple[str, ...], str, float | None], ...]] = (
    (("1",), "15 min", 900.0),
    (("2", "z"), "1 h", 3600.0),
    (("3",), "8 h", 8 * 3600.0),
    (("4",), "until it changes", None),
)
"""For how long a finding can be put aside, by key."""


class Marking(Acting, inherit_bindings=False):
    """An application whose keys take what somebody says of what is selected."""

    def action_shelve(self) -> None:
        """Ask for how long to put the selected findings aside, or bring them back."""
        if self._refused("shelve"):
            return
        names = self.screen.shelvable() if isinstance(self.screen, Base) else ()
        desk = self._desk()
        found = [finding for name in names if (finding := desk.finding(name)) is not None]
        there = [finding for finding in found if finding.cleared_at is None]
        if not found:
            self.told(f"only a finding can be shelved: {key_of('diagnosis')} turns to them")
        elif not there:
            over = key_of("acknowledge")
            self.told(f"it has cleared: there is nothing to shelve; {over} takes it off the list")
        elif all(is_shelved(finding, self.feed.now()) for finding in there):
            self._unshelve(there)
        else:
            self._put(Choices("shelve for", _spans(partial(self._shelve, [each.id for each in there]))))

    def _unshelve(self, there: Sequence[Finding]) -> None:
        for finding in there:
            self.feed.marks.unshelve(finding.id)
        self.told(f"brought back: {_named(there)}")
        self._acted("shelve")

    def _shelve(self, names: Sequence[str], seconds: float | None, span: str) -> str:
        there = [finding for name in names if (finding := self._desk().finding(name)) is not None]
        there = [finding for finding in there if finding.cleared_at is None]
        if not there:
            return "it has cleared meanwhile: nothing was shelved"
        for finding in there:
            self.feed.marks.shelve(finding.id, seconds)
        self._acted("shelve")
        how = span if seconds is None else f"for {span}"
        return f"shelved {how}, {key_of('shelve')} brings it back: {_named(there)}"

    def action_comment(self) -> None:
        """Write something about the selected finding, or else about the device."""
        if self._refused("comment"):
            return
        target, name = self.screen.noted() if isinstance(self.screen, Base) else (None, None)
        finding = self._desk().finding(name)
        if finding is not None:
            self._put(Text(f"comment on {finding.about}:", partial(self._comment, finding.id)))
        elif target is not None and target.port:
            self._put(Text(f"note about {target}:", partial(self._note, target)))
        else:
            self.told("no device and no finding is selected")

    def _comment(self, name: str, text: str) -> str:
        self.feed.marks.comment(name, text)
        return "comment kept, with your name and the time"

    def _note(self, target: Target, text: str) -> str:
        self.feed.marks.note(target, text)
        return f"note about {target} kept, with your name and the time"

    def action_service(self) -> None:
        """Take the selected device out of service after a question, or put it back."""
        if self._refused("service"):
            return
        target = self._selected()[0]
        if reason := acts.no_device(target):
            self.told(reason)
            return
        assert target is not None  # noqa: S101 - no_device says so
        device = self.present.devices.get(target) if self.present else None
        if device is not None and device.out is not None:
            self.told(self._serve(target, out=False))
            return
        yes = Choice(
            ("y",), "out of service: its findings are no alarms", partial(self._serve, target, out=True)
        )
        self._put(Choices(f"take {target}", (yes,)))

    def _serve(self, target: Target, *, out: bool) -> str:
        self.feed.marks.serve(target, out=out)
        self._acted("service")
        back = f", {key_of('service')} puts it back"
        return f"{target} is {'out of' if out else 'back in'} service{back if out else ''}"

    def _refused(self, what: str) -> bool:
        if what in self.denied:
            self.told(acts.refusal(recording=self._recording))
        return what in self.denied

    def _put(self, prompt: Prompt) -> None:
        if isinstance(self.screen, Base):
            self.screen.ask(prompt, self.told)

    def _acted(self, what: str) -> None:
        if isinstance(self.screen, Base):
            self.screen.acted(what)


def _spans(shelve: Callable[[float | None, str], str]) -> tuple[Choice, ...]:
    return tuple(Choice(keys, words_, partial(shelve, seconds, words_)) for keys, words_, seconds in _SPANS)


def _named(found: Sequence[Finding]) -> str:
    return words.short(found[0]) if len(found) == 1 else words.count(len(found), "finding")
