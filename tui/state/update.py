"""What the screen gets when it asks: the present, and what is new in it."""

from __future__ import annotations

from typing import NamedTuple

from tui.state.model import DirtyKey, Snapshot


class Update(NamedTuple):
    """An immutable snapshot and the keys that changed since the last one taken."""

    snapshot: Snapshot
    dirty: frozenset[DirtyKey]
