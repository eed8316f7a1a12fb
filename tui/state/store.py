"""The one store: folds events into devices, sessions and findings, and says what changed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec

from tui import limits
from tui.device_events import DevicePast, Identified, Learnt, Peeked, UnitsSeen
from tui.event import Event
from tui.events import (
    Climbed,
    FindingChanged,
    Health,
    Probed,
    Probing,
    RunStarted,
    Spared,
    StateChanged,
    SweepEnded,
    SweepProgress,
    SweepStarted,
)
from tui.mark_events import AnyMark, Noted, Service
from tui.records import ClientPast, Finding, KnownDevice, Session, SessionKey, Target
from tui.session_events import (
    Acted,
    ClientsKnown,
    Counted,
    Heard,
    LimitObserved,
    SessionGone,
    SessionSeen,
    VantageStatus,
)
from tui.state.climbs import Climbs
from tui.state.counts import Counts
from tui.state.held import Held
from tui.state.learnt import learnt
from tui.state.limit import turned_away
from tui.state.marked import marked
from tui.state.model import (
    OBSERVED,
    REACHED,
    RECOGNISED,
    Device,
    DirtyKey,
    Snapshot,
    SweepStatus,
    network_of,
    slots_taken,
)
from tui.state.pasts import Pasts
from tui.state.share import shared
from tui.state.sweep import swept
from tui.state.told import told
from tui.state.trouble import Trouble
from tui.trouble_events import TroubleKnown

_NOTHING: Final[frozenset[DirtyKey]] = frozenset()


class Store:
    """State as of the last event. Bounded: what does not fit is dropped, counted in `dropped`."""

    def __init__(self) -> None:
        self.at = 0.0
        self.run: RunStarted | None = None
        self.devices: dict[Target, Device] = {}
        self._held = Held()
        self._pasts = Pasts()
        self._trouble = Trouble()
        self.findings: dict[str, Finding] = {}
        self._found: dict[Target, set[str]] = {}
        self.health: dict[str, Health] = {}
        self.vantages: dict[str, VantageStatus] = {}
        self.climbs = Climbs()
        self.changes: deque[StateChanged] = deque(maxlen=limits.CHANGES)
        self.log: deque[Event] = deque(maxlen=limits.CHANGES)
        self.sweep = SweepStatus()
        self.probing = True
        self.dropped = 0
        self._folds: dict[type[Event], Callable[[Any], frozenset[DirtyKey]]] = {
            RunStarted: self._run,
            SweepStarted: self._swept,
            SweepProgress: self._swept,
            SweepEnded: self._swept,
            Probed: self._probed,
            Spared: self._spared,
            Climbed: self._climbed,
            StateChanged: self._changed,
            SessionSeen: self._session_seen,
            SessionGone: self._session_gone,
            VantageStatus: self._vantage,
            FindingChanged: self._finding,
            Probing: self._probing,
            Health: self._health,
            Heard: self._heard,
            Counted: self._counted,
            LimitObserved: self._limit,
            ClientsKnown: self._clients_known,
            Acted: self._acted,
            Identified: self._learnt,
            UnitsSeen: self._learnt,
            Peeked: self._learnt,
            DevicePast: self._past_told,
            TroubleKnown: self._trouble_known,
            Noted: self._marked,
            Service: self._marked,
        }

    @property
    def sessions(self) -> Mapping[Target, Mapping[SessionKey, Session]]:
        """The sessions of each device that has any."""
        return self._held.sessions

    @property
    def counts(self) -> Mapping[Target, Counts]:
        """How many connections of each device were taken lately."""
        return self._held.counts

    @property
    def clients(self) -> Mapping[Target, Mapping[str, ClientPast]]:
        """The clients that each device has had."""
        return self._held.clients

    def apply(self, event: Event) -> frozenset[DirtyKey]:
        """Fold one event; the keys of what it changed."""
        self.at = max(self.at, event.at)
        return self._folds[type(event)](event)

    def sessions_of(self, target: Target) -> tuple[Session, ...]:
        """The sessions of one device, oldest first."""
        return tuple(self.sessions.get(target, {}).values())

    def findings_of(self, target: Target) -> Iterator[Finding]:
        """The findings of one device, cleared ones too."""
        return (self.findings[found] for found in self._found.get(target, ()))

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports this run watches."""
        return self.run.ports if self.run is not None else ()

    def events(self) -> Iterator[Event]:
        """The present as events: folding them into an empty store gives this one."""
        if self.run is not None:
            yield self.run
        for device in self.devices.values():
            yield from told(device)
        for target, known in self.clients.items():
            yield ClientsKnown(at=self.at, address=target.address, port=target.port, clients=dict(known))
        yield from self._pasts.events(self.at)
        yield TroubleKnown(at=self.at, steps=self._trouble.history)
        for sessions in self.sessions.values():
            for session in sessions.values():
                yield SessionSeen(at=self.at, session=session)
        for finding in self.findings.values():
            yield FindingChanged(at=finding.updated_at, change="updated", finding=finding)
        yield from self.vantages.values()
        yield from self.health.values()
        if not self.probing:
            yield Probing(at=self.at, allowed=False)

    def snapshot(self, before: Snapshot | None, dirty: frozenset[DirtyKey] | set[DirtyKey]) -> Snapshot:
        """An immutable view; parts of *before* that *dirty* does not touch are shared, not copied."""
        targets = before is None or any(isinstance(key, Target) for key in dirty)
        names = {key.partition(":")[0] for key in dirty if isinstance(key, str)}
        touched = {key for key in dirty if isinstance(key, Target)}
        sessions = shared(
            before.sessions if before else None,
            self.sessions,
            touched,
            lambda target: tuple(self.sessions.get(target, {}).values()),
        )
        counts = shared(
            before.counts if before else None,
            self.counts,
            touched,
            lambda target: self.counts[target].history if target in self.counts else (),
        )
        return Snapshot(
            at=self.at,
            run=self.run,
            devices=dict(self.devices) if targets or before is None else before.devices,
            sessions=sessions,
            findings=dict(self.findings) if "finding" in names or before is None else before.findings,
            health=dict(self.health) if "health" in names or before is None else before.health,
            vantages=dict(self.vantages),
            changes=tuple(self.changes) if "change" in names or before is None else before.changes,
            sweep=self.sweep,
            counts=counts,
            pasts=shared(before.pasts if before else None, self._pasts.of, touched, self._pasts.now),
            clients=dict(self.clients) if targets or before is None else before.clients,
            ways=dict(self.climbs.ways) if targets or before is None else before.ways,
            probing=self.probing,
            trouble=self._trouble.history if names or before is None else before.trouble,
            log=tuple(self.log) if names or before is None else before.log,
        )

    # One fold an event.

    def _run(self, event: RunStarted) -> frozenset[DirtyKey]:
        self.run = event
        self._trouble.began(event.at)
        dirty: set[DirtyKey] = {"run"}
        for known in event.known:
            target = Target(known.address, known.port)
            self._put(self._device(target, known))
            dirty.add(target)
        return frozenset(dirty)

    def _device(self, target: Target, known: KnownDevice | None = None) -> Device:
        device = self.devices.get(target) or Device(address=target.address, port=target.port)
        if known is None:
            return device
        return msgspec.structs.replace(
            device,
            name=known.name,
            product=known.product,
            limit=device.limit if known.limit is None else known.limit,
            limit_source=device.limit_source if known.limit is None else known.limit_source,
            asleep=known.asleep,
            expected=True,
        )

    def _put(self, device: Device) -> None:
        target = device.target
        if target not in self.devices and len(self.devices) >= limits.DEVICES:
            oldest = next(iter(self.devices))
            del self.devices[oldest]
            self.dropped += 1
        self.devices[target] = device

    def _probed(self, event: Probed) -> frozenset[DirtyKey]:
        device = self._device(event.target)
        same = device.state == event.state
        reached_at = event.at if event.state in REACHED else event.reached_at or device.reached_at
        probed = msgspec.structs.replace(
            device,
            state=event.state,
            before=device.before if same else device.state,
            since=device.since if same else event.since or event.at,
            asked_at=event.at,
            reached_at=reached_at,
            expected=device.expected or reached_at is not None,
            ms=event.ms,
            answer_ms=event.answer_ms,
            sender=event.sender,
            detail=event.detail,
            reply=event.reply,
            unit=event.unit,
            exception=event.exception,
            raw=event.raw,
            closed=event.closed,
            pause_s=event.pause_s,
            spared="",
            turned_away=turned_away(device, event, self.sessions_of(event.target), self.vantages),
        )
        self._put(self.climbs.asked(probed))
        self._pasts.probed(device, probed)
        return frozenset({event.target})

    def _climbed(self, event: Climbed) -> frozenset[DirtyKey]:
        target = event.target
        self._put(self.climbs.told(self._device(target), event))
        dirty: set[DirtyKey] = {target}
        if event.done and (network := self.climbs.learn(event)):
            # What is known of the way to one device goes for its neighbours.
            dirty |= {other for other in self.devices if network_of(other.address) == network}
        if oldest := self.climbs.keep(target):
            self._put(msgspec.structs.replace(self._device(oldest), climb=None, found=None))
            dirty.add(oldest)
        return frozenset(dirty)

    def _spared(self, event: Spared) -> frozenset[DirtyKey]:
        target = Target(event.address, event.port)
        self._put(msgspec.structs.replace(self._device(target), spared=event.reason))
        return frozenset({target})

    def _changed(self, event: StateChanged) -> frozenset[DirtyKey]:
        self.changes.append(event)
        self.log.append(event)
        return frozenset({"change:"})

    def _session_seen(self, event: SessionSeen) -> frozenset[DirtyKey]:
        if not self._held.seen(event.session, event.at):
            self.dropped += 1
            return _NOTHING
        return frozenset({event.session.target})

    def _session_gone(self, event: SessionGone) -> frozenset[DirtyKey]:
        gone = self._held.gone(event.session, event.at)
        return frozenset({Target(event.address, event.port)}) if gone else _NOTHING

    def _heard(self, event: Heard) -> frozenset[DirtyKey]:
        self._put(msgspec.structs.replace(self._device(event.target), heard=event))
        return frozenset({event.target})

    def _counted(self, event: Counted) -> frozenset[DirtyKey]:
        self._put(msgspec.structs.replace(self._device(event.target), counted=event))
        return frozenset({event.target})

    def _limit(self, event: LimitObserved) -> frozenset[DirtyKey]:
        device = self._device(event.target)
        if device.limit is None or device.limit_source.startswith((OBSERVED, RECOGNISED)):
            sure = event.limit if event.limit and event.sure else None
            least = event.limit if event.limit and not event.sure else None
            source = f"{OBSERVED}: {event.source}" if event.limit else ""
            self._put(msgspec.structs.replace(device, limit=sure, limit_least=least, limit_source=source))
        return frozenset({event.target})

    def _learnt(self, event: Learnt) -> frozenset[DirtyKey]:
        self._put(learnt(self._device(event.target), event))
        return frozenset({event.target})

    def _marked(self, event: AnyMark) -> frozenset[DirtyKey]:
        self._put(marked(self._device(event.target), event))
        self.log.append(event)
        return frozenset({event.target, "mark:"})

    def _past_told(self, event: DevicePast) -> frozenset[DirtyKey]:
        self._pasts.recall(event)
        return frozenset({event.target})

    def _trouble_known(self, event: TroubleKnown) -> frozenset[DirtyKey]:
        self._trouble.recall(event)
        return frozenset({"trouble"})

    def _clients_known(self, event: ClientsKnown) -> frozenset[DirtyKey]:
        self._held.recall(event.target, event.clients)
        return _NOTHING

    def _acted(self, event: Acted) -> frozenset[DirtyKey]:
        self.log.append(event)
        return frozenset({"act:"})

    def _finding(self, event: FindingChanged) -> frozenset[DirtyKey]:
        finding = event.finding
        if finding.id not in self.findings and len(self.findings) >= limits.FINDINGS:
            cleared = (key for key, old in self.findings.items() if old.cleared_at is not None)
            dropped = self.findings.pop(next(cleared, next(iter(self.findings))))
            self._found[dropped.target].discard(dropped.id)
            self._trouble.forgot(dropped.id)
            self.dropped += 1
        self.findings[finding.id] = finding
        self._found.setdefault(finding.target, set()).add(finding.id)
        self._trouble.told(event)
        if event.change != "updated":
            self.log.append(event)
        return frozenset({f"finding:{finding.id}"})

    def _vantage(self, event: VantageStatus) -> frozenset[DirtyKey]:
        self.vantages[event.name] = event
        return frozenset({f"vantage:{event.name}"})

    def _probing(self, event: Probing) -> frozenset[DirtyKey]:
        self.probing = event.allowed
        self.log.append(event)
        return frozenset({"sweep"})

    def _health(self, event: Health) -> frozenset[DirtyKey]:
        before = self.health.get(event.source)
        self.health[event.source] = event
        if before is None or (before.ok, before.text) != (event.ok, event.text):
            self.log.append(event)
        return frozenset({f"health:{event.source}"})

    def _swept(self, event: SweepStarted | SweepProgress | SweepEnded) -> frozenset[DirtyKey]:
        self.sweep = swept(self.sweep, event)
        return frozenset({"sweep"})


def reason_to_spare(store: Store, target: Target) -> str:
    """Why *target* must not be probed now, or "": a device at its known limit is left alone."""
    device = store.devices.get(target)
    if device is None or device.limit is None:
        return ""
    taken = slots_taken(store.sessions_of(target))
    return f"{taken} of {device.limit} connections taken" if taken >= device.limit else ""
