"""Writes the recording anew, the same on every machine."""

from __future__ import annotations

import sys

from tests.recordings import PLANT
from tests.recordings.incident import told
from tests.recordings.pen import recorded


def main() -> None:
    """Write it, and say how large it has become."""
    PLANT.write_bytes(b"".join(line + b"\n" for line in recorded(told())))
    sys.stdout.write(f"{PLANT}: {PLANT.stat().st_size:,} bytes\n")


if __name__ == "__main__":
    main()
