"""Themes are files, one each: found beside the package or in a checkout, read once and checked."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.theme import Theme

from tui.panes.cells import GROUNDS, TONES

DEFAULT: Final = "night"
SIXTEEN: Final = "sixteen"
"""For terminals of sixteen colours."""
COLOURLESS: Final = "mono"
"""For NO_COLOR, and for terminals of none."""
_GROUND_NAMES: Final = tuple(ground for ground in GROUNDS if ground)
_COLOUR: Final = re.compile(
    r"#[0-9a-fA-F]{6}|default|(bright_)?(black|red|green|yellow|blue|magenta|cyan|white)"
)
_ANSI_VARIABLES: Final = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "input-cursor-text-style": "reverse",
}
"""What Textual's own widgets ask of a theme that uses the terminal's colours."""


class ThemeError(ValueError):
    """A theme file that cannot be used; the message is one line."""


class Skin(NamedTuple):
    """One theme file."""

    name: str
    about: str
    theme: Theme
    styles: Mapping[str, Style]
    """What each tone and each ground looks like."""


def read(path: Path) -> Skin:
    """The theme in a file.

    Raises:
        ThemeError: it cannot be read, or says something that no theme may say.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ThemeError(f"{path.name}: {error}") from error
    return _skin(path.stem, data)


def _skin(name: str, data: dict[str, Any]) -> Skin:
    allowed = {"about", "dark", "ansi", "screen", "text", "tone", "ground"}
    if unknown := sorted(set(data) - allowed):
        raise ThemeError(f"{name}: unknown key {unknown[0]!r}; known are {', '.join(sorted(allowed))}")
    ansi, dark = data.get("ansi", False), data.get("dark", True)
    if not isinstance(ansi, bool) or not isinstance(dark, bool):
        raise ThemeError(f"{name}: 'ansi' and 'dark' are true or false")
    screen, text = (_colour(name, key, data.get(key)) for key in ("screen", "text"))
    styles = {
        **_styles(name, "tone", TONES, data.get("tone")),
        **_styles(name, "ground", _GROUND_NAMES, data.get("ground")),
    }
    accent = styles["here"].color
    primary = accent.name if accent and not ansi else text
    theme = Theme(
        name=name, primary=primary, accent=primary, foreground=text, background=screen, surface=screen,
        panel=screen, dark=dark, ansi=ansi, variables=dict(_ANSI_VARIABLES) if ansi else {},
    )  # fmt: skip
    return Skin(name, str(data.get("about", "")), theme, styles)


def _colour(name: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise ThemeError(
            f"{name}: {key!r} must be #rrggbb, default or one of the sixteen names, not {value!r}"
        )
    return value if value.startswith("#") else f"ansi_{value}"


def _styles(name: str, part: str, wanted: tuple[str, ...], given: object) -> dict[str, Style]:
    if not isinstance(given, dict):
        raise ThemeError(f"{name}: the table [{part}] is missing")
    if missing := [key for key in wanted if key not in given]:
        raise ThemeError(f"{name}: [{part}] lacks {missing[0]!r}")
    if unknown := sorted(set(given) - set(wanted)):
        raise ThemeError(f"{name}: [{part}] does not know {unknown[0]!r}; known are {', '.join(wanted)}")
    styles = {}
    for key, value in given.items():
        try:
            styles[key] = Style.parse(value if isinstance(value, str) else "?")
        except StyleSyntaxError as error:
            raise ThemeError(f"{name}: {part}.{key}: {' '.join(str(error).split())}") from error
    return styles


@cache
def skins() -> Mapping[str, Skin]:
    """Every theme, the default first, then by name.

    Raises:
        ThemeError: no theme, or a broken one, came with the program.
    """
    here = Path(__file__).parent
    for folder in (here / "_themes", here.parent / "themes"):
        found = {path.stem: read(path) for path in sorted(folder.glob("*.toml"))}
        if DEFAULT in found:
            return {DEFAULT: found.pop(DEFAULT), **found}
    raise ThemeError(f"no theme {DEFAULT!r} came with the program")


def styles_of(name: str) -> Mapping[str, Style]:
    """What tones and grounds look like in a theme; for one that is not ours, as in the default."""
    known = skins()
    return known.get(name, known[DEFAULT]).styles


def has_few_colours(environ: Mapping[str, str]) -> bool:
    """Whether Textual will send this terminal sixteen colours at the most: as Rich decides it."""
    forced = environ.get("TEXTUAL_COLOR_SYSTEM", "auto").lower()
    if forced != "auto":
        return forced == "standard"
    if environ.get("COLORTERM", "").strip().lower() in {"truecolor", "24bit"}:
        return False
    return environ.get("TERM", "").strip().lower().rpartition("-")[2] not in {"256color", "kitty"}


def offered(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of the themes that this terminal can show, best first."""
    environ = os.environ if environ is None else environ
    known = skins()
    if "NO_COLOR" in environ:
        return (COLOURLESS,)
    if has_few_colours(environ):
        return (SIXTEEN, *(name for name, skin in known.items() if skin.theme.ansi and name != SIXTEEN))
    return tuple(known)


def choose(wanted: str | None, environ: Mapping[str, str] | None = None) -> str:
    """The theme to begin with.

    Raises:
        ThemeError: there is no theme of this name.
    """
    names = offered(environ)
    if wanted is None:
        return names[0]
    if wanted not in skins():
        raise ThemeError(f"no theme {wanted!r}; there are {', '.join(skins())}")
    return wanted if wanted in names else names[0]
