"""The page of values: opened by key, read again on it, given back when it is left."""

from __future__ import annotations

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, plant, probed
from tui.device_events import Peeked, Value
from tui.records import Target
from tui.screens.peek import PeekPage

METER = Target("10.20.0.60", 502)
_VALUES = (
    Value(name="voltage", where="holding 10", text="230.1", unit="V", raw="08fd"),
    Value(name="energy", where="holding 20-21", failure="exception 02: no such address"),
    Value(name="serial number", where="holding 40052-40067", text="SN " + "7" * 30, raw="534e 2037 3737"),
)


def _peeked(**facts: object) -> Peeked:
    given: dict[str, object] = {"profile": "meter", "unit": 3, "values": _VALUES, "seconds": 0.4, "at": NOW}
    given.update(facts)
    return Peeked(address=METER.address, port=METER.port, **given)  # type: ignore[arg-type]


async def _opened(d: Drive) -> None:
    await d.press("m")
    assert isinstance(d.app.screen, PeekPage)


async def test_values_have_name_unit_raw_and_place() -> None:
    """At usual sizes: the number with its unit, the registers, their place, and why one did not come."""
    async with drive([probed(METER.address)], size=(80, 24)) as d:
        await _opened(d)
        assert d.calls("inquire") == [("inquire", METER, "peek")]
        assert "nothing has been read yet" in d.text()
        await d.send(_peeked(running=True, values=()))
        assert "reading" in d.text()
        await d.send(_peeked())
        for size in ((80, 24), (120, 40)):
            await d.pilot.resize_terminal(*size)
            await d.pilot.pause()
            shown = d.text()
            for part in (
                "Values of 10.20.0.60", "meter", "voltage", "230.1 V", "08fd", "holding 10", "unit id", "3",
                "energy: exception 02: no such address", "SN " + "7" * 30, "took 0.4 s", "(now)",
            ):  # fmt: skip
                assert part in shown
        await d.send(_peeked(at=NOW - 95, failure="the device ended the connection before all was read"))
        assert "(1m ago)" in d.text()
        assert "the device ended the connection" in d.text()


async def test_r_and_m_read_again_and_esc_gives_the_connection_back() -> None:
    """No second page, no second question; leaving the page ends it for this device."""
    async with drive([probed(METER.address)]) as d:
        await _opened(d)
        await d.send(_peeked())
        await d.press("r", "m")
        assert d.calls("inquire") == [("inquire", METER, "peek")] * 3
        assert "reading 10.20.0.60 again" in d.text()
        assert len(d.app.screen_stack) == 2
        await d.press("escape")
        assert d.calls("leave") == [("leave", METER, "peek")]
        assert len(d.app.screen_stack) == 1


async def test_a_device_at_its_limit_is_not_read() -> None:
    """All its connections are taken: no page, no question, and a line that says so."""
    async with drive(plant()) as d:
        await d.press("slash", *"10.20.0.12", "enter", "m")
        assert "is left alone: 4 of its 4 connections are taken" in d.text()
        assert (d.calls("inquire"), len(d.app.screen_stack)) == ([], 1)


async def test_odd_sizes_and_hostile_names_do_no_harm() -> None:
    """The table gives way column by column; markup is text, long and wide names are whole below it."""
    names = ("[red]x[/]", "\\x1b[2J", "x" * 400, "漢字" * 100)
    values = tuple(Value(name=name, where="holding 1", text=name, raw="0001") for name in names)
    async with drive([probed(METER.address)], size=(10, 3)) as d:
        await d.press("m")
        await d.send(_peeked(values=values))
        for size in ((1, 1), (300, 5), (15, 100), (80, 40)):
            await d.pilot.resize_terminal(*size)
            await d.pilot.pause()
        shown = d.text()
        assert all(name[:8] in shown for name in names)


async def test_a_recording_and_a_plant_without_probing_are_not_asked() -> None:
    """The keys say plainly that nothing can be asked."""
    for title, probes, why in (("REPLAY x", True, "this is a recording"), ("", False, "nothing is probed")):
        async with drive(plant(), title=title, probes=probes) as d:
            for key in ("m", "u", "i"):
                await d.press(key)
                assert why in d.text()
                d.app.told("")
            assert d.calls("inquire") == []
