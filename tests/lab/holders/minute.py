"""The whole minute: a monitor that only listens at the switch, beside the device's own kernel."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from tests.lab.holders.script import SECONDS, act
from tests.lab.holders.site import DEVICE_PORT, DEVICES, PORT, Site, site
from tests.lab.holders.watch import Pane, Second, Watch
from tests.waiting import eventually
from tui.clock import SystemClock
from tui.engine import Engine
from tui.events import RunStarted
from tui.records import KnownDevice
from tui.vantages.mirror import Mirror
from tui.workers.listen import Listen
from tui.workers.sessions import Alternatives, Sessions

LATE_S: Final = 1.5
"""What the pane says was true no longer ago: a reading a second, and half of one more."""
_SECOND: Final = 1.02  # a little more than between readings, so that acts meet them at every phase


def alone(mirror: Mirror) -> Sequence[Alternatives]:
    """Nothing but the mirror: it cannot look at either end of a session."""
    return [[mirror]]


@contextmanager
def monitor(site: Site, watched: Callable[[Mirror], Sequence[Alternatives]] = alone) -> Iterator[Pane]:
    """The pane of an engine on the switch that listens at the device's port and knows every limit."""
    clock = SystemClock()
    mirror = Mirror(DEVICE_PORT, [PORT], exact=True)
    known = tuple(KnownDevice(address=form.address, limit=form.limit) for form in DEVICES.values())
    engine = Engine(
        lambda _: [Listen(mirror, clock), Sessions([PORT], clock, vantages=watched(mirror))],
        clock,
        first=[RunStarted(at=clock.wall(), version="0", host="switch", ports=(PORT,), known=known)],
    )
    # Its threads are in the namespace of whoever starts them.
    site.switch.do(engine.start)
    try:
        pane = Pane(engine)

        def listens() -> bool:
            pane.take()
            return pane.view is not None and "mirror" in pane.view.snapshot.vantages

        eventually(listens, "the mirror is read")
        yield pane
    finally:
        engine.stop()


def minute() -> list[Second]:
    """Each second of it."""
    seconds = []
    with site() as plant, monitor(plant) as pane, Watch(plant, pane) as watch:
        begin = time.monotonic()
        for number, line in enumerate(SECONDS, 1):
            act(plant, line)
            seconds.append(watch.until(begin + number * _SECOND, line))
        # What the last act changed must be shown in time as well.
        seconds.append(watch.until(begin + len(SECONDS) * _SECOND + LATE_S, ""))
    return seconds
