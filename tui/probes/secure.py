"""Modbus inside TLS: the handshake on an open connection, and reading requests in what it opened.

Nothing is trusted and nothing kept secret here; who checks a certificate strictly is refused the diagnosis.
"""

from __future__ import annotations

import asyncio
import errno
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

from tui import limits
from tui.clean import clean
from tui.probes.allowed import NotReadingError, require_reading
from tui.probes.tcp import Connection
from tui.probes.tls import TlsAnswer
from tui.records import Closed

SECURE_PORT: Final = 802
"""Of Modbus/TCP Security (MB-TCP-Security V2.1, section 2)."""
# RFC 8446, section 4: types of messages in a handshake.
_CERTIFICATE: Final = 11
_CERTIFICATE_REQUEST: Final = 13
_HANDSHAKE: Final = 22
_MESSAGE: Final = 4  # bytes before its content
_LENGTH: Final = 3
_CHUNK: Final = 1 << 14
_WRAPPING: Final = 512  # bytes that TLS adds to a frame at the most: padding, a new ticket now and then
_OF_OURS: Final = frozenset(
    {"bad certificate", "unsupported certificate", "certificate revoked", "certificate expired",
     "certificate unknown", "unknown ca", "access denied", "certificate required", "no certificate",
     "bad certificate status response", "insufficient security", "decrypt error"}
)  # fmt: skip
"""Alerts that speak of the client's certificate (RFC 8446, section 6.2)."""
_GENERAL: Final = "handshake failure"
"""And the one that may: so TLS 1.2 says that a certificate is missing."""
_ALERT: Final = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)")


class Tls(NamedTuple):
    """How TLS is spoken from here. Files are PEM; empty where there is none."""

    certificate: str = ""
    """Ours, shown to servers that want one."""
    key: str = ""
    authority: str = ""
    """Of those who may have signed a device's certificate."""
    ports: frozenset[int] = frozenset({SECURE_PORT})
    """Ports where TLS is meant to be."""


class Handshake(NamedTuple):
    """How a handshake went; *seconds* to its end, or what was waited."""

    done: bool
    seconds: float
    detail: str
    """Version and cipher, or what went wrong."""
    chain: tuple[bytes, ...] = ()
    """The server's certificates in DER, its own first."""
    asked: bool | None = None
    """Whether it asked for our certificate; None where that cannot be known."""
    offered: bool = False
    """Whether we had one to show."""
    refused: str = ""
    """The alert by which it refused ours, or the want of one."""
    trouble: str = ""
    """Why our own certificate could not be used."""


