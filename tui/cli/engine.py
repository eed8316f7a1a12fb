"""The engine for a command: which workers, which clock, what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tui import limits
from tui.clock import Clock, RecordingClock, SystemClock
from tui.config import Settings
from tui.engine import Engine
from tui.events import Probed, RunStarted
from tui.journal.record import Recorder
from tui.ladder.site import Means, Subject
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.targets import Plan
from tui.profiles.lookup import units_of
from tui.records import KnownDevice, Target
from tui.state.model import REACHED
from tui.state.store import Store, reason_to_spare
from tui.vantages.choice import everywhere
from tui.vantages.mirror import Mirror
from tui.workers import Worker
from tui.workers.giving_way import giving_way
from tui.workers.listen import Listen
from tui.workers.memory import past_of, sessions_now
from tui.workers.own_counts import OwnCounts, those_that_count
from tui.workers.recall import Recall
from tui.workers.replay import Replay
from tui.workers.sessions import Sessions
from tui.workers.sweep import Sweep
from tui.workers.triage import Triage


def live(
    settings: Settings, plan: Plan, known: Sequence[KnownDevice], run: RunStarted, journal: Path | None
) -> Engine:
    """An engine that sweeps *plan*, watches sessions and records in *journal*."""
    clock = SystemClock()

    def build(store: Store) -> Sequence[Worker]:
        own = OwnConnections(clock)
        ports = frozenset(run.ports)
        mirrors = [_mirror(settings, interface, ports) for interface in settings.mirror]
        workers: list[Worker] = [
            Sessions(
                ports,
                clock,
                vantages=everywhere(ports, mirrors),
                own=own,
                after=giving_way(store, own, clock),
            ),
            *(Listen(mirror, clock) for mirror in mirrors),
        ]
        recall = None if journal is None else Recall(journal, plan, clock)
        if recall is not None:
            workers.append(recall)
        if len(plan):

            def ready() -> bool:
                return bool(store.vantages) and (recall is None or recall.done)

            workers.extend(_probing(settings, plan, known, store, clock, own=own, ready=ready))
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


def _mirror(settings: Settings, interface: str, ports: frozenset[int]) -> Mirror:
    name = "mirror" if len(settings.mirror) == 1 else f"mirror {interface}"
    return Mirror(interface, ports, exact=settings.mirror_sees_all, name=name)


def _probing(
    settings: Settings,
    plan: Plan,
    known: Sequence[KnownDevice],
    store: Store,
    clock: Clock,
    *,
    own: OwnConnections,
    ready: Callable[[], bool],
) -> tuple[Sweep, Triage, OwnCounts]:
    """The sweep, the triage of what goes bad, and what devices say of their connections.

    All draw from one budget, and there is one connection to an address at a time.
    """
    pace = Pace(limits.PACE[settings.pace], clock)
    spare = partial(reason_to_spare, store)
    named = {Target(device.address, device.port): device for device in known}

    def subject(target: Target) -> Subject:
        device = named.get(target)
        unit = settings.unit if device is None or device.unit is None else device.unit
        limit, source = (None, "") if device is None else (device.limit, device.limit_source)
        return Subject(
            target,
            unit=unit,
            units=() if device is None else units_of(device.profile),
            limit=limit,
            limit_source=source,
        )

    def went_bad(event: Probed) -> None:
        # What has never connected and nobody named is no device of ours.
        device = store.devices.get(event.target)
        expected = event.target in named or (device is not None and device.expected)
        if expected or event.state in REACHED:
            triage.consider(event)

    sweep = Sweep(
        plan,
        pace,
        clock,
        interval=settings.interval,
        spare=spare,
        own=own,
        ready=ready,
        units={target: device.unit for target, device in named.items()},
        unit=settings.unit,
        went_bad=went_bad,
    )
    means = Means(
        pace,
        clock,
        own,
        sessions_now(store, own, clock),
        past_of(store, clock),
        frozenset(device.address for device in known),
    )
    triage = Triage(means, subject=subject, spare=spare, still_bad=sweep.is_bad)
    counting = those_that_count(known)
    counts = OwnCounts(counting, pace, clock, own=own, spare=spare, well=sweep.is_well)
    return sweep, triage, counts
