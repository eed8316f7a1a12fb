"""Themes are data: each one complete, legible and honest about its terminal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.screen.driver import drive
from tests.screen.plant import run
from tui import theme_file, themes
from tui.cli import doctor
from tui.events import Probing
from tui.panes.cells import GROUNDS, TONES
from tui.panes.status import Status

GOOD = (Path(__file__).parents[2] / "themes" / "night.toml").read_text(encoding="utf-8")


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    """As the Web Content Accessibility Guidelines define it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_themes_are_there() -> None:
    """The default comes first, and each file says what it is about."""
    assert next(iter(themes.skins())) == "night"
    assert set(themes.built_in()) == {
        "night", "colour-blind", "console-grey", "high-contrast", "mono", "sixteen",
    }  # fmt: skip
    assert all(skin.about for skin in themes.built_in().values())


@pytest.mark.parametrize("name", ["night", "console-grey", "high-contrast", "colour-blind"])
def test_every_text_is_legible_on_every_ground(name: str) -> None:
    """Text has a contrast of at least 4.5 to 1 on screen, status line and selected row."""
    skin = themes.skins()[name]
    assert skin.theme.background is not None
    for ground in GROUNDS:
        under = skin.styles[ground].bgcolor if ground else None
        below = under.name if under else skin.theme.background
        for tone in TONES:
            style = skin.styles[tone]
            if tone == "frame" or style.color is None or style.reverse:
                continue
            # A text with a background of its own is never in a row.
            base = style.bgcolor.name if style.bgcolor else below
            contrast = _contrast(base, style.color.name)
            assert contrast >= 4.5, f"{tone} on {ground or 'screen'}: {contrast:.1f}"


def test_healthy_is_never_green_on_the_grey_console() -> None:
    """High-performance displays keep colour for the abnormal."""
    styles = themes.skins()["console-grey"].styles
    assert styles["good"] == styles["plain"]


