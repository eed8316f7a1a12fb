"""Files of profiles: strictly read, a mistake is named by line and key, the rest is kept."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.clean import SAFE_PATTERN
from tui.profiles.reading import read

_GOOD = """
[[device]]
id = "good"
vendor = "V"
model = "M"
source = "a manual"
quirks = [{ text = "hums" }]
"""
_HEAD = _GOOD.replace('"good"', '"box"').replace('quirks = [{ text = "hums" }]\n', "")
_COUNTS = 'counts = { function = 3, address = 4138, what = "connections", source = "a manual" }\n'
_REGISTER = 'registers = [\n  { function = 3, address = 5, type = "u16", name = "power" },\n'


@pytest.mark.parametrize(
    ("more", "line", "key", "word"),
    [
        ("", 9, "box", "says nothing"),
        ("limit = 4", 14, "box, limit", "unknown key"),
        ("connections = { limit = 0, confidence = 'vendor' }", 14, "box, connections.limit", ">= 1"),
        (
            "[device.connections]\nlimt = 1\nconfidence = 'vendor'",
            15,
            "box, connections.limt",
            "did you mean 'limit'",
        ),
        ("connections = { limit = 4 }", 14, "box, connections.confidence", "is missing"),
        (_COUNTS.replace("3", "6", 1), 14, "box, counts.function", "6"),
        (_COUNTS.replace("4138", "65536"), 14, "box, counts.address", "65535"),
        (_COUNTS.replace("4138", "-1"), 14, "box, counts.address", "0"),
        (_COUNTS.replace('"a manual"', '""'), 14, "box, counts.source", "1"),
        (_COUNTS.replace("what", "wat"), 14, "box, counts.wat", "did you mean 'what'"),
        (
            _REGISTER + '  { function = 3, address = 5, type = "u61", name = "x" }]',
            16,
            "box, registers[2].type",
            "u61",
        ),
        (
            _REGISTER + '  { function = 3, address = 65535, type = "u32", name = "x" }]',
            16,
            "box, registers[2]",
            "65535",
        ),
        (
            _REGISTER + '  { function = 3, address = 1, type = "text", name = "x" }]',
            16,
            "box, registers[2]",
            "length",
        ),
        (
            _REGISTER + '  { function = 6, address = 1, type = "u16", name = "x" }]',
            16,
            "box, registers[2].function",
            "6",
        ),
        (
            _REGISTER + '  { function = 3, address = 1, type = "u16", name = "x", scale = nan }]',
            16,
            "box, registers[2]",
            "scale",
        ),
        ("[[device.quirks]]\ntext = 'a'\n[[device.quirks]]\ntext = ''", 17, "box, quirks[2].text", "1"),
        ('identify = [{ by = "register", values = [1] }]', 14, "box, identify[1]", "function"),
        (_GOOD, 16, "good", "two"),
    ],
)
def test_a_mistake_is_named_by_line_and_key(more: str, line: int, key: str, word: str) -> None:
    """The one profile with the mistake is left out, the other is there."""
    head = "" if more == _GOOD else _HEAD
    found, (fault, *_) = read(_GOOD + "\n" * (more == _GOOD) * 7 + head + more, "mine.toml")
    assert list(found) == ["good"]
    assert fault.file == "mine.toml"
    assert (fault.line, fault.key.replace("good, id", "good")) == (line, key)
    assert word in fault.words
    assert "\n" not in str(fault)


def test_a_fact_without_its_own_source_has_that_of_the_profile() -> None:
    """And one that names another keeps it; with neither it is not taken."""
    found, _ = read(_HEAD + _COUNTS + 'quirks = [{ text = "a" }, { text = "b", source = "c" }]', "f")
    assert [quirk.source for quirk in found["box"].quirks] == ["a manual", "c"]
    none, (fault,) = read(_GOOD.replace('source = "a manual"\n', ""), "f")
    assert not none
    assert fault.key == "good, quirks[1].source"


def test_a_profile_without_a_name_is_told_by_its_number() -> None:
    """There is always something to find it by."""
    _, (fault,) = read(_GOOD + _GOOD.replace('id = "good"\n', ""), "f")
    assert (fault.line, fault.key) == (9, "number 2, id")


@pytest.mark.parametrize(
    "text",
    ["a = = b", "a = " + "9" * 5_000, "a = " + "[" * 5_000, "[device]\nid = 1", "device = [1]", "x = 1"],
)
def test_what_is_no_file_of_profiles_is_one_line(text: str) -> None:
    """Bad TOML, endless numbers, endless nesting and other tables are told, never raised."""
    found, (fault,) = read(text, "f\x1b[31m")
    assert not found
    assert "\x1b" not in str(fault)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_makes_the_reader_fall(key: str, value: str) -> None:
    """Whatever a hand or a program writes there; and what is told of it is inert."""
    for text in (f'{_HEAD}"{key}" = "{value}"', f"{_HEAD}{key} = {value}", key + value):
        for fault in read(text, "f")[1]:
            assert re.match(SAFE_PATTERN, str(fault))
