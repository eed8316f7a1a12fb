"""What a program on a terminal takes while it runs: bytes, processor, memory, and time from key to answer."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import psutil

from tests.screen.tty import Tty
from tests.waiting import eventually

MEASURED_S: Final = 20.0
KEYS: Final = 40
SETTLE_S: Final = 4.0


class Load(NamedTuple):
    """What one program took."""

    bytes_s: float
    cpu_percent: float
    """Of one core, all its processes together."""
    mib: float
    """Resident, all its processes together."""
    key_ms: list[float]

    @property
    def median_ms(self) -> float:
        """From a key to the first byte."""
        return statistics.median(self.key_ms)

    @property
    def p95_ms(self) -> float:
        """The same, of the slowest twentieth."""
        return statistics.quantiles(self.key_ms, n=20)[-1]


def load(
    tty: Tty,
    drawn: bytes,
    keys: Sequence[str],
    more: Callable[[], Sequence[psutil.Process]] = tuple,
) -> Load:
    """Measure what runs on *tty* once it has *drawn* this; *more* are its processes that are no children."""
    eventually(lambda: drawn in bytes(tty.seen), f"{drawn!r} on the terminal")
    time.sleep(SETTLE_S)
    mine = psutil.Process(tty.process.pid)
    family = [mine, *mine.children(recursive=True), *more()]
    before, began, used = len(tty.seen), time.perf_counter(), _cpu_s(family)
    time.sleep(MEASURED_S)
    took = time.perf_counter() - began
    sent, cpu = (len(tty.seen) - before) / took, (_cpu_s(family) - used) / took * 100
    mib = sum(process.memory_info().rss for process in family) / 2**20
    return Load(sent, cpu, mib, [_key_ms(tty, keys[number % len(keys)]) for number in range(KEYS)])


def _cpu_s(family: Sequence[psutil.Process]) -> float:
    return sum(sum(process.cpu_times()[:2]) for process in family)


def _key_ms(tty: Tty, key: str) -> float:
    """Until the first byte after a key, at odd moments of the second.

    A change that happens to be drawn at the same moment flatters the figure now and then.
    """
    time.sleep(0.23)
    # What is being sent just now is none of the key's.
    eventually(lambda: time.perf_counter() - tty.times[-1][0] > 0.05, "a pause")
    before = len(tty.times)
    began = time.perf_counter()
    tty.press(key)
    while len(tty.times) == before and time.perf_counter() - began < 1.0:
        time.sleep(0.0005)
    return (tty.times[before][0] - began) * 1e3 if len(tty.times) > before else 1e3
