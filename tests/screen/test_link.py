"""The link to the terminal: what is said of it, or seen of it, decides how often the screen changes."""

from __future__ import annotations

import pytest

from tests.screen.plant import FakeFeed
from tui import limits, terminal
from tui.app import Port502
from tui.cli import run

_SSH = {"SSH_CONNECTION": "1.2.3.4 5 6.7.8.9 22"}


@pytest.mark.parametrize(
    ("link", "environ", "slow"),
    [("", {}, False), ("", _SSH, True), ("slow", {}, True), ("normal", _SSH, False)],
)
def test_what_is_said_of_the_link_beats_what_is_seen(link: str, environ: dict[str, str], slow: bool) -> None:
    """Over SSH the link counts as slow; --link says otherwise, either way."""
    assert terminal.is_slow(link, environ) is slow
    prepared = dict(environ)
    terminal.prepare(prepared, link=link)
    assert (prepared["TEXTUAL_FPS"] == "10") is slow


def test_a_slow_link_gets_fewer_turns() -> None:
    """The screen follows the present once a second on a slow link, twice on another."""
    assert Port502(FakeFeed(), link="slow")._frame_s == limits.FRAME_SSH_S
    assert Port502(FakeFeed(), link="normal")._frame_s == limits.FRAME_S


def test_another_link_is_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """A word that is neither is told in one line with those that are."""
    assert run(["watch", "--link", "carrier-pigeon"]) == 3
    said = capsys.readouterr().err
    assert "slow" in said
    assert "normal" in said
