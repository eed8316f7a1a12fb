"""The one budget."""

from __future__ import annotations

import asyncio

from tests.waiting import ManualClock, until
from tui.clock import SystemClock
from tui.probes.pace import Pace
from tui.probes.patience import Patience


async def test_the_rate_is_never_exceeded() -> None:
    """A hundred connections at 50 a second take at least two seconds less one."""
    clock = ManualClock()
    pace = Pace(50.0, clock)
    begin = clock.mono()
    for number in range(100):
        async with pace.connection(f"10.0.0.{number}"):
            pass
    assert clock.mono() - begin >= 99 / 50 - 0.05


async def test_one_connection_to_an_address_at_a_time() -> None:
    """Two questions to one device wait for one another, whatever their ports."""
    pace = Pace(1000.0, SystemClock())
    inside, most = 0, 0

    async def hold() -> None:
        nonlocal inside, most
        async with pace.connection("10.0.0.1"):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1

    await asyncio.gather(*(hold() for _ in range(10)))
    assert most == 1
    assert not pace._busy


async def test_nothing_starts_while_stopped() -> None:
    """Stop means stop: a waiting connection begins only when probing is allowed again."""
    pace = Pace(1000.0, SystemClock())
    pace.allow(False)
    begun = asyncio.Event()

    async def begin() -> None:
        async with pace.connection("10.0.0.1"):
            begun.set()

    task = asyncio.create_task(begin())
    await asyncio.sleep(0.05)
    assert not begun.is_set()
    pace.allow(True)
    await until(begun.is_set)
    await task


def test_patience_follows_the_network_between_floor_and_ceiling() -> None:
    """Fast answers shorten the wait down to the floor, slow ones lengthen it up to the ceiling."""
    patience = Patience()
    assert patience.first_s == 1.0
    for _ in range(50):
        patience.saw(0.001)
    assert patience.first_s == 0.3
    assert patience.again_s >= 1.3
    for _ in range(50):
        patience.saw(20.0)
    assert patience.first_s == patience.again_s == 3.0
