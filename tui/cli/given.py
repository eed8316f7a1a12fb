"""From what was typed and configured to settings, targets and known devices."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import socket
from pathlib import Path
from typing import Final

from tui import __version__, limits
from tui.clean import clean
from tui.cli.failure import Failure
from tui.config import ConfigError, Settings, load, override
from tui.events import RunStarted
from tui.probes.targets import Addresses, Plan, TargetError, addresses
from tui.records import KnownDevice, Target

_UNIT_MOST: Final = 255


def settings(arguments: argparse.Namespace) -> Settings:
    """The settings in force for a command: typed value, else file, else default.

    Raises:
        Failure: the file or a typed value is unusable.
    """
    typed = vars(arguments)
    unit, interval = typed.get("unit"), typed.get("interval")
    if unit is not None and not 0 <= unit <= 255:  # noqa: PLR2004 - one byte
        raise Failure(f"--unit {unit}: a unit id is 0 to 255")
    if interval is not None and interval < 1:
        raise Failure(f"--interval {interval:g}: at least 1 second")
    try:
        file = _file(typed.get("config"))
        found = load(file) if file else Settings()
        return override(
            found,
            networks=tuple(typed.get("networks") or ()),
            ports=_ports(typed.get("port")),
            include=tuple(typed.get("include") or ()) or None,
            exclude=tuple(typed.get("exclude") or ()) or None,
            pace=typed.get("pace"),
            interval=interval,
            unit=unit,
            theme=typed.get("theme"),
            bell=typed.get("bell") or None,
            mirror=tuple(clean(name, 60) for name in typed.get("mirror") or ()),
            journal_directory=typed.get("journal"),
            journal=False if typed.get("no_journal") else None,
        )
    except ConfigError as error:
        raise Failure(str(error)) from error


def config_path() -> Path:
    """Where the configuration file is looked for when none is named."""
    from platformdirs import user_config_path  # noqa: PLC0415 - start-up time

    return user_config_path("port502") / "config.toml"


def journal_directory(settings: Settings) -> Path | None:
    """Where to record, or None where nothing is to be recorded."""
    from platformdirs import user_state_path  # noqa: PLC0415 - start-up time

    if not settings.journal:
        return None
    if settings.journal_directory:
        return Path(settings.journal_directory)
    return user_state_path("port502") / "journal"


def _file(named: str | None) -> Path | None:
    if named:
        return Path(named)
    usual = config_path()
    return usual if usual.exists() else None


def _ports(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    ports = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not all(part.isascii() and part.isdigit() and 1 <= int(part) <= 65535 for part in ports):  # noqa: PLR2004
        raise Failure(f"--port {clean(text, 60)!r}: write ports from 1 to 65535, separated by commas")
    if len(ports) > limits.SWEEP_PORTS:
        raise Failure(f"--port: {len(ports)} ports, at most {limits.SWEEP_PORTS} in one run")
    return tuple(int(part) for part in ports)


def plan(settings: Settings) -> Plan:
    """The targets of a sweep.

    Raises:
        Failure: a network or name is wrong, or there are too many addresses for one sweep.
    """
    try:
        made = asyncio.run(_plan(settings))
    except TargetError as error:
        raise Failure(str(error)) from error
    if len(made.addresses) > limits.SWEEP_HOSTS:
        most = f"{limits.SWEEP_HOSTS:,} (a /16)"
        raise Failure(f"{len(made.addresses):,} addresses in one sweep, at most {most}; name less")
    return made


async def _plan(settings: Settings) -> Plan:
    wanted: Addresses = await addresses([*settings.networks, *settings.include])
    left_out = await addresses(settings.exclude)
    own = [
        target
        for device in settings.device
        if (target := Target(str(ipaddress.ip_address(device.address)), device.port)).address not in left_out
    ]
    return Plan(wanted.without(left_out), settings.ports, own)


async def _named(settings: Settings) -> list[tuple[str, str]]:
    """Single hosts that were typed: (address, what was typed if it was a name)."""
    named = []
    for text in (*settings.networks, *settings.include):
        if "/" in text:
            continue
        found = await addresses([text])
        if len(found) == 1:
            (address,) = found
            named.append((address, "" if address == text.strip("[]") else clean(text, 40)))
    return named


def known(settings: Settings) -> tuple[KnownDevice, ...]:
    """Devices whose silence is news: configured ones, and single hosts that were typed."""
    found = {(device.address, device.port): device for device in settings.known}
    for address, name in asyncio.run(_named(settings)):
        for port in settings.ports:
            found.setdefault((address, port), KnownDevice(address=address, port=port, name=name))
    return tuple(found.values())


def run_started(settings: Settings, at: float, devices: tuple[KnownDevice, ...]) -> RunStarted:
    """The first event of a run."""
    ports = dict.fromkeys([*settings.ports, *(device.port for device in devices)])
    return RunStarted(
        at=at,
        version=__version__,
        host=clean(socket.gethostname(), 60),
        networks=tuple(clean(network, 60) for network in (*settings.networks, *settings.include)),
        ports=tuple(ports),
        known=devices,
    )


def minutes(plan: Plan, pace: str) -> str:
    """How long a sweep takes at least, in words."""
    seconds = plan.seconds(limits.PACE[pace])
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"  # noqa: PLR2004 - two minutes


def unit_range(text: str, option: str = "--units") -> range:
    """The unit ids of `1-247`, or of a single number."""
    low, dash, high = text.partition("-")
    parts = (low, high) if dash else (low, low)
    if not all(part.isascii() and part.isdigit() and len(part) <= len("255") for part in parts):
        raise Failure(f"{option} {clean(text, 20)!r}: write it as 1-247, or as one unit id")
    first, last = map(int, parts)
    if not first <= last <= _UNIT_MOST:
        raise Failure(f"{option} {clean(text, 20)!r}: unit ids are 0 to {_UNIT_MOST}, the lower one first")
    return range(first, last + 1)
