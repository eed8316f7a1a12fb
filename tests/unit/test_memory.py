"""What the monitor knows when a climb asks: this host's sessions now, others' as they were told."""

from __future__ import annotations

import sys

import pytest

from tui.clock import SystemClock
from tui.probes.own import OwnConnections
from tui.records import Session, Target
from tui.session_events import SessionSeen
from tui.state.store import Store
from tui.workers.memory import sessions_now

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads the kernel's table")
PLC = Target("127.51.77.1", 502)


@linux
async def test_a_climb_knows_the_sessions_of_others() -> None:
    """Those heard on a mirror count; one told of this host that its table no longer has does not."""
    store, clock = Store(), SystemClock()
    heard = Session(
        client="10.0.0.9", client_port=40_000, address=PLC.address, port=PLC.port, state="ESTABLISHED",
        side="none", since=1.0, vantage="mirror",
    )  # fmt: skip
    past = Session(
        client="127.0.0.1", client_port=40_001, address=PLC.address, port=PLC.port, state="ESTABLISHED",
        side="client", since=1.0, vantage="kernel",
    )  # fmt: skip
    for session in (heard, past):
        store.apply(SessionSeen(at=1.0, session=session))
    seen = await sessions_now(store, OwnConnections(clock), clock)(PLC)
    assert [*seen.sessions] == [heard]
