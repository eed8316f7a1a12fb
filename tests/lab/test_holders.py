"""The sessions pane beside the device's own kernel, for a minute in which everything happens."""

from __future__ import annotations

import select
import socket
import sys
import time
from contextlib import ExitStack
from functools import partial
from typing import Final

import pytest

from tests.lab.holders.minute import LATE_S, minute, monitor
from tests.lab.holders.script import act
from tests.lab.holders.site import DEVICES, PORT, site
from tests.lab.holders.watch import right, table
from tests.lab.net import Namespace, needs_lab, wire
from tests.lab.verdict.plant import Child
from tests.waiting import eventually
from tui.session_events import Heard
from tui.state.model import holds_slot
from tui.vantages.choice import everywhere
from tui.vantages.inet_diag import InetDiag
from tui.vantages.mirror import Mirror

pytestmark = needs_lab

_MOST = {"refuses": 3, "drops": 3, "closes": 2, "mutes": 3, "evicts": 4}
"""What each device holds at its fullest: its limit, and a mute one whoever else waits."""
_UNFOUNDED = 3
"""In some 3,000 looks at five devices a state may be so short that only the mirror has it."""
_ROUTED = (
    ("b opens scada refuses 2", 3),
    ("a closes hmi", 2),
    ("c opens log refuses 1", 3),
    ("c silent", 3),
    ("b killed scada", 1),
)
"""What happens where four vantages look on, and the sessions after it."""
_SEEING = {"namespaces", "mirror", "conntrack"}
"""Who of them sees a session between other hosts; the kernel's own table does not."""


@pytest.mark.timeout(120)
def test_what_the_pane_counts_is_true_all_the_while() -> None:
    """From a mirror alone, each device's count and its holders are those its own kernel had just before."""
    seconds = minute()
    told = "\n".join(["", *table(seconds)])
    for name, form in DEVICES.items():
        assert max(len(second.truth[form.target]) for second in seconds) == _MOST[name], told
    assert max(second.behind_s for second in seconds) <= LATE_S, told
    assert sum(second.unfounded for second in seconds) <= _UNFOUNDED, told
    assert seconds[-1].at_end, told


def test_seen_by_several_a_session_is_one() -> None:
    """On a router that sees each from four sides, the count is the same, and no lower bound any more."""
    target = DEVICES["refuses"].target
    with site(routed=True) as plant:
        act(plant, "a opens hmi refuses 1")
        with monitor(plant, lambda mirror: everywhere(frozenset({PORT}), [mirror])) as pane:

            def agree(count: int) -> bool:
                pane.take()
                truth = plant.truth()[target]
                sessions = pane.view.snapshot.sessions.get(target, ()) if pane.view else ()
                return (
                    right(pane.shown(target), target, truth, exact=True)
                    and len(truth) == len(sessions) == count
                    and all(set(session.seen_by) == _SEEING for session in sessions)
                )

            for line, count in _ROUTED:
                act(plant, line)
                eventually(partial(agree, count), f"{count} sessions after {line!r}")
            assert any(text.startswith("exact") for text in pane.line(target))


_BURST: Final = 6
_READ: Final = b"\0\1\0\0\0\6\1\3\0\0\0\1"


def test_a_client_that_was_left_out_does_not_count() -> None:
    """Of a burst that a short queue accepts, the mirror counts just those that the device's kernel has."""
    with ExitStack() as stack:
        clients, device = Namespace(stack), Namespace(stack)
        wire(clients, "10.93.0.1/24", device, "10.93.0.2/24")
        words = ("-m", "tests.lab.verdict.servers", "one_by_one", f"10.93.0.2:{PORT}", "backlog=1")
        Child(stack, device.inside(sys.executable, *words))
        mirror = stack.enter_context(Mirror("eth0", [PORT]))
        device.do(mirror.pump)
        heard: list[Heard] = []
        held: set[int] = set()

        def connect() -> list[socket.socket]:
            socks = [stack.enter_context(socket.socket()) for _ in range(_BURST)]
            for sock in socks:
                sock.setblocking(False)
                sock.connect_ex(("10.93.0.2", PORT))
            return socks

        def agree(count: int) -> bool:
            reading = mirror.read(time.time())
            heard.extend(reading.heard)
            told = {key.client_port for key, seen in reading.sessions.items() if holds_slot(seen.session)}
            entries = device.do(lambda: InetDiag().read(frozenset({PORT})))
            held.clear()
            held.update(entry.ends[3] for entry in entries if entry.state in {"ESTABLISHED", "CLOSE_WAIT"})
            return told == held and len(held) == count

        socks = clients.do(connect)
        eventually(lambda: len(select.select([], socks, [], 0)[1]) == _BURST, "each believes to be connected")
        for sock in socks:
            sock.send(_READ)
        eventually(lambda: agree(3), "one is served and two wait")
        (served,) = select.select(socks, [], [], 0)[0]
        eventually(lambda: agree(3) and heard[-1].turned_away_as, "the device is heard to be full")
        assert (heard[-1].turned_away_at, heard[-1].turned_away_as) == (3, "accepted-mute")
        port = served.getsockname()[1]
        served.close()
        eventually(lambda: agree(3) and port not in held, "another has come in")
