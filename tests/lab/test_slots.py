"""`port502 slots` in a plant of namespaces: form and number against devices of each form."""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from tests.lab.net import Namespace, needs_lab
from tests.lab.verdict.clients import opened
from tests.lab.verdict.plant import NEAR, ROOT, Plant, plant
from tests.waiting import eventually
from tui.probes.destroy import commands
from tui.records import Session
from tui.vantages.inet_diag import InetDiag

pytestmark = needs_lab

_AT: Final = f"{NEAR}:502"
_WAIT_S: Final = 50.0
_COMMAND: Final = (sys.executable, "-m", "tui", "slots")
_AGREED: Final = "--yes-this-may-evict-others"


@pytest.fixture
def lab() -> Iterator[Plant]:
    with plant() as made:
        yield made


def _environment() -> dict[str, str]:
    return os.environ | {"XDG_CONFIG_HOME": os.devnull, "PYTHONUNBUFFERED": "1"}


def _slots(lab: Plant, *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and the object, measured from the client's place."""
    done = subprocess.run(
        lab.hosts["client"].inside(*_COMMAND, _AT, _AGREED, "--json", *words),
        check=False, capture_output=True, timeout=_WAIT_S, env=_environment(), cwd=ROOT,
    )  # fmt: skip
    assert not done.stderr, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


def _held(lab: Plant) -> list[str]:
    """State of each connection that the device itself has."""
    entries = lab.hosts["near"].do(lambda: InetDiag().read(frozenset({502})))
    return sorted(entry.state for entry in entries if entry.state != "LISTEN")


@pytest.mark.parametrize(
    ("manner", "options", "form", "free"),
    [
        pytest.param("refuses", ("slots=3",), "refused", 3, id="refuses"),
        pytest.param("closes", ("slots=3",), "accepted-closed", 3, id="accepts and closes"),
        pytest.param("closes", ("slots=2", "how=reset"), "accepted-closed", 2, id="accepts and resets"),
        pytest.param("closes", ("slots=2", "how=asked"), "accepted-closed", 2, id="closes when asked"),
        pytest.param("mutes", ("slots=2",), "accepted-mute", 2, id="accepts and is mute"),
        pytest.param("one_by_one", (), "accepted-mute", 1, id="serves one by one"),
        pytest.param("evicts", ("slots=3",), "evicts-oldest", 3, id="evicts the oldest"),
    ],
)
def test_form_and_number(lab: Plant, manner: str, options: tuple[str, ...], form: str, free: int) -> None:
    """The form by its name, exactly as many as were free, and the device is left with none of ours."""
    lab.serve("near", manner, _AT, *options)
    code, told = _slots(lab)
    assert (code, told["form"], told["free"], told["at_least"]) == (0, form, free, False)
    assert (told["opened"], told["complete"]) == (free + 1, True)
    eventually(lambda: not _held(lab), "the device has let go of all")


def test_a_dropped_syn_is_told_from_a_refusal(lab: Plant) -> None:
    """A limit that answers no SYN is named so."""
    lab.serve("near", "closes", _AT, "slots=64")
    lab.hosts["near"].rules("input", "tcp dport 502 ct state new ct count over 3 drop")
    code, told = _slots(lab)
    assert (code, told["form"], told["free"]) == (0, "no-syn-ack", 3)


@pytest.mark.parametrize("holder", ["client", "other"])
def test_what_others_hold_is_not_free(lab: Plant, holder: str) -> None:
    """Sessions of others are counted where this host sees them, and are still there afterwards."""
    lab.serve("near", "refuses", _AT, "slots=4")
    lab.use(holder, "holds", _AT, "count=2")
    code, told = _slots(lab)
    assert (code, told["form"], told["free"]) == (0, "refused", 2)
    assert told["held_by_others"] == (2 if holder == "client" else 0)
    assert told["lost"] == []
    eventually(lambda: _held(lab) == ["ESTABLISHED"] * 2, "only theirs are left")


def test_it_stops_at_the_first_session_lost(lab: Plant) -> None:
    """A session of this host that is evicted ends it: one is lost, never two."""
    lab.serve("near", "evicts", _AT, "slots=4")
    lab.use("client", "holds", _AT, "count=2", "from=40000")
    code, told = _slots(lab)
    assert (code, told["form"], told["free"]) == (0, "evicts-oldest", 2)
    assert told["lost"] == ["10.77.1.2:40000"]
    eventually(lambda: _held(lab).count("ESTABLISHED") == 1, "the other session stays")


def test_the_wanted_number_is_a_lower_bound(lab: Plant) -> None:
    """With --most reached the answer is "at least"."""
    lab.serve("near", "refuses", _AT, "slots=9")
    code, told = _slots(lab, "--most", "4")
    assert (code, told["free"], told["at_least"], told["form"], told["opened"]) == (0, 4, True, None, 4)


def test_a_full_device_gives_no_number(lab: Plant) -> None:
    """Not even one was served: exit 2, and what it looks like."""
    lab.serve("near", "refuses", _AT, "slots=1")
    lab.use("other", "holds", _AT)
    code, told = _slots(lab)
    assert (code, told["free"], told["form"], told["ended"]) == (2, 0, "refused", "nothing")


def test_ctrl_c_closes_all_by_fin(lab: Plant) -> None:
    """Interrupted: exit 3, what was seen so far, and nothing of ours is left on the device."""
    lab.serve("near", "closes", _AT, "slots=64")
    process = subprocess.Popen(
        lab.hosts["client"].inside(*_COMMAND, _AT, _AGREED, "--json", "--most", "64"),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment(), cwd=ROOT,
    )  # fmt: skip
    try:
        eventually(lambda: len(_held(lab)) >= 3, "some are open")
        process.send_signal(signal.SIGINT)
        said, complaint = process.communicate(timeout=_WAIT_S)
    finally:
        process.kill()
        process.wait()
    told = json.loads(said)
    assert (process.returncode, told["complete"], told["at_least"], complaint) == (3, False, True, b"")
    assert told["free"] >= 2
    assert set(told["closed"]) == {"fin"}
    eventually(lambda: not _held(lab), "the device has let go of all")


def test_the_command_for_the_holder_ends_its_session() -> None:
    """What is offered to be typed on Linux is understood by `ss`, and ends that session alone."""
    with ExitStack() as stack:
        host = Namespace(stack)
        server = stack.enter_context(host.do(lambda: socket.create_server(("127.0.0.1", 502))))
        clients = host.do(lambda: opened(("127.0.0.1", 502), 2, 40_000, asks=False))
        devices = [stack.enter_context(server.accept()[0]) for _ in clients]
        for client in clients:
            stack.enter_context(client)
        ended, stays = clients
        session = Session(
            client="127.0.0.1", client_port=40_000, address="127.0.0.1", port=502,
            state="ESTABLISHED", side="client", since=0.0,
        )  # fmt: skip
        host.run(*shlex.split(commands(session)[0]))
        with pytest.raises(ConnectionAbortedError):
            ended.recv(1)
        stays.sendall(b"x")
        assert devices[1].recv(1) == b"x"
