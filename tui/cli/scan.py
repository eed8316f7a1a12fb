"""`port502 scan`: one sweep, printed as a table or as JSON Lines."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tui import limits
from tui.cli import given
from tui.cli.failure import FAULT, FINE, WARNING, Failure
from tui.cli.scan_print import JsonLines, Table
from tui.clock import SystemClock
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.targets import Plan
from tui.probes.units import opener
from tui.records import Target
from tui.state.model import REACHED
from tui.workers.inquired import product_of
from tui.workers.inquiries import Inquiries
from tui.workers.sweep import Sweep


def run(arguments: argparse.Namespace) -> int:
    """Sweep once and print; 1 where an answer is not good, 2 where a named host is not reached."""
    settings = given.settings(arguments)
    plan = given.plan(settings)
    if not len(plan):
        raise Failure("no address to scan; name one, such as: port502 scan 10.0.0.0/24")
    _agree(plan, settings.pace, yes=arguments.yes)
    known = {Target(device.address, device.port): device for device in given.known(settings)}
    wanted = given.unit_range(arguments.units) if arguments.units else range(0)
    clock = SystemClock()
    pace, own = Pace(limits.PACE[settings.pace], clock), OwnConnections(clock)
    inquiries = Inquiries(
        clock,
        product=lambda target: product_of(None, known.get(target)),
        units=wanted,
        open_one=lambda target: opener(target, pace, own),
        silent_too=True,
    )
    sweep = Sweep(
        plan,
        pace,
        clock,
        interval=None,
        own=own,
        units={target: device.unit for target, device in known.items()},
        unit=settings.unit,
        further=inquiries if arguments.identify or wanted else None,
    )
    printer = JsonLines(known) if arguments.json else Table(everything=arguments.all, known=known.keys())
    try:
        asyncio.run(sweep.run(printer.print))
    except ExceptionGroup as group:
        error = group.exceptions[0]
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        # Output that cannot be written is the reader's end or a full disk, not a fault of the sweep.
        raise error from group
    finally:
        printer.end()
    if any(state not in REACHED for target, state in printer.states.items() if target in known):
        return FAULT
    return WARNING if printer.doubtful else FINE


def _agree(plan: Plan, pace: str, *, yes: bool) -> None:
    """Ask before a large network is swept."""
    if plan.hosts <= limits.CONFIRM_HOSTS or yes:
        return
    size = (
        f"{plan.hosts:,} hosts, at least {len(plan):,} connections, about {given.minutes(plan, pace)} "
        f"at {limits.PACE[pace]:g} a second"
    )
    if not sys.stdin.isatty():
        raise Failure(f"{size}: add --yes to sweep that much")
    print(f"{size}. Sweep it? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Failure("not swept")
