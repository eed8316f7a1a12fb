"""The engine for a command: which workers, which clock, what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tui import limits
from tui.cli.tls import tls_of
from tui.clock import Clock, RecordingClock, SystemClock
from tui.config import Settings
from tui.engine import Engine
from tui.events import Probed, RunStarted
from tui.journal.record import Recorder
from tui.ladder.site import Means, Subject
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.targets import Plan
from tui.profiles.model import Profile
from tui.records import KnownDevice, Target
from tui.state.model import REACHED, Device
from tui.state.store import Store, reason_to_spare
from tui.vantages.choice import everywhere
from tui.vantages.mirror import Mirror
from tui.workers import Worker
from tui.workers.giving_way import giving_way
from tui.workers.inquired import Inquired, found_units, inquired, product_of
from tui.workers.inquirer import Inquirer
from tui.workers.inquiries import Inquiries
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
) -> tuple[Sweep, Triage, OwnCounts, Inquirer]:
    """The sweep, the triage of what goes bad, and what devices say of their connections.

    All draw from one budget, and there is one connection to an address at a time.
    """
    pace = Pace(limits.PACE[settings.pace], clock)
    named = {Target(device.address, device.port): device for device in known}
    about = partial(inquired, store, named, settings.unit)

    def spare(target: Target) -> str:
        return reason_to_spare(store, target) or demanded.busy(target)

    def subject(target: Target) -> Subject:
        configured = named.get(target)
        unit = settings.unit if configured is None or configured.unit is None else configured.unit
        return _subject(target, unit, about(target), store.devices.get(target))

    def went_bad(event: Probed) -> None:
        # What has never connected and nobody named is no device of ours.
        device = store.devices.get(event.target)
        expected = event.target in named or (device is not None and device.expected)
        if expected or event.state in REACHED:
            triage.consider(event)

    def product(target: Target) -> Profile | None:
        return product_of(None, named.get(target))

    inquiries = Inquiries(clock, device=store.devices.get, product=product)

    def again(target: Target) -> None:
        inquiries.again(target)
        sweep.look_at(target)

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
        further=inquiries,
    )
    means = _means(settings, known, store, pace, clock=clock, own=own)
    triage = Triage(means, subject=subject, spare=spare, still_bad=sweep.is_bad)
    counting = those_that_count(known)
    counts = OwnCounts(counting, pace, clock, own=own, spare=spare, well=sweep.is_well)
    taken = partial(reason_to_spare, store)
    demanded = Inquirer(pace, clock, own=own, about=about, spare=taken, again=again)
    return sweep, triage, counts, demanded


def _subject(target: Target, unit: int, known: Inquired, device: Device | None) -> Subject:
    """What a climb is told of *target*: the unit configured, and what was learnt of the device."""
    return Subject(
        target,
        unit=unit,
        units=(*known.units, *found_units(device)),
        limit=device.limit if device else None,
        limit_source=device.limit_source if device else "",
        profile=known.product.id if known.product else "",
    )


def _means(
    settings: Settings,
    known: Sequence[KnownDevice],
    store: Store,
    pace: Pace,
    *,
    clock: Clock,
    own: OwnConnections,
) -> Means:
    """What climbs ask with: budget and own connections are those of everybody who asks."""
    return Means(
        pace,
        clock,
        own,
        sessions_now(store, own, clock),
        past_of(store, clock),
        frozenset(device.address for device in known),
        tls_of(settings),
    )
