"""What a device is, on the screen: its product, the units behind it, and hostile words of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from tests.screen.driver import drive
from tests.screen.plant import NOW, FakeFeed, plant, probed, run
from tui.clean import clean
from tui.device_events import Identified, Suits, UnitAnswered, UnitsSeen, Ways
from tui.event import Event
from tui.panes.cells import align, lay_out
from tui.panes.page import set_lines
from tui.panes.scan import Devices
from tui.panes.view import View, look
from tui.records import Certainty, Evidence, Face, Judgement, KnownDevice, Target
from tui.screens.story import tell

ADDRESS = "10.20.0.40"
TARGET = Target(ADDRESS, 502)
WIDE = 100
"""Cells of a devices pane that has a column for what a device is."""
NARROW = 58
"""Those of one beside others on a screen of 120."""
_ACTS = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufe0f]")
HOSTILE = (
    b"\x1b]0;owned\x07\x1b[2J\x1b[31mM241",
    b"[red]M241[/] [@click=app.quit]x[/]",
    "abc\u202e142M\u2066".encode(),
    b"M241\0\0\0\0",
    b"M" * 250,
    b"\xff\xfe\xf0M241\xc3",
)


def identified(**facts: object) -> Identified:
    given: dict[str, object] = {"at": NOW, "address": ADDRESS, "port": 502, "unit": 1}
    return Identified(**(given | facts))  # type: ignore[arg-type]


def suits(certainty: Certainty = "likely", **facts: object) -> Suits:
    given: dict[str, object] = {
        "profile": "schneider-m241", "product": "Schneider Electric Modicon M241", "certainty": certainty,
        "why": "names Schneider Electric and m241", "limit": 8, "limit_source": "vendor",
    }  # fmt: skip
    return Suits(**(given | facts))  # type: ignore[arg-type]


def units(judgement: Judgement, faces: dict[int, Face], **facts: object) -> UnitsSeen:
    seen = tuple(UnitAnswered(unit=unit, face=face) for unit, face in faces.items())
    given: dict[str, object] = {
        "at": NOW, "address": ADDRESS, "port": 502, "units": seen, "judgement": judgement,
        "connections": 1, "requests": len(seen),
    }  # fmt: skip
    return UnitsSeen(**(given | facts))  # type: ignore[arg-type]


GATEWAY = units("gateway", {1: "answers", 3: "answers", 7: "target-silent", 9: "path", 10: "path"})


def present(told: Iterable[Event]) -> View:
    """The present after these events."""
    update = FakeFeed(told).pull()
    assert update is not None
    return look(update.snapshot, NOW)


def lines(
    told: Iterable[Event], width: int = WIDE, *, needle: str = "", chosen: Target = TARGET
) -> list[str]:
    """The lines of the devices pane as drawn, without the screen around them."""
    content = Devices()
    content.width, content.needle = width, needle
    content.take(present(told), None)
    keys = content.choose(chosen) or content.take(present(told), None)
    slots = lay_out(content.columns, width)
    return ["".join(part.text for part in align(content.row(key), slots, width)) for key in keys]


def line(told: Iterable[Event], width: int = WIDE) -> str:
    """The line of the device."""
    return next(line for line in lines(told, width) if f" {ADDRESS} " in line)


def page(told: Iterable[Event]) -> str:
    """The page of the device."""
    drawn = set_lines(tell(present(told), TARGET), 160)
    return " ".join(" ".join(part.text for part in line.pieces) for line in drawn)


def told_on_page(told: Iterable[Event]) -> str:
    """The page with every gap one blank."""
    return " ".join(page(told).split())


def alone(*told: Event, name: str = "", product: str = "") -> list[Event]:
    """One device, perhaps configured, of which that is told."""
    known = KnownDevice(address=ADDRESS, name=name, product=product)
    expected = (known,) if name or product else ()
    return [run(known=expected), probed(ADDRESS), *told]


# The line of a device.


@pytest.mark.parametrize(
    ("told", "says"),
    [
        (identified(suits=(suits("proven"),), vendor="Other"), "Schneider Electric Modicon M241"),
        (identified(suits=(suits("likely"),)), "likely Schneider Electric Modicon M241"),
        (identified(suits=(suits("possible"),), vendor="Acme", product="X 1", revision="2"), "X 1"),
        (identified(vendor="Acme", suits=(suits("likely", product="Acme Pro 7"),)), "likely Pro 7"),
        (identified(suits=(suits("possible"),), maker="Acme GmbH"), "made by Acme GmbH"),
        (GATEWAY, "gateway: 1 3 answer, 7 silent"),
        (units("gateway", {1: "path", 255: "path"}), "gateway: no unit asked answers"),
        (
            units("gateway", {1: "answers", **dict.fromkeys(range(2, 248), "target-silent")}),
            "gateway: 1 answers, 246 units silent",
        ),
        (units("single", {1: "silent", 5: "answers"}), "unit 5 answers"),
        (units("several", {1: "answers", 2: "answers", 9: "answers"}), "units 1-2 9 answer"),
    ],
)
def test_the_line_says_what_the_device_is(told: Event, says: str) -> None:
    """The surest words come first: proven, likely, its own, the maker of its port; then its units."""
    assert f" {says} " in line(alone(told), 140)


@pytest.mark.parametrize(
    "told",
    [
        units("ignores-unit", dict.fromkeys((1, 255, 0, 246), "answers")),
        units("single", {1: "answers", 255: "silent"}),
        units("nothing", {1: "silent"}),
        identified(suits=(suits("possible"),)),
    ],
)
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_line_says_nothing_where_nothing_is_to_be_said(told: Event, width: int) -> None:
    """One device at its unit id, one that ignores unit ids, and a mere possibility add no word."""
    assert line(alone(told), width) == line(alone(), width)


def test_the_words_of_a_unit_are_not_those_of_its_gateway() -> None:
    """What a unit behind a gateway says stands with the unit; of the gateway its maker may be known."""
    told = alone(identified(suits=(suits("proven"),), maker="Moxa Inc."), GATEWAY)
    assert " made by Moxa Inc.  gateway: 1 3 answer, 7 silent " in line(told, 140)
    assert under(told, 140)[0] == "├ unit 1 answers Schneider Electric Modicon M241"
    assert "said by unit 1 behind the gateway" in told_on_page(told)
    gateway = alone(identified(suits=(suits("proven", product="Moxa MGate", gateway=True),)), GATEWAY)
    assert " Moxa MGate  gateway: 1 3 answer" in line(gateway, 140)


def test_what_is_configured_is_what_it_is_called() -> None:
    """The configured product stands in the line whatever was recognised; the page tells both."""
    told = alone(identified(suits=(suits("proven"),)), product="Acme 7")
    assert " Acme 7 " in line(told)
    assert "Modicon" not in line(told)
    shown = told_on_page(told)
    assert "configured as Acme 7" in shown
    assert "Schneider Electric Modicon M241, proven: names" in shown


def test_a_running_sweep_tells_how_far_it_is() -> None:
    """While unit ids are asked, line and page tell progress in the place of what was found."""
    told = alone(replace(GATEWAY, running=True, left=242, left_s=40.0, full=True))
    assert "gateway:" not in line(told)
    assert "of 247" in line(told)
    assert "of 247" in told_on_page(told)


def test_where_it_is_tight_the_product_stands_beside_the_name() -> None:
    """A narrow pane shows the product without its maker; a name that somebody gave is not pushed out."""
    known = identified(vendor="Schneider Electric", suits=(suits("proven"),))
    assert "Modicon M241" in line(alone(known), NARROW)
    assert "crane-west-2" in line(alone(known, name="crane-west-2"), NARROW)
    assert "answers" in line(alone(known), NARROW)


@pytest.mark.parametrize("needle", ["modicon", "schneider electric", "7 silent", "unit 3", "no way"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_filter_finds_by_product_and_by_unit(needle: str, width: int) -> None:
    """What a device is, or a unit behind it, finds its line and no other, however narrow the pane."""
    other = "10.20.0.41"
    told = [
        *plant(),
        probed(other),
        replace(identified(suits=(suits(),)), address=other),
        replace(GATEWAY, address=other),
    ]
    assert [line.split()[0] for line in lines(told, width, needle=needle)] == [other]


# Units under a gateway.


def under(told: Iterable[Event], width: int = WIDE) -> list[str]:
    """The lines of units under the selected device, as they stand."""
    return [" ".join(line.split()) for line in lines(told, width) if line.strip()[0] in "├└"]


def test_a_selected_gateway_shows_the_units_behind_it() -> None:
    """Under the selected gateway stand its units, those that answer first, with what they say they are."""
    spoken = replace(GATEWAY, units=(*GATEWAY.units[1:], UnitAnswered(unit=1, face="answers", said="EM24")))
    told = [*alone(spoken), probed("10.20.0.50")]
    tree = ["├ unit 1 answers EM24", "├ unit 3 answers", "├ unit 7 silent", "└ 9-10 no way to it"]
    assert under(told) == tree
    assert [" ".join(sorted(line.split())) for line in under(told, NARROW)] == [
        " ".join(sorted(line.split())) for line in tree
    ]
    assert len(lines(told, chosen=Target("10.20.0.50", 502))) == 2


async def test_units_unfold_as_the_cursor_comes_and_goes() -> None:
    """Moving on selects the next device and not a unit; the gateway is one line again."""
    async with drive([*alone(GATEWAY), probed("10.20.0.50")]) as d:
        assert "├ unit 3" in d.text(d.grid("devices"))
        await d.press("j")
        assert d.grid("devices").target == Target("10.20.0.50", 502)
        assert "├" not in d.text(d.grid("devices"))
        await d.press("k")
        assert "├ unit 3" in d.text(d.grid("devices"))
        assert d.grid("devices").target == TARGET


def test_a_gateway_with_many_units_takes_no_more_than_its_share() -> None:
    """Of many units the pane shows a few lines and how many more there are; the page shows them all."""
    many = units("gateway", {0: "path", **dict.fromkeys(range(1, 40, 2), "answers")})
    shown = under(alone(many))
    assert len(shown) == 8
    assert shown[-1] == "└ 14 more: enter"
    assert "unit 39: answers" in told_on_page(alone(many))


def test_a_device_that_is_no_gateway_has_no_tree() -> None:
    """Several unit ids of one device are no units behind it."""
    assert under(alone(units("several", {1: "answers", 2: "answers"}))) == []


# The page.


def test_the_page_tells_what_it_is_and_how_that_is_known() -> None:
    """Own words, MAC, SunSpec, what fits and why, the limit, how to ask, the profile and what was asked."""
    told = identified(
        vendor="Schneider Electric", product="TM241CE40R", revision="5.1", serial="12 34",
        objects={0: "Schneider Electric", 1: "TM241CE40R", 2: "5.1", 6: "mixer"}, server_id="ready",
        sunspec=(1, 103), mac="00:80:f4:00:00:01", maker="Telemecanique",
        suits=(suits("likely"), suits("possible", product="Schneider Electric TM4ES4", why="MAC address")),
        ways=Ways(before_s=1.5, idle_close_s=0.8, refuses=(43,)),
        evidence=(Evidence(rung="identity", asked="report server id", answer="ready; it runs", ms=3.0),),
    )  # fmt: skip
    shown = told_on_page(alone(told))
    for words in (
        "fits Schneider Electric Modicon M241, likely: names Schneider Electric and m241",
        "Schneider Electric TM4ES4, possible: MAC address",
        "says vendor Schneider Electric, product TM241CE40R, revision 5.1, serial number 12 34, application",
        "application mixer, server id ready",
        "SunSpec models 1, 103",
        "MAC address 00:80:f4:00:00:01, made by Telemecanique",
        "it takes 8 connections (recognised: vendor, likely)",
        "needs 1.5 s before the first request; closes after 0.8 s of silence; closes when asked by",
        "a new one ends the oldest idle one; refused if all are busy",
        "report server id - ready; it runs, after 3.0 ms",
    ):
        assert words in shown, words


def test_the_page_shows_the_tree_of_unit_ids() -> None:
    """Each unit with what it says, alike ones together, where a sweep ended and what goes on with it."""
    told = replace(GATEWAY, full=True, ended="stopped", next_unit=11)
    told = replace(told, units=(*told.units, UnitAnswered(unit=2, face="answers", said="pump")))
    shown = told_on_page(alone(told))
    assert "A gateway: units 1-3 answer, 1 unit id silent." in shown
    assert "├ unit 2: answers, pump" in shown
    assert "├ unit 7: silent behind the gateway (0B)" in shown
    assert "└ units 9-10: the gateway has no way to it (0A)" in shown
    assert "ended early stopped; u goes on with unit 11" in shown


def test_a_device_that_ignores_unit_ids_is_one_line() -> None:
    """It is one device, not one a unit id."""
    told = units("ignores-unit", dict.fromkeys((1, 255, 0, 246), "answers"))
    shown = told_on_page(alone(told))
    assert "It answers whatever the unit id: one device, not one a unit id." in shown
    assert "└ units 0-1, 246, 255: answers" in shown


def test_a_device_of_which_nothing_is_known_has_no_empty_sections() -> None:
    """Nothing was asked of it: neither section stands there."""
    shown = page(alone())
    assert "What it is" not in shown
    assert "Unit ids" not in shown


# Words from outside.


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_hostile_words_of_a_device_are_inert(size: tuple[int, int]) -> None:
    """Escapes, markup, bidi, NUL, great length and broken UTF-8 are drawn and nothing else, everywhere."""
    events: list[Event] = [run()]
    for number, raw in enumerate(HOSTILE):
        address, text = f"10.20.0.{number + 1}", clean(raw)
        told = identified(
            vendor=text, product=text, revision=text, serial=text, objects=dict.fromkeys(range(8), text),
            server_id=text, mac=text, maker=text, ways=Ways(before_s=1.0), address=address,
            suits=(suits(product=text, why=text, profile=text, limit_source=text),),
            evidence=(Evidence(rung="identity", asked=text, answer=text, raw=raw.hex()),),
        )  # fmt: skip
        spoken = tuple(UnitAnswered(unit=unit, face="answers", said=text, detail=text) for unit in (1, 2))
        behind = units("gateway", {}, units=spoken, address=address, ended=text, next_unit=3)
        events += [probed(address), told, behind]
    async with drive(events, size=size) as d:
        shown = ""
        for _ in HOSTILE:
            pane = d.text(d.grid("devices"))
            assert {cell_len(line) for line in pane.splitlines()} == {d.grid("devices").size.width}
            await d.press("enter")
            shown += pane + d.text()
            await d.press("pagedown")
            shown += d.text()
            await d.press("escape", "j")
        assert not _ACTS.search(shown.replace("\n", ""))
        assert d.app.is_running
        assert "vendor [red]M241[/] [@click=app.quit]x[/]" in shown
        assert all(f"─ 10.20.0.{number + 1} ─" in shown for number in range(len(HOSTILE)))


async def test_a_narrow_pane_says_under_the_selected_device_what_it_is() -> None:
    """Where a name takes the column, the product and a running sweep stand in a line of their own."""
    known = run(known=(KnownDevice(address=ADDRESS, name="boiler-plc"),))
    sweep = units("single", {1: "answers"}, full=True, running=True, left=200, left_s=40.0)
    async with drive([known, probed(ADDRESS, "answers"), identified(suits=(suits(),)), sweep]) as d:
        lines = [line for line in d.text(d.grid("devices")).splitlines() if re.search("boiler|├|└", line)]
        assert "boiler-plc" in lines[0]
        assert "M241" not in lines[0]
        assert "likely Schneider Electric Modicon M241" in lines[1]
        assert "40 s left" in lines[2]
