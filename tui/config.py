"""Settings: what was typed beats the configuration file, which beats the defaults."""

from __future__ import annotations

import difflib
import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import Meta

from tui import limits
from tui.clean import clean
from tui.hours import HoursError, parse
from tui.profiles.lookup import ProfileError, profile
from tui.records import DEFAULT_PORT, KnownDevice
from tui.tls_settings import TlsSettings, TlsSettingsError, checked

PortNumber: TypeAlias = Annotated[int, Meta(ge=1, le=65535)]
Unit: TypeAlias = Annotated[int, Meta(ge=0, le=255)]
Short: TypeAlias = Annotated[str, Meta(max_length=60)]
PaceName: TypeAlias = Literal["gentle", "normal", "fast"]


_Part = TypeVar("_Part", bound=msgspec.Struct)


class ConfigError(ValueError):
    """A configuration that cannot be used; one line that says what, where and how to mend it."""


class DeviceSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[device]]` of the file."""

    address: Short
    """Its address."""
    name: Short = ""
    """What people call it."""
    port: PortNumber = DEFAULT_PORT
    """Its TCP port."""
    profile: Short = ""
    """Id of its product, for its connection limit."""
    limit: Annotated[int, Meta(ge=1, le=1024)] | None = None
    """Connections it takes at once; beats the profile's."""
    unit: Unit | None = None
    """Unit id to ask it with; beats the general one."""
    asleep: Short = ""
    """Hours in which it sleeps and its silence is no alarm: "22:00-06:00", several with commas."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set, with its default."""

    networks: tuple[Short, ...] = ()
    """Networks, ranges and hosts to sweep."""
    ports: Annotated[tuple[PortNumber, ...], Meta(min_length=1, max_length=limits.SWEEP_PORTS)] = (
        DEFAULT_PORT,
    )
    """TCP ports to ask and to watch."""
    include: tuple[Short, ...] = ()
    """More hosts to sweep."""
    exclude: tuple[Short, ...] = ()
    """Hosts never to ask."""
    pace: PaceName = "normal"
    """New connections a second: gentle 2, normal 50, fast 1000."""
    interval: Annotated[float, Meta(ge=1.0)] = limits.SWEEP_INTERVAL_S
    """Seconds between sweeps."""
    unit: Unit = 1
    """Unit id to ask with."""
    theme: Short = ""
    """Theme of the screen."""
    bell: bool = False
    """Whether the terminal's bell rings for each new finding."""
    title: bool = True
    """Whether the title of the terminal's window tells how things stand."""
    journal: bool = True
    """Whether to record."""
    journal_directory: str = ""
    """Where to record; empty is the system's place for it."""
    mirror: Annotated[tuple[Short, ...], Meta(max_length=limits.MIRRORS)] = ()
    """Interfaces that carry other hosts' traffic: a switch's mirror port, a bridge."""
    mirror_sees_all: bool = False
    """Whether all traffic of the devices passes there, so that a count from it is all there is."""
    tls: TlsSettings = TlsSettings()
    """How TLS is spoken."""
    keys: dict[str, tuple[str, ...]] = {}
    """Keys of the user's own, by action, in Textual's names."""
    device: tuple[DeviceSettings, ...] = ()
    """Devices that are known."""

    @property
    def known(self) -> tuple[KnownDevice, ...]:
        """The known devices, with the limit of their profile where they have no own."""
        return tuple(_known(device) for device in self.device)


def load(path: Path) -> Settings:
    """The settings in the file at *path*.

    Raises:
        ConfigError: it cannot be read, is not TOML, or holds something unusable; names file and line.
    """
    shown = clean(str(path))
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(f"{shown}: {reason}") from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        words = str(error).replace("at end of document", f"at line {len(text.splitlines())}, the end")
        raise ConfigError(f"{shown}: {words}") from error
    devices = table.pop("device", [])
    if not isinstance(devices, list):
        place = _Place(text, shown, "device")
        raise ConfigError(f"{place.of()}: write [[device]], with two brackets, for each device")
    secure = _secure(table.pop("tls", {}), _Place(text, shown, "tls"), path.absolute().parent)
    keys = _keys(table.pop("keys", {}), _Place(text, shown, "keys"))
    settings = _convert(table, Settings, _Place(text, shown))
    found = []
    for number, entry in enumerate(devices, 1):
        place = _Place(text, shown, "device", number)
        device = _convert(entry, DeviceSettings, place)
        _check(device, place)
        found.append(device)
    return msgspec.structs.replace(settings, device=tuple(found), tls=secure, keys=keys)


def override(settings: Settings, **typed: object) -> Settings:
    """*settings* with every typed value that is not None or empty in place of the file's."""
    given = {key: value for key, value in typed.items() if value not in (None, (), "")}
    return msgspec.structs.replace(settings, **given)


def _known(device: DeviceSettings) -> KnownDevice:
    product = profile(device.profile) if device.profile else None
    limit, source = device.limit, "configuration"
    if limit is None and product is not None:
        limit, source = product.limit, f"profile {product.id} ({product.confidence})"
    unit = device.unit
    if unit is None and product is not None and product.units:
        unit = product.units[0]
    return KnownDevice(
        address=device.address,
        port=device.port,
        name=clean(device.name),
        profile=clean(device.profile),
        product=clean(product.product) if product else "",
        limit=limit,
        limit_source=clean(source) if limit is not None else "",
        unit=unit,
        asleep=clean(device.asleep),
    )


def _check(device: DeviceSettings, place: _Place) -> None:
    try:
        ipaddress.ip_address(device.address)
    except ValueError as error:
        words = f"{place.of('address')}: {clean(device.address, 60)!r} is not an IP address"
        raise ConfigError(words) from error
    try:
        parse(device.asleep)
    except HoursError as error:
        raise ConfigError(f"{place.of('asleep')}: asleep: {error}") from error
    if device.profile:
        try:
            profile(device.profile)
        except ProfileError as error:
            raise ConfigError(f"{place.of('profile')}: {error}") from error


def _secure(table: object, place: _Place, folder: Path) -> TlsSettings:
    """The `[tls]` of the file, its own files looked at."""
    settings = _convert(table, TlsSettings, place)
    try:
        return checked(settings, folder)
    except TlsSettingsError as error:
        raise ConfigError(f"{place.of(error.key)}: {error.key}: {error}") from error


def _keys(table: object, place: _Place) -> dict[str, tuple[str, ...]]:
    """The `[keys]` of the file."""
    if not isinstance(table, dict):
        raise ConfigError(f'{place.of()}: keys is not a table; write [keys] and below it stop = "x"')
    if not table:
        return {}
    from tui.keys import KeysError, checked  # noqa: PLC0415 - start-up time, and few have keys of their own

    try:
        return checked(table)
    except KeysError as error:
        raise ConfigError(f"{place.of(error.action)}: {error}") from error


class _Place(NamedTuple):
    """A part of the file, to say where in it something is wrong."""

    text: str
    file: str
    table: str = ""
    """Its table; empty for the keys before all tables."""
    number: int = 1
    """Which one of that name."""

    def of(self, key: str = "") -> str:
        """File and line of *key*; of the table itself where no line has that key, or none is asked for."""
        header = re.compile(rf"\s*\[\[?\s*{re.escape(self.table)}\s*\]")
        wanted = re.compile(rf"\s*[\"']?{re.escape(key)}[\"']?\s*[=.]")
        inside, met, begun = not self.table, 0, 1
        for number, line in enumerate(self.text.splitlines(), 1):
            if header.match(line):
                met += 1
            if line.lstrip().startswith("["):
                inside = bool(self.table) and bool(header.match(line)) and met == self.number
                begun = number if inside else begun
            elif self.table and re.match(rf"\s*{re.escape(self.table)}\s*[=.]", line):
                begun = number  # written in one line
            if inside and key and wanted.match(line):
                return f"{self.file} line {number}"
        return f"{self.file} line {begun}"


def _convert(table: object, kind: type[_Part], place: _Place) -> _Part:
    fields = [field.name for field in msgspec.structs.fields(kind)]
    if not isinstance(table, dict):
        header = "[[device]]" if place.table == "device" else f"[{place.table}]"
        raise ConfigError(f"{place.of()}: {place.table} is not a table; write {header} and its keys below")
    for key in table:
        if key not in fields:
            near = difflib.get_close_matches(key, fields, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(fields)}"
            raise ConfigError(f"{place.of(key)}: unknown key {clean(key, 60)!r}; {hint}")
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        found = re.search(r"`\$\.(\w+)", str(error))
        key = found[1] if found else ""
        words = clean(str(error).split(" - at")[0])
        missing = re.search(r"missing required field `(\w+)`", words)
        if missing:
            raise ConfigError(f"{place.of()}: [[device]] needs {missing[1]!r}") from error
        raise ConfigError(f"{place.of(key)}: {key}: {words}") from error
