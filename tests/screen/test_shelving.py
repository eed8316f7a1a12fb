"""What is shelved or acknowledged stays in sight, and one key never acts on a finding nobody chose."""

from __future__ import annotations

import pytest

from tests.screen.driver import drive
from tests.screen.plant import NOW, finding, plant, probed
from tui.event import Event
from tui.screens.detail import Detail


def three() -> list[Event]:
    """Three devices in trouble of the first order, the newest last."""
    return [
        event
        for n in (1, 2, 3)
        for event in (
            probed(f"10.20.0.{n}", "open"),
            finding(f"10.20.0.{n}", opened_at=NOW - 100 + n, title=f"Trouble of number {n}."),
        )
    ]


async def test_z_pressed_again_and_again_touches_one_finding_only() -> None:
    """Z z z z z in one burst, and one by one, shelves and brings back the same finding."""
    async with drive(three()) as d:
        await d.press("3", "z", "z", "z", "z", "z")
        d.app.frame()
        assert {call[1] for call in d.calls("shelve")} == {"10.20.0.3/502/slots-full"}
        await d.burst("z", "z", "z")
        assert {call[1] for call in d.calls("shelve")} == {"10.20.0.3/502/slots-full"}


async def test_z_brings_a_shelved_finding_back() -> None:
    """The second z ends the shelving, and says so."""
    async with drive(three()) as d:
        await d.press("3", "z", "z")
        await d.send()
        assert "z brings it back" in d.text()
        await d.press("z")
        assert [call[2] for call in d.calls("shelve")] == [3600.0]
        assert len(d.calls("unshelve")) == 1
        await d.send()
        assert "brought back" in d.text()
        assert d.app.view is not None
        assert not d.app.view.quiet


async def test_new_trouble_above_does_not_get_the_second_z() -> None:
    """A finding that comes to the top between two presses is not shelved."""
    async with drive(three()) as d:
        await d.press("3", "z", "z")
        await d.send(finding("10.20.0.9", opened_at=NOW, title="Newer."))
        await d.press("z")
        assert {call[1] for call in d.calls("shelve")} == {"10.20.0.3/502/slots-full"}


async def test_a_shelved_finding_is_listed_last_with_the_time_left() -> None:
    """Once the cursor has left it, it stands at the end with its mark; its device keeps a mark, too."""
    async with drive(three()) as d:
        await d.press("3", "z", "z")
        await d.send()
        lines = d.text(d.grid("diagnosis")).splitlines()
        assert "z1" in lines[2]
        await d.press("j")
        lines = [line for line in d.text(d.grid("diagnosis")).splitlines() if "10.20.0." in line]
        assert "z1" in lines[-1]
        assert "60 min left" in lines[-1]
        assert "10.20.0.3" in lines[-1]
        device = next(line for line in d.text(d.grid("devices")).splitlines() if "10.20.0.3" in line)
        assert device.lstrip("│ ").startswith("z")
        assert "1 shelved" in d.text(d.grid("diagnosis"))


async def test_the_status_line_tells_what_is_shelved() -> None:
    """The number shelved is always there, loud if one of the first order is among them."""
    async with drive(three()) as d:
        await d.press("3", "z", "z")
        await d.send()
        assert "1 shelved" in d.text(d.app.screen_stack[0].query_one("#status"))
        pieces = d.app._monitor.status._lines[0].pieces
        assert next(piece for piece in pieces if "shelved" in piece.text).tone == "loud"


async def test_only_the_line_of_a_finding_can_be_shelved() -> None:
    """Z on a device shelves nothing and says where it works."""
    async with drive(three()) as d:
        await d.press("z", "z")
        assert d.calls("shelve") == []
        assert "only a finding" in d.text()


async def test_z_on_the_detail_keeps_to_the_finding_of_the_page() -> None:
    """From a page opened on a device, z z acts twice on the same finding."""
    worse = finding("10.20.0.3", "mute", title="Another.", opened_at=NOW, priority=2)
    async with drive([*three(), worse]) as d:
        await d.press("enter", "z", "z")
        await d.send()
        await d.press("z", "z", "z")
        assert isinstance(d.app.screen, Detail)
        assert len({call[1] for call in d.calls("shelve")}) == 1


async def test_a_on_a_device_whose_trouble_is_shelved_says_so() -> None:
    """It never says that nothing is wrong."""
    async with drive(three()[:2]) as d:
        await d.press("3", "z", "z")
        await d.send()
        await d.press("1", "a")
        assert "is shelved" in d.text()


async def test_a_goes_to_the_next_unacknowledged_finding() -> None:
    """A a a acknowledges three findings, worst first, also in one burst."""
    async with drive(three()) as d:
        await d.press("3")
        await d.burst("a", "a", "a")
        assert [call[1] for call in d.calls("acknowledge")] == [
            f"10.20.0.{n}/502/slots-full" for n in (3, 2, 1)
        ]


async def test_after_a_the_pane_does_not_scroll_to_the_acknowledged() -> None:
    """With many findings the worst unacknowledged one is in view after a."""
    events = [finding(f"10.20.0.{n}", opened_at=NOW - 100 * n) for n in range(1, 30)]
    async with drive(events, size=(80, 24)) as d:
        await d.press("3", "a")
        await d.send()
        assert d.grid("diagnosis").cursor.top == 0
        assert d.grid("diagnosis").finding == "10.20.0.2/502/slots-full"


async def test_capital_a_acknowledges_what_is_in_view() -> None:
    """Every finding on the screen is acknowledged, none below, and the number is said."""
    events = [finding(f"10.20.0.{n}", opened_at=NOW - 100 * n, remedies=()) for n in range(1, 30)]
    async with drive(events, size=(80, 24)) as d:
        await d.press("3")
        seen = [line for line in d.text(d.grid("diagnosis")).splitlines() if "▲1" in line]
        await d.press("A")
        assert len(d.calls("acknowledge")) == len(seen) < 29
        assert f"acknowledged {len(seen)} findings" in d.text()


async def test_the_title_counts_what_asks_for_attention() -> None:
    """Open, unacknowledged, cleared and shelved are counted apart; what has cleared asks for nothing."""
    async with drive(plant()) as d:
        assert "3 open  2 unacknowledged  1 cleared" in d.text(d.grid("diagnosis"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_what_is_about_to_clear_is_quiet(size: tuple[int, int]) -> None:
    """A finding that nothing backs any more is drawn quietly and says that it is clearing."""
    async with drive([finding("10.20.0.12", fading_since=NOW - 5, remedies=("wait",))], size=size) as d:
        await d.press("3")
        row = d.grid("diagnosis").content.row("10.20.0.12/502/slots-full")
        assert row.cells[0].tone == "quiet"
        assert row.cells[-1].text == "clearing"
