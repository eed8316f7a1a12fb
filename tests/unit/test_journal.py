"""The journal: written at once, rotated, read back whole."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.waiting import until
from tui import limits
from tui.clock import RecordingClock, SystemClock
from tui.event import Event
from tui.events import Health, Probed, decode, encode
from tui.journal.read import Reading, lines
from tui.journal.record import PATTERN, Recorder
from tui.workers.replay import Replay


def _probe(number: int) -> Probed:
    return Probed(at=float(number), address=f"10.0.0.{number % 250}", port=502, state="refused")


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob(PATTERN))


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


@asynccontextmanager
async def _recording(recorder: Recorder, told: list[Event]) -> AsyncIterator[None]:
    task = asyncio.create_task(recorder.run(told.append))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await recorder.finish()


async def test_every_event_is_one_line_soon_after_it_was_put(tmp_path: Path) -> None:
    """Nothing waits for a buffer to fill: the line is in the file while the monitor runs."""
    recorder = Recorder(tmp_path, SystemClock())
    async with _recording(recorder, []):
        for number in range(20):
            recorder.put(_probe(number))
        await until(lambda: _files(tmp_path) and len(_lines(_files(tmp_path)[0])) == 20)
    assert [decode(line) for line in _lines(_files(tmp_path)[0])] == [_probe(n) for n in range(20)]


async def test_files_rotate_are_bounded_in_number_and_each_plays_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weeks fit on the disk, and any one file starts with the state it begins in."""
    monkeypatch.setattr(limits, "JOURNAL_FILES", 3)
    present = Health(at=1.0, source="present", ok=True)
    recorder = Recorder(tmp_path, SystemClock(), lambda: (present,), file_bytes=300)
    async with _recording(recorder, []):
        for number in range(60):
            recorder.put(_probe(number))
            await until(lambda: not recorder._waiting)
            await recorder._write([])
    files = _files(tmp_path)
    assert len(files) == 3
    assert all(decode(_lines(path)[0]) == present for path in files)


async def test_a_full_disk_is_told_and_recording_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No space: a visible warning, the monitor goes on, and the journal comes back by itself."""
    monkeypatch.setattr(limits, "JOURNAL_RETRY_S", 0.05)
    told: list[Event] = []
    recorder = Recorder(tmp_path, SystemClock())
    real = recorder._open

    async def open_full() -> None:
        import aiofiles  # noqa: PLC0415

        recorder._file = await aiofiles.open("/dev/full", "ab", buffering=0)

    monkeypatch.setattr(recorder, "_open", open_full)
    async with _recording(recorder, told):
        recorder.put(_probe(1))
        await until(lambda: told, "the warning")
        monkeypatch.setattr(recorder, "_open", real)
        recorder.put(_probe(2))
        await until(lambda: len(told) > 1, "the good news")
    first, last = told[0], told[-1]
    assert isinstance(first, Health)
    assert isinstance(last, Health)
    assert (first.ok, "No space left" in first.text) == (False, True)
    assert (last.ok, "not recorded" in last.text) == (True, True)
    assert [decode(line) for line in _lines(_files(tmp_path)[0])] == [_probe(2)]


_WRITER = """
import asyncio, sys, time
from pathlib import Path
from tui.clock import SystemClock
from tui.events import Probed
from tui.journal.record import Recorder

async def main():
    recorder = Recorder(Path(sys.argv[1]), SystemClock())
    asyncio.create_task(recorder.run(lambda event: None))
    number = 0
    while True:
        recorder.put(Probed(at=float(number), address="10.0.0.1", port=number % 65536, state="refused"))
        while recorder._waiting:
            await asyncio.sleep(0)
        print(number, flush=True)
        number += 1

