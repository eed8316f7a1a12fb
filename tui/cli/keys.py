"""`port502 keys`: every key of the monitor, as the configuration has it: where it counts and what it does."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from tui.actions import ACTIONS, PLACES, Action, in_force, rebind, shown
from tui.clean import clean
from tui.cli import given
from tui.cli.failure import FINE

_WIDEST: Final = 110
"""Columns of the page; longer lines are hard to read."""
_NARROWEST: Final = 24
"""Columns of a sentence, however narrow the terminal is."""
_DEFAULTS: Final = {action.id: action.keys for action in ACTIONS}


def run(arguments: argparse.Namespace) -> int:
    """Print the map of keys."""
    rebind(given.settings(arguments).keys)
    named = arguments.config
    path = Path(named) if named else given.config_path()
    if arguments.json:
        print(json.dumps(document(path), ensure_ascii=False))
    else:
        width = min(_WIDEST, shutil.get_terminal_size().columns) if sys.stdout.isatty() else _WIDEST
        print("\n".join(page(path, width)))
    return FINE


def document(path: Path) -> dict[str, object]:
    """What `--json` prints. Fields are only ever added; `keys` are names, `written` is on the keyboard."""
    return {
        "config": clean(str(path)),
        "places": dict(PLACES),
        "actions": [
            {
                "id": action.id,
                "keys": action.keys,
                "written": [shown(key) for key in action.keys],
                "default": _DEFAULTS[action.id],
                "yours": _is_yours(action),
                "places": action.places,
                "group": action.group,
                "words": action.words,
                "help": action.help,
            }
            for action in in_force()
        ],
    }


def page(path: Path, width: int) -> Iterator[str]:
    """The keys place by place: id, keys and a sentence each, and how to have others."""
    sections = _sections()
    table = [[_row(action) for action in actions] for actions in sections.values()]
    ids, keys = (max(len(row[column]) for rows in table for row in rows) for column in (0, 1))
    room = max(_NARROWEST, width - ids - keys - 6)
    for title, rows in zip(sections, table, strict=True):
        yield title
        for name, written, sentence in rows:
            lead = f"  {written:<{keys}}  {name:<{ids}}  "
            for line in textwrap.wrap(sentence, room):
                yield f"{lead}{line}"
                lead = " " * len(lead)
        yield ""
    if any(map(_is_yours, in_force())):
        yield f"* your own keys, from {clean(str(path))}"
    yield "While a text is typed, for a filter or a command, keys are text; enter keeps it, esc leaves it."
    yield f'To have other keys, write below [keys] in {clean(str(path))}, say: stop = ["f2", "x"]'


def _sections() -> Mapping[str, Sequence[Action]]:
    """The actions by where they count, in the order of the table; those that count anywhere first."""
    found: dict[str, list[Action]] = {"Anywhere": []}
    for action in in_force():
        places = [PLACES.get(place, place) for place in action.places]
        title = ", ".join(places)
        found.setdefault(f"{title[0].upper()}{title[1:]}", []).append(action)
    return found


def _row(action: Action) -> tuple[str, str, str]:
    mark = " *" if _is_yours(action) else ""
    return f"{action.id}{mark}", " ".join(map(shown, action.keys)), action.help


def _is_yours(action: Action) -> bool:
    return action.keys != _DEFAULTS[action.id]
