"""The line drops in the middle of the work: what was open is closed, and the recording is whole."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.screen.tty import Tty
from tests.servers import answer, serving
from tests.waiting import until
from tui.events import Probed, decode

_NETWORK = "127.51.6.0/24"


@pytest.mark.timeout(60)
async def test_a_line_that_drops_mid_sweep_leaves_nothing_open(tmp_path: Path) -> None:
    """Within seconds it ends with 0, no device's connection open or torn, every recorded line whole."""
    journal = tmp_path / "journal"
    async with serving(answer, "0.0.0.0") as (port, log):
        arguments = ("watch", _NETWORK, "--port", str(port), "--journal", str(journal), "--interval", "1")
        with Tty("-m", "tui", *arguments, env={"HOME": str(tmp_path)}) as tty:
            await until(lambda: b"answers" in tty.seen and log.opened > 20, "devices on the screen")
            assert log.opened < 250, "the sweep was over before the line dropped"
            began = time.monotonic()
            await asyncio.to_thread(tty.hang_up)
            assert await asyncio.to_thread(tty.ends_within, 10) == 0
            assert time.monotonic() - began < 4.0
        await until(lambda: log.open_now == 0, "all connections closed")
        assert set(log.ended_by) == {"fin"}
    recorded = b"".join(path.read_bytes() for path in sorted(journal.glob("*.jsonl")))
    assert recorded.endswith(b"\n")
    events = [decode(line) for line in recorded.splitlines()]
    assert sum(isinstance(event, Probed) for event in events) > 20