asyncio.run(main())
"""


def test_kill_9_loses_at_most_the_last_line(tmp_path: Path) -> None:
    """After SIGKILL every event that the recorder had taken is a whole line, but for the one under way."""
    with subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(200):
            last_told = int(writer.stdout.readline())
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
    last_told = int(rest[-1]) if rest else last_told
    (path,) = _files(tmp_path)
    whole = [line for line in path.read_bytes().split(b"\n") if line]
    numbers = []
    for line in whole[:-1]:
        event = decode(line)
        assert isinstance(event, Probed)
        numbers.append(int(event.at))
    assert numbers == list(range(len(numbers)))
    assert len(whole) >= last_told


async def _read(path: Path) -> tuple[list[Event], Reading]:
    reading = Reading()
    found: list[Event] = []
    async for line in lines(path):
        event = reading.event(line)
        if event is not None:
            found.append(event)
    return found, reading


@settings(max_examples=30)
@given(st.lists(st.one_of(st.integers(0, 250), st.binary(min_size=1, max_size=40)), max_size=30))
def test_a_corrupt_recording_plays_what_is_whole(
    tmp_path_factory: pytest.TempPathFactory, parts: list[int | bytes]
) -> None:
    """Foreign bytes between whole lines are counted; every whole line is an event again."""
    path = tmp_path_factory.mktemp("journal") / "x.jsonl"
    written = [encode(_probe(p)) if isinstance(p, int) else p.replace(b"\n", b"?") for p in parts]
    path.write_bytes(b"".join(line + b"\n" for line in written))
    found, reading = asyncio.run(_read(path))
    assert found == [_probe(part) for part in parts if isinstance(part, int)]
    assert reading.whole + reading.broken == len(parts)


async def test_a_torn_last_line_is_counted(tmp_path: Path) -> None:
    """A recording cut in the middle of a line plays to the cut."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(encode(_probe(1)) + b"\n" + encode(_probe(2))[:30])
    found, reading = await _read(path)
    assert found == [_probe(1)]
    assert reading.words == "1 of 2 lines unreadable, the first is line 2"


async def test_an_endless_line_does_not_fill_the_memory(tmp_path: Path) -> None:
    """A file without line ends is read in bounded pieces."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"x" * (5 << 20) + b"\n" + encode(_probe(1)) + b"\n")
    longest = max([len(line) async for line in lines(path)])
    found, reading = await _read(path)
    assert longest <= (1 << 20) + limits.JOURNAL_LINE + 1
    assert (found, reading.broken) == ([_probe(1)], 1)


async def _play(path: Path, speed: float, done: Callable[[Replay], bool]) -> tuple[list[Event], Replay]:
    played: list[Event] = []
    replay = Replay(path, RecordingClock(), speed)
    task = asyncio.create_task(replay.run(played.append))
    await until(lambda: done(replay))
    await task
    return played, replay


async def test_replay_tells_how_much_was_not_readable(tmp_path: Path) -> None:
    """At its end a replay says what could not be played."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(encode(_probe(1)) + b"\nrubbish\n" + encode(_probe(2)) + b"\n")
    played, _ = await _play(path, 0.0, lambda replay: replay.ended.is_set())
    assert played[:2] == [_probe(1), _probe(2)]
    last = played[-1]
    assert isinstance(last, Health)
    assert not last.ok
    assert "1 of 3 lines unreadable" in last.text


async def test_replay_keeps_the_recordings_pace_and_time(tmp_path: Path) -> None:
    """Events half a second apart are played half a second apart, on the recording's own clock."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(
        b"".join(encode(Health(at=100.0 + n / 2, source="x", ok=True)) + b"\n" for n in range(2))
    )
    loop = asyncio.get_running_loop()
    begin = loop.time()
    _, replay = await _play(path, 1.0, lambda replay: replay.ended.is_set())
    assert 0.4 < loop.time() - begin < 5.0
    assert replay._clock.wall() == 100.5


def test_a_recording_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """A missing file raises; the command turns it into one line."""

    async def read() -> None:
        await _read(tmp_path / "none.jsonl")

    with pytest.raises(FileNotFoundError):
        asyncio.run(read())


def test_a_small_disk_really_full(tmp_path: Path) -> None:
    """On a file system without space left the engine's journal worker tells and does not die."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("this system does not let tests mount a tmpfs")
    try:
        told: list[Event] = []

        async def fill() -> None:
            recorder = Recorder(disk, SystemClock())
            async with _recording(recorder, told):
                for number in range(2_000):
                    recorder.put(Probed(at=1.0, address="10.0.0.1", port=number, state="refused"))
                await until(lambda: told, "the warning")

        asyncio.run(fill())
        assert isinstance(told[0], Health)
        assert not told[0].ok
        whole = [
            path for path in _files(disk) for line in path.read_bytes().split(b"\n")[:-1] if decode(line)
        ]
        assert len(whole) > 100
    finally:
        subprocess.run(["umount", str(disk)], check=True)


async def test_a_beginning_longer_than_a_file_does_not_start_file_after_file(tmp_path: Path) -> None:
    """What rebuilds a large network does not use up the file it begins: history must not be lost to it."""
    present = [_probe(number) for number in range(100)]
    recorder = Recorder(tmp_path, SystemClock(), lambda: present, file_bytes=1000)
    async with _recording(recorder, []):
        for number in range(5):
            recorder.put(_probe(number))
            await until(lambda: not recorder._waiting)
            await recorder._write([])
    (file,) = _files(tmp_path)
    assert len(_lines(file)) == 105
