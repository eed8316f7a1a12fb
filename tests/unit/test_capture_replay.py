"""`port502 replay FILE` of a capture file: the monitor on the file's own clock."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.unit import traffic
from tests.unit.plant_traffic import DEVICES, SECONDS, Plant
from tests.unit.traffic import START, Line
from tests.waiting import eventually
from tui.cli.capture_replay import played
from tui.clock import CaptureClock
from tui.events import RunStarted
from tui.records import KnownDevice, Session, Target
from tui.state.model import Snapshot
from tui.vantages.pcap import PcapFile

FULL = KnownDevice(address=traffic.DEVICE, name="press", limit=2, limit_source="configured")


def _replay(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tui", "replay", *arguments, "--headless"],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
    )


def _shown(path: Path, *known: KnownDevice, ports: tuple[int, ...] = (502,)) -> Snapshot:
    """What the monitor shows when the file is over."""
    held: list[Snapshot] = []
    with PcapFile(path, ports) as file:
        assert file.begin is not None
        run = RunStarted(at=file.begin, version="1", host="", ports=ports, known=known)
        engine = played(file, run, 0.0)
        engine.start()

        def over() -> bool:
            if update := engine.pull():
                held.append(update.snapshot)
            return bool(held) and "recording" in held[-1].health

        try:
            eventually(over, "the end of the file")
            # The present is the file's last moment, and stays there.
            assert engine.now() == pytest.approx(file.progress.at, abs=1e-6)
        finally:
            engine.stop()
    return held[-1]


@pytest.fixture
def filling(tmp_path: Path) -> Path:
    """Two clients that come one after the other and stay, and an hour later a third that leaves."""
    one, two = Line([], client_port=40_000), Line([], client="10.0.0.2", client_port=40_001, at=START + 10)
    late = Line([], client="10.0.0.3", client_port=40_002, at=START + 3_600)
    for line in (one, two, late):
        line.open()
        line.poll()
    late.close()
    path = tmp_path / "filling"
    path.write_bytes(traffic.pcap(traffic.merged(one, two, late)))
    return path


def test_what_lasts_at_the_files_end_is_shown(tmp_path: Path) -> None:
    """Of a plant's sessions those are shown that last to the end of the file, each in its state."""
    plant = Plant()
    path = tmp_path / "plant.jsonl"  # a name tells nothing
    path.write_bytes(gzip.compress(traffic.pcapng(plant.packets())))
    snapshot = _shown(path)
    found = {
        (session.client, session.client_port, session.address): session
        for sessions in snapshot.sessions.values()
        for session in sessions
    }
    lasting = {
        (*known.ends[True], known.ends[False][0]): known for known in plant.sessions if known.state != "CLOSE"
    }
    assert found.keys() == lasting.keys()
    for key, known in lasting.items():
        _same(found[key], known.state, known.begin, began=known.began)
    assert {target.address for target in snapshot.sessions} == set(DEVICES)
    health = snapshot.health["recording"]
    assert (health.ok, health.text.startswith("capture ended: "), f"{SECONDS:.0f} s" in health.text) == (
        True, True, True,
    )  # fmt: skip


def _same(session: Session, state: str, begin: float, *, began: bool) -> None:
    assert (session.state, session.began, session.vantage) == (state, began, "pcap"), session
    assert session.since == pytest.approx(begin, abs=1e-5), session


def test_findings_come_at_the_moment_of_the_file(filling: Path) -> None:
    """A device that fills up is found full within a second of the file's own time, not of the present."""
    snapshot = _shown(filling, FULL)
    (finding,) = (each for each in snapshot.findings.values() if each.cause == "slots-full")
    assert START + 10 <= finding.opened_at <= START + 12
    assert finding.cleared_at is None
    assert len(snapshot.sessions[Target(traffic.DEVICE, 502)]) == 2


def test_a_silent_hour_is_not_sat_through(filling: Path) -> None:
    """An hour in which nothing passes costs one step, and counts as an hour."""
    begin = time.monotonic()
    snapshot = _shown(filling)
    assert time.monotonic() - begin < 10
    assert snapshot.health["recording"].at == pytest.approx(START + 3_600, abs=1)


