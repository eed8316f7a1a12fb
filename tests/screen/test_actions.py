"""One table of keys: nothing is bound, helped or hinted outside it."""

from __future__ import annotations

from collections import Counter
from typing import Final

from tests.screen.driver import drive
from tests.screen.plant import plant
from tui.actions import ACTIONS, PANES, Place, bound, counts, hints, offered, shown
from tui.app import Port502
from tui.screens.confirm import Confirm
from tui.screens.help import tell
from tui.screens.monitor import Monitor
from tui.screens.reader import Reader
from tui.screens.theme_choice import ThemeChoice

_SCREENS: Final[dict[Place, type]] = {"monitor": Monitor, "themes": ThemeChoice, "question": Confirm}
"""Where keys act that do not act on a page of text."""


def _expected(place: str) -> set[str]:
    places = {place} if place == "question" else {place, "anywhere"}
    return {key for action in ACTIONS if places & set(action.places) for key in action.keys}


async def test_no_key_is_bound_outside_the_table() -> None:
    """Textual itself has no key: not on the panes, not on a page, not at help, not in the palette."""
    async with drive(plant()) as d:
        for key in ("slash", "escape", "enter", "question_mark", "colon"):
            await d.press(key)
            assert set(d.app.screen.active_bindings) == set()


def test_each_place_has_its_keys() -> None:
    """On the panes and on a page the keys of that place and of anywhere count; at a question its own."""
    for place in ("monitor", "reader", "question"):
        assert set(bound(place)) == _expected(place)
    assert set(bound("palette")) == {"ctrl+c"}


def test_no_key_means_two_things_in_one_place() -> None:
    """In each place every key is bound once."""
    for place in ("monitor", "reader"):
        here = [key for a in ACTIONS if {place, "anywhere"} & set(a.places) for key in a.keys]
        assert [key for key, times in Counter(here).items() if times > 1] == []


def test_every_action_can_be_done() -> None:
    """Each entry of the table names something that exists in every place where its key counts."""
    for action in ACTIONS:
        where, _, rest = action.do.partition(".")
        name = f"action_{rest.partition('(')[0]}"
        for place in action.places:
            owner = Port502 if where == "app" else _SCREENS.get(place, Reader)
            assert hasattr(owner, name), f"{action.id} {place}"


def test_the_help_tells_every_key_of_every_pane() -> None:
    """Whatever pane it is called from, every key and its sentence are in the help."""
    for pane in PANES:
        page = "\n".join(f"{para.label} {para.text}" for para in tell(pane))
        for action in ACTIONS:
            if "question" not in action.places:
                assert action.help in page
                assert all(shown(key) in page for key in action.keys)


def test_the_palette_offers_everything_that_can_act() -> None:
    """What has a key there can be found by its name, but for the way to it and keys that are mere numbers."""
    for place in ("monitor", "reader", "session", "peek"):
        there = {action.id for action in ACTIONS if counts(action, place)}
        assert {action.id for action in offered(place)} == there - {"palette", "back", "section"}


def test_hints_palette_and_bindings_come_from_the_table() -> None:
    """What the hint line, the palette and the bindings offer has an entry."""
    words = {action.words for action in ACTIONS}
    assert all(hint[1] in words for pane in PANES for hint in hints(pane))
    assert {action.id for action in offered("monitor")} <= {action.id for action in ACTIONS}
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
