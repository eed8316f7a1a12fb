"""The user's own profiles, in the configuration directory."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui.clean import clean
from tui.profiles.model import Profile
from tui.profiles.reading import Fault, line_at, read

_FILES: Final = 200
"""More files than anybody writes by hand; the rest is told, not read."""
_BYTES: Final = 1_000_000
"""Of one file; all built-in products together are a seventh of it."""


def own_directory() -> Path:
    """Where the user's profiles are looked for."""
    from platformdirs import user_config_path  # noqa: PLC0415 - start-up time

    return user_config_path("port502") / "profiles"


def load_user(directory: Path) -> tuple[dict[str, Profile], list[Fault]]:
    """The profiles of every `*.toml` in *directory* by id, and what is wrong with the others."""
    found: dict[str, Profile] = {}
    faults: list[Fault] = []
    try:
        paths = sorted(path for path in directory.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        return {}, []
    except OSError as error:
        return {}, [Fault(clean(str(directory)), 1, "", f"{error.strerror}; no profile of yours is used")]
    for path in paths[:_FILES]:
        shown = clean(str(path))
        text, profiles, wrong = _file(path, shown)
        faults += wrong
        for profile in profiles.values():
            if profile.id in found:
                line = line_at(text, max(0, text.find(f'"{profile.id}"')))
                faults.append(
                    Fault(shown, line, profile.id, "another of your files has it already; that is used")
                )
            else:
                found[profile.id] = profile
    if len(paths) > _FILES:
        faults.append(Fault(clean(str(directory)), 1, "", f"more than {_FILES} files; the rest is not read"))
    return found, faults


def _file(path: Path, shown: str) -> tuple[str, dict[str, Profile], list[Fault]]:
    """Its text, its good profiles, and what is wrong with the rest."""
    try:
        if not path.is_file():
            return "", {}, [Fault(shown, 1, "", "not a file")]
        with path.open("rb") as file:
            raw = file.read(_BYTES + 1)
        if len(raw) > _BYTES:
            return "", {}, [Fault(shown, 1, "", f"longer than {_BYTES} bytes; not read")]
        text = raw.decode("utf-8")
        return text, *read(text, shown)
    except OSError as error:
        return "", {}, [Fault(shown, 1, "", error.strerror or "cannot be read")]
    except UnicodeDecodeError as error:
        return "", {}, [Fault(shown, raw.count(b"\n", 0, error.start) + 1, "", "not UTF-8 text")]