def test_trouble_differs_from_calm_without_colour() -> None:
    """In the colourless theme what is bad still looks different from what is plain."""
    styles = themes.skins()["mono"].styles
    assert styles["bad"].bold
    assert not styles["plain"].bold
    assert styles["cursor"].reverse


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("#c3ccd6", "red-ish"), "must be #rrggbb"),
        (("[tone]", "[tones]"), "unknown key 'tones'"),
        (('quiet = "#93a1b0"', ""), "[tone] lacks 'quiet'"),
        (('quiet = "#93a1b0"', 'quiet = "#8391a0"\nshiny = "red"'), "does not know 'shiny'"),
        (('note = "#7cc4e8"', 'note = "no such colour"'), "tone.note"),
        (('note = "#7cc4e8"', "note = 3"), "tone.note"),
        (("dark = true", 'dark = "yes"'), "true or false"),
        (("dark = true", "dark = "), "night2.toml: no TOML"),
        (('note = "#7cc4e8"', 'note = "blink #7cc4e8"'), "tone.note: only bold"),
        (('note = "#7cc4e8"', 'note = "link http://x #7cc4e8"'), "tone.note: only bold"),
        (('note = "#7cc4e8"', 'note = "\\u001b]0;x\\u0007"'), "tone.note: must be such as"),
        (("dark = true", "dark = true\nx = " + "[" * 5000), "night2.toml: no TOML"),
    ],
)
def test_a_broken_theme_is_refused_in_one_line(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    """The message names file and place, in one line."""
    path = tmp_path / "night2.toml"
    path.write_text(GOOD.replace(*change), encoding="utf-8")
    with pytest.raises(theme_file.ThemeError) as caught:
        theme_file.read(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith("night2.toml: ")
    assert str(caught.value).isprintable()


def test_the_terminal_decides_what_is_offered() -> None:
    """Sixteen colours get themes made for them; NO_COLOR gets none."""
    assert themes.choose(None, {"TERM": "linux"}) == "sixteen"
    assert themes.choose("night", {"TERM": "vt100"}) == "sixteen"
    assert themes.choose(None, {"TERM": "xterm-256color"}) == "night"
    assert themes.choose("night", {"TERM": "xterm-256color", "NO_COLOR": ""}) == "mono"
    assert themes.choose(None, {"TERM": "xterm", "COLORTERM": "truecolor"}) == "night"


def test_ones_own_theme_stands_in_for_a_built_in_one(own_themes: Path) -> None:
    """A file of the same name wins; one with a mistake leaves the built-in one in use."""
    (own_themes / "night.toml").write_text(GOOD.replace("Dark", "X").replace("#12161c", "#200000"), "utf-8")
    (own_themes / "mono.toml").write_text("about = 1", encoding="utf-8")
    known = themes.catalogue()
    assert known.own == {"night"}
    assert next(iter(known.skins)) == "night"
    assert known.skins["night"].theme.background == "#200000"
    assert known.skins["mono"] == themes.built_in()["mono"]
    assert known.broken == {"mono": "mono.toml: 'about' is a text"}


def test_what_is_wrong_with_ones_own_files_keeps_nothing_from_starting(own_themes: Path) -> None:
    """Whatever lies in the directory, each file gets one line and the program its theme."""
    (own_themes / "binary.toml").write_bytes(b"\xff\xfe")
    (own_themes / "folder.toml").mkdir()
    (own_themes / "bad name.toml").write_text(GOOD, encoding="utf-8")
    (own_themes / "large.toml").write_text("#" * 200_000, encoding="utf-8")
    os.mkfifo(own_themes / "pipe.toml")
    # The terminals that get these two by force can show no more than eight colours.
    (own_themes / "sixteen.toml").write_text(GOOD, encoding="utf-8")
    broken = themes.catalogue().broken
    assert set(broken) == {"binary", "folder", "bad name", "large", "pipe", "sixteen"}
    assert all(line.isprintable() and ".toml: " in line for line in broken.values())
    assert themes.choose("pipe") == "night"
    assert "pipe.toml: not a file" in themes.fault("pipe")
    assert themes.fault("night") == ""
    assert themes.choose(None, {"TERM": "linux"}) == "sixteen"


def test_doctor_names_the_mistake_in_ones_own_theme(own_themes: Path) -> None:
    """File and key of what is wrong; the sound ones are counted as in use."""
    (own_themes / "dusk.toml").write_text(GOOD, encoding="utf-8")
    (own_themes / "mine.toml").write_text(GOOD.replace('note = "#7cc4e8"', ""), encoding="utf-8")
    (check,) = [check for check in doctor.checks_of_this_host() if check.name == "themes"]
    assert not check.works
    assert "7 themes, 1 of them your own" in check.sees
    assert check.missing == "mine.toml: [tone] lacks 'note'"


def test_bright_colours_are_not_offered_to_sixteen(own_themes: Path) -> None:
    """A theme of the user's with bright or true colours stays away from terminals that cannot show them."""
    sixteen = Path(themes.__file__).parents[1] / "themes" / "sixteen.toml"
    text = sixteen.read_text(encoding="utf-8")
    (own_themes / "plain8.toml").write_text(text, encoding="utf-8")
    (own_themes / "bright.toml").write_text(text.replace("bold red", "bright_red"), encoding="utf-8")
    (own_themes / "true.toml").write_text(text.replace("bold red", "#ff0000"), encoding="utf-8")
    assert themes.offered({"TERM": "linux"}) == ("sixteen", "mono", "plain8")


def test_an_unknown_theme_is_refused() -> None:
    """A misspelt name is answered with the names there are."""
    with pytest.raises(theme_file.ThemeError, match="no theme 'nihgt'; there are night, "):
        themes.choose("nihgt")


async def test_what_must_be_seen_keeps_its_own_ground() -> None:
    """On the status line PROBING STOPPED stands on the colour that the theme gives it, not on the bar's."""
    async with drive([run(), Probing(at=1.0, allowed=False)]) as d:
        strip = d.app.query_one(Status).render_line(0)
        (style,) = [segment.style for segment in strip if "PROBING STOPPED" in segment.text]
        wanted = themes.skins()["night"].styles["loud"]
        assert style is not None
        assert (style.color, style.bgcolor) == (wanted.color, wanted.bgcolor)
