"""What a command that examines one device was given: host and port, and what the configuration says of it."""

from __future__ import annotations

import ipaddress

from tui.clean import clean
from tui.cli.failure import Failure
from tui.config import Settings
from tui.ladder.site import Subject
from tui.probes.modbus import DEFAULT_UNIT
from tui.profiles.lookup import units_of
from tui.records import DEFAULT_PORT, Target


def split(text: str) -> tuple[str, int | None]:
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


def subject_of(typed: str, port: int | None, settings: Settings, unit_typed: int | None) -> Subject:
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
        units_of(device.profile),
        (),
        device.limit,
        device.limit_source,
        device.profile,
    )


def _first(*units: int | None) -> int:
    """The first unit id that was given; 1 if none was."""
    return next((unit for unit in units if unit is not None), DEFAULT_UNIT)


def _literal(typed: str) -> str:
    """The address typed, or the text itself, cleaned, where it is a name to be looked up."""
    try:
        return str(ipaddress.ip_address(typed))
    except ValueError:
        return clean(typed, 60)
