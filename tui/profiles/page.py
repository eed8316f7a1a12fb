"""One profile in words: every fact, and where it is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from tui.profiles.model import Connections, Identify, Profile, Register, Timing, Unit

_AT_LIMIT: Final = {
    "refuse": "one more is refused",
    "kick_previous": "a new one ends the one before",
    "close_oldest_idle": "a new one ends the one idle longest",
    "close_lru": "a new one ends the one used least recently",
    "close_oldest_or_refuse": "a new one ends the oldest idle one; refused if all are busy",
    "accept_then_close": "one more is accepted, then closed",
    "accept_no_answer": "one more is accepted, and never answered",
    "timeout": "one more gets no answer",
    "exception_06": "one more gets exception 06, busy",
}
_WRONG: Final = {
    "timeout": "no answer",
    "exception_0A": "exception 0A",
    "exception_0B": "exception 0B",
    "answers_any": "the same answer",
}
_CONFIDENCE: Final = {
    "vendor": "the maker says so",
    "code": "from a program's source",
    "issue": "reported by users",
    "third-party": "from an unofficial page",
}
_KIND: Final = {1: "coil", 2: "discrete input", 3: "holding register", 4: "input register"}
_MANY: Final = 6
"""Id values that are listed; of more the first and how many."""


class Fact(NamedTuple):
    """One fact, in words."""

    about: str
    """What of: limit, unit ids, register ..."""
    text: str
    source: str
    """Where it is written."""


def facts(profile: Profile) -> list[Fact]:
    """Everything a profile says, what matters at a fault first."""
    return list(_facts(profile))


def _facts(profile: Profile) -> Iterator[Fact]:
    if (connections := profile.connections) is not None:
        yield Fact("connections", _connections(connections), connections.source)
    if (counts := profile.counts) is not None:
        most = "" if counts.limit_address is None else f"; how many it takes at {counts.limit_address}"
        text = f"{_KIND[counts.function]} {counts.address}: {counts.what}{most}"
        yield Fact("own count", text, counts.source)
    if (port := profile.port) is not None:
        yield Fact("ports", f"{profile.transport.upper()} {_list(port.ids)}", port.source)
    if (unit := profile.unit) is not None:
        yield Fact("unit ids", _unit(unit), unit.source)
    if (timing := profile.timing) is not None:
        yield Fact("timing", _timing(timing), timing.source)
    for quirk in profile.quirks:
        yield Fact("good to know", quirk.text, quirk.source)
    for one in profile.identify:
        yield Fact("known by", _identify(one), one.source)
    if (oui := profile.oui) is not None:
        yield Fact("MAC address of", " or ".join(oui.names), oui.source)
    for register in profile.registers:
        yield Fact("register", _register(register), register.source)


def _connections(one: Connections) -> str:
    most = "" if one.limit is None else f"{one.limit} at once"
    return _joined(
        most,
        one.limit_range,
        "settable" if one.configurable and "settable" not in one.limit_range else "",
        _AT_LIMIT.get(one.at_limit, ""),
        _idle(one.idle_timeout_s),
        one.note,
        _CONFIDENCE[one.confidence],
    )


def _idle(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"closes a silent one after {seconds:g} s" if seconds else "never closes a silent one"


def _unit(one: Unit) -> str:
    other = f"another gets {_WRONG[one.wrong]}" if one.wrong else ""
    return _joined(_list(one.ids), other, one.note)


def _timing(one: Timing) -> str:
    return _joined(
        "" if one.connect_delay_ms is None else f"wait {one.connect_delay_ms} ms before the first request",
        "" if one.request_delay_ms is None else f"{one.request_delay_ms} ms between requests",
        "" if one.allow_ms is None else f"allow at least {one.allow_ms} ms for an answer",
        "" if one.answer_ms is None else f"usually answers within {one.answer_ms} ms",
        "" if one.first_connect_s is None else f"first client within {one.first_connect_s:g} s",
        one.note,
    )


def _identify(one: Identify) -> str:
    sure = "" if one.decides else "others may say the same"
    if one.by == "identity":
        told = [f'object {number} begins with "{text}"' for number, text in one.objects.items()]
        return _joined(", ".join(told), sure)
    if one.by == "mdns":
        return _joined(f"announces {_list(one.texts)}", sure)
    if one.by == "sunspec":
        models = f"models {_list(one.models)}" if one.models else ""
        any_model = f"one of the models {_list(one.any_model)}" if one.any_model else ""
        unit = "" if one.unit is None else f"unit {one.unit}"
        return _joined("SunSpec, maker named", models, any_model, unit, sure)
    shown = [f"{value:#06x}" if value > 9_999 else str(value) for value in one.values[:_MANY]]  # noqa: PLR2004 - codes
    more = f" or {len(one.values) - _MANY} more" if len(one.values) > _MANY else ""
    quoted = [f'"{text}"' for text in one.texts]
    where = f"{_KIND[one.function or 3]} {one.address}"
    span = f", {one.length} read at once" if one.length and one.length > 1 else ""
    value = " or ".join([*shown, *quoted])
    return _joined(f"{where}{span}: {value}{more}", sure)


def _register(one: Register) -> str:
    length = f" of {one.length}" if one.length else ""
    scale = "" if one.scale == 1 else f" x {one.scale:g}"
    unit = f" {one.unit}" if one.unit else ""
    order = ", low word first" if one.order == "little" else ""
    swapped = ", bytes swapped" if one.swapped else ""
    return (
        f"{_KIND[one.function]} {one.address}: {one.name} ({one.type}{length}{scale}{unit}{order}{swapped})"
    )


def _list(values: tuple[object, ...]) -> str:
    return ", ".join(map(str, values))


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)
