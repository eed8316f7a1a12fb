"""`port502 doctor`: what this host and user can see, what is missing, and how to get it."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from tui.clean import clean
from tui.cli import given
from tui.cli.failure import FINE, WARNING
from tui.config import Settings
from tui.probes import icmp
from tui.probes.echo import echo
from tui.probes.route import RouteError, route
from tui.profiles.lookup import catalogue, profiles
from tui.profiles.own import own_directory
from tui.records import DEFAULT_PORT
from tui.terminal import refusal
from tui.vantages import NothingThereError, Vantage, VantageError
from tui.vantages.choice import everywhere
from tui.wire.capture import Capture, CaptureError
from tui.wire.filters import about, ports

_FAULTS: Final = 3
"""Mistakes in own profiles or themes that are listed."""


class Check(NamedTuple):
    """One thing port502 can use here or not."""

    name: str
    works: bool
    sees: str
    missing: str = ""
    """Why it does not work."""
    mend: str = ""
    """How to get it."""


def run(arguments: argparse.Namespace) -> int:
    """Print the checks; 1 where something is missing."""
    checks = list(checks_of_this_host())
    if arguments.json:
        print(json.dumps({"checks": [check._asdict() for check in checks]}))
    else:
        for check in checks:
            print(f"{'ok     ' if check.works else 'MISSING'} {check.name:<18} {check.sees}")
            if not check.works:
                print(f"{'':8}{'':18} {check.missing}{f'; {check.mend}' if check.mend else ''}")
    return FINE if all(check.works for check in checks) else WARNING


def checks_of_this_host() -> Iterator[Check]:
    """Everything that can be looked at without sending a packet off this host."""
    yield Check(
        "system", True, f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )
    for alternatives in everywhere(frozenset({DEFAULT_PORT})):
        yield from map(_vantage, alternatives)
    yield _mirror()
    yield _devices_own()
    yield _owners()
    yield _icmp()
    yield _capture()
    yield _echo()
    yield _routes()
    yield _neighbours()
    yield _journal()
    yield _profiles()
    yield _themes()
    yield _terminal()


def _vantage(vantage: Vantage) -> Check:
    name = f"sessions: {vantage.name}"
    try:
        detail = vantage.read(time.time()).detail
    except NothingThereError as nothing:
        return Check(name, True, f"{vantage.sees}; {nothing}")
    except VantageError as error:
        return Check(name, False, vantage.sees, str(error))
    return Check(name, True, f"{vantage.sees}; not seen: {detail}" if detail else vantage.sees)


def _mirror() -> Check:
    sees = "TCP sessions between other hosts: watch --mirror IFACE, on a switch's mirror port or a bridge"
    try:
        Capture.start(ports([DEFAULT_PORT]), interface="lo").close()
    except CaptureError as error:
        return Check("sessions: mirror", False, sees, str(error))
    return Check("sessions: mirror", True, sees)


def _devices_own() -> Check:
    counting = [profile.id for profile in profiles().values() if profile.counts is not None]
    sees = f"a device's own count of its connections, where its profile has it ({', '.join(counting)})"
    return Check("sessions: device", True, sees)


def _owners() -> Check:
    sees = "which program of which user holds a session"
    if not sys.platform.startswith("linux") or os.geteuid() == 0:
        return Check("process names", True, sees)
    return Check(
        "process names",
        False,
        sees,
        "only your own programs are visible",
        "run as root, or grant cap_sys_ptrace and cap_dac_read_search",
    )


def _icmp() -> Check:
    sees = "who sent the ICMP error that ended a connect"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        works = icmp.listen(sock)
    return Check("ICMP senders", works, sees, "" if works else "needs Linux 5.8 or later")


def _capture() -> Check:
    sees = "who answered and from how far, whether our packets leave, duplicate addresses, VLAN tags, LLDP"
    try:
        Capture.start(about(["127.0.0.1"])).close()
    except CaptureError as error:
        return Check("capture", False, sees, str(error))
    return Check("capture", True, sees)


def _echo() -> Check:
    sees = "whether a host is alive on ping, and how far away"
    missing = asyncio.run(echo("127.0.0.1", wait_s=0.5, tries=1)).missing
    return Check("ping", not missing, sees, missing)


def _routes() -> Check:
    sees = "the way to a device, and which interface it takes"
    try:
        asyncio.run(route("127.0.0.1"))
    except RouteError as error:
        return Check("routes", False, sees, str(error))
    return Check("routes", True, sees)


def _neighbours() -> Check:
    works = Path("/proc/net/arp").exists()
    missing = "" if works else "no /proc/net/arp on this system"
    return Check("ARP table", works, "whether an on-link address answers ARP", missing)


def _journal() -> Check:
    directory = given.journal_directory(Settings())
    sees = f"recordings in {directory}"
    if directory is None:
        return Check("journal", True, "off")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        return Check("journal", False, sees, error.strerror or str(error), "use --journal DIR")
    return Check("journal", True, sees)


def _profiles() -> Check:
    known = catalogue()
    sees = f"{len(known.profiles)} products, {len(known.own)} of them your own in {own_directory()}"
    faults = _listed(map(str, known.faults))
    return Check("device profiles", not known.faults, clean(sees), faults, "mend these; the rest is in use")


def _listed(faults: Iterable[str]) -> str:
    """The first of them, and how many more there are."""
    every = list(faults)
    more = f"; and {len(every) - _FAULTS} more" if len(every) > _FAULTS else ""
    return "; ".join(every[:_FAULTS]) + more


def _themes() -> Check:
    from tui.themes import catalogue, own_directory  # noqa: PLC0415 - only this check needs Textual

    known = catalogue()
    sees = f"{len(known.skins)} themes, {len(known.own)} of them your own in {own_directory()}"
    return Check(
        "themes", not known.broken, clean(sees), _listed(known.broken.values()),
        "mend these; the rest is in use",
    )  # fmt: skip


def _terminal() -> Check:
    sees = f"TERM={os.environ.get('TERM', 'unset')}, encoding {sys.stdout.encoding}"
    reason = refusal()
    # A script has no terminal and lacks nothing: only watch, demo and replay need one.
    return Check("terminal", True, f"{sees}; no screen from here: {reason}" if reason else sees)
