"""Ten hours of the demo's events through replay at full speed: events a second, and resident memory."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.table import Row, show

HOURS = 10
RECORDED_S = 40
_SAMPLES = 10


def record(directory: Path, seconds: float) -> Path:
    """A recording of the demo's plant, watched headless."""
    from tui.cli.engine import live  # noqa: PLC0415 - the measured process imports nothing of this
    from tui.cli.given import plan, run_started  # noqa: PLC0415
    from tui.config import Settings  # noqa: PLC0415
    from tui.demo.plant import running  # noqa: PLC0415

    with running() as plant:
        settings = Settings(networks=plant.networks, ports=(plant.port,), interval=10.0)
        run = run_started(settings, time.time(), plant.known)
        engine = live(settings, plan(settings), plant.known, run, directory)
        engine.start()
        time.sleep(seconds)
        engine.stop()
    (path,) = directory.glob("*.jsonl")
    return path


def stretch(path: Path, target: Path, hours: float) -> int:
    """Repeat a recording, each time later and with other client ports, until it lasts *hours*; its events."""
    events = [json.loads(line) for line in path.read_bytes().splitlines()]
    first, last = events[0]["at"], events[-1]["at"]
    span = last - first + 1.0
    count = 0
    with target.open("wb") as file:
        for turn in range(int(hours * 3600 / span) + 1):
            for event in events:
                file.write(json.dumps(_later(event, turn, span)).encode() + b"\n")
                count += 1
            for gone in _ends(events, turn, span):
                file.write(json.dumps(gone).encode() + b"\n")
                count += 1
    return count


def _later(event: dict[str, Any], turn: int, span: float) -> dict[str, Any]:
    shifted = {**event, "at": event["at"] + turn * span}
    if "session" in shifted:
        shifted["session"] = {**shifted["session"], "client_port": _port(shifted["session"], turn)}
    elif "client_port" in shifted:
        shifted["client_port"] = _port(shifted, turn)
    return shifted


def _port(session: dict[str, Any], turn: int) -> int:
    return 1024 + (int(session["client_port"]) + turn * 7) % 64_000


def _ends(events: list[dict[str, Any]], turn: int, span: float) -> Iterator[dict[str, Any]]:
    """Every session of a turn ends with it, or ten hours would hold all of them."""
    seen = {json.dumps([e["session"][k] for k in _KEY]) for e in events if e["kind"] == "session"}
    for text in seen:
        client, port, address, device_port = json.loads(text)
        gone = {"client": client, "client_port": port, "address": address, "port": device_port}
        yield _later({"kind": "session-gone", "at": events[-1]["at"] + 0.5, **gone}, turn, span)


_KEY = ("client", "client_port", "address", "port")


def play(path: Path) -> None:
    """In a process of its own: play at full speed while pulling as the screen does; print samples."""
    from tui.cli.engine import recorded  # noqa: PLC0415

    engine = recorded(path, 0.0)
    begin = time.perf_counter()
    samples = []
    engine.start()
    while True:
        time.sleep(0.1)
        update = engine.pull()
        samples.append(_resident_kib())
        if update is not None and "recording" in update.snapshot.health:
            break
    took = time.perf_counter() - begin
    engine.stop()
    step = max(1, len(samples) // _SAMPLES)
    print(json.dumps({"took": took, "kib": samples[step::step], "end": samples[-1]}))


def _resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def run(hours: float = HOURS) -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory() as directory:
        recording = record(Path(directory) / "journal", RECORDED_S)
        long = Path(directory) / "long.jsonl"
        count = stretch(recording, long, hours)
        size = long.stat().st_size / 1e6
        command = [sys.executable, "-m", "tests.bench.replay", "--play", str(long)]
        found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    early, late = found["kib"][1] / 1024, found["end"] / 1024
    what = f"replay {hours:g} h, {count:,} events, {size:.0f} MB"
    rate = f"{count / found['took']:,.0f} events/s"
    return [
        Row(what, f"{found['took']:.1f} s", rate, None, "printed"),
        Row(
            "resident memory, early and at the end",
            f"{early:.1f} MiB",
            f"{late:.1f} MiB",
            late / early,
            "flat",
        ),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--play", type=Path)
    parser.add_argument("--hours", type=float, default=HOURS)
    arguments = parser.parse_args()
    if arguments.play:
        play(arguments.play)
    else:
        show(run(arguments.hours))
