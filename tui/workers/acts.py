"""What somebody at this console does to others' sessions: in a thread of its own, and always recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.clean import clean
from tui.clock import Clock
from tui.event import Emit
from tui.probes.destroy import DestroyError
from tui.probes.ending import end_session
from tui.probes.holder import Holder, HolderError, end_process, holder
from tui.records import Session
from tui.session_events import Acted
from tui.workers.user import console_user

_Act: TypeAlias = Literal["end-session", "end-process"]
_MAY_NOT: Final = frozenset({"not-permitted", "unsupported"})
"""Refusals after which ending the whole program is another way."""


class Outcome(NamedTuple):
    """What came of an act."""

    ok: bool
    text: str
    """For the screen."""
    instead: Holder | None = None
    """The process whose end would end the session too, where the session alone could not be ended."""


class Acts:
    """Ends sessions when told to; every try is emitted as `Acted`. Methods return at once, any thread may."""

    def __init__(self, emit: Emit, clock: Clock) -> None:
        self._emit = emit
        self._clock = clock
        self._running: set[threading.Thread] = set()
        self._lock = threading.Lock()
        self.user: Final = console_user()
        """Who acts, as it is recorded."""

    def end_session(self, session: Session) -> Future[Outcome]:
        """End one session."""
        return self._begin("end-session", session, partial(_end_session, session))

    def end_process(self, session: Session, held: Holder) -> Future[Outcome]:
        """End the whole program that holds a session."""
        return self._begin("end-process", session, partial(_end_process, session, held))

    def finish(self, seconds: float) -> None:
        """Wait until what is under way is done and emitted, *seconds* at the most."""
        deadline = time.monotonic() + seconds
        with self._lock:
            running = tuple(self._running)
        for thread in running:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _begin(self, act: _Act, session: Session, do: Callable[[], Outcome]) -> Future[Outcome]:
        future: Future[Outcome] = Future()

        def run() -> None:
            outcome = do()
            self._emit(
                Acted(
                    at=self._clock.wall(),
                    user=self.user,
                    act=act,
                    session=session,
                    ok=outcome.ok,
                    text=clean(outcome.text),
                )
            )
            with self._lock:
                self._running.discard(thread)
            future.set_result(outcome)

        thread = threading.Thread(target=run, name=act, daemon=True)
        with self._lock:
            self._running.add(thread)
        thread.start()
        return future


def _end_session(session: Session) -> Outcome:
    try:
        end_session(session)
    except DestroyError as error:
        return Outcome(False, f"not ended: {error}", _instead(session) if error.why in _MAY_NOT else None)
    except Exception as error:  # noqa: BLE001 - whatever happened, the try must be recorded
        return Outcome(False, f"not ended: {clean(str(error) or type(error).__name__)}")
    return Outcome(True, f"ended: {_named(session)}")


def _instead(session: Session) -> Holder | None:
    try:
        return holder(session)
    except (HolderError, OSError):
        return None


def _end_process(session: Session, held: Holder) -> Outcome:
    try:
        end_process(session, held)
    except HolderError as error:
        return Outcome(False, f"nothing was done: {error}")
    except Exception as error:  # noqa: BLE001 - the same
        return Outcome(False, f"nothing was done: {clean(str(error) or type(error).__name__)}")
    return Outcome(True, f"SIGTERM sent to {held.process}[{held.pid}]: it ends when it heeds it")


def _named(session: Session) -> str:
    who = f" of {session.process}[{session.pid}]" if session.process and session.pid is not None else ""
    return f"{session.client} port {session.client_port}{who}, to {session.target}"
