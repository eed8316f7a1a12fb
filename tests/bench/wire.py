"""A busy plant on the wire, beside tmux, htop and btop: bytes a second, processor, memory, time to a key.

254 devices with their sessions on a terminal of 120x40; twenty rows change every second. Each program has
the terminal for itself, one after the other, for as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.bench import quiet, rivals
from tests.bench.load import Load
from tests.bench.table import Row, aimed, aligned, show

_PROGRAMS: Final[dict[str, Callable[[], Load | None]]] = {
    "ours": lambda: rivals.ours("1"),
    "ours, no differ": lambda: rivals.ours("0"),
    "ours, no differ, in tmux": rivals.inside_tmux,
    "htop, every 1.5 s": rivals.htop,
    "htop, every 1 s": lambda: rivals.htop("-d", "10"),
    "btop, every 2 s": lambda: rivals.btop(2000),
    "btop, every 1 s": lambda: rivals.btop(1000),
}
_HEAD: Final = ("120x40, 20 changed rows/s", "bytes/s", "CPU %", "MiB", "key ms, median", "p95")
_CPU: Final = 3.0
_KEY_MS: Final = 50.0


def run() -> list[Row]:
    """Measure."""
    taken = {name: measure() for name, measure in _PROGRAMS.items()}
    aligned([_HEAD, *([name, *_figures(load)] for name, load in taken.items())])
    print()
    ours, tmux = taken["ours"], taken["ours, no differ, in tmux"]
    assert ours is not None
    rows = [
        Row(
            "processor, % of a core", f"{ours.cpu_percent:.1f}", "", None,
            aimed(f"at most {_CPU:g}", ours.cpu_percent <= _CPU),
        ),
        Row(
            "key to first byte, ms, p95", f"{ours.p95_ms:.1f}", "", None,
            aimed(f"under {_KEY_MS:g}", ours.p95_ms < _KEY_MS),
        ),
        *quiet.run(),
    ]  # fmt: skip
    if tmux is not None:
        ratio = ours.bytes_s / tmux.bytes_s
        target = aimed(f"at most 1.0 x tmux's; is {ratio:.2f} x", ratio <= 1.0)
        beside = f"{tmux.bytes_s:.0f} (in tmux)"
        rows.insert(0, Row("bytes/s", f"{ours.bytes_s:.0f}", beside, 1 / ratio, target))
    return rows


def _figures(load: Load | None) -> list[str]:
    if load is None:
        return ["not installed", "", "", "", ""]
    figures = (load.bytes_s, load.cpu_percent, load.mib, load.median_ms, load.p95_ms)
    return [f"{figure:.{places}f}" for figure, places in zip(figures, (0, 1, 0, 1, 1), strict=True)]


if __name__ == "__main__":
    show(run())
