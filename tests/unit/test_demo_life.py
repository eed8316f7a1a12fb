"""The demo's plant as a whole: how it starts, that nothing of it remains, what it says when it cannot run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.unit.demo_tools import ADDRESS, children, eventually, free_port, listeners
from tui.demo import plant
from tui.demo.plant import DemoError, Plan, running
from tui.demo.table import HOSTS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs all of 127.0.0.0/8")

ROOT = Path(plant.__file__).parents[2]


@pytest.fixture(scope="module")
def plan() -> Iterator[Plan]:
    with running(free_port()) as plan:
        yield plan


def test_plan_names_every_address(plan: Plan) -> None:
    """The plan covers the range without gaps; limits have a source; no name tells the fault."""
    assert plan.networks == ("127.50.2.11-32",)
    assert [known.address for known in plan.known] == [f"127.50.2.{n}" for n in range(11, 33)]
    assert {known.port for known in plan.known} == {plan.port}
    assert all((known.limit is None) == (known.limit_source == "") for known in plan.known)
    assert len({known.name for known in plan.known}) == 22


def test_listeners(plan: Plan) -> None:
    """Every address listens save the two that refuse."""
    assert listeners(plan.port) == set(ADDRESS.values()) - {ADDRESS["crane-plc"], ADDRESS["press-plc"]}


def test_leaves_nothing_behind() -> None:
    """Leaving the block, by an error too, leaves no process and no listening port; starting is quick."""
    before = {child.pid for child in children()}
    parts: list[psutil.Process] = []
    port = free_port()
    began = time.monotonic()

    def fails() -> None:
        with running(port):
            assert time.monotonic() - began < 10
            parts.extend(child for child in children() if child.pid not in before)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()
    assert len(parts) >= 8
    assert not any(part.is_running() for part in parts)
    assert listeners(port) == set()


def test_interrupt_is_for_the_screen() -> None:
    """Ctrl+c reaches the parent alone: its parts neither end by it nor share its terminal session."""
    before = {child.pid for child in children()}
    with running(free_port()):
        parts = [child for child in children() if child.pid not in before]
        for part in parts:
            part.send_signal(signal.SIGINT)
            assert os.getsid(part.pid) == part.pid
        gone, _alive = psutil.wait_procs(parts, timeout=0.3)
        assert gone == []


HOLD = (
    "import sys\n"
    "from tui.demo.plant import running\n"
    "with running(int(sys.argv[1])):\n"
    "    print('up', flush=True)\n"
    "    sys.stdin.read()\n"
)


def test_killed_parent_leaves_nothing_and_nothing_is_written(tmp_path: Path) -> None:
    """A parent that is killed takes every part with it, and no file appears in home, current or scratch."""
    places = {name: tmp_path / name for name in ("home", "current", "scratch")}
    for place in places.values():
        place.mkdir()
    env = {
        **os.environ,
        "HOME": str(places["home"]),
        "TMPDIR": str(places["scratch"]),
        "PYTHONPATH": str(ROOT),
    }
    port = free_port()
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLD, str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=places["current"],
        env=env,
    )
    with parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        parts = psutil.Process(parent.pid).children(recursive=True)
        assert len(parts) >= 8
        assert len(listeners(port)) >= 14
        parent.kill()
    eventually(lambda: not any(running_still(part) for part in parts), "every part gone")
    assert listeners(port) == set()
    assert [found for place in places.values() for found in place.rglob("*")] == []


def running_still(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_current_directory_cannot_replace_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file named like a module in the current directory is not run by the parts."""
    (tmp_path / "socket.py").write_text("raise SystemExit('wrong module')\n")
    monkeypatch.chdir(tmp_path)
    with running(free_port()) as plan:
        assert len(plan.known) == 22


# What can go wrong at the start: one line, and no process.


def failing(port: int | None = None) -> str:
    before = {child.pid for child in children()}
    with pytest.raises(DemoError) as caught, running(port):
        pytest.fail("the plant ran")
    assert {child.pid for child in children()} == before
    text = str(caught.value)
    assert text
    assert "\n" not in text
    return text


def test_taken_port_is_named(plan: Plan) -> None:
    """A taken port is told with its address; of the two standing ports the second serves then."""
    assert f"127.50.2.11 port {plan.port}: Address already in use" in failing(plan.port)


def test_second_port_when_the_first_is_taken(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a wish the plant takes the first of its ports that is to be had."""
    other = free_port()
    monkeypatch.setattr(plant, "PORTS", (plan.port, other))
    with running() as second:
        assert second.port == other


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_no_such_port(port: int) -> None:
    """A number that is no port is said to be none."""
    assert "not a TCP port" in failing(port)


def test_addresses_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without the addresses is told so, not left with a trace."""
    elsewhere = tuple(host._replace(address="192.0.2.1") for host in HOSTS)
    monkeypatch.setattr(plant, "HOSTS", elsewhere)
    assert "this system has no 192.0.2.1" in failing(free_port())


def test_part_that_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that fails is named with its own last line, and the others are ended."""
    monkeypatch.setattr(plant, "GROUPS", {"other": (), "no-such-group": ()})
    assert "no-such-group ended at once: KeyError" in failing(free_port())


def test_part_that_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that does not get ready within its time is named."""
    monkeypatch.setattr(plant, "START_S", 0.0)
    assert "did not get ready in time" in failing(free_port())


def test_part_that_cannot_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interpreter that cannot be started is told in one line."""
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert "cannot start its" in failing(free_port())


def test_import_is_light() -> None:
    """Knowing the plant costs the command line neither pymodbus nor Textual nor asyncio."""
    code = (
        "import sys, tui.demo.plant as _; print({'pymodbus', 'textual', 'rich', 'asyncio'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=ROOT)
    assert out.stdout == b"set()\n"
