"""`port502 replay`: a recording, or a capture file, in the same panes."""

from __future__ import annotations

import argparse
import asyncio
import math
from pathlib import Path
from typing import Final

from tui.clean import clean
from tui.cli import engine, given, headless, screen
from tui.cli.failure import Failure
from tui.journal.read import Reading, lines
from tui.wire.pcap import CaptureFile, CaptureFileError

_FIRST_LINES: Final = 1_000


def run(arguments: argparse.Namespace) -> int:
    """Play a recording or a capture file, whichever it is by what is in it."""
    path = Path(arguments.file)
    shown = clean(str(path))
    if not 0 <= arguments.speed < math.inf:
        raise Failure(f"--speed {arguments.speed:g}: 0 (as fast as can be) or more")
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise Failure(f"{shown}: the recording is empty")
    except OSError as error:
        raise Failure(f"{shown}: {error.strerror}") from error
    if _is_capture(path):
        from tui.cli import capture_replay  # noqa: PLC0415 - start-up time

        return capture_replay.run(path, arguments)
    if arguments.port or arguments.config:
        raise Failure(f"{shown}: --port and --config go with a capture file; this is none")
    if not asyncio.run(_has_events(path)):
        raise Failure(
            f"{shown}: not a port502 recording and no capture file: none of its first lines is an event"
        )
    made = engine.recorded(path, 0.0 if arguments.headless else arguments.speed)
    if arguments.headless:
        return headless.run(made, until_played=True)
    own = given.settings(argparse.Namespace())
    return screen.monitor(
        made,
        title=f"REPLAY {clean(path.name, 40)}",
        theme=arguments.theme or "",
        keys=own.keys,
        link=arguments.link,
        window=own.title,
        journal=path,
    )


def _is_capture(path: Path) -> bool:
    try:
        with CaptureFile(path):
            return True
    except CaptureFileError:
        return False


async def _has_events(path: Path) -> bool:
    """Whether any of the first lines can be read as an event."""
    reading = Reading()
    count = 0
    async for line in lines(path):
        count += 1
        if reading.event(line) is not None:
            return True
        if count >= _FIRST_LINES:
            break
    return False
