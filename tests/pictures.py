"""Makes `screenshots/` and the snapshots that tests compare with: `python -m tests.pictures`.

A PNG is made where there is chromium, and only of what has changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.terminal import prepare

if TYPE_CHECKING:
    from tests.recordings.stage import Setting

SCREENSHOTS: Final = Path(__file__).parent.parent / "screenshots"
_BROWSER: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--default-background-color=00000000",
)  # fmt: skip
_HEAD: Final = 33
"""Bytes of a PNG before its second chunk: signature and IHDR."""


async def made() -> AsyncIterator[tuple[str, str]]:
    """Every picture of `screenshots/`: its name without suffix, and the SVG."""
    from tests.recordings.shots import SHOTS, Shot, taken  # noqa: PLC0415 - Textual reads its environment when imported
    from tests.recordings.stage import Setting, fixed  # noqa: PLC0415

    wanted: dict[Setting, list[Shot]] = {}
    for shot in SHOTS:
        for size in shot.sizes:
            wanted.setdefault(Setting(*size, theme=shot.theme, title=shot.title), []).append(shot)
    with fixed("true"):
        for setting, shots in wanted.items():
            async for shot, svg in taken(setting, shots):
                themed = f"-{shot.theme}" if shot.theme else ""
                yield f"{shot.name}{themed}-{setting.width}x{setting.height}", svg


def told_of(svg: Path) -> bytes:
    """What a PNG made of this SVG has in it, to tell whether it is that of another."""
    told = b"svg-sha256\0" + hashlib.sha256(svg.read_bytes()).hexdigest().encode()
    chunk = b"tEXt" + told
    return struct.pack(">I", len(told)) + chunk + struct.pack(">I", zlib.crc32(chunk))


def _draw(browser: str, svg: Path) -> None:
    """The PNG of an SVG."""
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    if size is None:
        raise ValueError(f"{svg.name}: an SVG without a size")
    width, height = (int(float(side)) + 1 for side in size.groups())
    png = svg.with_suffix(".png")
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                browser, *_BROWSER, f"--user-data-dir={profile}", f"--window-size={width},{height}",
                f"--screenshot={png}", svg.as_uri(),
            ],
            check=True,
            capture_output=True,
        )  # fmt: skip
    drawn = png.read_bytes()
    png.write_bytes(drawn[:_HEAD] + told_of(svg) + drawn[_HEAD:])


async def _write() -> set[Path]:
    """Write every SVG; their paths."""
    SCREENSHOTS.mkdir(exist_ok=True)
    written = set()
    async for name, svg in made():
        path = SCREENSHOTS / f"{name}.svg"
        path.write_text(svg, encoding="utf-8")
        written.add(path)
    return written


def main() -> None:
    """Make every picture and remove those that are made no more."""
    prepare()
    from tests.screen.snapshots import write  # noqa: PLC0415 - Textual reads its environment when imported

    svgs = asyncio.run(_write())
    for old in SCREENSHOTS.iterdir():
        if old.suffix in {".svg", ".png"} and old.with_suffix(".svg") not in svgs:
            old.unlink()
    browser = shutil.which("chromium")
    stale = [svg for svg in sorted(svgs) if not is_drawn(svg)]
    for svg in stale:
        if browser:
            _draw(browser, svg)
    drawn = f"{len(stale)} PNG drawn" if browser else f"{len(stale)} PNG to be drawn where there is chromium"
    sys.stdout.write(f"{len(svgs)} pictures, {drawn}; {asyncio.run(write())} snapshots\n")


def is_drawn(svg: Path) -> bool:
    """Whether there is a PNG of this very SVG."""
    png = svg.with_suffix(".png")
    return png.exists() and told_of(svg) in png.read_bytes()[: _HEAD * 8]


if __name__ == "__main__":
    main()
