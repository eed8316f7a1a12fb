"""Hours of the day, as people write them: `22:00-06:00`, several with commas between."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

_SPAN: Final = re.compile(r"\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*")
_DAY: Final = 24 * 60


class HoursError(ValueError):
    """A text that names no hours; one line that says what is wrong."""


@lru_cache(maxsize=256)
def parse(text: str) -> tuple[tuple[int, int], ...]:
    """The spans in *text*, each from its first minute of the day to the minute after its last.

    A span may run over midnight; then it ends before it begins.

    Raises:
        HoursError: it is not written as hours.
    """
    return tuple(map(_span, text.split(","))) if text.strip() else ()


def within(text: str, wall: float) -> str:
    """When the span ends that the wall time lies in, here, as `06:00`; empty where it lies in none.

    A text that names no hours has none.
    """
    try:
        spans = parse(text)
    except HoursError:
        return ""
    if not spans:
        return ""
    at = datetime.fromtimestamp(wall, UTC).astimezone()
    minute = at.hour * 60 + at.minute
    ends = [end for begin, end in spans if (minute - begin) % _DAY < (end - begin) % _DAY]
    # Of spans that overlap the longest that is still to come goes.
    last = max(ends, key=lambda end: (end - minute) % _DAY, default=None)
    return "" if last is None else f"{last // 60:02}:{last % 60:02}"


def _span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise HoursError(f'{text.strip()!r} is no span of hours; write it as "22:00-06:00"')
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    for hour, minute in ((begin_hour, begin_minute), (end_hour, end_minute)):
        if minute > 59 or hour * 60 + minute > _DAY:  # noqa: PLR2004 - minutes of an hour
            raise HoursError(f"{text.strip()!r}: there is no {hour:02}:{minute:02}")
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin % _DAY == end % _DAY:
        raise HoursError(f"{text.strip()!r} begins and ends at once; leave it out, or name shorter hours")
    return begin % _DAY, end % _DAY
