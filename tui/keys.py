"""The user's own keys: the `[keys]` of the configuration, checked against the table of actions."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Final, get_args

from tui.actions import ACTIONS, PLACES, Action, Place, counts
from tui.clean import clean
from tui.key_names import KeyNameError, named, types, written

FIXED: Final[Mapping[str, tuple[str, ...]]] = {
    "quit-now": ("ctrl+c",),
    "back": ("escape",),
    "no": ("escape", "ctrl+c"),
}
"""Keys that stay with their action whatever else it is given: the ways out."""
_MOST: Final = 8
"""Keys that one action takes; more are a mistake."""


class KeysError(ValueError):
    """A table of keys that cannot be used; one line without its place."""

    def __init__(self, action: str, text: str) -> None:
        super().__init__(text)
        self.action = action
        """The entry of the table that is wrong."""


def checked(table: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    """The keys of each action in *table*, in Textual's names, the ways out among them.

    Raises:
        KeysError: no such action or key, or one key would mean two things in one place.
    """
    known = {action.id: action for action in ACTIONS}
    own: dict[str, tuple[str, ...]] = {}
    for name, value in table.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "port502 keys prints them all"
            raise KeysError(name, f"unknown action {clean(name, 60)!r}; {hint}")
        own[name] = _keys(known[name], value)
    _no_clash(own)
    return own


def _keys(action: Action, value: object) -> tuple[str, ...]:
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(text, str) for text in listed):
        raise KeysError(action.id, f'{action.id}: write one key, "f2", or several, ["f2", "x"]')
    if not 1 <= len(listed) <= _MOST:
        raise KeysError(action.id, f"{action.id}: give it 1 to {_MOST} keys, not {len(listed)}")
    keys = []
    for text in listed:
        try:
            keys.append(named(clean(text, 30)))
        except KeyNameError as error:
            raise KeysError(action.id, f"{action.id}: {error}") from error
    for key in keys:
        if action.priority and types(key):
            words = f"{action.id} counts while text is typed too, where {written(key)!r} is text"
            raise KeysError(action.id, f"{words}; give it a key with ctrl, or f1 to f12")
    return tuple(dict.fromkeys([*keys, *FIXED.get(action.id, ())]))


def _no_clash(own: Mapping[str, tuple[str, ...]]) -> None:
    """Where a key would mean two things, name the entry that was written last."""
    order = list(own)

    def late(name: str) -> int:
        return order.index(name) if name in own else -1

    for place in _places():
        taken: dict[str, str] = {}
        for action in ACTIONS:
            if not counts(action, place):
                continue
            for key in own.get(action.id, action.keys):
                other = taken.setdefault(key, action.id)
                if other != action.id:
                    both = sorted(
                        (other, action.id), key=lambda name: (key not in FIXED.get(name, ()), late(name))
                    )
                    raise KeysError(both[1], _clash(key, both, place, own))


def _clash(key: str, both: list[str], place: Place, own: Mapping[str, tuple[str, ...]]) -> str:
    first, last = both
    where = PLACES.get(place, place)
    told = f"{written(key)!r} would be both {first!r} and {last!r} {where}"
    if key in FIXED.get(first, ()):
        return f"{told}, and {first!r} always keeps it; give {last!r} another key"
    mend = "one of them" if first in own else f"{last!r}, or {first!r} as well,"
    return f"{told}; give {mend} another key"


def _places() -> tuple[Place, ...]:
    return tuple(place for place in get_args(Place) if place != "palette")
