"""`port502 profiles`: the products that are known, or one of them with every fact and its source."""

from __future__ import annotations

import argparse
import difflib
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from tui.clean import clean
from tui.cli.failure import FINE, WARNING, Failure
from tui.profiles.lookup import Catalogue, catalogue
from tui.profiles.model import Profile
from tui.profiles.own import own_directory
from tui.profiles.page import facts

_WIDEST: Final = 100
"""Columns of a page; longer lines are hard to read."""
_LABEL: Final = 16
_FROM: Final = "  from"
_PRODUCT: Final = 16
"""Columns of a product's name in the list at the least; the page has it whole."""
_ALL_COLUMNS: Final = 110
"""Columns a terminal must have for the last column of the list."""


def run(arguments: argparse.Namespace) -> int:
    """Print the profiles that fit; exit code 1 if one of the user's own has an error."""
    known = catalogue()
    typed = clean(" ".join(arguments.search), 60).strip()
    exact = known.profiles.get(typed.casefold())
    found = [exact] if exact else _search(typed, known.profiles)
    _tell(known)
    if not found:
        near = difflib.get_close_matches(typed.casefold(), known.profiles, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise Failure(f"no profile has {typed!r} in its id, maker, model or kind{hint}")
    if arguments.json:
        print(json.dumps(document(found, known, whole=bool(exact))))
    elif exact:
        print("\n".join(page(exact, own=exact.id in known.own, width=_width())))
    else:
        print("\n".join(table(found, known, _terminal())))
    return WARNING if known.faults else FINE


def document(found: Iterable[Profile], known: Catalogue, *, whole: bool) -> dict[str, object]:
    """What `--json` prints. Fields are only ever added; *whole* has every fact."""
    return {
        "profiles": [
            {**_summary(profile, known), **({"profile": msgspec.to_builtins(profile)} if whole else {})}
            for profile in found
        ],
        "errors": [{**fault._asdict(), "text": str(fault)} for fault in known.faults],
    }


def page(profile: Profile, *, own: bool, width: int) -> list[str]:
    """Every fact of a profile and its source, in lines of *width* columns; a long address is not broken."""
    behind = "; reaches devices behind it by their unit id" if profile.gateway else ""
    origin = "your own profile" if own else "built in"
    kind = f"{(profile.category or 'not told').replace('_', ' ')}{behind}"
    lines = [f"{clean(profile.product)}", *_entry("id", f"{profile.id} ({origin})", width)]
    lines += _entry("kind", kind, width)
    before, source = "", ""
    for fact in facts(profile):
        if source and fact.source != source:
            lines += _sources(source, width)
        source = fact.source
        lines += _entry("" if fact.about == before else fact.about, fact.text, width)
        before = fact.about
    return [*lines, *_sources(source, width)]


def table(found: Sequence[Profile], known: Catalogue, width: int | None) -> Iterator[str]:
    """One line a product: how many connections it takes, its units and ports, and what else is known.

    Lines of *width* columns, as long as they need to be without; a narrow terminal misses the last column.
    """
    rows = [("id", "product", "limit", "units", "ports", "also known")]
    rows += [_row(profile, known) for profile in found]
    shown = len(rows[0]) - (width is not None and width < _ALL_COLUMNS)
    widths = [max(len(row[column]) for row in rows) for column in range(shown)]
    if width is not None:
        others = sum(widths) - widths[1] + 2 * (shown - 1)
        widths[1] = min(widths[1], max(_PRODUCT, width - others))
    for row in rows:
        cells = [clean(cell, room).ljust(room) for cell, room in zip(row, widths, strict=False)]
        yield "  ".join(cells).rstrip()
    count = len(found)
    yield f"{count} {'product' if count == 1 else 'products'}; port502 profiles ID shows one with its sources"
    yield f"your own, marked *, come first: {clean(str(own_directory()))}/*.toml"


def _search(typed: str, known: Mapping[str, Profile]) -> list[Profile]:
    """The profiles in which every word typed stands, by id."""
    words = typed.casefold().split()
    return [
        profile
        for _, profile in sorted(known.items())
        if all(word in f"{profile.id} {profile.product} {profile.category}".casefold() for word in words)
    ]


def _tell(known: Catalogue) -> None:
    for fault in known.faults:
        print(f"port502: {fault}", file=sys.stderr)


def _row(profile: Profile, known: Catalogue) -> tuple[str, str, str, str, str, str]:
    also = _also(profile)
    return (
        f"{profile.id}{' *' if profile.id in known.own else ''}",
        clean(profile.product),
        "-" if profile.limit is None else str(profile.limit),
        ",".join(map(str, profile.units)) or "-",
        ",".join(map(str, profile.ports)) or "-",
        ", ".join(also),
    )


def _also(profile: Profile) -> list[str]:
    """What else is known of it, in a word each."""
    kinds = {
        "at limit": bool(profile.at_limit),
        "own count": profile.counts is not None,
        "timing": profile.timing is not None,
        "identity": bool(profile.identify),
        "registers": bool(profile.registers),
        "quirks": bool(profile.quirks),
    }
    return [word for word, there in kinds.items() if there]


def _summary(profile: Profile, known: Catalogue) -> dict[str, object]:
    return {
        "id": profile.id,
        "vendor": profile.vendor,
        "model": profile.model,
        "category": profile.category or None,
        "own": profile.id in known.own,
        "limit": profile.limit,
        "at_limit": profile.at_limit or None,
        "confidence": profile.confidence or None,
        "units": profile.units,
        "ports": profile.ports,
        "also": _also(profile),
    }


def _sources(source: str, width: int) -> list[str]:
    """Where it is written, one place under the other."""
    places = [place.strip() for place in source.split(" ; ")]
    labels = [_FROM, *[""] * (len(places) - 1)]
    return [line for label, place in zip(labels, places, strict=True) for line in _entry(label, place, width)]


def _entry(label: str, text: str, width: int) -> list[str]:
    """A label and its text, wrapped under itself."""
    room = max(20, width - _LABEL)
    wrapped = textwrap.wrap(clean(text, 2_000), room, break_long_words=False, break_on_hyphens=False) or [""]
    labels = [label, *[""] * (len(wrapped) - 1)]
    return [f"{begin:<{_LABEL}}{line}".rstrip() for begin, line in zip(labels, wrapped, strict=True)]


def _terminal() -> int | None:
    """Columns of the terminal; None where the answer goes to a file or a pipe."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _width() -> int:
    return min(_WIDEST, shutil.get_terminal_size().columns)
