"""From what was typed to what is dialled: addresses, short forms of them, and names."""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import threading
from contextlib import suppress
from typing import Final, Literal, NamedTuple, TypeAlias

from tui import limits
from tui.clean import clean

_ADDRESSES: Final = 16  # kept of one name
_NAME: Final = 253  # characters of a host name: RFC 1035 2.3.4, less the length octets
_SHOWN: Final = 60
_OCTETS: Final = 4
_ZONE: Final = re.compile(r"[A-Za-z0-9_.:-]{1,15}\Z")  # include/uapi/linux/if.h IFNAMSIZ
_NUMBER: Final = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")

Kind: TypeAlias = Literal["literal", "short-form", "name"]


class Resolution(NamedTuple):
    """What was typed, made safe to show, and the addresses it stands for, the one to dial first.

    *failure* is empty, or one line that says why there is no address. An IPv6 address of one link keeps
    its interface, as in `fe80::1%eth0`; an IPv4 address in IPv6 form is given as IPv4.
    """

    typed: str
    addresses: tuple[str, ...] = ()
    kind: Kind = "name"
    failure: str = ""

    @property
    def remark(self) -> str:
        """One line where the address dialled is not the one that was typed as it reads; else empty."""
        if self.kind != "short-form" or not self.addresses:
            return ""
        octal = any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in self.typed.split("."))
        why = "; a number that begins with 0 is octal" if octal else ""
        return f"{self.typed!r} is read as {self.addresses[0]}{why}"


async def resolve(typed: str, wait_s: float = limits.RESOLVE_S) -> Resolution:
    """What *typed* stands for, asking the system's resolver for at most *wait_s* seconds.

    Never raises for what is typed. The number forms that every C library takes are read as it reads them:
    `10.5` is 10.0.0.5, `010.0.0.5` is 8.0.0.5, `0x0a000005` and `167772165` are 10.0.0.5.
    """
    text = typed.strip()
    shown = clean(text, _SHOWN)
    failure = _impossible(text)
    if failure:
        return Resolution(shown, failure=failure)
    if ":" in text or text.startswith("["):
        return _ipv6(shown, text)
    try:
        # Full-width digits and the like become plain here, as they do in the resolver.
        name = text.encode("idna").decode("ascii")
    except UnicodeError:
        return Resolution(shown, failure="a part of the name is empty or too long, or has signs no name has")
    if _is_number(name):
        return _ipv4(shown, name)
    return await _ask(shown, name, wait_s)


def _impossible(text: str) -> str:
    """Why *text* is no host at all; empty if it may be one."""
    if not text:
        return "nothing was typed"
    if len(text) > _NAME:
        return f"longer than a name can be ({_NAME} characters)"
    if any(character.isspace() for character in text):
        return "there is a space in it"
    if not text.isprintable():
        return "there are characters in it that cannot be shown"
    if "/" in text:
        return "a network or a web address; write one address or name"
    if "," in text:
        return "there is a comma in it; write dots"
    if not text.strip("."):
        return "there is nothing but dots"
    return ""


def _is_number(name: str) -> bool:
    """Whether the last part is a number: then it is an IPv4 address or nothing, for no top level is one."""
    return _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]) is not None


def _ipv4(shown: str, text: str) -> Resolution:
    try:
        address = socket.inet_ntoa(socket.inet_aton(text))
    except OSError:
        return Resolution(shown, failure=f"not an IPv4 address: {_wrong(text)}")
    kind: Kind = "literal" if address == shown else "short-form"
    return Resolution(shown, (address,), kind)


def _wrong(text: str) -> str:
    """What keeps *text* from being an IPv4 address."""
    parts = text.split(".")
    if len(parts) > _OCTETS:
        return f"{len(parts)} numbers, not four"
    for part in parts:
        if not part:
            return "a number is missing between two dots"
        if not _NUMBER.fullmatch(part):
            return f"{clean(part, _SHOWN)!r} is not a number"
        if len(part) > 1 and part.isdigit() and part[0] == "0" and set(part) & {"8", "9"}:
            return f"{part!r} begins with 0, so it is octal, and octal has no 8 or 9"
    # Short forms let the last number fill what is left; four numbers are the common case.
    return "a number is too large; each goes from 0 to 255"


