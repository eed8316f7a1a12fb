"""The look-up: a product's connection limit by its profile id."""

from __future__ import annotations

import difflib
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec


class ProfileError(ValueError):
    """There is no such profile; the message names the nearest ones."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is documented of a product's connections; *source* says where."""

    id: str
    vendor: str
    model: str
    limit: int
    """Modbus TCP connections it takes at once."""
    confidence: Literal["vendor", "code", "issue", "third-party"]
    """Maker's manual, program source, users' reports, or an unofficial page."""
    source: str
    at_limit: str = ""
    """What happens to one connection more."""
    idle_timeout_s: float | None = None
    """Seconds after which it closes a silent session; 0 is never."""
    units: tuple[int, ...] = ()

    @property
    def product(self) -> str:
        """Maker and model."""
        return f"{self.vendor} {self.model}"


@cache
def profiles() -> dict[str, Profile]:
    """Every profile by id."""
    text = files("tui.profiles").joinpath("devices.toml").read_text(encoding="utf-8")
    found = msgspec.convert(tomllib.loads(text)["device"], list[Profile])
    return {profile.id: profile for profile in found}


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
