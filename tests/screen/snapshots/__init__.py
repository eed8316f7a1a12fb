"""What every screen looks like at three sizes, in true colour, in sixteen and in none: kept here, zipped."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path
from typing import Final

from tests.recordings.plain import libraries
from tests.recordings.shots import SHOTS, SIZES, taken
from tests.recordings.stage import COLOURS, Setting, fixed

DIRECTORY: Final = Path(__file__).parent
DRAWN_WITH: Final = DIRECTORY / "drawn-with.txt"
"""The libraries that drew these pictures, and those of `screenshots/`."""
SETTINGS: Final = tuple(Setting(*size, colours) for size, colours in product(SIZES, COLOURS))


def path_of(name: str, setting: Setting) -> Path:
    """Where a screen is kept."""
    return DIRECTORY / f"{name}-{setting.width}x{setting.height}-{setting.colours}.svgz"


def kept(path: Path) -> str:
    """A screen as it is kept; empty where it is not."""
    return gzip.decompress(path.read_bytes()).decode() if path.exists() else ""


async def seen(setting: Setting) -> AsyncIterator[tuple[Path, str]]:
    """Every screen as it is now, and where it is kept."""
    with fixed(setting.colours):
        async for shot, svg in taken(setting, [shot for shot in SHOTS if shot.everywhere]):
            yield path_of(shot.name, setting), svg


async def write() -> int:
    """Keep every screen as it is now, and nothing else; how many those are."""
    written = set()
    for setting in SETTINGS:
        async for path, svg in seen(setting):
            written.add(path)
            if kept(path) != svg:
                path.write_bytes(gzip.compress(svg.encode(), 9, mtime=0))
    for old in DIRECTORY.glob("*.svgz"):
        if old not in written:
            old.unlink()
    DRAWN_WITH.write_text(libraries(), encoding="utf-8")
    return len(written)
