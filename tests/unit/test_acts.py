"""What is done to others' sessions and programs: only to those meant, and recorded whatever comes of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
import psutil
import pytest

from tests.unit.socket_tools import connected, listening
from tests.waiting import eventually
from tui.clock import SystemClock
from tui.event import Event
from tui.events import decode, encode
from tui.probes.destroy import DestroyError, Why
from tui.probes.ending import end_session
from tui.probes.holder import Holder, HolderError, end_process, holder
from tui.records import Session
from tui.session_events import Acted
from tui.workers.acts import Acts, Outcome
from tui.workers.user import console_user

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and netlink")

_CLIENT: Final = """
import socket, sys
held = [socket.create_connection((sys.argv[1], int(sys.argv[2]))) for _ in range(int(sys.argv[3]))]
print(held[0].getsockname()[1], flush=True)
sys.stdin.read()
"""
_WAIT_S: Final = 10.0


def _session(**fields: object) -> Session:
    given = {
        "client": "10.0.0.9", "client_port": 40_000, "address": "10.0.0.12", "port": 502,
        "state": "ESTABLISHED", "side": "client", "since": 0.0,
    }  # fmt: skip
    return Session(**(given | fields))  # type: ignore[arg-type]


@contextmanager
def _client_of(server: socket.socket, sessions: int = 1) -> Iterator[tuple[subprocess.Popen[str], Session]]:
    """A program with *sessions* to the server, and the first of them."""
    address, port = server.getsockname()
    words = [sys.executable, "-c", _CLIENT, address, str(port), str(sessions)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            own = int(process.stdout.readline())
            name = psutil.Process(process.pid).name()
            yield process, _session(
                client="127.0.0.1" if address == "127.0.0.1" else address, client_port=own, address=address,
                port=port, pid=process.pid, process=name, user="ops",
            )  # fmt: skip
        finally:
            process.kill()


def _refuse(monkeypatch: pytest.MonkeyPatch, why: Why) -> None:
    def refuse(_session: Session) -> None:
        raise DestroyError(why, "it may not be")

    monkeypatch.setattr("tui.workers.acts.end_session", refuse)


def _acts() -> tuple[Acts, list[Event]]:
    told: list[Event] = []
    return Acts(told.append, SystemClock()), told


@pytest.mark.parametrize("why", ["not-permitted", "unsupported"])
def test_without_the_right_the_program_is_named_that_could_be_ended(
    monkeypatch: pytest.MonkeyPatch, why: Why
) -> None:
    """The process is found to be the one that was seen, and what else it holds; nothing happens to it."""
    _refuse(monkeypatch, why)
    acts, told = _acts()
    with listening("127.0.0.1") as server, _client_of(server, 3) as (process, session):
        outcome = acts.end_session(session).result(_WAIT_S)
        assert outcome.instead == Holder(
            process.pid, session.process, psutil.Process(process.pid).create_time(), 2
        )
        assert process.poll() is None
    assert not outcome.ok
    (event,) = told
    assert isinstance(event, Acted)
    assert (event.act, event.ok, event.user) == ("end-session", False, console_user())
    assert decode(encode(event)) == event


@pytest.mark.parametrize("why", ["gone", "failed", "elsewhere"])
def test_a_program_is_offered_only_where_a_right_is_missing(
    monkeypatch: pytest.MonkeyPatch, why: Why
) -> None:
    """A session that is gone, say, is no reason to end anything."""
    _refuse(monkeypatch, why)
    acts, _ = _acts()
    with listening("127.0.0.1") as server, _client_of(server) as (_process, session):
        assert acts.end_session(session).result(_WAIT_S) == Outcome(False, "not ended: it may not be")


def test_a_program_is_ended_and_it_is_recorded() -> None:
    """SIGTERM ends it; who did it, to what, and what came of it is told as an event."""
    acts, told = _acts()
    with listening("127.0.0.1") as server, _client_of(server) as (process, session):
        outcome = acts.end_process(session, holder(session)).result(_WAIT_S)
        assert process.wait(_WAIT_S) == -15
    assert outcome.ok
    (event,) = told
    assert isinstance(event, Acted)
    assert (event.act, event.ok, event.session) == ("end-process", True, session)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"process": "another"}, "another program"),
        ({"process": ""}, "another program"),
        ({"client_port": 1}, "holds the session no more"),
        ({"pid": 1}, "never ended"),
        ({"pid": 0}, "never ended"),
        ({"pid": os.getpid()}, "never ended"),
        ({"pid": None}, "no program"),
        ({"side": "device"}, "no program"),
        ({"side": "none"}, "no program"),
        ({"ours": True}, "never ended"),
        ({"dialled": "$(reboot)"}, "addresses"),
    ],
)
def test_only_the_program_that_was_seen_is_ever_ended(fields: dict[str, object], words: str) -> None:
    """Another name, another socket, the first process, ourselves, a server: each is refused."""
    with listening("127.0.0.1") as server, _client_of(server) as (process, session):
        held = holder(session)
        changed = msgspec.structs.replace(session, **fields)
        with pytest.raises(HolderError, match=words):
            end_process(changed, held)
        assert process.poll() is None


def test_another_process_of_the_same_number_is_spared() -> None:
    """Between question and answer the program may have been replaced: its start tells."""
    with listening("127.0.0.1") as server, _client_of(server) as (process, session):
        held = holder(session)._replace(started=1.0)
        with pytest.raises(HolderError, match="another program"):
            end_process(session, held)
        assert process.poll() is None


def test_a_program_that_has_let_go_is_spared() -> None:
    """It holds another connection by now: ending it would end the wrong thing."""
    with connected("127.0.0.1") as pair:
        session = _session(
            client="127.0.0.1", client_port=pair.client_port, address="127.0.0.1", port=pair.port,
            pid=os.getppid(), process=psutil.Process(os.getppid()).name(),
        )  # fmt: skip
        with pytest.raises(HolderError, match="no more"):
            holder(session)


def test_what_goes_wrong_in_an_act_is_recorded_too() -> None:
    """Addresses that are none: an outcome and an event, not a lost thread."""
    acts, told = _acts()
    outcome = acts.end_session(_session(client="nonsense")).result(_WAIT_S)
    assert not outcome.ok
    assert [event.ok for event in told if isinstance(event, Acted)] == [False]


def test_who_called_by_sudo_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user it runs as, and beside it whoever became that user; clean for the screen."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    plain = console_user()
    monkeypatch.setenv("SUDO_USER", "o\x1b[31mps")
    assert console_user() == f"{plain} (sudo: o\\x1b[31mps)"
    monkeypatch.setenv("SUDO_USER", plain)
    assert console_user() == plain


def test_a_session_without_an_end_here_is_left_alone() -> None:
    """What is only seen passing by cannot be ended from here."""
    with pytest.raises(DestroyError) as told:
        end_session(_session(side="none"))
    assert told.value.why == "elsewhere"


def test_a_namespace_that_is_gone_is_told() -> None:
    """Its name may be anything: no file outside is ever entered."""
    for netns in ("no-such-namespace", "../../proc/1/ns/net", "..", "python[1]", "x[4000000000]"):
        with pytest.raises(DestroyError) as told:
            end_session(_session(netns=netns, client="127.0.0.1", address="127.0.0.1"))
        assert told.value.why == "gone"


def test_ending_waits_for_what_is_under_way() -> None:
    """A program that is quit just after has still recorded the act."""
    acts, told = _acts()
    acts.end_session(_session())
    acts.finish(_WAIT_S)
    assert len(told) == 1
    eventually(lambda: not acts._running, "every thread has ended")
