"""`port502 watch`: the monitor."""

from __future__ import annotations

import argparse
import time

from tui import limits
from tui.cli import engine, given, headless, screen
from tui.cli.failure import Failure
from tui.config import Settings
from tui.feed import Question
from tui.probes.targets import Plan


def run(arguments: argparse.Namespace) -> int:
    """Watch the networks given, or the sessions alone where none is."""
    settings = given.settings(arguments)
    plan = given.plan(settings)
    known = given.known(settings)
    question = None if arguments.yes else _question(settings, plan)
    journal = given.journal_directory(settings)
    run_started = given.run_started(settings, time.time(), known)
    made = engine.live(settings, plan, known, run_started, journal)
    if arguments.headless:
        if question:
            raise Failure(f"{question.lines[0]} Add --yes to sweep that much.")
        return headless.run(made)
    return screen.monitor(
        made,
        title=", ".join(settings.networks[:3]),
        question=question,
        theme=settings.theme,
        keys=settings.keys,
        link=arguments.link,
        bell=settings.bell,
        window=settings.title,
        journal=journal,
    )


def _question(settings: Settings, plan: Plan) -> Question | None:
    """What to agree to before a large network is swept."""
    if plan.hosts <= limits.CONFIRM_HOSTS:
        return None
    rate = limits.PACE[settings.pace]
    return Question(
        "A large sweep",
        (
            f"{plan.hosts:,} hosts.",
            f"At least {len(plan):,} connections, at {rate:g} a second.",
            f"About {given.minutes(plan, settings.pace)} a sweep, again every {settings.interval:g} s.",
        ),
    )
