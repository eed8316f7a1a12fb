"""A session whose peer has vanished, in network namespaces: what the kernel's figures then show."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.lab.net import Namespace, needs_lab, wire
from tui.clock import SystemClock
from tui.event import Event
from tui.records import Session
from tui.session_events import SessionSeen
from tui.workers.sessions import Sessions

pytestmark = needs_lab


@pytest.fixture
def hosts() -> Iterator[tuple[Namespace, Namespace]]:
    """A client at 10.99.0.1 and a device at 10.99.0.2, on one wire."""
    with ExitStack() as stack:
        client, device = Namespace(stack), Namespace(stack)
        wire(client, "10.99.0.1/24", device, "10.99.0.2/24")
        yield client, device


async def test_vanished_peer_shows_in_the_figures(hosts: tuple[Namespace, Namespace]) -> None:
    """Behind a silent drop the session still stands, with a full send queue and ever longer retries."""
    client, device = hosts
    with ExitStack() as stack:
        server = stack.enter_context(device.do(lambda: socket.create_server(("10.99.0.2", 502))))
        end = stack.enter_context(client.do(lambda: socket.create_connection(("10.99.0.2", 502), 5)))
        stack.enter_context(server.accept()[0])
        asyncio.get_running_loop().set_default_executor(client.threads)
        worker = Sessions({502}, SystemClock())
        calm = await latest(worker, lambda _: True)
        assert (calm.side, calm.state, calm.send_queue, calm.backoff) == ("client", "ESTABLISHED", 0, 0)

        device.run("nft", "add", "table", "inet", "lab")
        device.run(
            "nft", "add", "chain", "inet", "lab", "in", "{ type filter hook input priority 0; policy drop; }"
        )
        end.sendall(bytes(12))
        first = await latest(worker, lambda session: session.backoff >= 1)
        later = await latest(worker, lambda session: session.backoff > first.backoff)
        assert later.state == "ESTABLISHED"
        assert later.retransmits > first.retransmits >= 1
        assert later.send_queue == 12
        assert later.unacked >= 1
        assert later.since == calm.since


async def latest(worker: Sessions, enough: Callable[[Session], bool]) -> Session:
    """The first session told for which *enough* holds."""
    events: list[Event] = []
    async with asyncio.timeout(20):
        while True:
            await worker.poll(events.append)
            for event in events:
                if isinstance(event, SessionSeen) and enough(event.session):
                    return event.session
            events.clear()
            await asyncio.sleep(0.01)
