"""The one door for text."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tui.clean import SAFE_PATTERN, clean
from tui.events import Health, decode, encode


@given(st.one_of(st.text(), st.binary()), st.integers(1, 50))
def test_everything_that_passes_is_inert_and_bounded(value: str | bytes, length: int) -> None:
    """Whatever comes in, what comes out is printable, within its length, and legal in a recording."""
    text = clean(value, length)
    assert len(text) <= length
    assert re.search(SAFE_PATTERN, text)
    event = Health(at=1.0, source="x", ok=True, text=text)
    assert decode(encode(event)) == event


def test_controls_stay_visible_as_escapes() -> None:
    """An escape sequence or a direction mark is shown, not obeyed and not lost."""
    assert clean("a\x1b[31mb\u202ec\n") == "a\\x1b[31mb\\u202ec\\x0a"


def test_markup_is_left_as_text() -> None:
    """Square brackets are ordinary characters; it is for the screen never to read them as markup."""
    assert clean("[bold red]x[/]") == "[bold red]x[/]"


def test_bad_utf8_becomes_the_replacement_character() -> None:
    """Bytes that are no text do not raise."""
    assert clean(b"\xff\xfeok") == "\ufffd\ufffdok"
