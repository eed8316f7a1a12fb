"""Which themes there are, those of the user in place of built-in ones, and which a terminal can show."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from rich.style import Style

from tui.clean import clean
from tui.theme_file import Skin, ThemeError, read

DEFAULT: Final = "night"
SIXTEEN: Final = "sixteen"
"""For terminals of sixteen colours."""
COLOURLESS: Final = "mono"
"""For NO_COLOR, and for terminals of none."""
_FILES: Final = 50
"""More themes than anybody writes by hand; the rest is told, not read."""
_SHOWN: Final = 60
"""Characters of a file's name that are repeated; as many as a configuration may have for a theme."""


class Catalogue(NamedTuple):
    """Every theme there is."""

    skins: Mapping[str, Skin]
    """By name, the default first; the user's in place of built-in ones."""
    own: frozenset[str]
    """Names of the user's."""
    broken: Mapping[str, str]
    """What is wrong with the user's other files, by name: one line that names file and key."""


def own_directory() -> Path:
    """Where the user's themes are looked for."""
    from platformdirs import user_config_path  # noqa: PLC0415 - start-up time

    return user_config_path("port502") / "themes"


@cache
def catalogue() -> Catalogue:
    """Every theme, read once.

    Raises:
        ThemeError: no theme, or a broken one, came with the program.
    """
    own, broken = _load(own_directory())
    known = {**built_in(), **own}
    ordered = {DEFAULT: known.pop(DEFAULT), **dict(sorted(known.items()))}
    return Catalogue(MappingProxyType(ordered), frozenset(own), MappingProxyType(broken))


@cache
def built_in() -> Mapping[str, Skin]:
    """The themes that come with the program, found beside the package or in a checkout.

    Raises:
        ThemeError: there are none, or one is broken.
    """
    here = Path(__file__).parent
    for folder in (here / "_themes", here.parent / "themes"):
        found = {path.stem: read(path) for path in sorted(folder.glob("*.toml"))}
        if DEFAULT in found:
            return MappingProxyType(found)
    raise ThemeError(f"no theme {DEFAULT!r} came with the program")


def _load(directory: Path) -> tuple[dict[str, Skin], dict[str, str]]:
    """The themes in a directory by name, and what is wrong with the other files."""
    found: dict[str, Skin] = {}
    broken: dict[str, str] = {}
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return {}, {}
    except OSError as error:
        return {}, {directory.name: f"{clean(str(directory))}: {error.strerror}; no theme of yours is used"}
    for path in paths[:_FILES]:
        try:
            skin = _own(path)
        except ThemeError as error:
            broken[clean(path.stem, _SHOWN)] = str(error)
        else:
            found[skin.name] = skin
    if len(paths) > _FILES:
        broken[directory.name] = f"{clean(str(directory))}: more than {_FILES} files; the rest is not read"
    return found, broken


def _own(path: Path) -> Skin:
    skin = read(path)
    # Whoever gets these by force of the terminal can be shown no more.
    if skin.name in {SIXTEEN, COLOURLESS} and not skin.for_eight:
        raise ThemeError(
            f"{path.name}: ansi: a theme of this name has ansi = true and none but the first eight colours"
        )
    return skin


def skins() -> Mapping[str, Skin]:
    """Every theme, the default first, then by name."""
    return catalogue().skins


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
        return (SIXTEEN, *(name for name, skin in known.items() if skin.for_eight and name != SIXTEEN))
    return tuple(known)


def limited(environ: Mapping[str, str] | None = None) -> str:
    """Why this terminal is not offered every theme, in one sentence; empty where it is."""
    environ = os.environ if environ is None else environ
    if "NO_COLOR" in environ:
        return "NO_COLOR is set, so there is no colour to choose."
    if has_few_colours(environ):
        return "This terminal has sixteen colours; themes that need more are left out."
    return ""


def choose(wanted: str | None, environ: Mapping[str, str] | None = None) -> str:
    """The theme to begin with; one of the user's that is broken is no reason not to begin.

    Raises:
        ThemeError: there is no theme of this name.
    """
    names = offered(environ)
    if wanted is None:
        return names[0]
    known = catalogue()
    if wanted not in known.skins and wanted not in known.broken:
        raise ThemeError(f"no theme {wanted!r}; there are {', '.join(known.skins)}")
    return wanted if wanted in names else names[0]


def fault(wanted: str | None) -> str:
    """Why the user's theme of this name is not in use, in one line; empty where nothing is wrong with it."""
    wrong = catalogue().broken.get(wanted) if wanted else None
    return f"your theme cannot be used: {wrong}" if wrong else ""
