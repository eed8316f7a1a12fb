"""Measuring a device's connection limit, on real servers of each form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Final

import pytest

from tests.servers import HOST, Talk, answer, closed_port, hang_up, mute, serving
from tests.waiting import until
from tui.clock import SystemClock
from tui.probes.limit import MOST, Measured, Others, measure
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.records import SessionKey, Target

_RATE: Final = 1000.0


async def _nobody() -> Others:
    return Others()


async def _measured(
    port: int,
    most: int = 8,
    others: Callable[[], Awaitable[Others]] = _nobody,
    told: Callable[[Measured], None] = lambda _: None,
) -> Measured:
    clock = SystemClock()
    target = Target(HOST, port)
    return await measure(
        target, 1, most=most, pace=Pace(_RATE, clock), clock=clock, own=OwnConnections(clock),
        others=others, told=told,
    )  # fmt: skip


def _limited(slots: int, beyond: Talk) -> Talk:
    """Serve *slots* connections, let *beyond* speak on every other."""
    taken = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal taken
        taken += 1
        await (answer if taken <= slots else beyond)(reader, writer)

    return talk


def _evicting(slots: int) -> Talk:
    held: list[asyncio.StreamWriter] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(held) >= slots:
            held.pop(0).close()
        held.append(writer)
        await answer(reader, writer)

    return talk


@asynccontextmanager
async def _refusing(slots: int) -> AsyncIterator[int]:
    """A server that stops listening with its last connection."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if log.opened >= slots:
            await log.stop_listening()
        await answer(reader, writer)

    async with serving(talk) as (port, log):
        yield port


async def test_a_refusal_ends_the_count() -> None:
    """Those that were served are the free ones, and each is closed by FIN."""
    async with _refusing(3) as port:
        found = await _measured(port)
    assert (found.ended, found.form, found.free, found.opened) == ("limit", "refused", 3, 4)
    assert found.closed == ("fin",) * 3


@pytest.mark.parametrize(
    ("beyond", "form"),
    [pytest.param(hang_up, "accepted-closed", id="closes"), pytest.param(mute, "accepted-mute", id="mute")],
)
async def test_an_accepted_connection_must_answer(beyond: Talk, form: str) -> None:
    """Accepted is not served: closed at once and never answered are the limit, each by its name."""
    async with serving(_limited(2, beyond)) as (port, log):
        found = await _measured(port)
        assert (found.ended, found.form, found.free, found.opened) == ("limit", form, 2, 3)
        await until(lambda: not log.open_now)
        assert "reset" not in log.ended_by


async def test_losing_our_own_oldest_ends_the_count() -> None:
    """A device that closes the oldest for the newest takes one connection less than we opened."""
    async with serving(_evicting(2)) as (port, _):
        found = await _measured(port)
    assert (found.ended, found.form, found.free, found.opened) == ("limit", "evicts-oldest", 2, 3)
    assert "our connection 1" in found.detail


async def test_connections_dropped_without_a_word_are_noticed() -> None:
    """Ours are all asked once more at the end: those that fell silent did not stand."""
    opened = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        mine = opened
        while header := await reader.read(7):
            await reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
            if opened - mine < 2:
                writer.write(header[:4] + b"\0\5" + header[6:7] + b"\3\2\0\5")

    async with serving(talk) as (port, _):
        found = await _measured(port, 4)
    assert (found.ended, found.form, found.free) == ("limit", "evicts-oldest", 2)


async def test_the_wanted_number_is_never_passed() -> None:
    """No more connections than asked for are opened, and the count is then only a lower bound."""
    async with serving(answer) as (port, log):
        found = await _measured(port, 3)
        assert (found.ended, found.form, found.free) == ("most", "", 3)
        assert (log.opened, log.most_at_once) == (3, 3)


_SOMEBODY: Final = SessionKey("10.0.0.9", 40_000, HOST, 502, "")


def _others(
    *readings: Collection[SessionKey], left: Collection[SessionKey] = ()
) -> Callable[[], Awaitable[Others]]:
    """Sessions as the readings give them, the last one again and again."""
    rest = list(readings)

    async def look() -> Others:
        return Others(frozenset(rest.pop(0) if len(rest) > 1 else rest[0]), frozenset(left))

    return look


async def test_losing_somebodys_session_ends_it_at_once() -> None:
    """A session of another that vanishes while we open is the limit: nothing more is opened."""
    async with serving(answer) as (port, log):
        found = await _measured(port, others=_others({_SOMEBODY}, {_SOMEBODY}, ()))
        assert (found.ended, found.form, found.free) == ("limit", "evicts-oldest", 1)
        assert (found.lost, found.held, log.opened) == ((_SOMEBODY,), 1, 2)


async def test_a_session_that_comes_meanwhile_is_watched_too() -> None:
    """Also a session that began after we did counts as lost when it goes."""
    async with serving(answer) as (port, log):
        found = await _measured(port, others=_others((), {_SOMEBODY}, ()))
        assert (found.form, found.lost, log.opened) == ("evicts-oldest", (_SOMEBODY,), 2)


async def test_a_client_that_leaves_by_itself_is_no_eviction() -> None:
    """Closed by its own client: we stop, because the count is no longer sure, and name no form."""
    async with serving(answer) as (port, _):
        found = await _measured(port, others=_others({_SOMEBODY}, (), left={_SOMEBODY}))
    assert (found.ended, found.form) == ("left", "")


async def test_it_goes_no_further_than_it_can_see() -> None:
    """When the sessions of others can no longer be watched, nothing more is opened."""
    looks = iter((Others(), Others(missing="gone blind")))

    async def look() -> Others:
        return next(looks)

    async with serving(answer) as (port, log):
        found = await _measured(port, others=look)
        assert (found.ended, found.detail, log.opened) == ("blind", "gone blind", 1)


async def test_a_device_that_serves_nobody_has_no_count() -> None:
    """Not even the first is served: no number is given."""
    found = await _measured(closed_port())
    assert (found.ended, found.form, found.free, found.closed) == ("nothing", "refused", 0, ())


async def test_stopped_in_between_it_closes_all_and_tells() -> None:
    """Cancelled, every connection ends by FIN, and what was seen so far is told before that goes on."""
    steps: list[Measured] = []
    async with serving(answer) as (port, log):
        task = asyncio.create_task(_measured(port, MOST, told=steps.append))
        await until(lambda: len(steps) > 2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not log.open_now)
        assert set(log.ended_by) == {"fin"}
    assert (steps[-1].ended, steps[-1].free >= 3) == ("stopped", True)
    assert set(steps[-1].closed) == {"fin"}


@pytest.mark.parametrize("most", [0, MOST + 1])
async def test_the_number_has_bounds(most: int) -> None:
    """Nothing is opened for a number out of bounds."""
    with pytest.raises(ValueError, match="connections"):
        await _measured(1, most)