class _Overheard:
    """What the TLS session tells of the server's messages while they pass."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.asked: bool | None = None
        self.chain: tuple[bytes, ...] = ()
        # Only this hook tells of a request for our certificate; a Python without it leaves that unknown.
        if hasattr(context, "_msg_callback"):
            self.asked = False
            context._msg_callback = self._hear  # noqa: SLF001

    def _hear(self, _session: Any, way: str, version: int, kind: int, message: int, data: bytes) -> None:  # noqa: ANN401
        if way != "read" or kind != _HANDSHAKE:
            return
        if message == _CERTIFICATE_REQUEST:
            self.asked = True
        elif message == _CERTIFICATE and not self.chain:
            self.chain = _chain(data, extended=version >= ssl.TLSVersion.TLSv1_3)


def _chain(message: bytes, *, extended: bool) -> tuple[bytes, ...]:
    """The certificates in a Certificate message (RFC 5246, section 7.4.2; RFC 8446, section 4.4.2)."""
    rest = message[_MESSAGE:]
    if extended:
        rest = rest[1 + rest[0] :] if rest else b""
    rest = rest[_LENGTH:]
    found: list[bytes] = []
    while len(rest) > _LENGTH and len(found) < limits.CHAIN:
        length = int.from_bytes(rest[:_LENGTH], "big")
        found.append(rest[_LENGTH : _LENGTH + length])
        rest = rest[_LENGTH + length :]
        if extended:
            rest = rest[2 + int.from_bytes(rest[:2], "big") :]
    return tuple(found)


class SecureConnection:
    """An open connection inside TLS, for reading requests only. Close it, as a plain one."""

    def __init__(self, connection: Connection, context: ssl.SSLContext) -> None:
        self._connection = connection
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._session = context.wrap_bio(self._incoming, self._outgoing)
        self._budget = limits.ANSWER_BYTES
        self._ended = False
        self.refused = ""
        """The alert by which the peer refused our certificate, once it has."""
        connection.allow(limits.TLS_BYTES)

    @property
    def stands(self) -> bool:
        """Whether our FIN is still to come."""
        return self._connection.stands

    @property
    def gave_way(self) -> bool:
        """Whether it was let go."""
        return self._connection.gave_way

    @property
    def local_port(self) -> int:
        """Our port."""
        return self._connection.local_port

    @property
    def agreed(self) -> str:
        """Version and cipher."""
        cipher = self._session.cipher()
        version = (self._session.version() or "TLS").replace("TLSv", "TLS ")
        return clean(f"{version}, {cipher[0]}" if cipher else version, 80)

    @property
    def certificate(self) -> bytes:
        """The peer's certificate in DER, after the handshake; empty where it has none."""
        return self._session.getpeercert(binary_form=True) or b""

    async def shake(self) -> None:
        """Complete the handshake.

        Raises:
            LetGoError: it was let go.
            OSError: it cannot be completed; `ssl.SSLError` where TLS says so.
        """
        await self._pumped(self._session.do_handshake)

    async def send(self, adu: bytes) -> None:
        """Send one Modbus TCP request; anything but a harmless read raises `NotReadingError`.

        Raises:
            LetGoError: it was let go.
        """
        require_reading(adu)
        self._session.write(adu)
        await self._flush()

    async def receive(self) -> bytes:
        """Next bytes; empty at the peer's end or when this connection's reading budget is spent.

        Raises:
            LetGoError: it was let go, now or before.
            OSError: TLS failed: the peer refused us by alert, or what came was no TLS.
        """
        if self._budget <= 0:
            return b""
        try:
            data = await self._pumped(lambda: self._session.read(min(self._budget, _CHUNK)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError, _EndError):
            return b""
        except ssl.SSLError as error:
            alert = _words(error)
            self.refused = alert if alert in _OF_OURS else ""
            raise ConnectionAbortedError(errno.ECONNABORTED, alert) from error
        self._budget -= len(data)
        return data

    def allow(self, more: int) -> None:
        """Let so many bytes more be read."""
        self._budget += more
        self._connection.allow(more + _WRAPPING)

    def let_go(self) -> None:
        """Send FIN now: somebody else needs it. Whoever waits for an answer gets `LetGoError`, and closes."""
        self._connection.let_go()

    async def close(self) -> Closed:
        """End TLS and then the connection by FIN, and say how the peer took it."""
        if self.stands and not self._ended:
            with suppress(OSError):
                with suppress(ssl.SSLError):
                    self._session.unwrap()
                async with asyncio.timeout(limits.CLOSE_S):
                    await self._flush()
        return await self._connection.close()

    async def _pumped(self, step: Callable[[], bytes | None]) -> bytes:
        """What *step* gives once enough has come; what it has to say meanwhile is sent."""
        while True:
            try:
                return step() or b""
            except ssl.SSLWantReadError:
                await self._flush()
            finally:
                if self._outgoing.pending:
                    with suppress(OSError):  # an alert to somebody who has gone
                        await self._flush()
            data = await self._connection.receive()
            if not data:
                self._ended = True
                raise _EndError(errno.ECONNRESET, "closed by the device")
            self._incoming.write(data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._connection.send_sealed(self._outgoing.read())


class _EndError(ConnectionResetError):
    """The peer ended the connection, or said more than is read."""


async def secure(
    connection: Connection, greeted: TlsAnswer, tls: Tls, wait_s: float = limits.CLIMB_TLS_S
) -> tuple[SecureConnection | None, Handshake]:
    """Complete a handshake within *wait_s* seconds: the connection inside TLS, if any, and how it went.

    *greeted* must be the proof that the target speaks TLS: a real ClientHello holds random bytes, and some
    Modbus servers carry out whatever they read there. The connection is the caller's to close.

    Raises:
        LetGoError: the connection was let go.
        NotReadingError: the target has not proved to speak TLS; nothing was sent.
    """
    if not greeted.speaks:
        raise NotReadingError("no TLS before the target has proved to speak it")
    loop = asyncio.get_running_loop()
    context, trouble = _context(tls)
    offered = bool(tls.certificate) and not trouble
    heard = _Overheard(context)
    secured = SecureConnection(connection, context)
    detail, refused = "", ""
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await secured.shake()
    except ssl.SSLError as error:
        detail = _words(error)
        of_ours = detail in _OF_OURS or (
            detail == _GENERAL and heard.asked is not False and bool(heard.chain)
        )
        refused = detail if of_ours else ""
    except TimeoutError as error:
        detail = f"no end within {wait_s:g} s" if error.errno is None else clean(error.strerror or "", 80)
    except OSError as error:
        detail = clean(error.strerror or str(error), 80)
        # Some servers drop the alert that they owe.
        refused = detail if heard.asked and not offered else ""
    done = not detail
    seconds = loop.time() - started
    chain = heard.chain
    if done and not chain and secured.certificate:
        chain = (secured.certificate,)
    made = Handshake(done, seconds, detail or secured.agreed, chain, heard.asked, offered, refused, trouble)
    return (secured if done else None), made


def _context(tls: Tls) -> tuple[ssl.SSLContext, str]:
    """What our side brings to a handshake, and why our certificate is not part of it where it should be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The handshake has to show what is wrong, not to stop at it: weak keys are let through.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if not tls.certificate:
        return context, ""
    try:
        context.load_cert_chain(tls.certificate, tls.key or None, _no_password)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return context, clean(reason or str(error), 120)
    return context, ""


def _no_password() -> str:
    raise ValueError("the key is locked by a password")


def _words(error: ssl.SSLError) -> str:
    """What TLS says went wrong, in words: the peer's alert by its name."""
    reason = error.reason or ""
    alert = _ALERT.search(reason)
    return clean((alert[1] if alert else reason or str(error)).replace("_", " ").lower(), 80)
