"""From the text of a file to profiles; a mistake in it is named by file, line and key, the rest is kept."""

from __future__ import annotations

import difflib
import re
import tomllib
from typing import Any, Final, NamedTuple

import msgspec

from tui.clean import clean
from tui.profiles.model import Profile

_ALONE: Final = ("port", "unit", "connections", "counts", "timing", "oui")
_MANY: Final = ("identify", "quirks", "registers")
_FAULT: Final = re.compile(r"(?P<words>.*?)(?: - at (?:`key` in )?`\$(?P<path>[^`]*)`)?$", re.DOTALL)
_HEADER: Final = re.compile(r"^[ \t]*\[\[[ \t]*device[ \t]*\]\]", re.MULTILINE)
_SHOWN: Final = 60
"""Characters of a name from a file that are repeated in a message."""


class Fault(NamedTuple):
    """A mistake in a file of profiles."""

    file: str
    line: int
    key: str
    """Which key, by its path; empty where the file itself is no TOML."""
    words: str

    def __str__(self) -> str:
        """One line."""
        return f"{self.file} line {self.line}: {f'{self.key}: ' if self.key else ''}{self.words}"


def read(text: str, file: str) -> tuple[dict[str, Profile], list[Fault]]:
    """The good profiles of a file, and what is wrong with the rest; *file* is its name for messages."""
    shown = clean(file)
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # its own kind of error, or a number of thousands of digits
        words = str(error)
        at = re.search(r" \(at line (\d+), column (\d+)\)$", words)
        line = int(at[1]) if at else len(text.splitlines())
        return {}, [Fault(shown, line, "", f"no TOML: {clean(words[: at.start()] if at else words)}")]
    except RecursionError:
        return {}, [Fault(shown, 1, "", "no TOML: nested too deeply")]
    entries = table.pop("device", [])
    faults = [
        Fault(shown, _line_of(text, key), clean(key, _SHOWN), "unknown key; a profile begins with [[device]]")
        for key in table
    ]
    if not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)):
        line = _line_of(text, "device")
        faults.append(Fault(shown, line, "device", "write [[device]], with two brackets"))
        return {}, faults
    found: dict[str, Profile] = {}
    for number, entry in enumerate(entries):
        profile = _one(entry)
        if isinstance(profile, Profile) and profile.id in found:
            profile = ("id", f"there are two profiles called {profile.id}")
        if isinstance(profile, Profile):
            found[profile.id] = profile
        else:
            path, words = profile
            faults.append(Fault(shown, *_place(text, number, entry, path, words)))
    return found, faults


def line_at(text: str, position: int) -> int:
    """Which line, counted from one, *position* is in."""
    return text.count("\n", 0, position) + 1


def _one(entry: dict[str, Any]) -> Profile | tuple[str, str]:
    """The profile, or the path of the key that is wrong and what is wrong with it."""
    try:
        return msgspec.convert(_with_sources(entry), Profile)
    except msgspec.ValidationError as error:
        match = _FAULT.match(str(error))
        return (match["path"] or "", match["words"]) if match else ("", str(error))
    except RecursionError:
        return "", "nested too deeply"


def _with_sources(entry: dict[str, Any]) -> dict[str, Any]:
    """*entry*, in which every fact without a source of its own has that of the profile."""
    source = entry.get("source")
    if not (isinstance(source, str) and source):
        return entry
    whole = dict(entry)
    for key in _ALONE:
        if isinstance(part := whole.get(key), dict):
            whole[key] = {"source": source, **part}
    for key in _MANY:
        if isinstance(parts := whole.get(key), list):
            whole[key] = [{"source": source, **part} if isinstance(part, dict) else part for part in parts]
    return whole


def _place(text: str, number: int, entry: dict[str, Any], path: str, words: str) -> tuple[int, str, str]:
    """Line, key and words of what is wrong with the *number*-th profile."""
    starts = [match.start() for match in _HEADER.finditer(text)]
    start = starts[number] if number < len(starts) else 0
    end = starts[number + 1] if number + 1 < len(starts) else len(text)
    named = re.findall(r"\.(\w+)|\[(\d+)\]|\[([^\]]*)\]", path)
    steps: list[str | int] = [int(index) if index else key for key, index, _ in named]
    unknown = re.search(r"unknown field `(.*)`", words, re.DOTALL)
    missing = re.search(r"missing required field `(.*)`", words, re.DOTALL)
    if unknown:
        steps.append(unknown[1])
        near = difflib.get_close_matches(unknown[1], _keys(steps), n=1)
        words = f"unknown key{f'; did you mean {near[0]!r}?' if near else ''}"
    where = _find(text, steps, start, end)
    if missing:
        steps.append(missing[1])
        words = "is missing" + ("; say where it is written" if missing[1] == "source" else "")
    key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    called = entry.get("id")
    name = clean(called, _SHOWN) if isinstance(called, str) and called else f"number {number + 1}"
    return line_at(text, where), f"{name}{f', {clean(key, _SHOWN)}' if key else ''}", clean(words)


def _find(text: str, steps: list[str | int], start: int, end: int) -> int:
    """Where the key at the end of *steps* stands between *start* and *end*; as near as it can be told."""
    where, inner = start, ""
    for step in steps:
        if isinstance(step, int):
            table = re.compile(rf"^[ \t]*\[\[[ \t]*device\.{re.escape(inner)}[ \t]*\]\]", re.MULTILINE)
            entries = [one.start() for one in table.finditer(text, start, end)]
            entries = entries or [one.start() for one in re.finditer(r"\{", text[where:end])]
            offset = 0 if table.search(text, start, end) else where
            if step < len(entries):
                where = offset + entries[step]
            continue
        inner = step
        name = re.escape(step)
        key = re.compile(rf"(?:^|[{{,.\s])[\"']?{name}[\"']?\s*[=.]|\[\[?[ \t]*device\.{name}[ \t]*\]")
        if match := key.search(text, where, end):
            where = match.start() + (match[0][:1] in "{,. \t\r\n")
    return where


def _keys(steps: list[str | int]) -> list[str]:
    """The keys known where the last of *steps* is."""
    kind: Any = Profile
    for step in steps[:-1]:
        if isinstance(step, str):
            fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
            inside = [fields.get(step), *getattr(fields.get(step), "__args__", ())]
            kind = next(
                (one for one in inside if isinstance(one, type) and issubclass(one, msgspec.Struct)), kind
            )
    return [field.name for field in msgspec.structs.fields(kind)]


def _line_of(text: str, key: str) -> int:
    match = re.search(rf"^[ \t]*\[*[ \t]*[\"']?{re.escape(key)}\b", text, re.MULTILINE)
    return line_at(text, match.start()) if match else 1
