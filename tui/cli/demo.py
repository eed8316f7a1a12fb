"""`port502 demo`: the monitor on a small plant of real, misbehaving servers on loopback."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Final

from tui.cli import engine, given, headless, screen
from tui.cli.failure import Failure
from tui.config import Settings
from tui.demo.plant import DemoError, running

_INTERVAL_S: Final = 10.0


def run(arguments: argparse.Namespace) -> int:
    """Start the plant, watch it, end it; what is recorded goes into a temporary directory."""
    own = Settings() if arguments.headless else given.settings(argparse.Namespace())
    try:
        with running() as plant, tempfile.TemporaryDirectory(prefix="port502-demo-") as journal:
            settings = Settings(networks=plant.networks, ports=(plant.port,), interval=_INTERVAL_S)
            plan = given.plan(settings)
            run_started = given.run_started(settings, time.time(), plant.known)
            made = engine.live(settings, plan, plant.known, run_started, Path(journal))
            if arguments.headless:
                return headless.run(made)
            return screen.monitor(
                made,
                title="demo plant",
                theme=arguments.theme or "",
                keys=own.keys,
                link=arguments.link,
                bell=own.bell,
                window=own.title,
                journal=Path(journal),
            )
    except DemoError as error:
        raise Failure(str(error)) from error
