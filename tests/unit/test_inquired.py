"""What is known of a device before it is asked for more."""

from __future__ import annotations

from tui.device_events import Identified, Suits, UnitAnswered, UnitsSeen, Ways
from tui.event import Event
from tui.probes.manners import Manners
from tui.profiles.lookup import profiles
from tui.profiles.model import Profile
from tui.records import KnownDevice, Target
from tui.state.store import Store
from tui.workers.inquired import Inquired, inquired

_AT = Target("10.0.0.1", 502)
_SERIAL = Suits(profile="wago-750", product="WAGO 750", certainty="likely", why="it says so")


def _about(*events: Event, known: KnownDevice | None = None) -> Inquired:
    store = Store()
    for event in events:
        store.apply(event)
    return inquired(store, {_AT: known} if known else {}, 9, _AT)


def _identified(suits: Suits, **facts: object) -> Identified:
    return Identified(at=1.0, address=_AT.address, port=_AT.port, unit=5, suits=(suits,), **facts)  # type: ignore[arg-type]


def test_of_a_stranger_only_the_usual_unit_is_known() -> None:
    """No profile, no manners, the unit that is asked everywhere."""
    assert _about() == Inquired(unit=9)


def test_the_configured_profile_comes_before_the_recognised_one() -> None:
    """Whoever configured it knows better; recognised as no more than possible it has none."""
    known = KnownDevice(address=_AT.address, profile="beckhoff-ek9000", unit=3)
    about = _about(_identified(_SERIAL), known=known)
    assert about.product is not None
    assert (about.product.id, about.unit) == ("beckhoff-ek9000", 3)
    recognised = _about(_identified(_SERIAL)).product
    assert recognised is not None
    assert recognised.id == "wago-750"
    guessed = Suits(profile="wago-750", product="WAGO 750", certainty="possible", why="its MAC address")
    assert _about(_identified(guessed)).product is None


def test_the_unit_asked_for_values_is_one_that_answers() -> None:
    """Of the profile's unit ids the first that is known to answer, else its usual one."""
    several = next(p for p in _profiles() if len(p.units) > 1)
    suits = Suits(profile=several.id, product="x", certainty="proven", why="y")
    assert _about(_identified(suits)).unit == several.units[0]
    answers = UnitAnswered(unit=several.units[1], face="answers")
    seen = UnitsSeen(at=2.0, address=_AT.address, port=_AT.port, units=(answers,))
    assert _about(_identified(suits), seen).unit == several.units[1]


def test_learnt_manners_and_those_of_the_profile_are_both_kept() -> None:
    """The longer pause of the two; the silence it bears as learnt."""
    slow = next(p for p in _profiles() if p.timing and p.timing.connect_delay_ms)
    assert slow.timing is not None
    suits = Suits(profile=slow.id, product="x", certainty="proven", why="y")
    before_s = (slow.timing.connect_delay_ms or 0) / 1000
    learnt = Ways(before_s=before_s / 2, between_s=7.0, idle_close_s=0.8, refuses=(43,))
    assert _about(_identified(suits, ways=learnt)).manners == Manners(before_s, 7.0, 0.8, (43,))


def _profiles() -> list[Profile]:
    return list(profiles().values())