def test_the_ports_asked_for_count(tmp_path: Path) -> None:
    """Sessions to another port are there where that port is given, and only there."""
    line = Line([], port=1502)
    line.open()
    line.poll()
    path = tmp_path / "file"
    path.write_bytes(traffic.pcap(line.packets))
    assert not _shown(path).sessions
    assert list(_shown(path, ports=(502, 1502)).sessions) == [Target(traffic.DEVICE, 1502)]


def test_a_file_in_the_command_line(filling: Path, tmp_path: Path) -> None:
    """Known devices of the configuration have their limits; findings are printed as they turned, exit 2."""
    config = tmp_path / "port502.toml"
    config.write_text(f'[[device]]\naddress = "{traffic.DEVICE}"\nlimit = 2\n')
    told = _replay(str(filling), "--config", str(config), home=tmp_path)
    assert (told.returncode, told.stderr) == (2, "")
    assert f"opened {traffic.DEVICE} slots-full" in told.stdout
    assert told.stdout.splitlines()[-1].endswith("ok recording: capture ended: 21 packets, 3,600 s")


def test_trouble_in_the_midst_is_told_at_the_end(filling: Path, tmp_path: Path) -> None:
    """Of a file that is cut off all before is shown; that it is cut is said, and the exit code warns."""
    filling.write_bytes(filling.read_bytes()[:-20])
    told = _replay(str(filling), home=tmp_path)
    assert (told.returncode, told.stderr) == (1, "")
    assert "TROUBLE recording: capture ended: the file is cut off" in told.stdout
    snapshot = _shown(filling)
    assert not snapshot.health["recording"].ok
    assert len(snapshot.sessions[Target(traffic.DEVICE, 502)]) >= 2


@pytest.mark.parametrize(
    ("content", "arguments", "words"),
    [
        (traffic.pcap([]), (), "no packet in it"),
        (traffic.pcap([])[:10], (), "cut off"),
        (b"\xd4\xc3", (), "not a port502 recording"),
        (gzip.compress(b"notes"), (), "not a port502 recording"),
        (b"{}", ("--port", "1502"), "--port and --config go with a capture file"),
        (traffic.pcap([]), ("--port", "0"), "--port '0'"),
        (traffic.pcap([]), ("--speed", "nan"), "--speed nan"),
    ],
    ids=["no-packet", "cut-header", "too-short", "other-gz", "recording-with-port", "bad-port", "no-speed"],
)
def test_what_cannot_be_played_is_one_clear_line(
    content: bytes, arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """An empty or foreign file, or a wrong word: one line on stderr, exit 3."""
    path = tmp_path / "file"
    path.write_bytes(content)
    told = _replay(str(path), *arguments, home=tmp_path)
    assert (told.returncode, told.stdout, told.stderr.count("\n")) == (3, "", 1)
    assert words in told.stderr


async def test_the_clock_of_a_file_moves_by_sleeping() -> None:
    """Time passes at the speed asked for, crosses silences, and ends with the file for good."""
    clock = CaptureClock(START, speed=500.0)
    assert (clock.wall(), clock.mono()) == (START, 0.0)
    begin = time.monotonic()
    await clock.sleep(10.0)
    assert time.monotonic() - begin >= 0.02
    assert (clock.wall(), clock.mono()) == (START + 10, 10.0)
    clock.foresee(START + 1_000)
    await clock.sleep(1.0)
    assert (clock.wall(), clock.mono()) == (START + 999, 999.0)
    clock.end(START + 998.5)
    sleeping = asyncio.create_task(clock.sleep(1.0))
    await clock.over.wait()
    assert clock.wall() == START + 998.5
    assert not sleeping.done()
    sleeping.cancel()


@pytest.mark.parametrize("ahead", [START - 50, START + 4, 2.0**63])
async def test_no_time_stamp_holds_the_clock(ahead: float) -> None:
    """Packets out of order and absurd times neither turn time back nor stop it."""
    clock = CaptureClock(START, speed=0.0)
    clock.foresee(ahead)
    await clock.sleep(1.0)
    assert clock.wall() >= START + 1
    assert clock.mono() == clock.wall() - START
