"""One connection, opened and closed."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests import servers
from tests.waiting import until
from tui.probes import modbus
from tui.probes.allowed import NotReadingError
from tui.probes.tcp import Connection, connect
from tui.records import Target


async def _open(port: int, host: str = servers.HOST) -> Connection:
    connection, outcome = await connect(Target(host, port), 2.0)
    assert connection is not None, outcome
    return connection


async def test_refused_is_told_with_its_time_and_sender() -> None:
    """An RST is `refused`, at once, from the address itself."""
    connection, outcome = await connect(Target(servers.HOST, servers.closed_port()), 2.0)
    assert connection is None
    assert (outcome.state, outcome.sender) == ("refused", servers.HOST)
    assert outcome.seconds < 1.0


async def test_silence_is_a_timeout_after_the_wait_given() -> None:
    """A SYN that nobody answers ends at our own patience, not at the kernel's."""
    with servers.unanswered_syn() as port:
        connection, outcome = await connect(Target(servers.HOST, port), 0.3)
    assert connection is None
    assert outcome.state == "timeout"
    assert 0.25 < outcome.seconds < 2.0


async def test_no_free_file_is_this_hosts_shortage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of file descriptors is never blamed on the device."""

    def exhausted(*_: object, **__: object) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr("tui.probes.tcp.socket.socket", exhausted)
    connection, outcome = await connect(Target(servers.HOST, 1), 0.3)
    assert connection is None
    assert (outcome.state, outcome.shortage) == ("error", True)


async def test_closing_ends_by_fin_on_both_sides() -> None:
    """A device sees our FIN, closes too, and that is confirmed."""
    async with servers.serving(servers.answer) as (port, log):
        connection = await _open(port)
        assert (await modbus.read(connection, 1)).reply == "answer"
        assert await connection.close() == "fin"
        await until(lambda: log.ended_by, "the server's end")
    assert log.ended_by == ["fin"]


async def test_bytes_left_unread_do_not_turn_the_fin_into_a_reset() -> None:
    """close() with unread bytes would send RST: they are read first."""
    async with servers.serving(servers.saying(b"x" * 900)) as (port, log):
        connection = await _open(port)
        await until(lambda: log.opened)
        assert await connection.close() in {"fin", "fin-acked"}
        await until(lambda: log.ended_by, "the server's end")
    assert log.ended_by == ["fin"]


async def test_a_device_that_never_closes_is_told_as_acknowledged() -> None:
    """Our FIN acknowledged but not returned is `fin-acked`, within a bound."""
    with socket.socket() as listener:
        listener.bind((servers.HOST, 0))
        listener.listen()
        connection = await _open(listener.getsockname()[1])
        assert await connection.close() == "fin-acked"


async def test_a_flood_is_read_within_bounds() -> None:
    """A device that sends without end costs a bounded read."""

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"\0" * 65536)
            await writer.drain()

    async with servers.serving(flood) as (port, _):
        connection = await _open(port)
        answer = await modbus.read(connection, 1)
        assert answer.reply in {"other", "malformed"}
        assert len(answer.raw) <= 1024
        await connection.close()


async def test_a_write_request_cannot_be_sent() -> None:
    """The connection itself refuses what is not a read; nothing leaves."""
    async with servers.serving(servers.answer) as (port, _):
        connection = await _open(port)
        with pytest.raises(NotReadingError):
            await connection.send(b"\0\1\0\0\0\6\1\6\0\0\0\1")
        assert await connection.close() == "fin"


async def test_ipv6_hosts_are_dialled() -> None:
    """A single IPv6 host works like any other."""
    async with servers.serving(servers.answer, host="::1") as (port, _):
        connection = await _open(port, "::1")
        assert (await modbus.read(connection, 1)).reply == "answer"
        await connection.close()


@pytest.mark.parametrize(
    ("talk", "replies"),
    [
        # Whether a close comes as FIN or RST depends on bytes under way, not on the device's mind.
        (servers.hang_up, {"closed", "reset"}),
        (servers.mute, {"silent"}),
        (servers.saying(b"SSH-2.0-x\r\n"), {"other"}),
        (servers.saying(b"\0\1\0\0\0\6"), {"malformed"}),
    ],
)
async def test_every_end_of_a_question_is_told_apart(talk: servers.Talk, replies: set[str]) -> None:
    """Closed, silent, another protocol and half a frame are four different answers."""
    async with servers.serving(talk) as (port, _):
        connection = await _open(port)
        answer = await modbus.read(connection, 1, 0.4)
        await connection.close()
        assert answer.reply in replies
