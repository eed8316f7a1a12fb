"""What a certificate says, and whether it holds: for whom, by whom, how long."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from tui import limits
from tui.clean import clean

if TYPE_CHECKING:
    from cryptography import x509

Validity: TypeAlias = Literal["good", "ending", "expired", "early"]

_ROLE: Final = "1.3.6.1.4.1.50316.802.1"
"""Extension that names a Modbus role (MB-TCP-Security V2.1, section 8.4)."""
_UTF8_STRING: Final = 0x0C
_SHORT_LENGTH: Final = 0x80
_DAY_S: Final = 86_400.0
_NAME: Final = 80
_NAMES: Final = 16
_NAMES_TOLD: Final = 3


class CertificateError(ValueError):
    """Bytes that are no certificate, or one that breaks the rules; the words are clean."""


class Certificate(NamedTuple):
    """One certificate. All text is clean; times are seconds since 1970."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    """Host names and addresses it is made out for, the first few."""
    serial: str
    """Hexadecimal."""
    not_before: float
    not_after: float
    role: str
    """Modbus role, where it names one."""
    self_signed: bool
    trusted: bool | None
    """Whether the given authority signed it, by the chain that came with it; None where none was given."""

    def validity(self, now: float) -> Validity:
        """Whether it holds at *now*, and for longer than `limits.CERTIFICATE_SOON_S`."""
        if now < self.not_before:
            return "early"
        if now > self.not_after:
            return "expired"
        return "ending" if self.not_after - now < limits.CERTIFICATE_SOON_S else "good"

    def expiry(self, now: float) -> str:
        """When it ends, in words that complete "the certificate ..."."""
        validity = self.validity(now)
        if validity == "early":
            return f"is not valid before {_date(self.not_before)}"
        if validity == "expired":
            return f"expired {_days(now - self.not_after)} ago, on {_date(self.not_after)}"
        return f"expires in {_days(self.not_after - now)}, on {_date(self.not_after)}"

    def covers(self, *hosts: str) -> bool:
        """Whether it is made out for one of *hosts*, names or addresses."""
        return any(_same(name, host) for name in self.names for host in hosts if host)

    def told(self, now: float) -> str:
        """What it says, in one line."""
        by = "signed by itself" if self.self_signed else f"issued by {self.issuer}"
        parts = [f"of {self.subject}, {by}, {self.expiry(now)}"]
        if self.trusted is not None:
            parts.append("signed by your authority" if self.trusted else "not signed by your authority")
        if self.role:
            parts.append(f"Modbus role {self.role}")
        return "; ".join(parts)

    def others(self) -> str:
        """Whom it is made out for, in a few words."""
        told = ", ".join(self.names[:_NAMES_TOLD]) or "no name or address"
        more = len(self.names) - _NAMES_TOLD
        return f"{told} and {more} more" if more > 0 else told


def read(chain: Sequence[bytes], authority: str = "") -> Certificate:
    """The first certificate of *chain*, each in DER; *authority* is a file of those who may have signed it.

    Raises:
        CertificateError: it cannot be read.
    """
    # The library takes a fifth of a second to load.
    from cryptography import x509  # noqa: PLC0415

    with warnings.catch_warnings():
        # The library warns of odd certificates on stderr, which belongs to the screen.
        warnings.simplefilter("ignore")
        try:
            found = x509.load_der_x509_certificate(chain[0])
            extensions = found.extensions
            return Certificate(
                subject=_name(found.subject),
                issuer=_name(found.issuer),
                names=_names(extensions),
                serial=clean(f"{found.serial_number:x}", _NAME),
                not_before=found.not_valid_before_utc.timestamp(),
                not_after=found.not_valid_after_utc.timestamp(),
                role=_role(extensions),
                self_signed=_signed_by(found, found),
                trusted=_trusted(found, chain[1 : limits.CHAIN], Path(authority)) if authority else None,
            )
        except (ValueError, TypeError, IndexError, OverflowError, x509.DuplicateExtension) as error:
            raise CertificateError(clean(f"no certificate that can be read: {error}", 160)) from error


def _name(name: x509.Name) -> str:
    """The common name, else the whole name as it is written in certificates."""
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return clean(common[0].value if common else name.rfc4514_string(), _NAME) or "nobody"


def _names(extensions: x509.Extensions) -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415

    try:
        found = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    named = [*found.get_values_for_type(x509.DNSName), *found.get_values_for_type(x509.IPAddress)]
    return tuple(clean(str(name), _NAME) for name in named[:_NAMES])


def _role(extensions: x509.Extensions) -> str:
    from cryptography import x509  # noqa: PLC0415

    try:
        extension = extensions.get_extension_for_oid(x509.ObjectIdentifier(_ROLE)).value
    except x509.ExtensionNotFound:
        return ""
    value = extension.value if isinstance(extension, x509.UnrecognizedExtension) else b""
    if value[:1] == bytes([_UTF8_STRING]) and len(value) > 1 and value[1] < _SHORT_LENGTH:
        value = value[2 : 2 + value[1]]
    return clean(value, _NAME)


def _signed_by(one: x509.Certificate, other: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm  # noqa: PLC0415

    try:
        one.verify_directly_issued_by(other)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _trusted(leaf: x509.Certificate, between: Sequence[bytes], authority: Path) -> bool | None:
    """Whether *leaf* leads to a certificate of the file; None where that cannot be read now."""
    from cryptography import x509  # noqa: PLC0415

    try:
        roots = x509.load_pem_x509_certificates(authority.read_bytes())
    except (OSError, ValueError):
        return None
    links = [x509.load_der_x509_certificate(der) for der in between]
    at = leaf
    for _ in range(limits.CHAIN):
        if at in roots or any(_signed_by(at, root) for root in roots):
            return True
        above = next((link for link in links if link != at and _signed_by(at, link)), None)
        if above is None:
            return False
        at = above
    return False


def _same(name: str, host: str) -> bool:
    """Whether *host* is meant by *name*: the same address, the same name, or one label under a `*`."""
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name == host


def _date(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")


def _days(seconds: float) -> str:
    days = int(seconds / _DAY_S)
    if days:
        return f"{days} day{'s' if days > 1 else ''}"
    hours = int(seconds / 3600)
    return f"{hours} hour{'s' if hours != 1 else ''}" if hours else "less than an hour"
