"""One table of keys: nothing is bound, helped or hinted outside it."""

from __future__ import annotations

from collections import Counter

from textual.widgets import Input

from tests.screen.driver import drive
from tests.screen.plant import plant
from tui.actions import ACTIONS, PANES, bindings, hints, offered, shown
from tui.screens.help import tell


def _expected(place: str) -> set[str]:
    places = {place} if place == "question" else {place, "anywhere"}
    return {key for action in ACTIONS if places & set(action.places) for key in action.keys}


async def test_no_key_is_bound_outside_the_table() -> None:
    """On the panes, on a page and at help, Textual knows exactly the keys of the table."""
    async with drive(plant()) as d:
        assert set(d.app.screen.active_bindings) == _expected("monitor")
        await d.press("enter")
        assert set(d.app.screen.active_bindings) == _expected("reader")
        await d.press("question_mark")
        assert set(d.app.screen.active_bindings) == _expected("reader")


async def test_while_typing_only_the_line_editor_adds_keys() -> None:
    """The filter line brings Textual's editing keys, and nothing else."""
    async with drive(plant()) as d:
        await d.press("slash")
        line_editor = set(Input()._bindings.key_to_bindings)
        assert set(d.app.screen.active_bindings) <= _expected("monitor") | line_editor


def test_no_key_means_two_things_in_one_place() -> None:
    """In each place every key is bound once."""
    for place in ("monitor", "reader"):
        here = [key for a in ACTIONS if {place, "anywhere"} & set(a.places) for key in a.keys]
        assert [key for key, times in Counter(here).items() if times > 1] == []


async def test_every_action_can_be_done() -> None:
    """Each entry of the table names an action that exists where it is bound."""
    async with drive(plant()) as d:
        for action in ACTIONS:
            if "question" in action.places:
                continue
            where, _, rest = action.do.partition(".")
            name = rest.partition("(")[0]
            owner = d.app if where == "app" else d.app.screen
            assert hasattr(owner, f"action_{name}"), action.id


def test_the_help_tells_every_key_of_every_pane() -> None:
    """Whatever pane it is called from, every key and its sentence are in the help."""
    for pane in PANES:
        page = "\n".join(f"{para.label} {para.text}" for para in tell(pane))
        for action in ACTIONS:
            if "question" not in action.places:
                assert action.help in page
                assert all(shown(key) in page for key in action.keys)


def test_hints_palette_and_bindings_come_from_the_table() -> None:
    """What the hint line, the palette and the bindings offer has an entry."""
    words = {action.words for action in ACTIONS}
    assert all(hint[1] in words for pane in PANES for hint in hints(pane))
    assert {action.id for action in offered("monitor")} <= {action.id for action in ACTIONS}
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert bindings("anywhere")
