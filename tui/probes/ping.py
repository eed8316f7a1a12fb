"""One echo request by the system's `ping` program, for users who may open no ICMP socket themselves."""

from __future__ import annotations

import asyncio
import ipaddress
import math
import os
import re
import shutil
import sys
from contextlib import suppress
from typing import Final, NamedTuple

from tui.clean import clean
from tui.probes.icmp import Unreachable

_OUTPUT: Final = 4096  # bytes read of what the program prints
_START_S: Final = 1.0  # for the program to start and end, besides the wait for the answer
_SHOWN: Final = 100
_REPLY: Final = re.compile(
    r"bytes from ([0-9A-Fa-f.:]{2,45})[^ \n]{0,20} .{0,40}?\b(?:ttl|hlim)=(\d{1,3})\b"
    r"(?:.{0,20}?time[=<](\d{1,7}(?:\.\d{1,6})?) ?ms)?"
)
_ERROR: Final = re.compile(
    r"^From ([0-9A-Fa-f.:]{2,45})[^ \n]{0,20} icmp_seq=\d{1,6} ([^\n]{1,80})$", re.MULTILINE
)
_COMPLAINT: Final = re.compile(
    r"^(?:/\S*/)?(ping6?: (?!warning|socktype)[^\n]{1,300})", re.MULTILINE | re.IGNORECASE
)
"""`socktype` comes before the complaint proper."""
_UNREACHABLE: Final = {
    "Destination Net Unreachable": 0,
    "Destination Host Unreachable": 1,
    "Destination Port Unreachable": 3,
    "Destination Net Prohibited": 9,
    "Destination Host Prohibited": 10,
    "Packet filtered": 13,
}
"""Words of iputils' ping for the codes of ICMP type 3."""
_UNREACHABLE6: Final = {
    "Destination unreachable: No route": 0,
    "Destination unreachable: Administratively prohibited": 1,
    "Destination unreachable: Address unreachable": 3,
    "Destination unreachable: Port unreachable": 4,
}
_EXPIRED: Final = "Time to live exceeded"
_EXPIRED6: Final = "Time exceeded: Hop limit"


class PingError(Exception):
    """The program is missing or could not ask; the message says why."""


class Pong(NamedTuple):
    """What one echo request brought: a reply with its *ttl*, or an ICMP error."""

    sender: str
    seconds: float
    ttl: int | None = None
    unreachable: Unreachable | None = None


def program() -> str | None:
    """Where the program is, or None."""
    return shutil.which("ping")


async def ping(address: str, wait_s: float, device: str | None = None) -> Pong | None:
    """Send one echo request to *address* (numeric) and wait *wait_s* seconds; None for silence.

    Raises:
        PingError: no such program, or it could not send.
        ValueError: not an address.
    """
    path = program()
    if path is None:
        raise PingError("the ping program is not installed")
    words = [path, "-n", "-c", "1"]
    if sys.platform == "linux":  # elsewhere -W has another unit; our own clock ends it there
        words += ["-W", str(max(1, math.ceil(wait_s)))]
        words += ["-I", device] if device else []
    words.append(str(ipaddress.ip_address(address)))
    started = asyncio.get_running_loop().time()
    printed = await _run(words, wait_s + _START_S)
    pong = parse(printed, asyncio.get_running_loop().time() - started)
    if pong is None and (complaint := _COMPLAINT.search(printed)):
        raise PingError(clean(complaint[1], _SHOWN))
    return pong


def parse(printed: str, seconds: float) -> Pong | None:
    """The first reply or error in what the program *printed*; *seconds* where it gives no time of its own."""
    if (found := _REPLY.search(printed)) and (sender := _address(found[1])) and int(found[2]) <= 255:  # noqa: PLR2004 - a byte
        return Pong(sender, float(found[3]) / 1000 if found[3] else seconds, int(found[2]))
    if (found := _ERROR.search(printed)) and (sender := _address(found[1])):
        unreachable = _meaning(found[2].strip(), sender)
        return Pong(sender, seconds, unreachable=unreachable) if unreachable else None
    return None


def _meaning(words: str, sender: str) -> Unreachable | None:
    v6 = ":" in sender
    if words in {_EXPIRED, _EXPIRED6}:
        return Unreachable(3 if v6 else 11, 0, sender, v6)
    code = (_UNREACHABLE6 if v6 else _UNREACHABLE).get(words)
    return None if code is None else Unreachable(1 if v6 else 3, code, sender, v6)


def _address(text: str) -> str | None:
    try:
        return str(ipaddress.ip_address(text.removesuffix(":")))
    except ValueError:
        return None


async def _run(words: list[str], wait_s: float) -> str:
    """What the program printed within *wait_s* seconds; it is gone afterwards."""
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        )
    except OSError as error:
        raise PingError(f"ping does not start: {clean(error.strerror or str(error))}") from error
    assert process.stdout is not None  # noqa: S101 - asked for above
    printed = b""
    try:
        async with asyncio.timeout(wait_s):
            while len(printed) < _OUTPUT and (more := await process.stdout.read(_OUTPUT - len(printed))):
                printed += more
            if len(printed) < _OUTPUT:
                await process.wait()
    except TimeoutError:
        pass  # what has been printed by then is judged
    finally:
        # Killing what has just ended makes asyncio complain that somebody else reaped it.
        if process.returncode is None:
            await _kill(process, process.stdout)
    return printed.decode("ascii", "replace")


async def _kill(process: asyncio.subprocess.Process, stdout: asyncio.StreamReader) -> None:
    """End it, and see its pipe out: what is left there is bounded by the pipe."""
    with suppress(ProcessLookupError):
        process.kill()
    with suppress(TimeoutError):
        async with asyncio.timeout(_START_S):
            while await stdout.read(_OUTPUT):
                continue
            await process.wait()
