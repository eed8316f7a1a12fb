"""Hours of the day as people write them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.hours import HoursError, parse, within

_MINUTES = st.integers(0, 24 * 60 - 1)


def _wall(minute: int) -> float:
    """That minute of a local winter day without a change of the clock."""
    return time.mktime((2025, 1, 15, minute // 60, minute % 60, 30, 0, 0, 0))


@given(_MINUTES, _MINUTES, _MINUTES)
def test_a_span_holds_the_minutes_from_its_begin_to_its_end(begin: int, end: int, now: int) -> None:
    """Also over midnight; outside of it there is none."""
    if begin == end:
        return
    text = f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    inside = begin <= now < end if begin < end else now >= begin or now < end
    assert within(text, _wall(now)) == (f"{end // 60:02}:{end % 60:02}" if inside else "")


def test_of_several_spans_that_overlap_the_last_end_goes() -> None:
    """It says when the device is awake, not when one of its spans is over."""
    assert within("22:00-02:00, 01:00-06:00", _wall(90)) == "06:00"
    assert within("22:00-02:00, 12:00-13:00", _wall(12 * 60)) == "13:00"
    assert within("22:00-02:00, 12:00-13:00", _wall(11 * 60)) == ""


@pytest.mark.parametrize(
    "text", ["22-6", "25:00-01:00", "22:60-23:00", "06:00-06:00", "00:00-24:00", "x", "1:00-2:00,"]
)
def test_what_names_no_hours_is_refused_and_holds_none(text: str) -> None:
    """A mistake in the configuration is told; one in a recording makes nothing asleep."""
    with pytest.raises(HoursError):
        parse(text)
    assert within(text, _wall(60)) == ""
