"""What is learnt of a device, and what of it goes for the device itself."""

from __future__ import annotations

from tui.device_events import Identified, Suits, UnitAnswered, UnitsSeen
from tui.events import Probed, RunStarted
from tui.records import Certainty, Judgement, KnownDevice, Target
from tui.session_events import LimitObserved
from tui.state.model import RECOGNISED, Device
from tui.state.store import Store

HERE = Target("10.0.0.7", 502)


def _identified(certainty: Certainty = "proven", *, unit: int = 1, gateway: bool = False) -> Identified:
    suits = Suits(
        profile="meter", product="Maker Meter", certainty=certainty, why="says so", limit=3,
        limit_source="profile meter (vendor)", gateway=gateway,
    )  # fmt: skip
    return Identified(at=1.0, address=HERE.address, port=HERE.port, unit=unit, suits=(suits,))


def _units(judgement: Judgement = "gateway", *, full: bool = False, number: int = 1) -> UnitsSeen:
    units = tuple(UnitAnswered(unit=unit, face="answers") for unit in range(number))
    return UnitsSeen(
        at=1.0, address=HERE.address, port=HERE.port, units=units, judgement=judgement, full=full
    )


def _device(store: Store) -> Device:
    return store.devices[HERE]


def test_a_recognised_product_brings_its_limit() -> None:
    """With its source and how surely it was recognised."""
    store = Store()
    store.apply(_identified())
    assert _device(store).limit == 3
    assert _device(store).limit_source == f"{RECOGNISED}: profile meter (vendor), proven"


def test_a_product_that_is_only_possible_brings_none() -> None:
    """A guess must not have a device left alone, nor called full."""
    store = Store()
    store.apply(_identified("possible"))
    assert _device(store).limit is None


def test_the_configured_limit_stands() -> None:
    """Whoever wrote it down knows better than a profile."""
    store = Store()
    known = KnownDevice(address=HERE.address, limit=8, limit_source="configuration")
    store.apply(RunStarted(at=0.0, version="1", host="h", known=(known,)))
    store.apply(_identified())
    assert (_device(store).limit, _device(store).limit_source) == (8, "configuration")


def test_an_observed_limit_takes_the_place_of_the_products() -> None:
    """What was seen of this very device beats what is written of its kind."""
    store = Store()
    store.apply(_identified())
    store.apply(
        LimitObserved(at=2.0, address=HERE.address, port=HERE.port, limit=2, sure=True, source="turned away")
    )
    assert _device(store).limit == 2
    store.apply(_identified())
    assert _device(store).limit == 2


def test_a_device_that_turns_out_to_be_another_loses_the_limit() -> None:
    """Recognised anew as nothing known, it has no limit any more."""
    store = Store()
    store.apply(_identified())
    store.apply(Identified(at=2.0, address=HERE.address, port=HERE.port, unit=1, vendor="Other"))
    assert (_device(store).limit, _device(store).limit_source) == (None, "")


def test_the_limit_of_a_unit_behind_a_gateway_is_not_the_gateways() -> None:
    """What speaks at unit 1 behind a gateway says nothing of the gateway's connections."""
    store = Store()
    store.apply(_units())
    store.apply(_identified())
    assert _device(store).limit is None
    store.apply(_identified(unit=255))
    assert _device(store).limit == 3


def test_the_few_unit_ids_do_not_displace_all_of_them() -> None:
    """A sweep over every id that somebody asked for stays, until another takes its place."""
    store = Store()
    store.apply(_units(full=True, number=40))
    store.apply(_units(number=3))
    assert len(_device(store).units.units) == 40  # type: ignore[union-attr]
    store.apply(_units(full=True, number=41))
    assert len(_device(store).units.units) == 41  # type: ignore[union-attr]


def test_what_was_learnt_survives_in_a_new_recording() -> None:
    """The present told as events leads to the same device."""
    store, again = Store(), Store()
    store.apply(Probed(at=1.0, address=HERE.address, port=HERE.port, state="answers", pause_s=2.0))
    store.apply(_units("single", full=True))
    store.apply(_identified())
    for event in store.events():
        again.apply(event)
    assert _device(again) == _device(store)


def test_a_gateway_stays_without_the_limit_of_its_unit_in_a_new_recording() -> None:
    """The order in which a device is told again does not make another of it."""
    store, again = Store(), Store()
    store.apply(_units())
    store.apply(_identified())
    for event in store.events():
        again.apply(event)
    assert _device(again).limit is None
