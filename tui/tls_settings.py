"""`[tls]` of the configuration: our certificate for servers that want one, and who may sign theirs."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tui import limits
from tui.clean import clean

_PATH: Final = 4096  # the longest path Linux takes


class TlsSettingsError(ValueError):
    """A `[tls]` that cannot be used; one line that says why."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(words)
        self.key = key
        """The key that is wrong."""


class TlsSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The `[tls]` of the file. Files are PEM, their names relative to the configuration file."""

    certificate: Annotated[str, Meta(max_length=_PATH)] = ""
    """Our certificate, and those between it and its authority."""
    key: Annotated[str, Meta(max_length=_PATH)] = ""
    """Its private key; may be in the same file."""
    authority: Annotated[str, Meta(max_length=_PATH)] = ""
    """Certificates of those who may have signed a device's."""
    ports: Annotated[
        tuple[Annotated[int, Meta(ge=1, le=65535)], ...], Meta(max_length=limits.SWEEP_PORTS)
    ] = (802,)  # Modbus/TCP Security
    """TCP ports where TLS is meant to be."""


def checked(settings: TlsSettings, folder: Path) -> TlsSettings:
    """*settings* with whole paths, once their files have been read; *folder* is the configuration's.

    Raises:
        TlsSettingsError: a file is missing or no PEM, or key and certificate do not belong together.
    """
    whole = TlsSettings(
        certificate=_whole(settings.certificate, folder),
        key=_whole(settings.key, folder),
        authority=_whole(settings.authority, folder),
        ports=settings.ports,
    )
    if whole.key and not whole.certificate:
        raise TlsSettingsError("key", 'a key needs its certificate: add certificate = "..."')
    for key in ("certificate", "key", "authority"):
        if path := getattr(whole, key):
            _readable(key, Path(path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if whole.certificate:
        _belong(context, whole)
    if whole.authority:
        try:
            context.load_verify_locations(whole.authority)
        except ssl.SSLError as error:
            words = f"{clean(whole.authority)} holds no certificate in PEM"
            raise TlsSettingsError("authority", words) from error
    return whole


def _whole(named: str, folder: Path) -> str:
    if not named:
        return ""
    try:
        return str(folder / Path(named).expanduser())
    except RuntimeError:  # no such user
        return str(folder / named)


def _readable(key: str, path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file name"
        raise TlsSettingsError(key, f"{clean(str(path))}: {reason}") from error


def _belong(context: ssl.SSLContext, settings: TlsSettings) -> None:
    shown, key = clean(settings.certificate), settings.key or settings.certificate
    at = "key" if settings.key else "certificate"
    try:
        context.load_cert_chain(settings.certificate, settings.key or None, _no_password)
    except _LockedError as error:
        raise TlsSettingsError(at, f"{clean(key)} is locked by a password; give a key without one") from error
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            raise TlsSettingsError(at, f"{clean(key)} is not the key of {shown}") from error
        if not _holds(settings.certificate, b"CERTIFICATE-----"):
            raise TlsSettingsError("certificate", f"{shown} holds no certificate in PEM") from error
        if not _holds(key, b"PRIVATE KEY-----"):
            raise TlsSettingsError(at, f"{clean(key)} holds no private key in PEM") from error
        why = clean((error.reason or "unusable").replace("_", " ").lower(), 60)
        raise TlsSettingsError("certificate", f"{shown} cannot be used: {why}") from error


def _holds(path: str, mark: bytes) -> bool:
    with Path(path).open("rb") as file:
        return mark in file.read(1 << 20)


class _LockedError(ValueError):
    """OpenSSL asked for a password."""


def _no_password() -> str:
    raise _LockedError
