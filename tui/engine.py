"""The engine: its own thread and loop, supervised workers, one fold of events into state."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Final

from tui import limits
from tui.clean import clean
from tui.clock import Clock
from tui.device_events import What
from tui.diagnosis import alarms, joint
from tui.event import Event
from tui.events import Health
from tui.mailbox import Mailbox
from tui.probes.holder import Holder
from tui.records import Finding, Session, Target
from tui.state.model import DirtyKey, Snapshot
from tui.state.store import Store
from tui.state.update import Update
from tui.workers import Prober, Recorder, Worker
from tui.workers.acts import Acts, Outcome
from tui.workers.crew import Crew
from tui.workers.marks import Marks


class Engine:
    """Runs workers on a thread of its own and keeps the store.

    *build* makes the workers on the engine's loop. With *diagnose* off, findings come from the events alone
    (a replay). Methods may be called from any thread.
    """

    def __init__(
        self,
        build: Callable[[Store], Sequence[Worker]],
        clock: Clock,
        *,
        first: Iterable[Event] = (),
        recorder: Callable[[Store], Recorder] | None = None,
        diagnose: bool = True,
    ) -> None:
        self._build = build
        self._clock = clock
        self._first = tuple(first)
        self._make_recorder = recorder
        self._diagnose = diagnose
        self._store = Store()
        self._lock = threading.Lock()
        self._dirty: set[DirtyKey] = set()
        self._taken: Snapshot | None = None
        self._mailbox = Mailbox(limits.MAILBOX, self._wake)
        self._told_dropped = 0
        self._acts = Acts(self.emit, clock)
        self.marks: Final = Marks(self.emit, clock, self._finding, self._acts.user)
        """Takes what people say of findings and devices."""
        self._recorder: Recorder | None = None
        self._crew = Crew()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Event | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._ready = threading.Event()
        self._failure: Exception | None = None

    # For any thread.

    def start(self) -> None:
        """Begin; returns once the workers run, or raises what kept them from being made."""
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End the workers, close their sockets, flush the journal; bounded."""
        if not self._thread.is_alive():
            return
        self._acts.finish(limits.STOP_S)
        self._on_loop(self._cancel)
        self._thread.join(limits.STOP_S * 2)

    def pull(self) -> Update | None:
        """The present and what is new since the last pull; None if nothing is."""
        with self._lock:
            if not self._dirty and self._taken is not None:
                return None
            dirty = frozenset(self._dirty)
            self._dirty.clear()
            self._taken = self._store.snapshot(self._taken, dirty)
            return Update(self._taken, dirty)

    @property
    def probes(self) -> bool:
        """Whether anything can be probed at all."""
        return bool(self._crew.probers)

    def now(self) -> float:
        """Wall seconds, or the recording's own in a replay."""
        return self._clock.wall()

    def emit(self, event: Event) -> None:
        """Hand in an event from outside the workers."""
        self._mailbox.put(event)

    def allow_probing(self, allowed: bool) -> None:  # noqa: FBT001 - the one thing it says
        """Stop all probing and close its sockets, or allow it again."""
        for prober in self._crew.probers:
            self._on_loop(partial(self._allow, prober, allowed=allowed))

    def sweep_now(self) -> None:
        """Begin the next sweep without waiting."""
        if self._crew.sweeper is not None:
            self._on_loop(self._crew.sweeper.sweep_now)

    def ask(self, target: Target) -> None:
        """Find out what is wrong with one target."""
        if self._crew.examiner is not None:
            self._on_loop(partial(self._crew.examiner.ask_now, target))

    def inquire(self, target: Target, what: What) -> None:
        """Ask one target what it is, which unit ids answer, or for the values its profile names."""
        if self._crew.inquirer is not None:
            self._on_loop(partial(self._crew.inquirer.inquire, target, what))

    def leave(self, target: Target, what: What) -> None:
        """Stop asking one target that."""
        if self._crew.inquirer is not None:
            self._on_loop(partial(self._crew.inquirer.leave, target, what))

    @property
    def user(self) -> str:
        """Who acts from here, as it is recorded."""
        return self._acts.user

    def end_session(self, session: Session) -> Future[Outcome]:
        """End somebody's session that has an end on this host; recorded whatever comes of it."""
        return self._acts.end_session(session)

    def end_process(self, session: Session, held: Holder) -> Future[Outcome]:
        """End the whole program that holds a session, by SIGTERM; recorded whatever comes of it."""
        return self._acts.end_process(session, held)

    def _finding(self, finding_id: str) -> Finding | None:
        with self._lock:
            return self._store.findings.get(finding_id)

    # On the engine's thread.

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:  # noqa: BLE001 - raised again by start()
            self._failure = error
        finally:
            self._ready.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.Event()
        self._main = asyncio.current_task()
        for event in self._first:
            self._mailbox.put(event)
        self._work.set()
        workers: list[Worker] = list(self._build(self._store))
        self._crew = Crew(workers)
        if self._make_recorder is not None:
            self._recorder = self._make_recorder(self._store)
            workers.append(self._recorder)
        self._ready.set()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._fold())
                if self._diagnose:
                    group.create_task(self._review_fading())
                for worker in workers:
                    group.create_task(self.supervise(worker))
        except asyncio.CancelledError:
            return
        finally:
            self._fold_some(self._mailbox.take())
            if self._recorder is not None:
                await self._recorder.finish()

    async def supervise(self, worker: Worker) -> None:
        """Run *worker*; if it crashes say so, wait longer each time, and run it again."""
        delay = limits.RESTART_FIRST_S
        crashed = False
        while True:
            started = self._clock.mono()
            try:
                run = asyncio.ensure_future(worker.run(self.emit))
                if crashed:
                    self._tell(worker.name, ok=True, text="running again")
                await run
            except Exception as error:  # noqa: BLE001 - told below, and the worker is run again
                crashed = True
                if self._clock.mono() - started > limits.RESTART_FORGIVEN_S:
                    delay = limits.RESTART_FIRST_S
                words = clean(f"{_first_cause(error)}; starting it again in {delay:g} s")
                self._tell(worker.name, ok=False, text=words)
                await self._clock.sleep(delay)
                delay = min(delay * 2, limits.RESTART_MOST_S)
            else:
                return

    async def _fold(self) -> None:
        assert self._work is not None  # noqa: S101 - set before this task exists
        while True:
            await self._work.wait()
            self._work.clear()
            while events := self._mailbox.take(limits.FOLD_BATCH):
                self._fold_some(events)
                await asyncio.sleep(0)

    async def _review_fading(self) -> None:
        """Every now and then look at findings that only time clears, and at what several have in common."""
        while True:
            await asyncio.sleep(limits.REVIEW_S)
            with self._lock:
                now = self._clock.wall()
                for target in set(alarms.fading(self._store)):
                    for change in alarms.review(self._store, target, now):
                        self._fold_one(change, set())
                for change in joint.review(self._store, now):
                    self._fold_one(change, set())

    def _fold_some(self, events: Iterable[Event]) -> None:
        with self._lock:
            touched: set[Target] = set()
            for event in events:
                self._fold_one(event, touched)
            if self._diagnose:
                for target in touched:
                    for change in alarms.review(self._store, target, self._clock.wall()):
                        self._fold_one(change, set())
            lost = self._mailbox.dropped + self._store.dropped
            if lost > self._told_dropped:
                self._told_dropped = lost
                text = f"{lost} observations did not fit into memory and were dropped"
                self._fold_one(Health(at=self._clock.wall(), source="memory", ok=False, text=text), touched)

    def _fold_one(self, event: Event, touched: set[Target]) -> None:
        if self._recorder is not None:
            self._recorder.put(event)
        dirty = self._store.apply(event)
        self._dirty |= dirty
        touched.update(key for key in dirty if isinstance(key, Target))

    def _tell(self, source: str, *, ok: bool, text: str) -> None:
        self.emit(Health(at=self._clock.wall(), source=source, ok=ok, text=text))

    def _allow(self, prober: Prober, *, allowed: bool) -> None:
        self._group.create_task(prober.allow(allowed=allowed))

    def _cancel(self) -> None:
        if self._main is not None:
            self._main.cancel()

    def _wake(self) -> None:
        if self._work is not None:
            self._on_loop(self._work.set)

    def _on_loop(self, call: Callable[[], object]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)


def _first_cause(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
