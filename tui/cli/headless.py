"""The engine without a screen: findings and the monitor's own health as lines, as they turn."""

from __future__ import annotations

import signal
import threading
from datetime import datetime
from types import FrameType

from tui import limits
from tui.cli.failure import FAULT, FINE
from tui.engine import Engine
from tui.event import Event
from tui.events import RECORDING, FindingChanged, Health
from tui.session_events import Acted
from tui.state.model import Snapshot


def run(engine: Engine, *, until_played: bool = False) -> int:
    """Run until SIGINT, SIGTERM or SIGHUP, or until a recording was played.

    Returns:
        2 where findings are open at the end, else 0.
    """
    over = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        over.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    told: Event | None = None
    latest: Snapshot | None = None
    engine.start()
    try:
        while not over.wait(limits.FRAME_S / 5 if until_played else limits.FRAME_S):
            update = engine.pull()
            if update is None:
                continue
            latest = update.snapshot
            told = _tell(latest.log, told)
            if until_played and RECORDING in latest.health:
                break
    finally:
        engine.stop()
    if latest is None:
        return FINE
    return FAULT if any(finding.cleared_at is None for finding in latest.findings.values()) else FINE


def _tell(log: tuple[Event, ...], told: Event | None) -> Event | None:
    """Print what came after *told*; the newest told."""
    start = next((index + 1 for index in range(len(log) - 1, -1, -1) if log[index] is told), 0)
    for event in log[start:]:
        if words := _words(event):
            when = datetime.fromtimestamp(event.at).astimezone().isoformat(timespec="seconds")
            print(f"{when} {words}", flush=True)
    return log[-1] if log else told


def _words(event: Event) -> str:
    if isinstance(event, FindingChanged) and event.change in {"opened", "cleared"}:
        finding = event.finding
        return (
            f"{event.change} {finding.target} {finding.cause} {finding.certainty} "
            f"priority {finding.priority}: {finding.title}"
        )
    if isinstance(event, Acted):
        return f"{'DONE' if event.ok else 'NOT DONE'} by {event.user}: {event.text}"
    if isinstance(event, Health):
        return f"{'ok' if event.ok else 'TROUBLE'} {event.source}: {event.text}"
    return ""
