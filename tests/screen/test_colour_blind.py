"""The colour-blind theme, as it is seen with each of the three common kinds."""

from __future__ import annotations

from itertools import combinations
from typing import Final, TypeAlias

import pytest
from rich.color import Color, ColorSystem

from tui import themes
from tui.panes.cells import GROUNDS, Tone

Triple: TypeAlias = tuple[float, float, float]

_KINDS: Final[dict[str, tuple[Triple, Triple, Triple]]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
"""Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB."""
_SRGB_TO_XYZ: Final = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE: Final = (0.95047, 1.0, 1.08883)  # D65
_MEANINGS: Final[tuple[Tone, ...]] = ("bad", "warn", "note", "good", "plain")
_APART: Final = 15.0
"""CIE76; about 2 is just noticed side by side, and these stand lines apart."""


def _times(matrix: tuple[Triple, Triple, Triple], by: Triple) -> Triple:
    red, green, blue = (sum(a * b for a, b in zip(row, by, strict=True)) for row in matrix)
    return red, green, blue


def _linear(colour: Color) -> Triple:
    parts = (part / 255 for part in colour.get_truecolor())
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def _seen(colour: Color, kind: str) -> Triple:
    """Linear RGB as it appears to such an eye."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in _times(_KINDS[kind], _linear(colour)))
    return red, green, blue


def _lab(linear: Triple) -> Triple:
    x, y, z = (
        t ** (1 / 3) if (t := part / white) > 216 / 24389 else (24389 / 27 * t + 16) / 116
        for part, white in zip(_times(_SRGB_TO_XYZ, linear), _WHITE, strict=True)
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _apart(one: Color, other: Color, kind: str) -> float:
    pairs = zip(_lab(_seen(one, kind)), _lab(_seen(other, kind)), strict=True)
    return float(sum((a - b) ** 2 for a, b in pairs) ** 0.5)


def _contrast(one: Color, other: Color, kind: str) -> float:
    dark, light = sorted(_times(_SRGB_TO_XYZ, _seen(colour, kind))[1] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def _colour(theme: str, tone: Tone) -> Color:
    colour = themes.built_in()[theme].styles[tone].color
    assert colour is not None
    return colour


def test_the_yardstick_knows_a_bad_pair() -> None:
    """Red and green of one lightness are far apart for most eyes and alike without red or green cones."""
    red, green = Color.parse("#d03030"), Color.parse("#6a7d20")
    assert _apart(red, green, "none") > 60
    assert _apart(red, green, "deuteranopia") < _APART


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("system", [ColorSystem.TRUECOLOR, ColorSystem.EIGHT_BIT])
def test_meanings_are_told_apart(kind: str, system: ColorSystem) -> None:
    """Each two tones that mean different things differ visibly, also where a terminal has 256 colours."""
    for one, other in combinations(_MEANINGS, 2):
        first, second = (_colour("colour-blind", tone).downgrade(system) for tone in (one, other))
        apart = _apart(first, second, kind)
        assert apart >= _APART, f"{one} and {other}: {apart:.1f}"


@pytest.mark.parametrize("kind", _KINDS)
def test_every_meaning_is_legible(kind: str) -> None:
    """As each eye sees it, text keeps a contrast of 4.5 to 1 on every ground."""
    skin = themes.built_in()["colour-blind"]
    for ground in GROUNDS:
        under = skin.styles[ground].bgcolor if ground else Color.parse(skin.theme.background or "")
        assert under is not None
        for tone in (*_MEANINGS, "quiet"):
            contrast = _contrast(under, _colour("colour-blind", tone), kind)
            assert contrast >= 4.5, f"{tone} on {ground or 'screen'}: {contrast:.1f}"
