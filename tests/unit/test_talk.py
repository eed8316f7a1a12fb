"""Several questions on one connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from tui import limits
from tui.probes.talk import Talk
from tui.probes.tcp import Connection, connect
from tui.records import Target

_LATE_S = 1.5
_WARM_S = 1.2


async def _open(port: int) -> Connection:
    connection, outcome = await connect(Target(servers.HOST, port), 2.0)
    assert connection is not None, outcome
    return connection


@asynccontextmanager
async def _talking(server: servers.Talk) -> AsyncIterator[tuple[Talk, servers.Log]]:
    async with servers.serving(server) as (port, log):
        connection = await _open(port)
        async with Talk(connection) as talk:
            yield talk, log
        await connection.close()


def _answered(request: bytes, body: bytes = servers.ANSWER) -> bytes:
    return request[:4] + (len(body) + 1).to_bytes(2, "big") + request[6:7] + body


def _after(seconds: float) -> servers.Talk:
    """Answers every request, each so many seconds after it came."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while request := await reader.read(12):
            loop.call_later(seconds, writer.write, _answered(request))

    return talk


def _replying(*pieces: bytes, end: bool = False) -> servers.Talk:
    """Sends *pieces* to the first request: `ID` stands for its transaction id, `NO` for another."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(12)
        other = bytes([request[0] ^ 1, request[1]])
        for piece in pieces:
            writer.write(piece.replace(b"ID", request[:2]).replace(b"NO", other))
            await writer.drain()
            await asyncio.sleep(0.002)  # pieces of their own
        if end:
            writer.close()

    return talk


_TAIL = b"\0\0\0\5\1\3\2\0\5"


async def test_answers_are_matched_one_after_the_other() -> None:
    """Many questions share one connection, and it still ends by FIN."""
    async with servers.serving(servers.answer) as (port, log):
        connection = await _open(port)
        async with Talk(connection) as talk:
            replies = [(await talk.ask(unit, 2.0)).reply for unit in range(20)]
        assert replies == ["answer"] * 20
        assert (talk.late, talk.ended) == ((), "")
        assert await connection.close() == "fin"
    assert log.opened == 1


async def test_an_answer_after_the_wait_is_heard_with_its_true_time() -> None:
    """Slow is told from mute: the answer that came after our patience has its seconds."""
    async with _talking(_after(_LATE_S)) as (talk, _):
        assert (await talk.ask(7, 0.5)).reply == "silent"
        assert talk.late == ()
        (late,) = await talk.hear_out(5.0)
    assert (late.unit, late.answer.reply, late.answer.seconds) == (7, "answer", late.seconds)
    assert _LATE_S - 0.05 < late.seconds < _LATE_S + 0.5


async def test_a_late_answer_during_the_next_question_is_not_its_answer() -> None:
    """An answer to the question before never passes for a malformed one to the question now."""

    async def slow_start(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, second = await reader.readexactly(12), await reader.readexactly(12)
        writer.write(_answered(first) + _answered(second, b"\x83\x0b"))

    async with _talking(slow_start) as (talk, _):
        assert (await talk.ask(1, 0.1)).reply == "silent"
        answer = await talk.ask(2, 5.0)
    assert (answer.reply, answer.exception) == ("exception", 11)
    assert [(late.unit, late.answer.reply) for late in talk.late] == [(1, "answer")]


async def test_a_device_that_warms_up_answers_a_later_question_only() -> None:
    """Requests lost before the device was ready never turn up late: that is what tells it from slow."""

    async def warm_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.time() + _WARM_S
        while request := await reader.read(12):
            if loop.time() >= ready:
                writer.write(_answered(request))

    async with _talking(warm_up) as (talk, _):
        replies = [(await talk.ask(1, 0.5)).reply for _ in range(4)]
        assert await talk.hear_out(0.1) == ()
    assert replies[0] == "silent"
    assert replies == sorted(replies, reverse=True), "answers come last"
    assert replies[-1] == "answer"


@pytest.mark.parametrize(
    ("pieces", "replies"),
    [
        ((b"ID" + _TAIL,), ["answer", "silent"]),
        ((b"ID", *(_TAIL[at : at + 1] for at in range(len(_TAIL)))), ["answer", "silent"]),
        ((b"NO" + _TAIL + b"ID" + _TAIL,), ["answer", "silent"]),
        ((b"NO" + _TAIL,), ["malformed", "silent"]),
        ((b"ID\0\0\0\5\1\4\2\0\5",), ["malformed", "silent"]),
        ((b"ID\0\0\0\3\1\x80\1",), ["malformed", "silent"]),
        ((b"ID\0\0\0\5\1\3",), ["malformed", "malformed"]),
        ((b"ID\0\0\xff\xff\1\3\2\0\5",), ["malformed", "malformed"]),
        ((b"ID\0\0\0\0",), ["malformed", "malformed"]),
        ((b"ID" + _TAIL + b"SSH-2.0",), ["answer", "malformed"]),
        ((b"SSH-2.0-x\r\n",), ["other", "other"]),
        ((b"\x15\3\3\0\2\2\x46",), ["other", "other"]),
    ],
    ids=[
        "answer", "byte by byte", "another first", "another only", "wrong function", "function 80",
        "half a frame", "length 65535", "length 0", "noise after", "banner", "tls alert",
    ],
)  # fmt: skip
async def test_hostile_answers_are_named(pieces: tuple[bytes, ...], replies: list[str]) -> None:
    """Broken Modbus, another protocol and silence stay apart, for this question and for the next."""
    async with _talking(_replying(*pieces)) as (talk, _):
        assert [(await talk.ask(1, 0.3)).reply for _ in replies] == replies
    assert talk.ended == ""


async def test_another_id_is_named_beside_ours() -> None:
    """On a fresh connection a foreign transaction id is broken Modbus, and both ids are shown."""
    async with _talking(_replying(b"NO" + _TAIL)) as (talk, _):
        answer = await talk.ask(1, 0.5)
    assert answer.reply == "malformed"
    assert "instead of" in answer.detail
    assert answer.seconds < 0.5


async def test_nothing_is_sent_where_another_protocol_has_spoken() -> None:
    """A device that greets in another protocol before we ask is not asked at all."""
    requests = []

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-x\r\n")
        requests.append(await reader.read(12))

    async with _talking(greet) as (talk, _):
        heard = await talk.listen(2.0)
        assert (heard.said, heard.ended, heard.idle_s) == (b"SSH-2.0-x\r\n", "", None)
        answer = await talk.ask(1, 1.0)
        assert (answer.reply, answer.seconds) == ("other", 0.0)
    assert requests in ([], [b""])


@pytest.mark.parametrize("frame", [b"\0\1" + _TAIL, b"\0", b"SSH-"])
async def test_a_stream_without_end_is_read_within_bounds(frame: bytes) -> None:
    """Whole frames, zeros or text for ever cost a bounded read and end the question at once."""

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(12)
        while not writer.is_closing():
            writer.write(frame * 500)
            await writer.drain()

    async with _talking(flood) as (talk, _):
        answer = await talk.ask(1, 20.0)
        assert answer.reply in {"malformed", "other"}
        assert answer.seconds < 5.0
        assert len(answer.raw) <= limits.ANSWER_BYTES
        assert (await talk.ask(1, 20.0)).seconds == 0.0
    assert talk.ended == ""


async def test_a_close_within_a_frame_is_malformed_and_then_closed() -> None:
    """Half a frame and FIN is broken Modbus; after that every question says closed, without waiting."""
    async with _talking(_replying(b"ID\0\0\0\5\1\3", end=True)) as (talk, _):
        first = await talk.ask(1, 5.0)
        second = await talk.ask(1, 5.0)
    assert (first.reply, talk.ended) == ("malformed", "closed")
    assert (second.reply, second.seconds) == ("closed", 0.0)


async def test_a_reset_is_told_as_one() -> None:
    """RST in place of an answer ends the talk as `reset`."""
    with socket.socket() as listener:
        listener.bind((servers.HOST, 0))
        listener.listen()
        connection = await _open(listener.getsockname()[1])
        device, _ = listener.accept()
        async with Talk(connection) as talk:
            question = asyncio.ensure_future(talk.ask(1, 5.0))
            await asyncio.get_running_loop().run_in_executor(None, device.recv, 12)
            device.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            device.close()
            assert (await question).reply == "reset"
            assert talk.ended == "reset"
            assert (await talk.ask(1, 5.0)).reply == "reset"
        connection.abandon()


async def test_an_idle_close_has_its_idle_age() -> None:
    """The silence before the device's FIN is measured from the last byte, whenever we began to listen."""

    async def idle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_answered(await reader.read(12)))
        await asyncio.sleep(0.6)
        writer.close()

    async with _talking(idle) as (talk, _):
        assert (await talk.ask(1, 2.0)).reply == "answer"
        await asyncio.sleep(0.3)  # busy elsewhere
        heard = await talk.listen(5.0)
        assert heard.ended == "closed"
        assert heard.idle_s is not None
        assert 0.55 < heard.idle_s < 1.0
        assert heard.seconds < heard.idle_s
        again = await talk.listen(5.0)
        assert (again.ended, again.idle_s) == ("closed", heard.idle_s)


