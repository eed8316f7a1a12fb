"""The products that come with the program, and the user's own over them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.profiles.lookup import ProfileError, built_in, catalogue, profile, profiles
from tui.profiles.model import CATEGORIES, Profile
from tui.profiles.page import facts

_OWN = """
[[device]]
id = "huawei-emma"
vendor = "Mine"
model = "Box"
source = "measured here"
connections = { limit = 7, confidence = "issue" }
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The directory of the user's profiles, empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    directory = tmp_path / "port502" / "profiles"
    directory.mkdir(parents=True)
    catalogue.cache_clear()
    yield directory
    catalogue.cache_clear()


def test_every_product_is_there_and_says_something() -> None:
    """Every file is read whole and none of the products is lost; the damaged one would be named."""
    known = built_in()
    assert len(known) == 208
    assert {found.category for found in known.values()} == set(CATEGORIES)
    assert all(list(found.facts()) for found in known.values())


def test_every_fact_has_its_source() -> None:
    """Nothing is said of a product without where it is written; a page, a repository or a registry."""
    for found in built_in().values():
        for fact in found.facts():
            source = fact.source
            assert "://" in source or "repo:" in source or "IEEE MA-L" in source, (found.id, source)


def test_every_register_can_be_read() -> None:
    """In range, of a known width, and never more than one request may ask."""
    registers = [register for found in built_in().values() for register in found.registers]
    assert len(registers) > 400
    for register in registers:
        assert 1 <= register.count <= 125
        assert register.address + register.count <= 0x10000
        assert register.name
        assert register.scale > 0, "the direction is the device's own, not that of one of its clients"


def test_every_limit_says_how_good_its_source_is() -> None:
    """A figure from a forum is not taken for the maker's."""
    limits = [found for found in built_in().values() if found.limit is not None]
    assert len(limits) >= 41
    assert all(found.confidence for found in limits)
    assert built_in()["huawei-emma"].at_limit == "accept_then_close"


def test_counts_are_read_by_functions_that_read() -> None:
    """Every product that counts has its register, and says where that is written."""
    counting = [profile.counts for profile in profiles().values() if profile.counts is not None]
    assert len(counting) >= 2
    assert all(counts.function in {3, 4} and counts.what and counts.source for counts in counting)


def test_a_page_has_every_fact() -> None:
    """What is in the file is on the page, in words and with its source."""
    for found in built_in().values():
        told = facts(found)
        assert len(told) == len(list(found.facts()))
        assert all(fact.text and fact.source for fact in told)


def test_an_own_profile_comes_first(own: Path) -> None:
    """The user knows his box better; the other products stay."""
    (own / "mine.toml").write_text(_OWN)
    assert profile("huawei-emma").limit == 7
    assert catalogue().own == {"huawei-emma"}
    assert profile("alphaess-smile").limit == 1
    assert not catalogue().faults


def test_a_broken_own_profile_is_named_and_the_rest_still_loads(own: Path) -> None:
    """File, line and key; a good one beside it, in the same file or another, is used."""
    bad = _OWN.replace("huawei-emma", "broken-one").replace("limit", "limt")
    (own / "a.toml").write_text(_OWN + bad)
    (own / "b.toml").write_text("[[device]\n")
    (own / "c.toml").write_bytes(b'[[device]]\nid = "\xff"\n')
    (own / "d.toml").write_text(_OWN)
    assert profile("huawei-emma").product == "Mine Box"
    shown = [str(fault) for fault in catalogue().faults]
    assert shown[0] == (
        f"{own}/a.toml line 14: broken-one, connections.limt: unknown key; did you mean 'limit'?"
    )
    assert shown[1].startswith(f"{own}/b.toml line 1: no TOML")
    assert shown[2] == f"{own}/c.toml line 2: not UTF-8 text"
    assert shown[3].startswith(f"{own}/d.toml line 3: huawei-emma: another of your files")
    with pytest.raises(ProfileError, match=r"no profile 'broken-one' .*a.toml line 14"):
        profile("broken-one")


def test_an_unreadable_directory_is_told(own: Path) -> None:
    """A file where the directory should be is no reason to stop."""
    own.rmdir()
    own.write_text("")
    (fault,) = catalogue().faults
    assert str(own) in str(fault)
    assert isinstance(profile("wago-750"), Profile)


def test_an_unknown_profile_names_the_nearest() -> None:
    """A typing error in a profile's id is easy to mend."""
    with pytest.raises(ProfileError, match="did you mean alphaess-smile"):
        profile("alphaess-smil")
