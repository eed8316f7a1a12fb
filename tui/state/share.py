"""Views that share with the one before what did not change."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeVar

from tui.records import Target

T = TypeVar("T")


def shared(
    before: Mapping[Target, T] | None,
    targets: Iterable[Target],
    touched: AbstractSet[Target],
    now: Callable[[Target], T],
) -> Mapping[Target, T]:
    """What *now* gives for each of *targets*; with *before*, asked for those *touched* only."""
    if before is None:
        return {target: value for target in targets if (value := now(target))}
    if not touched:
        return before
    after = dict(before)
    for target in touched:
        if value := now(target):
            after[target] = value
        else:
            after.pop(target, None)
    return after
