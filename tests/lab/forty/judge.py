"""Whether what was told of a device is what is true of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.lab.forty.truth import ALL, Truth

_FACES: Final = {"values": {"answers"}, "exceptions": {"exception"}, "refused": {"path", "target-silent"}}


def texts(device: Mapping[str, Any] | None) -> str:
    """Every text that was told of what it says it is, one to a line."""
    if device is None:
        return ""
    identity = device["identity"] or {}
    said = [unit["said"] for unit in device["units"]]
    shown = [value for value in identity.values() if isinstance(value, str)]
    return "\n".join([*identity.get("objects", {}).values(), *shown, *said])


def faces(device: Mapping[str, Any] | None) -> dict[int, str]:
    """The face of each unit id that was told."""
    return {} if device is None else {unit["unit"]: unit["face"] for unit in device["units"]}


def wrong(truth: Truth, device: Mapping[str, Any] | None, asked: range = range(1, 248)) -> list[str]:
    """What was told otherwise than it is, or not at all; *device* as `port502 scan --json` prints it."""
    if device is None:
        return ["nothing of it was told"]
    told = faces(device)
    found = []
    if device["judgement"] != truth.judgement:
        found.append(f"judged {device['judgement']}, is {truth.judgement}")
    for unit in sorted(ALL.intersection(asked)):
        expected = _expected(truth, unit)
        # Where all ids are one device, those that were not asked are known as well.
        if unit not in told and truth.judgement == device["judgement"] == "ignores-unit":
            continue
        if told.get(unit, "not asked") not in expected:
            found.append(f"unit {unit} {told.get(unit, 'not asked')}, is {' or '.join(sorted(expected))}")
    heard = texts(device)
    found += [f"not told: {word}" for word in truth.words if word not in heard]
    return found + [
        f"not told of unit {unit}: {word}"
        for unit, word in truth.of_units.items()
        if unit in asked and word not in _of_unit(device, unit)
    ]


def _expected(truth: Truth, unit: int) -> set[str]:
    for kind, expected in _FACES.items():
        if unit in getattr(truth, kind):
            return expected
    return {"silent"}


def _of_unit(device: Mapping[str, Any], unit: int) -> str:
    said = " ".join(one["said"] for one in device["units"] if one["unit"] == unit)
    identity = device["identity"] or {}
    return said + (json.dumps(identity) if identity.get("unit") == unit else "")
