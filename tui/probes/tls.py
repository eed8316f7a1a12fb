"""One TLS greeting on an open connection: does TLS live here? Nothing is agreed, no certificate is judged."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from typing import Final, NamedTuple

from tui.clean import clean
from tui.probes.tcp import Connection

ANSWER_TLS_S: Final = 2.0  # a small controller needs a second for its key
# RFC 8446, sections 4, 4.1.3, 5.1 and 6.
_RECORD: Final = 5
_ALERT: Final = 0x15
_HANDSHAKE: Final = 0x16
_MAJOR: Final = 3
_MINOR_MOST: Final = 4
_CLIENT_HELLO: Final = 1
_SERVER_HELLO: Final = 2
_HEADER: Final = 4
_RECORD_MOST: Final = 1 << 14
_HELLO_LEAST: Final = 38  # version, random, no session id, suite, compression
_HELLO_MOST: Final = 512
"""Bytes of a ServerHello: 38, a session id of up to 32, and a few short extensions."""
_ALERT_BODY: Final = 2
_LEVELS: Final = frozenset({1, 2})
_RANDOM: Final = 32
_TLS_1_0: Final = b"\3\1"  # what a first record says whatever is offered in it
_TLS_1_2: Final = b"\3\3"
_NO_SESSION: Final = b"\0"
_NO_COMPRESSION: Final = b"\1\0"
_SUITES: Final = (range(0x0084, 0x00C6), range(0x00FF, 0x0100), range(0xC08E, 0xC0B0), range(0xCCA8, 0xCCAF))
"""Registered cipher suites, from RSA with Camellia to ECDHE with ChaCha20, and the mark of RFC 5746."""
_VERSIONS: Final = {
    b"\3\0": "SSL 3.0",
    b"\3\1": "TLS 1.0",
    b"\3\2": "TLS 1.1",
    b"\3\3": "TLS 1.2",
}
_SHOWN: Final = 40


class TlsAnswer(NamedTuple):
    """Whether a TLS server greeted back or refused us by alert; *seconds* to that, or what was waited."""

    speaks: bool
    seconds: float
    detail: str
    raw: bytes = b""


def greeting() -> bytes:
    """One ClientHello of TLS 1.2 that does no harm to a Modbus server, should one live there.

    The ssl module's own holds random bytes, and some Modbus servers carry out whatever they read there: here
    every byte but the first is 0, the code of a reading function, or from 0x80 on. Hence the choice of
    suites, their number, and the want of extensions.
    """
    random = bytes(byte | 0x80 for byte in secrets.token_bytes(_RANDOM))
    suites = b"".join(suite.to_bytes(2, "big") for part in _SUITES for suite in part)
    hello = _TLS_1_2 + random + _NO_SESSION + _sized(suites) + _NO_COMPRESSION
    return bytes([_HANDSHAKE]) + _TLS_1_0 + _sized(bytes([_CLIENT_HELLO, 0]) + _sized(hello))


def _sized(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


async def ask(connection: Connection, wait_s: float = ANSWER_TLS_S) -> TlsAnswer:
    """Send one ClientHello and say what came back within *wait_s* seconds; no handshake is completed.

    Most servers want more than it offers and refuse by alert, which is answer enough. A server that closes
    without the alert it owes (Python's asyncio does) is not recognised.
    """
    loop = asyncio.get_running_loop()
    hello = greeting()
    received = b""
    end = ""
    started = loop.time()
    try:
        async with asyncio.timeout(wait_s):
            await connection.send(hello)
            while data := await connection.receive():
                received += data
                if (answer := judge(received, loop.time() - started)) is not None:
                    return answer
            end = "closed by the device"
    except OSError as error:
        # Only our own patience has no errno.
        if not isinstance(error, TimeoutError) or error.errno is not None:
            end = clean(error.strerror or str(error))
    seconds = loop.time() - started
    if received:
        words = f"an unfinished TLS record of {len(received)} bytes"
        return TlsAnswer(False, seconds, f"{words}, then {end}" if end else words, received)
    return TlsAnswer(False, seconds, end or "no answer to a TLS greeting")


def judge(received: bytes, seconds: float) -> TlsAnswer | None:
    """What the bytes so far mean; None while the first TLS message may still come to its end."""
    if not _may_be_tls(received):
        return TlsAnswer(False, seconds, f"not TLS: {clean(received, _SHOWN)}", received)
    kind, length = received[0], int.from_bytes(received[3:5], "big")
    body = received[_RECORD : _RECORD + length]
    if kind == _ALERT:
        if len(body) < _ALERT_BODY:
            return None
        return TlsAnswer(True, seconds, _alert(body[1]), received)
    if len(body) < _HEADER or len(body) < _HEADER + int.from_bytes(body[1:4], "big"):
        return None
    version = _VERSIONS.get(body[_HEADER : _HEADER + 2], "TLS")
    return TlsAnswer(True, seconds, f"{version} ServerHello", received)


def _may_be_tls(received: bytes) -> bool:
    """Whether these are, as far as they go, an alert or a ServerHello in a first record."""
    kind = received[0]
    length = int.from_bytes(received[3:5], "big") if len(received) >= _RECORD else None
    if kind not in {_ALERT, _HANDSHAKE} or received[1:2] not in {b"", bytes([_MAJOR])}:
        return False
    if received[2:3] > bytes([_MINOR_MOST]):
        return False
    body = received[_RECORD:]
    if length is None:
        return True
    if kind == _ALERT:
        return length == _ALERT_BODY and (not body or body[0] in _LEVELS)
    if not _HEADER + _HELLO_LEAST <= length <= _RECORD_MOST or body[:1] not in {b"", bytes([_SERVER_HELLO])}:
        return False
    if len(body) < _HEADER:
        return True
    return _HELLO_LEAST <= int.from_bytes(body[1:4], "big") <= min(_HELLO_MOST, length - _HEADER)


def _alert(code: int) -> str:
    try:
        name = ssl.AlertDescription(code).name
    except ValueError:
        return f"TLS alert {code}"
    return f"TLS alert {code} {name.removeprefix('ALERT_DESCRIPTION_').replace('_', ' ').lower()}"
