"""The look-up: what is documented of a product, by its profile id; the user's own profiles come first."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from tui.clean import clean
from tui.profiles.model import CATEGORIES, Profile
from tui.profiles.own import load_user, own_directory
from tui.profiles.reading import Fault, read


class ProfileError(ValueError):
    """There is no such profile, and the message names the nearest ones."""


class Catalogue(NamedTuple):
    """Every profile there is."""

    profiles: Mapping[str, Profile]
    """By id; those of the user in place of built-in ones."""
    own: frozenset[str]
    """Ids of the user's."""
    faults: tuple[Fault, ...]
    """What is wrong in the user's files."""


_reading: Final = threading.RLock()
"""msgspec crashes the interpreter where two threads convert to a type for the first time at once."""


@cache
def catalogue() -> Catalogue:
    """Every profile there is, read once: built-in ones, and the user's over them. For any thread."""
    with _reading:
        own, faults = load_user(own_directory())
        return Catalogue(MappingProxyType({**built_in(), **own}), frozenset(own), tuple(faults))


@cache
def built_in() -> Mapping[str, Profile]:
    """The products that come with the program, by id. For any thread.

    Raises:
        ProfileError: one of the program's own files is damaged.
    """
    with _reading:
        return _of_the_program()


def _of_the_program() -> dict[str, Profile]:
    from importlib.resources import files  # noqa: PLC0415 - start-up time

    found: dict[str, Profile] = {}
    directory = files("tui.profiles").joinpath("devices")
    for category in CATEGORIES:
        name = f"{category}.toml"
        profiles, faults = read(directory.joinpath(name).read_text(encoding="utf-8"), name)
        twice = profiles.keys() & found.keys()
        if faults or twice:
            raise ProfileError(f"{faults[0]}" if faults else f"{name}: there are two of {', '.join(twice)}")
        found |= profiles
    return found


def profiles() -> Mapping[str, Profile]:
    """Every profile by id."""
    return catalogue().profiles


def profile(name: str) -> Profile:
    """The profile called *name*.

    Raises:
        ProfileError: there is none; names the nearest, and the mistake where the user's own one is broken.
    """
    known = profiles()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        broken = next((fault for fault in catalogue().faults if fault.key.split(",")[0] == name), None)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ProfileError(f"no profile {clean(name, 60)!r}{f' ({broken})' if broken else hint}")
    return known[name]


def units_of(name: str) -> tuple[int, ...]:
    """Unit ids that the profile called *name* is known by; none where there is no such profile."""
    found = profiles().get(name) if name else None
    return () if found is None else found.units
