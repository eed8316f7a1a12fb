"""The look-up: what is documented of a product's connections, by its profile id."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, TypeAlias

import msgspec

_Words: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
_Address: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=0xFFFF)]


class ProfileError(ValueError):
    """There is no such profile, and the message names the nearest ones; or one is badly written."""


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The register in which a product tells how many connections it has; *source* says where that is said."""

    function: Literal[3, 4]
    """Function code that reads it: of holding or of input registers."""
    address: _Address
    """Zero based."""
    what: _Words
    """What it counts, in the source's words."""
    source: _Words
    limit_address: _Address | None = None
    """Of the register that tells how many it takes, read by the same function."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is documented of a product's connections; *source* says where."""

    id: _Words
    vendor: _Words
    model: _Words
    source: _Words
    confidence: Literal["vendor", "code", "issue", "third-party"]
    """Maker's manual, program source, users' reports, or an unofficial page."""
    limit: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Modbus TCP connections it takes at once, where that is documented."""
    counts: Counts | None = None
    """Its own count of them, where it has one."""
    at_limit: str = ""
    """What happens to one connection more."""
    idle_timeout_s: float | None = None
    """Seconds after which it closes a silent session; 0 is never."""
    units: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.limit is None and self.counts is None:
            raise ValueError("neither a limit nor counts")

    @property
    def product(self) -> str:
        """Maker and model."""
        return f"{self.vendor} {self.model}"


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by id."""
    text = files("tui.profiles").joinpath("devices.toml").read_text(encoding="utf-8")
    return read(text)


def read(text: str) -> dict[str, Profile]:
    """The profiles of a file of them, by id.

    Raises:
        ProfileError: one of them is badly written; the message names it.
    """
    found: dict[str, Profile] = {}
    for number, entry in enumerate(tomllib.loads(text).get("device", []), 1):
        name = entry.get("id", f"number {number}")
        try:
            profile = msgspec.convert(entry, Profile)
        except msgspec.ValidationError as error:
            raise ProfileError(f"profile {name}: {error}") from error
        if profile.id in found:
            raise ProfileError(f"profile {name}: there are two of that id")
        found[profile.id] = profile
    return found


def profile(name: str) -> Profile:
    """The profile called *name*.

    Raises:
        ProfileError: there is none.
    """
    known = profiles()
    if name not in known:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        raise ProfileError(f"no profile {name!r}{hint}")
    return known[name]
