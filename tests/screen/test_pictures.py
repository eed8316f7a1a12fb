"""Pictures of the program are those of the program as it is, and every screen looks as it was agreed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.pictures import SCREENSHOTS, is_drawn, made
from tests.recordings import PLANT, played
from tests.recordings.plain import alike, difference, libraries, plain
from tests.recordings.shots import SHOTS
from tests.recordings.stage import Setting
from tests.screen.snapshots import DIRECTORY, DRAWN_WITH, SETTINGS, kept, path_of, seen
from tui.device_events import Identified, Peeked, UnitsSeen
from tui.event import Event
from tui.events import Climbed, FindingChanged, Health, Probed, Spared, StateChanged
from tui.session_events import Acted, Heard, LimitObserved, SessionGone, SessionSeen

_ANEW = "python -m tests.pictures makes them anew"
_in_a_checkout = pytest.mark.skipif(not SCREENSHOTS.exists(), reason="screenshots/ is not in this archive")


@_in_a_checkout
async def test_screenshots_are_of_the_program_as_it_is() -> None:
    """Each SVG of screenshots/ is, byte for byte, what is seen now, and none is left over."""
    stale: list[str] = []
    drawn_with = DRAWN_WITH.read_text(encoding="utf-8")
    names: set[str] = set()
    async for name, svg in made():
        names.add(name)
        path = SCREENSHOTS / f"{name}.svg"
        before = path.read_text(encoding="utf-8") if path.exists() else ""
        if not alike(before, svg, drawn_with):
            stale.append(difference(path.name, before, svg))
    left_over = {path.stem for path in SCREENSHOTS.iterdir()} - names
    assert not stale, f"{len(stale)} pictures are stale; {_ANEW}\n" + "\n\n".join(stale[:3])
    assert not left_over, f"made no more: {left_over}; {_ANEW}"


@_in_a_checkout
def test_every_drawn_picture_is_drawn_from_the_one_beside_it() -> None:
    """A PNG carries the name of the SVG it was drawn from: one of an older SVG is stale."""
    stale = [path.name for path in SCREENSHOTS.glob("*.png") if not is_drawn(path.with_suffix(".svg"))]
    assert not stale, f"{stale}; {_ANEW}"


@_in_a_checkout
def test_the_readme_shows_pictures_that_are_there() -> None:
    """No picture in the README is a broken link."""
    readme = (SCREENSHOTS.parent / "README.md").read_text(encoding="utf-8")
    shown = [part.partition(")")[0] for part in readme.split("](screenshots/")[1:]]
    assert shown
    assert [name for name in shown if name and not (SCREENSHOTS / name).exists()] == []


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s.width}x{s.height}-{s.colours}")
async def test_every_screen_looks_as_agreed(setting: Setting, tmp_path: Path) -> None:
    """At this size and with so many colours each screen is what it was when somebody last looked at it."""
    told: list[str] = []
    drawn_with = DRAWN_WITH.read_text(encoding="utf-8")
    async for path, svg in seen(setting):
        before = kept(path)
        if not alike(before, svg, drawn_with):
            now = tmp_path / f"{path.stem}.svg"
            now.write_text(svg, encoding="utf-8")
            told.append(f"{difference(path.stem, before, svg)}\nsee {now}")
    assert not told, f"{len(told)} screens look another way; {_ANEW}\n" + "\n\n".join(told)


def test_nothing_is_kept_that_is_not_compared() -> None:
    """A screen that is gone leaves no snapshot behind."""
    wanted = {path_of(shot.name, setting) for shot in SHOTS if shot.everywhere for setting in SETTINGS}
    assert set(DIRECTORY.glob("*.svgz")) == wanted, _ANEW


def test_a_difference_is_told_in_the_words_of_the_screen() -> None:
    """Of two pictures the lines that differ are shown as text; where only looks differ that is said."""
    one = '<text class="t-r1" x="24.4" y="44.4" clip-path="url(#t-line-1)">pump&#160;&amp;&#160;co</text>'
    assert plain(one) == ["", "  pump & co"]
    assert "-  pump & co\n+  pumps & co" in difference("panes", one, one.replace("pump", "pumps"))
    assert "looks another way" in difference("panes", one, one.replace("t-r1", "t-r2"))


def test_pictures_of_other_libraries_are_compared_by_what_they_say() -> None:
    """A new release of what draws them makes no picture stale; another text does."""
    one = '<text class="t-r1" x="24.4" y="44.4" clip-path="url(#t-line-1)">pump</text>'
    other, worse = one.replace("t-r1", "t-r2"), one.replace("pump", "pumps")
    assert not alike(one, other, libraries())
    assert alike(one, other, "textual 8.2.0")
    assert not alike(one, worse, "textual 8.2.0")


def test_the_recording_has_everything_worth_a_picture() -> None:
    """Every line is an event; devices, sessions, climbs and findings are told, with their turns."""
    events = played()
    kinds: Counter[type[Event]] = Counter(type(event) for event in events)
    needed: tuple[type[Event], ...] = (
        Probed, Spared, StateChanged, SessionSeen, SessionGone, Heard, LimitObserved, Acted, Climbed, Health,
        Identified, UnitsSeen, Peeked, FindingChanged,
    )  # fmt: skip
    assert [kind.__name__ for kind in needed if not kinds[kind]] == []
    assert events == sorted(events, key=lambda event: event.at)
    turns = [event for event in events if isinstance(event, FindingChanged)]
    assert {turn.change for turn in turns} >= {"opened", "updated", "cleared", "acknowledged", "shelved"}
    assert any(turn.finding.is_joint for turn in turns)
    assert {turn.finding.priority for turn in turns} == {1, 2, 3}
    assert any(event.done and len(event.evidence) > 5 for event in events if isinstance(event, Climbed))
    assert PLANT.stat().st_size < 400_000


def test_a_picture_is_the_same_in_another_process() -> None:
    """Neither time zone, locale, hash seed nor the terminal it is made on shows in a picture."""
    code = (
        "import asyncio, hashlib\n"
        "from tests.recordings.shots import SHOTS, taken\n"
        "from tests.recordings.stage import Setting, fixed\n"
        "async def main():\n"
        "    with fixed('true'):\n"
        "        async for shot, svg in taken(Setting(120, 40), SHOTS[:1]):\n"
        "            print(hashlib.sha256(svg.encode()).hexdigest())\n"
        "asyncio.run(main())\n"
    )
    odd = (
        {"PYTHONHASHSEED": "1"},
        {"PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "C", "TERM": "vt100"},
    )

    found = set()
    for more in odd:
        environ = {**os.environ, **more}
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True, capture_output=True, text=True, env=environ, cwd=SCREENSHOTS.parent,
        )  # fmt: skip
        found.add(done.stdout)
    assert len(found) == 1
