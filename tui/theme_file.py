"""One theme in one file: read, checked, and made into what the screen is drawn with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from rich.errors import StyleSyntaxError
from rich.style import Style
from textual.theme import Theme

from tui.clean import clean
from tui.panes.cells import GROUNDS, TONES

_KEYS: Final = ("about", "ansi", "dark", "ground", "screen", "text", "tone")
_GROUND_NAMES: Final = tuple(ground for ground in GROUNDS if ground)
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
"""What Textual takes as a part of the name of a style class, and a configuration as a theme's."""
_COLOUR: Final = re.compile(
    r"#[0-9a-fA-F]{6}|default|(bright_)?(black|red|green|yellow|blue|magenta|cyan|white)"
)
_BYTES: Final = 100_000
"""Of one file; ours have a thousand."""
_SHOWN: Final = 60
"""Characters of a name or value from a file that are repeated in a message."""
_EIGHT: Final = 8
"""Colours that every terminal with colours can show."""
_ANSI_VARIABLES: Final = {
    "ansi-background": "ansi_default",
    "ansi-foreground": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "input-cursor-text-style": "reverse",
}
"""What Textual's own widgets ask of a theme that uses the terminal's colours."""


class ThemeError(ValueError):
    """A theme that cannot be used; the message is one line."""


class Skin(NamedTuple):
    """One theme file."""

    name: str
    about: str
    theme: Theme
    styles: Mapping[str, Style]
    """What each tone and each ground looks like."""

    @property
    def for_eight(self) -> bool:
        """Whether it keeps to the terminal's own colours, and of these to the eight that are not bright."""
        return self.theme.ansi and all(
            number is None or number < _EIGHT for number in _numbers(self.styles.values())
        )


def read(path: Path) -> Skin:
    """The theme in a file.

    Raises:
        ThemeError: it cannot be read, or says something that no theme may say; names file and key.
    """
    shown = clean(path.name, _SHOWN)
    try:
        if not path.is_file():
            raise ThemeError(f"{shown}: not a file")
        with path.open("rb") as file:
            raw = file.read(_BYTES + 1)
        if len(raw) > _BYTES:
            raise ThemeError(f"{shown}: longer than {_BYTES} bytes")
        data = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise ThemeError(f"{shown}: {error.strerror or 'cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise ThemeError(f"{shown}: not UTF-8 text") from error
    except RecursionError as error:
        raise ThemeError(f"{shown}: no TOML: nested too deeply") from error
    except ValueError as error:
        if isinstance(error, ThemeError):
            raise
        raise ThemeError(f"{shown}: no TOML: {clean(str(error))}") from error
    if not _NAME.fullmatch(path.stem):
        raise ThemeError(f"{shown}: a theme's name is of letters, digits, - and _, at most 40")
    return _skin(path.stem, shown, data)


def _skin(name: str, shown: str, data: dict[str, Any]) -> Skin:
    if unknown := sorted(set(data) - set(_KEYS)):
        raise ThemeError(f"{shown}: unknown key {clean(unknown[0], _SHOWN)!r}; known are {', '.join(_KEYS)}")
    about, ansi, dark = data.get("about", ""), data.get("ansi", False), data.get("dark", True)
    if not isinstance(about, str):
        raise ThemeError(f"{shown}: 'about' is a text")
    if not isinstance(ansi, bool) or not isinstance(dark, bool):
        raise ThemeError(f"{shown}: 'ansi' and 'dark' are true or false")
    screen, text = (_colour(shown, key, data.get(key)) for key in ("screen", "text"))
    styles = {
        **_styles(shown, "tone", TONES, data.get("tone")),
        **_styles(shown, "ground", _GROUND_NAMES, data.get("ground")),
    }
    accent = styles["here"].color
    primary = accent.name if accent and not ansi else text
    theme = Theme(
        name=name, primary=primary, accent=primary, foreground=text, background=screen, surface=screen,
        panel=screen, dark=dark, ansi=ansi, variables=dict(_ANSI_VARIABLES) if ansi else {},
    )  # fmt: skip
    return Skin(name, clean(about), theme, styles)


def _colour(shown: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise ThemeError(
            f"{shown}: {key}: must be #rrggbb, default or one of the sixteen names, not {_repeat(value)}"
        )
    return value if value.startswith("#") else f"ansi_{value}"


def _styles(shown: str, part: str, wanted: tuple[str, ...], given: object) -> dict[str, Style]:
    if not isinstance(given, dict):
        raise ThemeError(f"{shown}: the table [{part}] is missing")
    if missing := [key for key in wanted if key not in given]:
        raise ThemeError(f"{shown}: [{part}] lacks {missing[0]!r}")
    if unknown := sorted(set(given) - set(wanted)):
        known = ", ".join(wanted)
        raise ThemeError(f"{shown}: [{part}] does not know {clean(unknown[0], _SHOWN)!r}; known are {known}")
    return {key: _style(f"{shown}: {part}.{key}", value) for key, value in given.items()}


def _style(place: str, value: object) -> Style:
    words = f'must be such as "bold #ff8800" or "none", not {_repeat(value)}'
    try:
        style = Style.parse(value if isinstance(value, str) else "?")
    except StyleSyntaxError as error:
        raise ThemeError(f"{place}: {words}") from error
    # Nothing here blinks, hides or leads elsewhere.
    if style.blink or style.blink2 or style.conceal or style.link:
        raise ThemeError(f"{place}: only bold, dim, italic, underline, strike, reverse and colours")
    return style


def _repeat(value: object) -> str:
    return (
        f"{clean(value, _SHOWN)!r}" if isinstance(value, str) else "that" if value is not None else "nothing"
    )


def _numbers(styles: Iterable[Style]) -> Iterator[int | None]:
    """The number of every colour in them; of those in #rrggbb one past all numbers, of the default none."""
    for style in styles:
        for colour in (style.color, style.bgcolor):
            if colour is not None:
                yield colour.number if colour.triplet is None else 256
