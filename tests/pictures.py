"""Makes `screenshots/` from the demo plant: `python -m tests.pictures`; PNG needs chromium."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.unit.plant_traffic import Plant
from tests.unit.traffic import pcap
from tui import __version__, limits
from tui.cli import engine, given
from tui.config import Settings
from tui.demo.plant import running
from tui.events import RunStarted
from tui.records import KnownDevice
from tui.terminal import prepare
from tui.vantages.pcap import PcapFile

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from tui.app import Port502

_DIRECTORY: Final = Path(__file__).parent.parent / "screenshots"
_SIZES: Final = ((80, 24), (120, 40))
_BROWSER: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--default-background-color=00000000",
)  # fmt: skip
_KNOWN: Final = tuple(
    KnownDevice(address=f"10.20.0.{number}", name=name, limit=limit, limit_source="configuration")
    for number, name, limit in ((11, "boiler", 12), (12, "chiller", 4), (13, "press", 8), (14, "filler", 4))
)
_UNITS_S: Final = 32.0  # 249 unit ids, a tenth of a second apart
_SETTLED_S: Final = 9.0  # the leaking client needs this long to leak


async def _pictures() -> None:
    from tui.app import Port502  # noqa: PLC0415 - Textual reads its environment when imported

    for width, height in _SIZES:
        with running() as plant:
            settings = Settings(networks=plant.networks, ports=(plant.port,), interval=10.0)
            run = given.run_started(settings, time.time(), plant.known)
            plan = await asyncio.to_thread(given.plan, settings)
            made = engine.live(settings, plan, plant.known, run, None)
            app = Port502(made, title="demo plant")
            async with app.run_test(size=(width, height)) as pilot:
                await pilot.pause(_SETTLED_S)
                _save(app.export_screenshot(title="port502"), f"demo-{width}x{height}")
                if (width, height) == _SIZES[-1]:
                    await pilot.press("3", "t")
                    await pilot.pause(limits.CLIMB_S)
                    await pilot.press("enter")
                    await pilot.pause(1.0)
                    _save(app.export_screenshot(title="port502"), f"ladder-{width}x{height}")
                    await _devices(app, pilot)


async def _devices(app: Port502, pilot: Pilot[None]) -> None:
    """What a device is, the units behind a gateway, and the values of a meter there."""
    await _find(pilot, "m241", "enter")
    await pilot.pause(1.0)
    _save(app.export_screenshot(title="port502"), "identity-120x40")
    await pilot.press("escape")
    await _find(pilot, "gw-yard", "u", "y")
    await pilot.pause(_UNITS_S)
    await pilot.press("enter")
    await pilot.pause(1.0)
    _save(app.export_screenshot(title="port502"), "units-120x40")
    await pilot.press("escape")
    await pilot.press("m")
    await pilot.pause(3.0)
    _save(app.export_screenshot(title="port502"), "values-120x40")


async def _find(pilot: Pilot[None], name: str, *keys: str) -> None:
    """Select the device called *name*, and press *keys*."""
    typed = ("minus" if letter == "-" else letter for letter in name)
    await pilot.press("escape", "1", "slash", *typed, "enter")
    await pilot.press(*keys)


async def _holders(file: PcapFile) -> None:
    """Who holds the slots, in a made-up capture: the pane, and the page of one session."""
    from tui.app import Port502  # noqa: PLC0415 - as above
    from tui.cli.capture_replay import played  # noqa: PLC0415

    run = RunStarted(at=file.begin or 0.0, version=__version__, host="", ports=(502,), known=_KNOWN)
    app = Port502(played(file, run, 0.0), title="REPLAY plant.pcap")
    async with app.run_test(size=_SIZES[-1]) as pilot:
        await pilot.pause(_SETTLED_S)
        await pilot.press("2", "j")
        await pilot.pause(1.0)
        _save(app.export_screenshot(title="port502"), "holders-120x40")
        await pilot.press("enter")
        await pilot.pause(1.0)
        _save(app.export_screenshot(title="port502"), "session-120x40")


def _save(svg: str, name: str) -> None:
    path = _DIRECTORY / f"{name}.svg"
    # The picture must not make whoever looks at it fetch a font from elsewhere.
    path.write_text(re.sub(r',\s*url\("http[^)]*\) format\([^)]*\)', "", svg), encoding="utf-8")
    browser = shutil.which("chromium")
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if browser and size:
        width, height = (int(float(side)) + 1 for side in size.groups())
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [
                    browser, *_BROWSER, f"--user-data-dir={profile}", f"--window-size={width},{height}",
                    f"--screenshot={path.with_suffix('.png')}", path.as_uri(),
                ],
                check=True,
                capture_output=True,
            )  # fmt: skip


def main() -> None:
    """Make every picture."""
    for name in ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM"):
        os.environ.pop(name, None)
    os.environ["COLORTERM"] = "truecolor"
    os.environ["TERM"] = "xterm-256color"
    prepare()
    asyncio.run(_pictures())
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "plant.pcap")
        path.write_bytes(pcap(Plant().packets()))
        with PcapFile(path, [502]) as file:
            asyncio.run(_holders(file))


if __name__ == "__main__":
    main()
