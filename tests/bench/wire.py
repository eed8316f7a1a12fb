"""Bytes on the wire of a busy plant: with the differ, without it, and as tmux sends the same screen.

254 devices with their sessions on a terminal of 120x40; twenty rows change every second.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.table import Row, show
from tests.screen.tty import Tty
from tests.waiting import eventually

_PLANT = ("-m", "tests.bench.wire_plant")
MEASURED_S = 20.0
KEYS = 40


class Load(NamedTuple):
    """What one way of showing it took."""

    bytes_s: float
    cpu_percent: float
    key_ms: list[float]


@contextmanager
def _inside_tmux(differ: str) -> Iterator[Tty]:
    """The same program in tmux, which draws on our terminal; a terminal that takes full colour."""
    with tempfile.TemporaryDirectory() as home:
        settings = Path(home, "tmux.conf")
        settings.write_text(
            "set -g status off\nset -ga terminal-overrides ',*:Tc'\nset -g escape-time 0\n"
            "set -g default-terminal tmux-256color\n"
        )
        server = ("tmux", "-L", f"port502-bench-{os.getpid()}", "-f", str(settings))
        program = f"PORT502_DIFFER={differ} python {' '.join(_PLANT)}"
        attach = f"import os; os.execvp('tmux', {[*server, 'new-session', program]!r})"
        try:
            with Tty("-c", attach, env={"TMUX": ""}) as tty:
                yield tty
        finally:
            subprocess.run([*server, "kill-server"], check=False, capture_output=True)


@contextmanager
def _on_the_terminal(env: Mapping[str, str]) -> Iterator[Tty]:
    with Tty(*_PLANT, env=env) as tty:
        yield tty


def _load(tty: Tty) -> Load:
    eventually(lambda: b"10.20.0." in bytes(tty.seen), "the plant on the terminal")
    time.sleep(4.0)
    before, began, used = len(tty.seen), time.perf_counter(), tty.cpu_s()
    time.sleep(MEASURED_S)
    took = time.perf_counter() - began
    sent, cpu = (len(tty.seen) - before) / took, (tty.cpu_s() - used) / took * 100
    return Load(sent, cpu, [_key_ms(tty, number) for number in range(KEYS)])


def _key_ms(tty: Tty, number: int) -> float:
    """Until the first byte after a key, at odd moments of the second.

    A change that happens to be drawn at the same moment flatters the figure now and then.
    """
    time.sleep(0.23)
    # What is being sent just now is none of the key's.
    eventually(lambda: time.perf_counter() - tty.times[-1][0] > 0.05, "a pause")
    before = len(tty.times)
    began = time.perf_counter()
    tty.press("jk"[number % 2])
    while len(tty.times) == before and time.perf_counter() - began < 1.0:
        time.sleep(0.0005)
    return (tty.times[before][0] - began) * 1e3 if len(tty.times) > before else 1e3


def run() -> list[Row]:
    """Measure."""
    with _on_the_terminal({"PORT502_DIFFER": "1"}) as tty:
        ours = _load(tty)
    with _on_the_terminal({"PORT502_DIFFER": "0"}) as tty:
        without = _load(tty)
    with _inside_tmux("0") as tty:
        tmux = _load(tty)
    what = "bytes/s, 254 devices, 20 changed rows/s, 120x40"
    keys = ("median", statistics.median, ""), ("p95", _p95, "under 50 ms")
    return [
        _beside(what, ours.bytes_s, tmux.bytes_s, "in tmux", "at least 1.0x"),
        _beside(what, ours.bytes_s, without.bytes_s, "no differ", ""),
        _beside("processor, % of a core", ours.cpu_percent, without.cpu_percent, "no differ", "at most 3"),
        *(
            _beside(
                f"key to first byte, ms, {name}", of(ours.key_ms), of(without.key_ms), "no differ", target
            )
            for name, of, target in keys
        ),
    ]


def _beside(what: str, ours: float, other: float, name: str, target: str) -> Row:
    return Row(what, f"{ours:.1f}", f"{other:.1f} ({name})", other / ours, target)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    show(run())
