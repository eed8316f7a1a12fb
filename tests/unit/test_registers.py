"""Ranges of registers and bits, read piece by piece on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from tui.probes.registers import LAST, Part, Range, pieces, read
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.records import Target

Reply = Callable[[Range], bytes | None]
_WAIT_S = 0.1


def _device(reply: Reply, asked: list[Range]) -> servers.Talk:
    """Answers each range with the bytes that *reply* gives, or not at all; notes what it was asked."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await reader.read(12):
            where = Range(
                request[7], int.from_bytes(request[8:10], "big"), int.from_bytes(request[10:], "big")
            )
            asked.append(where)
            body = reply(where)
            if body is not None:
                writer.write(request[:4] + (len(body) + 1).to_bytes(2, "big") + request[6:7] + body)

    return talk


async def _read(reply: Reply, ranges: Sequence[Range]) -> tuple[list[Part], list[Range]]:
    """What came, and what the device was asked."""
    asked: list[Range] = []
    turns = 0

    async def turn() -> None:
        nonlocal turns
        turns += 1

    async with servers.serving(_device(reply, asked)) as (port, log):
        connection, outcome = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None, outcome
        async with Talk(connection) as talk:
            parts = [part async for part in read(talk, 1, ranges, turn=turn, wait_s=_WAIT_S)]
        await connection.close()
        assert log.opened == 1
    assert turns == len(parts)
    return parts, asked


def _counting(where: Range) -> bytes:
    """Registers that hold their own address, bits of which every other one is set."""
    if where.function in {1, 2}:
        data = b"\x55" * -(-where.size // 8)
    else:
        data = b"".join(address.to_bytes(2, "big") for address in range(where.address, where.last + 1))
    return bytes([where.function, len(data)]) + data


@given(st.integers(1, 4), st.integers(0, LAST), st.integers(1, 4000), st.integers(1, 125))
def test_pieces_cover_the_range_once(function: int, address: int, size: int, width: int) -> None:
    """Every address is asked once, within what one request may ask, and no value is cut in two."""
    size = min(size, LAST - address + 1)
    found = pieces(Range(function, address, size), width)
    covered = [at for piece in found for at in range(piece.address, piece.last + 1)]
    assert covered == list(range(address, address + size))
    assert all(piece.size <= (2000 if function in {1, 2} else 125) for piece in found)
    if function in {3, 4}:
        assert all((piece.address - address) % width == 0 for piece in found)


@pytest.mark.parametrize(
    ("wanted", "width"),
    [(Range(3, LAST, 2), 1), (Range(3, -1, 1), 1), (Range(3, 0, 0), 1), (Range(5, 0, 1), 1),
     (Range(16, 0, 1), 1), (Range(3, 0, 126), 126), (Range(3, 0, 1), 0)],
)  # fmt: skip
def test_what_modbus_does_not_have_is_refused(wanted: Range, width: int) -> None:
    """No address behind the last one, no function but the four that read tables, no endless value."""
    with pytest.raises(ValueError, match=r"function|registers"):
        pieces(wanted, width)


@pytest.mark.parametrize("function", [1, 2, 3, 4])
async def test_every_table_is_read(function: int) -> None:
    """All four functions bring their data, the longest request included, on one connection."""
    wanted = Range(function, 7, 2000 if function < 3 else 1000)
    parts, asked = await _read(_counting, pieces(wanted))
    assert asked == list(pieces(wanted))
    assert [part.answer.reply for part in parts] == ["answer"] * len(asked)
    data = b"".join(part.data for part in parts)
    assert data == b"".join(_counting(piece)[2:] for piece in asked)


async def test_an_exception_names_its_range_and_the_next_is_asked() -> None:
    """One range that the device does not have keeps none of the others from being read."""
    parts, _ = await _read(
        lambda where: b"\x83\2" if where.address == 125 else _counting(where), pieces(Range(3, 0, 300))
    )
    assert [(part.asked.address, part.asked.last, part.answer.exception) for part in parts] == [
        (0, 124, None), (125, 249, 2), (250, 299, None),
    ]  # fmt: skip
    assert [bool(part.data) for part in parts] == [True, False, True]


@pytest.mark.parametrize("body", [b"\3\2\0\1", b"\3\6\0\1\0\2\0\3", b"\3\4\0\1", b"\3\0"])
async def test_a_wrong_length_is_malformed(body: bytes) -> None:
    """Fewer or more registers than were asked for, or than are there, are never taken for values."""
    parts, _ = await _read(lambda _where: body, [Range(3, 0, 2)])
    assert [(part.answer.reply, part.data) for part in parts] == [("malformed", b"")]


async def test_two_silences_in_a_row_end_it() -> None:
    """A device that says nothing is not asked on and on; one lost answer is no reason to stop."""
    ranges = [Range(3, address, 1) for address in range(8)]
    parts, asked = await _read(lambda where: None if where.address in {1, 3, 4} else _counting(where), ranges)
    assert [part.answer.reply for part in parts] == ["answer", "silent", "answer", "silent", "silent"]
    assert len(asked) == 5


async def test_the_end_of_the_connection_ends_it() -> None:
    """After the device has closed, nothing more is asked."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.read(12)
        writer.write(request[:4] + b"\0\5\1\3\2\0\7")
        await reader.read(12)
        writer.close()

    async def turn() -> None:
        pass

    async with servers.serving(once) as (port, _):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        async with Talk(connection) as talk:
            ranges = [Range(3, at, 1) for at in range(5)]
            parts = [part async for part in read(talk, 1, ranges, turn=turn, wait_s=2.0)]
        await connection.close()
    assert [part.answer.reply for part in parts] == ["answer", "closed"]
    assert parts[0].data == b"\0\7"
