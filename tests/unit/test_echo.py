"""Echo requests: by whichever way this user may."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.waiting import until
from tui.probes import ping as program
from tui.probes.echo import echo
from tui.probes.icmp import Unreachable
from tui.probes.ping import PingError, parse, ping

REPLY = "64 bytes from 10.77.2.10: icmp_seq=1 ttl=63 time=0.050 ms"
HOST = "127.51.2.1"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user whom the kernel gives no ICMP socket."""
    made = socket.socket

    def refused(family: int, kind: int, protocol: int = 0, *rest: Any) -> socket.socket:
        if protocol in {socket.IPPROTO_ICMP, socket.IPPROTO_ICMPV6}:
            raise PermissionError(13, "Permission denied")
        return made(family, kind, protocol, *rest)

    monkeypatch.setattr("tui.probes.echo.socket.socket", refused)


def script(directory: Path, monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Put a `ping` of our own before the system's."""
    file = directory / "ping"
    file.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{directory}:{os.defpath}")


@pytest.mark.parametrize(
    "address", ["", "plc-12", "10.0.0.0/24", "10.0.0.5; reboot", "-f", "\x1b[2J", "1.2.3"]
)
async def test_only_addresses_are_asked(address: str) -> None:
    """Names and anything that is no address never get to a socket or a program."""
    told = await echo(address)
    assert (told.answers, told.way) == (False, "none")
    assert told.missing.startswith("not an address")
    assert told.missing.isprintable()


@pytest.mark.usefixtures("no_sockets")
async def test_no_right_to_ask_says_what_would_permit_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without any way to send an echo, silence is not made up: the lack is told with its remedy."""
    monkeypatch.setenv("PATH", str(tmp_path))
    told = await echo(HOST)
    assert (told.answers, told.way, told.detail) == (False, "none", "")
    assert "ping_group_range" in told.missing


@pytest.mark.usefixtures("no_sockets")
async def test_the_program_is_used_where_sockets_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The reply that `ping` prints counts, with its TTL and its own time."""
    script(tmp_path, monkeypatch, f"echo '{REPLY}'")
    told = await echo("10.77.2.10")
    assert told[:4] == (True, 0.05, 63, "10.77.2.10")
    assert told.way == "ping-program"


@pytest.mark.usefixtures("no_sockets")
async def test_a_silent_program_is_asked_once_more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The second request counts as much as the first."""
    seen = tmp_path / "seen"
    script(
        tmp_path, monkeypatch, f"if test -e {seen}; then echo '{REPLY}'; exit; fi", f": > {seen}", "exit 1"
    )
    assert (await echo("10.77.2.10", wait_s=0.2)).answers


async def test_the_program_gets_a_plain_list_of_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One request, numbers only, the interface where one is asked for, in plain English."""
    said = tmp_path / "said"
    script(tmp_path, monkeypatch, f'echo "$LC_ALL $@" > {said}')
    await ping("10.77.2.10", 0.3, "eth1")
    assert said.read_text() == "C -n -c 1 -W 1 -I eth1 10.77.2.10\n"


def running(directory: Path) -> bool:
    """Whether the script that noted its id is there, or is not reaped."""
    return Path("/proc", (directory / "id").read_text().strip()).exists()


async def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was started is gone after the wait, by its own id."""
    monkeypatch.setattr(program, "_START_S", 0.3)
    script(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/id", "exec sleep 60")
    assert await ping("10.77.2.10", 0.2) is None
    assert not running(tmp_path)


async def test_a_program_is_ended_with_who_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cancelling leaves no process behind."""
    script(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/id", "exec sleep 60")
    asking = asyncio.create_task(ping("10.77.2.10", 5.0))
    await until(lambda: (tmp_path / "id").exists() and (tmp_path / "id").read_text().strip())
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    assert not running(tmp_path)


async def test_a_program_that_ends_by_itself_ends_quietly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is logged of children however often they come and go: a screen has no room for it."""
    script(tmp_path, monkeypatch, f"echo '{REPLY}'")
    for _ in range(20):
        assert await ping("10.77.2.10", 1.0)
    assert not caplog.records


async def test_a_program_that_floods_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Output without end costs a few kilobytes and no time."""
    script(tmp_path, monkeypatch, "exec yes 'no reply here'")
    async with asyncio.timeout(4.0):
        assert await ping("10.77.2.10", 5.0) is None


async def test_what_the_program_complains_of_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that may not send is a lack of ours, never the device's silence."""
    words = "/bin/ping: socktype: SOCK_RAW\\n/bin/ping: socket: not \\033[31mpermitted\\n"
    script(tmp_path, monkeypatch, f"printf '{words}' >&2", "exit 2")
    with pytest.raises(PingError, match=r"^ping: socket: not \\x1b\[31mpermitted"):
        await ping("10.77.2.10", 1.0)


@pytest.mark.parametrize(
    ("printed", "sender", "ttl", "seconds"),
    [
        pytest.param(
            f"PING 10.77.2.10 56(84) bytes of data.\n{REPLY}\n", "10.77.2.10", 63, 5e-5, id="iputils"
        ),
        pytest.param(
            "64 bytes from 10.77.2.10: seq=0 ttl=127 time=1.062 ms", "10.77.2.10", 127, 1.062e-3, id="busybox"
        ),
        pytest.param(
            "64 bytes from fe80::1%eth0: icmp_seq=1 ttl=64 time=12 ms", "fe80::1", 64, 0.012, id="v6"
        ),
        pytest.param("16 bytes from fd77::1, icmp_seq=0 hlim=64 time=0.1 ms", "fd77::1", 64, 1e-4, id="BSD"),
    ],
)
def test_replies_are_read_as_programs_print_them(printed: str, sender: str, ttl: int, seconds: float) -> None:
    """Sender, TTL and time of a reply, from the usual programs."""
    found = parse(printed, 9.9)
    assert found is not None
    assert (found.sender, found.ttl, found.unreachable) == (sender, ttl, None)
    assert found.seconds == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("Destination Host Unreachable", 3, 1),
        ("Packet filtered", 3, 13),
        ("Destination Host Prohibited", 3, 10),
        ("Time to live exceeded", 11, 0),
    ],
)
def test_errors_are_read_as_the_program_prints_them(words: str, kind: int, code: int) -> None:
    """An ICMP error keeps its code and its sender."""
    found = parse(f"From 10.77.1.1 icmp_seq=1 {words}\n", 0.1)
    assert found is not None
    assert found.unreachable == Unreachable(kind, code, "10.77.1.1")


@given(st.text() | st.from_regex(r"64 bytes from .{0,40} ttl=\d{1,9} time=[\d.]{1,9} ms"))
def test_no_output_whatever_breaks_the_reader(printed: str) -> None:
    """Any text is a reply, an error or nothing; a TTL is always one."""
    found = parse(printed, 0.1)
    assert found is None or found.ttl is None or 0 <= found.ttl <= 255


@pytest.mark.skipif(not shutil.which("ping"), reason="needs the ping program")
async def test_the_real_program_is_understood() -> None:
    """What this system's own `ping` prints is read."""
    found = await ping("127.0.0.1", 1.0)
    assert found is not None
    assert (found.sender, found.ttl) == ("127.0.0.1", 64)
