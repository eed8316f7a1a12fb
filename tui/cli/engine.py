"""The engine for a command: which workers, which clock, what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tui import limits
from tui.clock import Clock, RecordingClock, SystemClock
from tui.config import Settings
from tui.engine import Engine
from tui.events import RunStarted
from tui.journal.record import Recorder
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.targets import Plan
from tui.records import KnownDevice, Target
from tui.state.store import Store, reason_to_spare
from tui.workers import Worker
from tui.workers.recall import Recall
from tui.workers.replay import Replay
from tui.workers.sessions import Sessions
from tui.workers.sweep import Sweep


def live(
    settings: Settings, plan: Plan, known: Sequence[KnownDevice], run: RunStarted, journal: Path | None
) -> Engine:
    """An engine that sweeps *plan*, watches sessions and records in *journal*."""
    clock = SystemClock()

    def build(store: Store) -> Sequence[Worker]:
        own = OwnConnections(clock)
        workers: list[Worker] = [Sessions(run.ports, clock, own=own)]
        recall = None if journal is None else Recall(journal, plan, clock)
        if recall is not None:
            workers.append(recall)
        if len(plan):

            def ready() -> bool:
                return bool(store.vantages) and (recall is None or recall.done)

            workers.append(_sweep(settings, plan, known, store, clock, own=own, ready=ready))
        return workers

    def recorder(store: Store, directory: Path) -> Recorder:
        return Recorder(directory, clock, store.events)

    return Engine(
        build,
        clock,
        first=(run,),
        recorder=None if journal is None else partial(recorder, directory=journal),
    )


def recorded(path: Path, speed: float) -> Engine:
    """An engine that plays a recording; findings are the recorded ones."""
    clock = RecordingClock()
    return Engine(lambda _store: [Replay(path, clock, speed)], clock, diagnose=False)


def _sweep(
    settings: Settings,
    plan: Plan,
    known: Sequence[KnownDevice],
    store: Store,
    clock: Clock,
    *,
    own: OwnConnections,
    ready: Callable[[], bool],
) -> Sweep:
    return Sweep(
        plan,
        Pace(limits.PACE[settings.pace], clock),
        clock,
        interval=settings.interval,
        spare=partial(reason_to_spare, store),
        own=own,
        ready=ready,
        units={Target(device.address, device.port): device.unit for device in known},
        unit=settings.unit,
    )


def journal_directory(settings: Settings) -> Path | None:
    """Where to record, or None where nothing is to be recorded."""
    from platformdirs import user_state_path  # noqa: PLC0415 - start-up time

    if not settings.journal:
        return None
    if settings.journal_directory:
        return Path(settings.journal_directory)
    return user_state_path("port502") / "journal"
