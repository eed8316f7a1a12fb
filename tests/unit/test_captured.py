"""`port502 sessions FILE` as its user meets it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit import traffic
from tests.unit.traffic import CLIENT, DEVICE, Line


def _told(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", "sessions", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Two clients of one device: one polls and stays, one asks once and leaves."""
    stays, leaves = Line([], client_port=40_000), Line([], client="10.0.0.7", client_port=50_000)
    for line in (stays, leaves):
        line.open()
        line.poll()
    leaves.wait(2.0)
    leaves.close()
    for _ in range(3):
        stays.wait(1.0)
        stays.poll(code=2)
    path = tmp_path / "two.pcap"
    path.write_bytes(traffic.pcap(traffic.merged(stays, leaves)))
    return path


def test_a_capture_file_tells_who_held_connections(recording: Path, tmp_path: Path) -> None:
    """Each device with its count at the end and at most, each session with its figures and its end."""
    told = _told(str(recording), "--json", home=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    (device,) = json.loads(told.stdout)["devices"]
    assert (device["address"], device["port"], device["count"], device["most"]) == (DEVICE, 502, 1, 2)
    by_client = {session["client"]: session for session in device["sessions"]}
    stays, leaves = by_client[f"{CLIENT}:40000"], by_client["10.0.0.7:50000"]
    assert (stays["requests"], stays["exceptions"], stays["ending"]) == (4, 3, "")
    assert (leaves["ending"], leaves["ended_by"]) == ("fin", "client")


def test_the_text_names_clients_and_ends(recording: Path, tmp_path: Path) -> None:
    """For people: a line a device, a line a session."""
    told = _told(str(recording), home=tmp_path)
    assert "≥1/? at the end, at most 2 at once, 2 clients" in told.stdout
    assert "3 exceptions" in told.stdout
    assert "fin by client" in told.stdout


def test_a_cut_file_is_read_as_far_as_it_goes(recording: Path, tmp_path: Path) -> None:
    """What is whole is told, that something is missing too, and the exit code warns."""
    whole = recording.read_bytes()
    recording.write_bytes(whole[: len(whole) - 20])
    told = _told(str(recording), home=tmp_path)
    assert told.returncode == 1
    assert "not all of it could be read" in told.stdout


@pytest.mark.parametrize("content", [None, b"", b"no capture at all, but long enough to look at"])
def test_what_is_no_capture_is_one_clear_line(content: bytes | None, tmp_path: Path) -> None:
    """A missing, empty or foreign file: one line, exit 3."""
    path = tmp_path / "other.txt"
    if content is not None:
        path.write_bytes(content)
    told = _told(str(path), home=tmp_path)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (3, "", 1)
