"""A fixed recording of a small incident for pictures and tests: `python -m tests.recordings` makes it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui.events import AnyEvent, decode

PLANT: Final = Path(__file__).parent / "plant.jsonl"


def played() -> list[AnyEvent]:
    """Every event of the recording, in its order."""
    return [decode(line) for line in PLANT.read_bytes().splitlines()]
