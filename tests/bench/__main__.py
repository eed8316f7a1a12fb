"""Every figure: `python -m tests.bench [NAME ...]`, as root on Linux, with nmap and ss installed.

`wire` compares with tmux, htop and btop where they are installed.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Final

from tests.bench.table import show

_PARTS: Final = (
    "sessions", "screen", "wire", "stalled", "day", "pane", "replay", "sweep", "captures", "identify",
)  # fmt: skip


def main() -> None:
    """Measure one part after the other and print one table each."""
    for name in sys.argv[1:] or _PARTS:
        print(f"\n{name}")
        show(import_module(f"tests.bench.{name}").run())


if __name__ == "__main__":
    main()
