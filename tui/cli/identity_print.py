"""What a device says it is, and which products fit: lines for people, JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tui.device_events import Identified


def device_json(told: Identified | None) -> dict[str, Any] | None:
    """Identity and fitting products; null where it was not asked or no unit speaks for itself."""
    if told is None:
        return None
    return {"identity": identity_json(told), "suits": suits_json(told)}


def identity_json(told: Identified | None) -> dict[str, Any] | None:
    """The device's own words; the fields are a contract, to be added to only."""
    if told is None:
        return None
    return {
        "unit": told.unit,
        "vendor": told.vendor,
        "product": told.product,
        "revision": told.revision,
        "serial": told.serial,
        "objects": {str(number): text for number, text in told.objects.items()},
        "server_id": told.server_id,
        "sunspec": list(told.sunspec),
        "mac": told.mac,
        "maker": told.maker,
    }


def suits_json(told: Identified | None) -> list[dict[str, Any]]:
    """The products that fit, best first."""
    return [msgspec.to_builtins(one) for one in told.suits] if told is not None else []


def what_it_is(told: Identified | None) -> Iterator[str]:
    """Its own words, then the best fitting product, or at least who made its network card."""
    if told is None:
        return
    if told.said:
        yield f"says it is {told.said}"
    if told.suits:
        best = told.suits[0]
        limit = f"; takes {best.limit} connections" if best.limit is not None else ""
        yield f"{best.product}, {best.certainty}: {best.why}{limit}"
    elif told.maker:
        yield f"network card of {told.maker}"