async def test_silence_is_listened_to_for_the_time_given() -> None:
    """A device that says nothing and stays is told so after the wait."""
    async with _talking(servers.mute) as (talk, _):
        heard = await talk.listen(0.2)
    assert (heard.ended, heard.said, heard.idle_s) == ("", b"", None)
    assert 0.19 < heard.seconds < 1.0


async def test_an_answer_owed_is_not_unasked_speech() -> None:
    """While listening, a late answer is taken as late and not for chatter."""
    async with _talking(_after(0.4)) as (talk, _):
        assert (await talk.ask(1, 0.1)).reply == "silent"
        heard = await talk.listen(0.8)
        assert heard.said == b""
        assert len(talk.late) == 1


async def test_a_question_given_up_leaves_a_connection_that_closes_by_fin() -> None:
    """Cancelled in the middle, nothing keeps reading and the device still sees FIN."""
    async with servers.serving(servers.mute) as (port, log):
        connection = await _open(port)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), Talk(connection) as talk:
                await talk.ask(1, 20.0)
        assert await connection.close() == "fin"
    assert log.ended_by == ["fin"]


async def test_nobody_is_asked_before_somebody_listens() -> None:
    """A talk outside `async with` would call every device silent: it refuses."""
    async with servers.serving(servers.answer) as (port, _):
        connection = await _open(port)
        with pytest.raises(RuntimeError):
            await Talk(connection).ask(1, 0.1)
        await connection.close()


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=300), st.just(b"\0\1" + _TAIL)), max_size=8))
def test_arbitrary_bytes_never_crash_it(pieces: list[bytes]) -> None:
    """Whatever comes in whatever pieces, the next question is answered and nothing grows."""

    async def feed() -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours, theirs:
            async with Talk(Connection(ours)) as talk:
                for piece in pieces:
                    theirs.sendall(piece)
                    await asyncio.sleep(0)
                theirs.shutdown(socket.SHUT_WR)
                answer = await talk.ask(1, 5.0)
                assert answer.reply in {"malformed", "other", "closed"}
                assert len(talk._unasked) + len(talk._rest) <= 2 * limits.ANSWER_BYTES

    asyncio.run(feed())
