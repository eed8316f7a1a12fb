"""Settings, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.config import ConfigError, Settings, load, override
from tui.profiles.lookup import ProfileError, profile, profiles


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_whole_file(tmp_path: Path) -> None:
    """Every kind of key is read, and a device takes its limit from its profile or its own line."""
    settings = _load(
        tmp_path,
        """
        networks = ["10.0.0.0/24"]
        ports = [502, 1502]
        pace = "gentle"
        [[device]]
        address = "10.0.0.1"
        name = "boiler"
        profile = "alphaess-smile"
        [[device]]
        address = "10.0.0.2"
        limit = 4
        unit = 3
        """,
    )
    boiler, other = settings.known
    assert (settings.ports, settings.pace) == ((502, 1502), "gentle")
    assert (boiler.limit, boiler.limit_source, boiler.unit) == (1, "profile alphaess-smile (issue)", 85)
    assert (other.limit, other.limit_source, other.unit) == (4, "configuration", 3)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pases = 1\n", "line 1: unknown key 'pases'"),
        ('\npace = "brisk"\n', "line 2: pace: "),
        ("ports = [70000]", "line 1: ports: "),
        ("ports = []", "line 1: ports: "),
        (
            '[[device]]\naddress = "10.0.0.1"\n[[device]]\naddress = "10.0.0.2"\nlimt = 3',
            "line 5: unknown key",
        ),
        ('[[device]]\naddress = "10.0.0.1"\nlimit = 0', "line 3: limit: "),
        ('[[device]]\naddress = "plc"', "line 2: 'plc' is not an IP address"),
        ('[[device]]\nname = "x"', "line 1: [[device]] needs 'address'"),
        ('[[device]]\naddress = "10.0.0.1"\nprofile = "alphaess-smil"', "did you mean alphaess-smile"),
        ('[device]\naddress = "10.0.0.1"', "[[device]]"),
        ("networks = [", "line 1"),
    ],
)
def test_what_is_wrong_names_file_line_and_key(tmp_path: Path, text: str, words: str) -> None:
    """A mistake is one line that says where it is and how to mend it."""
    with pytest.raises(ConfigError) as error:
        _load(tmp_path, text)
    assert "config.toml" in str(error.value)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_a_typed_value_beats_the_file() -> None:
    """What is typed wins, what is not typed stays."""
    settings = override(Settings(pace="gentle", unit=7), pace="fast", unit=None, networks=())
    assert (settings.pace, settings.unit) == ("fast", 7)


def test_typed_zero_counts_as_typed() -> None:
    """Unit 0 is a unit."""
    assert override(Settings(), unit=0).unit == 0


def test_every_profile_says_something_and_where_from() -> None:
    """No fact about a product without its source."""
    assert len(profiles()) >= 40
    for found in profiles().values():
        assert found.product
        assert all(fact.source for fact in found.facts())


def test_an_unknown_profile_names_the_nearest() -> None:
    """A typing error in a profile's id is easy to mend."""
    with pytest.raises(ProfileError, match="did you mean"):
        profile("alphaess-smil")


def test_hours_of_sleep_are_read_and_a_mistake_is_told(tmp_path: Path) -> None:
    """A device's hours reach the plan; what names no hours is refused with its line and how to write it."""
    file = tmp_path / "c.toml"
    file.write_text('[[device]]\naddress = "10.0.0.1"\nasleep = "22:00-06:00"\n', encoding="utf-8")
    assert load(file).known[0].asleep == "22:00-06:00"
    file.write_text('[[device]]\naddress = "10.0.0.1"\nasleep = "at night"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r'line 3: asleep: .*write it as "22:00-06:00"'):
        load(file)
