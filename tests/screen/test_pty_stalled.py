"""A terminal that nobody reads: the engine does not wait for it, and the screen catches up."""

from __future__ import annotations

import pytest

from tests.bench.stalled import stalled

_PTY_HOLDS = 30_000
"""More than a pseudo-terminal holds unread: behind it somebody waited to write."""


@pytest.mark.timeout(60)
def test_an_unread_terminal_stops_nothing_but_itself() -> None:
    """While it is full the recording goes on without a break; read again it soon shows the present."""
    found = stalled(turns=10, every_s=0.1)
    assert found.slowest_s < 1.0
    assert found.behind > _PTY_HOLDS
    assert found.caught_up_s < 5.0
