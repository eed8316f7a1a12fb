"""The plant's client processes, one a program: `python -m tui.demo.clients NAME PORT`."""

from __future__ import annotations

import itertools
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple, TypeAlias

from tui.demo import child, frames
from tui.demo.table import CLIENTS, HOSTS, Host

RETRY_S: Final = 2.0
ANSWER_S: Final = 3.0
LEAKED: Final = 5

Dial: TypeAlias = Callable[[], socket.socket]
Session: TypeAlias = Iterator[float]
"""What a client does on its connection, as the pauses between; the first pause is the first success."""

_transaction = itertools.count(1)


def ask(sock: socket.socket, unit: int = 1) -> None:
    """One request and its answer."""
    sock.sendall(frames.question(next(_transaction) & 0xFFFF, unit))
    if not sock.recv(frames.LONGEST):
        raise ConnectionError("closed by the device")


def poll(dial: Dial, unit: int = 1, every: float = 1.0) -> Session:
    """A permanent connection, asked again and again."""
    with dial() as sock:
        while True:
            ask(sock, unit)
            yield every


def poll_handing_over(dial: Dial, every: float = 1.0, questions: int = 30) -> Session:
    """The same, moving to a new connection now and then without ever leaving the slot free."""
    sock = dial()
    while True:
        with sock:
            for _ in range(questions):
                ask(sock)
                yield every
            heir = dial()
        sock = heir


def idle(dial: Dial, *, asks: bool = True) -> Session:
    """A connection that is held and not used, after one question or none."""
    with dial() as sock:
        if asks:
            ask(sock)
        yield 0
        sock.settimeout(None)
        sock.recv(1)
    yield RETRY_S


def visit(dial: Dial, before: float, stay: float, after: float) -> Session:
    """Comes, asks, stays a while, goes."""
    yield before
    with dial() as sock:
        ask(sock)
        yield stay
    yield after


def leak(dial: Dial, every: float = 1.0) -> Session:
    """Opens a connection for every question and closes none, up to a bound."""
    held: list[socket.socket] = []
    while True:
        if len(held) < LEAKED:
            held.append(dial())
            ask(held[-1])
        yield every


class Task(NamedTuple):
    """One thing a client does to one device, over and over."""

    host: str
    run: Callable[[Dial], Session]
    first: bool = False
    """Must have succeeded once before the plant is shown: it takes a slot of a device that is to be full."""


TASKS: Final[dict[str, tuple[Task, ...]]] = {
    "historian": (
        Task("boiler-plc", poll),
        Task("feeder-meter", poll),
        Task("press-plc", poll, first=True),
        Task("kiln-meter", poll_handing_over, first=True),
        Task("mixer-plc", lambda dial: idle(dial, asks=False), first=True),
        Task("conveyor-plc", poll, first=True),
    ),
    "scada": (
        Task("boiler-plc", poll),
        Task("gw-pumps", lambda dial: poll(dial, unit=3, every=2.0)),
        Task("press-plc", poll, first=True),
        Task("packer-plc", poll, first=True),
        Task("conveyor-plc", poll, first=True),
        Task("cold-store", lambda dial: poll(dial, every=5.0)),
    ),
    "commission-pc": (
        Task("chiller-plc", idle),
        Task("packer-plc", idle, first=True),
    ),
    "hmi-7": (Task("conveyor-plc", lambda dial: visit(dial, before=6.0, stay=1.5, after=0.0)),),
    "tablet-2": (Task("tank-levels", lambda dial: visit(dial, before=0.0, stay=2.0, after=2.0)),),
    "report-job": (Task("lab-analyser", leak),),
}


def _dial(name: str, host: Host, port: int) -> Dial:
    return lambda: socket.create_connection((host.address, port), ANSWER_S, (CLIENTS[name], 0))


def _keep(task: Task, dial: Dial, done: threading.Semaphore) -> None:
    """Run a task for ever; a session that is lost or refused is tried again after a pause."""
    waited_for = task.first
    while True:
        try:
            for pause in task.run(dial):
                if waited_for:
                    done.release()
                    waited_for = False
                time.sleep(pause)
        except OSError:
            time.sleep(RETRY_S)


def main(name: str, port: int) -> None:
    """Be that client until the parent ends."""
    child.begin(name).wait()
    hosts = {host.name: host for host in HOSTS}
    done = threading.Semaphore(0)
    for task in TASKS[name]:
        dial = _dial(name, hosts[task.host], port)
        threading.Thread(target=_keep, args=(task, dial, done), daemon=True).start()
    for _ in range(sum(task.first for task in TASKS[name])):
        done.acquire()
    child.ready()
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
