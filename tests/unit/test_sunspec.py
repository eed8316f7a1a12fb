"""The SunSpec map."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from tests.lab.identity_servers import SUNS, Device, registers, sunspec
from tui.clean import clean
from tui.probes.identity import Identity, identify
from tui.probes.sunspec import MODELS, text
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.records import Target

_TEXTS = (b"SolarEdge", b"SE10K", b"opt", b"4.1", b"7E1A")


async def _of(device: Device) -> Identity:
    async with servers.serving(device.talk) as (port, log):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        async with Talk(connection) as talk:
            identity = await identify(talk, 1, wait_s=0.2)
        assert await connection.close() == "fin"
    assert log.opened == 1
    return identity


@pytest.mark.parametrize("base", [40_000, 50_000, 0])
async def test_the_common_model_is_found_at_each_base(base: int) -> None:
    """Maker, model, options, version and serial, and the models to their end, wherever the map begins."""
    device = Device(registers(sunspec(base, _TEXTS, {101: 50, 120: 26})))
    identity = await _of(device)
    found = identity.sunspec
    assert found is not None
    assert found[:6] == (base, "SolarEdge", "SE10K", "opt", "4.1", "7E1A")
    assert (found.models, found.whole) == ((101, 120), True)
    assert (identity.vendor, identity.product, identity.revision) == ("SolarEdge", "SE10K", "4.1")


async def test_the_likeliest_base_is_asked_first_and_alone() -> None:
    """A device with its map at 40000 is never asked at 50000 or 0."""
    device = Device(registers(sunspec(40_000, _TEXTS, {})))
    await _of(device)
    starts = [int.from_bytes(body[1:3], "big") for _, body in device.asked if body[0] == 3]
    assert starts == [40_000, 40_004, 40_070]


async def test_no_marker_is_no_map() -> None:
    """Registers that can be read but say nothing of SunSpec are not taken for a map."""
    device = Device(registers(dict.fromkeys([*range(10), *range(40_000, 40_010)], 0)))
    assert (await _of(device)).sunspec is None


async def test_a_list_without_end_is_left() -> None:
    """Models for ever are walked so far and no further, and the list is not called whole."""
    endless = {
        40_000 + at: word for at, word in enumerate((*SUNS, 1, 64, *([0x4142] * 64), *([103, 0] * 200)))
    }
    found = (await _of(Device(registers(endless)))).sunspec
    assert found is not None
    assert (len(found.models), found.whole) == (MODELS, False)


async def test_a_list_that_leads_nowhere_is_left() -> None:
    """A length that points behind the last register ends the walk."""
    table = sunspec(40_000, _TEXTS, {101: 2}, end=False)
    table[40_000 + 71] = 0xFFF0
    found = (await _of(Device(registers(table)))).sunspec
    assert found is not None
    assert (found.models, found.whole) == ((101,), False)


async def test_a_map_with_an_odd_common_model_is_still_a_map() -> None:
    """The marker alone says SunSpec; nothing is claimed beyond it."""
    device = Device(registers({40_000: SUNS[0], 40_001: SUNS[1], 40_002: 1, 40_003: 3}))
    found = (await _of(device)).sunspec
    assert found is not None
    assert (found.manufacturer, found.models, found.whole) == ("", (), False)


@given(st.lists(st.integers(0, 0xFFFF), max_size=16))
def test_texts_are_clean(words: list[int]) -> None:
    """Any registers make a text that has passed the door."""
    assert clean(text(words)) == text(words)
