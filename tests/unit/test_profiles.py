"""The file of products: strictly read, and a mistake in it is named."""

from __future__ import annotations

import pytest

from tui.profiles.lookup import ProfileError, profiles, read

_GOOD = """
[[device]]
id = "box"
vendor = "V"
model = "M"
confidence = "vendor"
source = "a manual"
"""
_COUNTS = 'counts = { function = 3, address = 4138, what = "connections", source = "a manual" }\n'


def test_a_profile_may_only_count() -> None:
    """A product without a documented limit is worth a profile for its own count."""
    (found,) = read(_GOOD + _COUNTS).values()
    assert found.limit is None
    assert found.counts is not None
    assert (found.counts.function, found.counts.address, found.counts.limit_address) == (3, 4138, None)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("", "neither a limit nor counts"),
        ("limit = 0", "limit"),
        (_COUNTS.replace("3", "6", 1), "counts.function"),
        (_COUNTS.replace("4138", "65536"), "counts.address"),
        (_COUNTS.replace("4138", "-1"), "counts.address"),
        (_COUNTS.replace('"a manual"', '""'), "counts.source"),
        (_COUNTS.replace(', source = "a manual"', ""), "source"),
        (_COUNTS.replace("what", "wat"), "wat"),
        ("limit = 4\nlimt = 5", "limt"),
        ("limit = 4\n" + _GOOD + "limit = 4", "two"),
    ],
)
def test_a_mistake_is_named_with_its_profile(more: str, word: str) -> None:
    """Which profile, and which of its fields."""
    with pytest.raises(ProfileError, match="box") as caught:
        read(_GOOD + more)
    assert word in str(caught.value)


def test_a_profile_without_a_name_is_told_by_its_number() -> None:
    """There is always something to find it by."""
    with pytest.raises(ProfileError, match="number 1"):
        read(_GOOD.replace('id = "box"', "") + "limit = 4")


def test_counts_are_read_by_functions_that_read() -> None:
    """Every product that counts has its register, and says where that is written."""
    counting = [profile.counts for profile in profiles().values() if profile.counts is not None]
    assert len(counting) >= 2
    assert all(counts.function in {3, 4} and counts.what and counts.source for counts in counting)
