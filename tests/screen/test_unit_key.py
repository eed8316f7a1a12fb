"""The keys that ask a device for its unit ids and for what it is: asked first, stoppable, told."""

from __future__ import annotations

from tests.screen.driver import drive
from tests.screen.plant import NOW, probed, run, session
from tui.device_events import UnitAnswered, UnitsSeen
from tui.event import Event
from tui.panes.unit_words import progress
from tui.records import KnownDevice, Target
from tui.screens.ask_words import question
from tui.screens.confirm import Confirm

GATEWAY = Target("10.20.0.40", 502)


def _units(**facts: object) -> UnitsSeen:
    given: dict[str, object] = {"full": True, "at": NOW}
    given.update(facts)
    return UnitsSeen(address=GATEWAY.address, port=GATEWAY.port, **given)  # type: ignore[arg-type]


def _answered(*units: int) -> tuple[UnitAnswered, ...]:
    return tuple(UnitAnswered(unit=unit, face="answers") for unit in units)


def _plant() -> list[Event]:
    known = KnownDevice(address=GATEWAY.address, name="gateway-a", limit=4)
    held = session("10.20.0.2", 51600, GATEWAY.address, side="client", process="historian", pid=991)
    return [run(known=(known,)), probed(GATEWAY.address), held]


async def test_u_asks_before_every_unit_id_is_asked() -> None:
    """The question states how many requests, how long, and what it means for others; no leaves it."""
    async with drive(_plant(), size=(80, 24)) as d:
        await d.press("u")
        assert isinstance(d.app.screen, Confirm)
        shown = d.text()
        for part in (
            "Ask every unit id?", "10.20.0.40", "249 harmless reads", "30 s", "5 minutes",
            "one of the device's connections", "serial line behind a gateway", "ask them",
        ):  # fmt: skip
            assert part in shown
        await d.press("n")
        assert "nothing was asked" in d.text()
        assert d.calls("inquire") == []


async def test_yes_begins_and_u_again_stops() -> None:
    """Once it runs the same key stops it without a question; stopped, it is asked where to go on."""
    async with drive(_plant()) as d:
        await d.press("u", "y")
        assert d.calls("inquire") == [("inquire", GATEWAY, "units")]
        await d.send(_units(running=True, units=_answered(1, 7), left=247, left_s=39.0))
        await d.press("u")
        assert d.calls("leave") == [("leave", GATEWAY, "units")]
        assert "u goes on where it was" in d.text()
        await d.send(_units(units=_answered(1, 7), left=164, next_unit=84, ended="stopped by hand"))
        await d.press("u")
        shown = d.text()
        assert "at unit 84: 164 harmless reads" in shown


async def test_u_works_on_the_page_of_a_device_and_on_a_session() -> None:
    """Wherever a device is selected the key means that device."""
    async with drive(_plant()) as d:
        await d.press("enter", "u", "y")
        await d.press("escape", "2", "j", "enter", "u", "y")
        assert d.calls("inquire") == [("inquire", GATEWAY, "units")] * 2


async def test_one_that_takes_one_connection_is_not_asked() -> None:
    """The only connection is not kept for minutes, and that is said instead of a question."""
    known = KnownDevice(address=GATEWAY.address, limit=1)
    async with drive([run(known=(known,)), probed(GATEWAY.address)]) as d:
        await d.press("u")
        assert "it takes one connection only" in d.text()
        assert d.calls("inquire") == []


async def test_stopped_probing_asks_nothing() -> None:
    """After x the keys say how probing is allowed again, and ask nothing."""
    async with drive(_plant()) as d:
        await d.press("x", "u", "i", "m")
        assert "x allows it" in d.text()
        assert (d.calls("inquire"), len(d.app.screen_stack)) == ([], 1)


async def test_i_asks_anew_what_it_is() -> None:
    """The wish is handed on, and that is said."""
    async with drive(_plant()) as d:
        await d.press("i")
        assert d.calls("inquire") == [("inquire", GATEWAY, "identity")]
        assert "asking 10.20.0.40 what it is" in d.text()


async def test_several_devices_are_not_one() -> None:
    """Where nothing is selected nothing is asked."""
    async with drive() as d:
        await d.press("u", "i", "m")
        assert "no device is selected" in d.text()
        assert d.calls("inquire") == []


def test_progress_is_told_in_words() -> None:
    """How many were asked of how many, how many answer, and how long it will take, in coarse steps."""
    running = _units(running=True, units=_answered(1, 7, 9), left=246, left_s=37.0)
    assert progress(running, NOW) == "unit 3 of 249, 3 answer, 40 s left"
    assert progress(running, NOW + 30) == "unit 3 of 249, 3 answer, soon done"
    assert progress(_units(running=True, left=249), NOW) == "249 unit ids to ask"
    assert progress(_units(left=3), NOW) == ""


def test_the_question_fits_a_small_screen() -> None:
    """Every line of it is one line at 80 columns or wraps at a word, and none is empty of meaning."""
    asked = question(GATEWAY, None)
    assert len(asked.lines) <= 10
    assert all(len(line) < 160 for line in asked.lines)
