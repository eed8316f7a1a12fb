"""`port502 check`: the ladder once, for one device."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from typing import Final

from tui import limits
from tui.cli import check_print, given
from tui.cli.failure import BAD_USAGE, FAULT, FINE, WARNING, Failure
from tui.cli.given import journal_directory
from tui.cli.subject import split, subject_of
from tui.cli.tls import tls_of
from tui.clock import SystemClock
from tui.config import Settings
from tui.device_events import Identified
from tui.diagnosis.verdict import Verdict, judge
from tui.events import Climbed
from tui.journal.past import past
from tui.ladder.climb import climb, rung_of
from tui.ladder.seen import seen_here
from tui.ladder.site import Means, Past, Seen
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.records import Target

_CLEAR_LINE: Final = "\r\x1b[K"


def run(arguments: argparse.Namespace) -> int:
    """Climb, print the verdict; 0 fine, 1 works with a warning, 2 a fault, 3 not finished."""
    settings = given.settings(arguments)
    typed, port = split(arguments.target)
    subject = subject_of(typed, port, settings, arguments.unit)
    reports: list[Climbed] = []
    said: list[Identified] = []
    show = _progress(quiet=arguments.json)

    def told(report: Climbed) -> None:
        reports.append(report)
        show(report)

    interrupted = False
    try:
        asyncio.run(climb(subject, _means(settings, said.append), told))
    except KeyboardInterrupt:
        interrupted = True
    if not reports:
        raise Failure("ended before anything was asked")
    last = reports[-1]
    verdict = judge(last.facts, last.details)
    if interrupted and not verdict.standings[0].shown:
        verdict = verdict._replace(title="Stopped before the cause was clear.", explanation="", remedies=())
    identity = said[-1] if said else None
    verbose, whole = arguments.verbose, not interrupted
    if arguments.json:
        check_print.as_json(arguments.target, last, verdict, identity, verbose=verbose, whole=whole)
    else:
        check_print.as_text(last, verdict, identity, verbose=verbose, whole=whole)
    return BAD_USAGE if interrupted else exit_code(last, verdict)


def exit_code(report: Climbed, verdict: Verdict) -> int:
    """0 fine, 1 Modbus answers and something is wrong all the same (a certificate ends), 2 a fault."""
    answers = report.facts.get("reply") == "answer"
    if verdict.cause == "healthy":
        if report.facts.get("certificate", "good") != "good":
            return WARNING
        return FINE if answers or report.facts.get("reply") == "illegal" else WARNING
    return WARNING if answers else FAULT


def _means(settings: Settings, identified: Callable[[Identified], None]) -> Means:
    clock = SystemClock()
    own = OwnConnections(clock)
    directory = journal_directory(settings)

    async def sessions(target: Target) -> Seen:
        return await seen_here(target, own, clock.wall())

    async def history(target: Target) -> Past:
        if directory is None:
            return Past()
        found = await past(directory, target, clock.wall() - limits.HISTORY_S)
        return Past(None if found.reached_at is None else clock.wall() - found.reached_at, found.changes)

    near = frozenset(device.address for device in settings.known)
    pace = Pace(limits.PACE[settings.pace], clock)
    return Means(pace, clock, own, sessions, history, near, tls_of(settings), identified)


def _progress(*, quiet: bool) -> Callable[[Climbed], None]:
    """Tells on a terminal what is being asked, until the answer is printed."""
    if quiet or not sys.stderr.isatty():
        return lambda _report: None

    def show(report: Climbed) -> None:
        words = f"{report.seconds:4.1f} s  asking: {rung_of(report.asking)}" if report.asking else ""
        print(f"{_CLEAR_LINE}{words}", end="", file=sys.stderr, flush=True)

    return show