def _ipv6(shown: str, text: str) -> Resolution:
    bare = text.removeprefix("[").removesuffix("]")
    host, percent, zone = bare.partition("%")
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        words = "not an IPv6 address" if text.count(":") > 1 else "there is a colon or a bracket in it"
        return Resolution(shown, failure=words)
    if address.ipv4_mapped is not None:
        return Resolution(shown, (str(address.ipv4_mapped),), "literal")
    # RFC 4007 6: these addresses mean something only together with an interface.
    scoped = address.is_link_local or (address.is_multicast and address.packed[1] & 0xF == 2)  # noqa: PLR2004
    if scoped and not percent:
        failure = f"{address} is on every interface; say which, as in {address}%eth0"
        return Resolution(shown, kind="literal", failure=failure)
    if percent and not scoped:
        return Resolution(shown, kind="literal", failure="only fe80 addresses take an interface")
    if percent and not _interface(zone):
        failure = f"this host has no interface {clean(zone, _SHOWN)!r}"
        return Resolution(shown, kind="literal", failure=failure)
    return Resolution(shown, (f"{address}{percent}{zone}",), "literal")


def _interface(zone: str) -> bool:
    if not _ZONE.match(zone):
        return False
    try:
        socket.if_indextoname(int(zone)) if zone.isdigit() else socket.if_nametoindex(zone)
    except (OSError, OverflowError):
        return False
    return True


async def _ask(shown: str, name: str, wait_s: float) -> Resolution:
    try:
        async with asyncio.timeout(wait_s):
            found = await _addresses(name)
    except TimeoutError:
        return Resolution(shown, failure=f"the resolver did not answer within {wait_s:g} s")
    except socket.gaierror as error:
        return Resolution(shown, failure=_meaning(error))
    except (OSError, UnicodeError) as error:
        return Resolution(shown, failure=f"the resolver failed: {clean(str(error), _SHOWN)}")
    addresses = dict.fromkeys(found)
    return Resolution(
        shown, tuple(addresses)[:_ADDRESSES], failure="" if found else "the name has no address"
    )


def _dialled(where: tuple[object, ...]) -> str:
    """A socket address as text, with the interface that an IPv6 address of one link needs."""
    address = str(where[0])
    if ":" not in address:
        return address
    mapped = ipaddress.IPv6Address(address.partition("%")[0]).ipv4_mapped
    zone = where[3]  # struct sockaddr_in6: address, port, flow label, scope
    if mapped is None and isinstance(zone, int) and zone and "%" not in address:
        return f"{address}%{socket.if_indextoname(zone)}"
    return str(mapped or address)


def _meaning(error: socket.gaierror) -> str:
    if error.errno == socket.EAI_NONAME:
        return "no such name"
    if error.errno == getattr(socket, "EAI_NODATA", None):
        return "the name exists, but has no address"
    if error.errno == socket.EAI_AGAIN:
        return "the resolver does not answer; the name may be right"
    if error.errno == socket.EAI_FAIL:
        return "the resolver answers with a failure; the name may be right"
    return f"the resolver failed: {clean(str(error.strerror), _SHOWN)}"


async def _addresses(name: str) -> list[str]:
    """What getaddrinfo says, from a thread that may be left behind: it cannot be stopped, only abandoned."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def told(found: list[str] | None, error: Exception | None) -> None:
        if answer.done():
            return  # we have stopped waiting
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found or [])

    def ask() -> None:
        found: list[str] | None = None
        failed: Exception | None = None
        try:
            found = [_dialled(entry[4]) for entry in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:
            failed = error
        with suppress(RuntimeError):  # the loop has ended, and with it the one who asked
            loop.call_soon_threadsafe(told, found, failed)

    # The loop's own threads are waited for at its end, however long a dead name server takes.
    threading.Thread(target=ask, name="resolve", daemon=True).start()
    return await answer
