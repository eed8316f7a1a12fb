"""`port502 check`: the ladder once, for one device."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import sys
from collections.abc import Callable
from typing import Final

from tui import limits
from tui.clean import clean
from tui.cli import check_print, given
from tui.cli.failure import BAD_USAGE, FAULT, FINE, WARNING, Failure
from tui.cli.given import journal_directory
from tui.clock import SystemClock
from tui.config import Settings
from tui.diagnosis.verdict import Verdict, judge
from tui.events import Climbed
from tui.journal.past import past
from tui.ladder.climb import climb, rung_of
from tui.ladder.seen import seen_here
from tui.ladder.site import Means, Past, Seen, Subject
from tui.probes.modbus import DEFAULT_UNIT
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.profiles.lookup import profiles
from tui.records import DEFAULT_PORT, KnownDevice, Target

_CLEAR_LINE: Final = "\r\x1b[K"


def run(arguments: argparse.Namespace) -> int:
    """Climb, print the verdict; 0 fine, 1 works with a warning, 2 a fault, 3 not finished."""
    settings = given.settings(arguments)
    typed, port = _split(arguments.target)
    subject = _subject(typed, port, settings, arguments.unit)
    reports: list[Climbed] = []
    show = _progress(quiet=arguments.json)

    def told(report: Climbed) -> None:
        reports.append(report)
        show(report)

    interrupted = False
    try:
        asyncio.run(climb(subject, _means(settings), told))
    except KeyboardInterrupt:
        interrupted = True
    if not reports:
        raise Failure("ended before anything was asked")
    last = reports[-1]
    verdict = judge(last.facts, last.details)
    if interrupted and not verdict.standings[0].shown:
        verdict = verdict._replace(title="Stopped before the cause was clear.", explanation="", remedies=())
    if arguments.json:
        check_print.as_json(arguments.target, last, verdict, verbose=arguments.verbose, whole=not interrupted)
    else:
        check_print.as_text(last, verdict, verbose=arguments.verbose, whole=not interrupted)
    return BAD_USAGE if interrupted else exit_code(last, verdict)


def exit_code(report: Climbed, verdict: Verdict) -> int:
    """0 fine, 1 Modbus answers and something is wrong all the same, 2 a fault."""
    answers = report.facts.get("reply") == "answer"
    if verdict.cause == "healthy":
        return FINE if answers or report.facts.get("reply") == "illegal" else WARNING
    return WARNING if answers else FAULT


def _split(text: str) -> tuple[str, int | None]:
    """Host and port of `HOST[:PORT]`; an IPv6 address with a port stands in brackets."""
    shown = clean(text, 60)
    host, colon, port = text.rpartition(":")
    if text.startswith("[") and "]" in text:
        host, _, rest = text[1:].partition("]")
        colon, port = rest[:1], rest[1:]
        if rest and colon != ":":
            raise Failure(f"{shown!r}: write [ADDRESS]:PORT")
    elif not colon or text.count(":") > 1:
        host, colon = text, ""
    if not host:
        raise Failure(f"{shown!r} names no host; write HOST or HOST:PORT")
    if not colon:
        return host, None
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):  # noqa: PLR2004 - TCP ports
        raise Failure(f"{shown!r}: {clean(port, 20)!r} is not a port; write 1 to 65535 after the colon")
    return host, int(port)


def _subject(typed: str, port: int | None, settings: Settings, unit_typed: int | None) -> Subject:
    """What is examined, with what the configuration says of a device of that name or address."""
    named = [device for device in settings.known if typed in {device.name, device.address}]
    device = next((known for known in named if port in {None, known.port}), None)
    if device is None:
        ports = settings.ports
        chosen = port or (ports[0] if ports else DEFAULT_PORT)
        return Subject(Target(_literal(typed), chosen), typed, _first(unit_typed, settings.unit))
    unit = _first(unit_typed, device.unit, settings.unit)
    return Subject(
        Target(device.address, device.port),
        "" if typed == device.name else typed,
        unit,
        _profile_units(device),
        (),
        device.limit,
        device.limit_source,
    )


def _first(*units: int | None) -> int:
    """The first unit id that was given; 1 if none was."""
    return next((unit for unit in units if unit is not None), DEFAULT_UNIT)


def _profile_units(device: KnownDevice) -> tuple[int, ...]:
    return profiles()[device.profile].units if device.profile in profiles() else ()


def _literal(typed: str) -> str:
    """The address typed, or the text itself, cleaned, where it is a name to be looked up."""
    try:
        return str(ipaddress.ip_address(typed))
    except ValueError:
        return clean(typed, 60)


def _means(settings: Settings) -> Means:
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
    return Means(Pace(limits.PACE[settings.pace], clock), clock, own, sessions, history, near)


def _progress(*, quiet: bool) -> Callable[[Climbed], None]:
    """Tells on a terminal what is being asked, until the answer is printed."""
    if quiet or not sys.stderr.isatty():
        return lambda _report: None

    def show(report: Climbed) -> None:
        words = f"{report.seconds:4.1f} s  asking: {rung_of(report.asking)}" if report.asking else ""
        print(f"{_CLEAR_LINE}{words}", end="", file=sys.stderr, flush=True)

    return show
