"""The monitor in a real terminal, on the demo's real servers."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.screen.terminal import needs_tmux, port502
from tests.screen.tty import Tty
from tests.servers import closed_port
from tests.waiting import eventually

pytestmark = [needs_tmux, pytest.mark.timeout(120)]


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_three_panes_fill_from_real_sockets(width: int, height: int, tmp_path: Path) -> None:
    """Devices, sessions with counts and findings appear by themselves, at every usual size."""
    with port502(tmp_path, "demo", width=width, height=height) as terminal:
        text = terminal.wait_for("press-plc", "refused", "scada[", "Slots full")
        assert "2/?  exact" in text
        assert all(len(line) <= width for line in text.splitlines())
        terminal.keys("q")
        assert terminal.ended() < 2.0
        assert terminal.exit_code() == 0


def test_something_true_within_two_seconds_of_the_plants_start(tmp_path: Path) -> None:
    """The three panes have content soon after the demo is asked for, even on a busy machine."""
    begin = time.monotonic()
    with port502(tmp_path, "demo") as terminal:
        terminal.wait_for("boiler-plc", "historian[", "what is wrong", "▲")
        assert time.monotonic() - begin < 10.0


def test_the_keys_of_an_outage(tmp_path: Path) -> None:
    """Filter, detail, acknowledge, stop all probing, help and the palette, by keyboard alone."""
    with port502(tmp_path, "demo") as terminal:
        terminal.wait_for("press-plc", "Slots full")
        terminal.keys("1", "/")
        terminal.keys("kiln", "Enter")
        eventually(lambda: "press-plc" not in terminal.text().split("Sessions")[0], "the filter")
        terminal.wait_for("kiln-meter")
        terminal.keys("Escape")
        eventually(lambda: "/kiln" not in terminal.text(), "the end of the filter")
        terminal.keys("3")
        terminal.keys("Enter")
        terminal.wait_for("what to do", "decide by")
        terminal.keys("Escape")
        terminal.wait_for("3 Diagnosis")
        terminal.keys("x")
        terminal.wait_for("PROBING STOPPED")
        terminal.keys("x")
        eventually(lambda: "PROBING STOPPED" not in terminal.text(), "probing again")
        terminal.keys("?")
        terminal.wait_for("Keys")
        terminal.keys("Escape")
        terminal.wait_for("3 Diagnosis")
        terminal.keys("q")
        assert terminal.ended() < 2.0


def test_a_hang_up_ends_everything_cleanly(tmp_path: Path) -> None:
    """When the terminal vanishes the monitor ends by itself and takes the plant with it."""
    with port502(tmp_path, "demo") as terminal:
        terminal.wait_for("press-plc", "scada[")
        family = [psutil.Process(terminal.pid), *psutil.Process(terminal.pid).children(recursive=True)]
        assert len(family) > 5
        terminal.kill()
        eventually(lambda: not any(process.is_running() for process in family), "the end of all of it")


def test_a_large_network_is_asked_about_first(tmp_path: Path) -> None:
    """More than a /20: hosts, connections and minutes are shown, and `n` ends without a packet sent."""
    with port502(tmp_path, "127.64.0.0/19", "--port", str(closed_port()), "--no-journal") as terminal:
        terminal.wait_for("8,190 hosts", "8,190 connections", "3 minutes")
        terminal.keys("n")
        terminal.ended()
        assert terminal.exit_code() == 0


def test_a_tiny_terminal_is_survived(tmp_path: Path) -> None:
    """20x5 and a storm of sizes show something and crash nothing."""
    with port502(tmp_path, "demo", width=20, height=5) as terminal:
        eventually(lambda: terminal.text().strip(), "anything at all")
        for width, height in ((10, 3), (120, 40), (31, 7), (200, 60), (20, 5), (80, 24)):
            terminal.resize(width, height)
        terminal.wait_for("press-plc")
        terminal.keys("q")
        terminal.ended()
        assert terminal.exit_code() == 0


def test_the_journal_of_a_run_is_written_and_replays_in_the_same_panes(tmp_path: Path) -> None:
    """What was watched can be seen again, from the file alone."""
    port = str(closed_port("127.51.7.1"))
    journal = tmp_path / "journal"
    with port502(tmp_path, "127.51.7.1", "--port", port, "--journal", str(journal)) as terminal:
        terminal.wait_for("127.51.7.1", "refused", "Refused")
        terminal.keys("q")
        terminal.ended()
    (recording,) = journal.glob("*.jsonl")
    with recording.open("ab") as file:
        file.write(b'{"kind":"probed","at":')
    with port502(tmp_path, "replay", str(recording), "--speed", "0") as terminal:
        terminal.wait_for("REPLAY", "127.51.7.1", "refused", "Refused", "1 of ", "unreadable")


def test_a_full_disk_is_a_warning_on_the_screen(tmp_path: Path) -> None:
    """With no space for the journal the monitor says so and goes on."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("this system does not let tests mount a tmpfs")
    try:
        (disk / "filler").write_bytes(b"x" * 4096)
        port = str(closed_port("127.51.7.2"))
        with port502(tmp_path, "127.51.7.2", "--port", port, "--journal", str(disk)) as terminal:
            terminal.wait_for("journal: No space left", "refused")
            terminal.keys("q")
            terminal.ended()
            assert terminal.exit_code() == 0
    finally:
        subprocess.run(["umount", str(disk)], check=True)


_FAULTY = """
import sys
from tests.screen.plant import FakeFeed, plant
from tui.cli.failure import Failure
from tui.cli.screen import monitor

class Faulty(FakeFeed):
    def pull(self):
        raise ValueError("out of order")

try:
    monitor(Faulty(plant()), title="")
except Failure as failure:
    print(f"port502: {failure}")
    sys.exit(3)
"""


def test_a_fault_of_the_screen_is_one_line_and_a_file(tmp_path: Path) -> None:
    """A failure of the screen itself shows no traceback; the report is kept for whoever mends it."""
    with Tty("-c", _FAULTY, env={"TMPDIR": str(tmp_path), "HOME": str(tmp_path)}) as tty:
        assert tty.ends_within(10) == 3
        tty.shows("port502: the screen stopped by a fault of its own (ValueError: out of order)")
        assert b"Traceback" not in tty.seen
    (report,) = tmp_path.glob("port502-fault-*.txt")
    assert "out of order" in report.read_text()


def test_an_unknown_theme_is_one_line(tmp_path: Path) -> None:
    """A theme that is not there is said before the screen opens, with those that are."""
    arguments = ("-m", "tui", "127.51.7.3", "--theme", "rainbow", "--no-journal")
    with Tty(*arguments, env={"HOME": str(tmp_path)}) as tty:
        assert tty.ends_within(10) == 3
        tty.shows("port502: no theme 'rainbow'; there are night")
