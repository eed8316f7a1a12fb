"""The bell and the title of the terminal's window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest

from tests.screen.plant import NOW, finding
from tui.announce import BELL, Announcer
from tui.cli import given
from tui.event import Event
from tui.state.store import Store


class _Terminal:
    """A terminal that only listens, and a clock."""

    def __init__(self, *, term: str = "xterm-256color", bell: bool = True, title: bool = True) -> None:
        self.heard: list[str] = []
        self.at = 100.0
        self.store = Store()
        environ = {"TERM": term, "LANG": "C.UTF-8"}
        self.announcer = Announcer(bell=bell, title=title, environ=environ, clock=lambda: self.at)
        self.announcer.begin(self.heard.append)

    def show(self, *events: Event, now: float = NOW, past: bool = False, after: float = 20.0) -> list[str]:
        """What it hears of these events, and of them only, *after* so many seconds."""
        for event in events:
            self.store.apply(event)
        self.at += after
        begun = len(self.heard)
        self.announcer.take(self.store.snapshot(None, frozenset()), now, past=past)
        return self.heard[begun:]

    def rings(self, *events: Event, **how: Any) -> bool:
        return BELL in self.show(*events, **how)


def _new(address: str = "10.20.0.12", cause: str = "slots-full", **facts: Any) -> Event:
    return finding(address, cause, **{"opened_at": NOW + 1, "witnessed": True, **facts})


def test_a_new_finding_rings_once() -> None:
    """What opens is heard once, however often it is told again."""
    terminal = _Terminal()
    assert not terminal.rings()
    assert terminal.rings(_new())
    assert not terminal.rings()
    assert not terminal.rings(_new(title="the same, with another sentence"))


@pytest.mark.parametrize(
    "facts",
    [
        {"witnessed": False},
        {"opened_at": NOW - 60},
        {"acknowledged_at": NOW + 1},
        {"shelved_until": NOW + 900},
        {"shelved_till_change": True},
        {"cleared_at": NOW + 2},
        {"cause": "healthy"},
    ],
)
def test_what_is_no_news_does_not_ring(facts: dict[str, Any]) -> None:
    """What was there before anybody looked, what somebody knows of or put aside, what is over or well."""
    terminal = _Terminal()
    terminal.show()
    assert not terminal.rings(_new(**facts))


def test_a_finding_that_speaks_for_known_ones_does_not_ring_again() -> None:
    """Devices that are told as one by and by, and trouble that is understood better, were heard already."""
    terminal = _Terminal()
    terminal.show()
    assert terminal.rings(_new("10.20.0.1", "gateway-down"))
    joint = _new("10.20.0.254", "gateway-down")
    name = joint.finding.id  # type: ignore[attr-defined]
    assert not terminal.rings(_new("10.20.0.1", "gateway-down", joined=name), joint)
    assert terminal.rings(_new("10.20.0.2", "mute"))
    better = _new("10.20.0.2", "slots-full")
    old = _new("10.20.0.2", "mute", cleared_at=NOW + 9, replaced_by=better.finding.id)  # type: ignore[attr-defined]
    assert not terminal.rings(old, better)


def test_one_bell_in_ten_seconds() -> None:
    """A flood is one bell, not a hundred."""
    terminal = _Terminal()
    terminal.show()
    assert terminal.rings(_new("10.20.0.1"), _new("10.20.0.2"))
    assert not terminal.rings(_new("10.20.0.3"), after=9.0)
    assert terminal.rings(_new("10.20.0.4"), after=2.0)


def test_what_is_over_and_opens_again_rings_again() -> None:
    """Each beginning is news, once."""
    terminal = _Terminal()
    terminal.show()
    assert terminal.rings(_new())
    assert not terminal.rings(_new(cleared_at=NOW + 60))
    assert terminal.rings(_new(opened_at=NOW + 300))


def test_the_past_does_not_ring_nor_does_it_afterwards() -> None:
    """Nothing is heard of a recording, and a look back leaves nothing to be made up for."""
    terminal = _Terminal()
    terminal.show()
    assert not terminal.rings(_new(), past=True)
    assert not terminal.rings()


def test_calm_by_default_and_headless() -> None:
    """Without being asked to nothing rings; before there is a terminal nothing is written."""
    terminal = _Terminal(bell=False)
    terminal.show()
    assert not terminal.rings(_new())
    silent = Announcer(bell=True, title=True)
    silent.take(terminal.store.snapshot(None, frozenset()), NOW)
    silent.end()


def test_the_title_tells_what_presses_most() -> None:
    """How many are unseen and the worst of them; then that they were seen; then that all is quiet."""
    terminal = _Terminal(bell=False)
    assert terminal.heard == ["\x1b[22;2t"]
    assert terminal.show() == ["\x1b]2;port502: all quiet\x07"]
    (told,) = terminal.show(_new(), _new("10.20.0.31", "slow", priority=3))
    assert told.startswith("\x1b]2;port502: 2 unacknowledged, 10.20.0.12 ")
    seen: dict[str, Any] = {"acknowledged_at": NOW + 5}
    (told,) = terminal.show(_new(**seen), _new("10.20.0.31", "slow", priority=3, **seen))
    assert told == "\x1b]2;port502: 2 acknowledged, nothing new\x07"
    terminal.announcer.end()
    assert terminal.heard[-1] == "\x1b[23;2t"


def test_the_title_is_written_when_it_changes_and_at_most_once_a_second() -> None:
    """A title that stands is not sent; one that changes at once waits, and then is the newest."""
    terminal = _Terminal(bell=False)
    terminal.show()
    assert terminal.show() == []
    assert terminal.show(_new(), after=5.0) != []
    assert terminal.show(_new("10.20.0.2"), after=0.5) == []
    assert "2 unacknowledged" in terminal.show(after=0.6)[0]


def test_a_hostile_name_stays_a_title() -> None:
    """Whatever a name holds, the title is bounded and ends where it should."""
    terminal = _Terminal(bell=False)
    terminal.show()
    (told,) = terminal.show(_new("\x07\x1b[31m" + "x" * 300))
    body = told.removeprefix("\x1b]2;").removesuffix("\x07")
    assert len(body) <= 80
    assert body.isprintable()


@pytest.mark.parametrize("term", ["linux", "vt100", "ansi"])
def test_no_title_where_there_is_no_window(term: str) -> None:
    """A console would print the text of a title on the screen."""
    terminal = _Terminal(term=term, bell=False)
    terminal.show(_new())
    terminal.announcer.end()
    assert terminal.heard == []


def test_bell_and_title_are_set_in_the_file_and_the_bell_by_option(tmp_path: Path) -> None:
    """Calm unless asked: no bell, and a title; the option rings whatever the file says."""
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    given_file = {"config": str(file)}
    usual = given.settings(argparse.Namespace(**given_file))
    assert (usual.bell, usual.title) == (False, True)
    assert given.settings(argparse.Namespace(**given_file, bell=True)).bell
    file.write_text("bell = true\ntitle = false\n", encoding="utf-8")
    own = given.settings(argparse.Namespace(**given_file, bell=False))
    assert (own.bell, own.title) == (True, False)
