"""Every key in one page, those of the pane in use first; written from the table of actions."""

from __future__ import annotations

from tui.actions import ACTIONS, Action, shown
from tui.panes.page import Page, Para, heading
from tui.screens.reader import Reader

_MARGIN = 13
_SIGNS = (
    ("▲", "trouble; the number beside it says how pressing, 1 first"),
    ("▲1? ▲1~", "possible, and likely; with neither it is proven"),
    ("a  ·  z", "acknowledged; over, but not acknowledged yet; shelved"),
    ("…", "the ladder is being climbed for it"),
    ("●", "changed within the last ten minutes, or a part of port502 that is not well"),
    ("≥3/4", "at least three of four connections are taken: sessions of other hosts may be out of sight"),
    ("-/4", "none of its four connections is seen in use from here"),
    ("?", "how many connections the device takes is not known"),
)


def _keys(action: Action) -> Para:
    return Para(action.help, "plain", " ".join(shown(key) for key in action.keys), _MARGIN, "key")


def tell(pane: str) -> list[Para]:
    """The page, for the pane in use."""
    here = [a for a in ACTIONS if a.hint and pane in a.panes and "question" not in a.places]
    here.sort(key=lambda action: action.hint)
    paras = [Para(f"In the {pane} pane", "here"), *map(_keys, here)]
    for group in dict.fromkeys(action.group for action in ACTIONS):
        rest = [a for a in ACTIONS if a.group == group and a not in here and "question" not in a.places]
        if rest:
            paras += [*heading(group), *map(_keys, rest)]
    paras += heading("Signs")
    paras += [Para(meaning, "plain", sign, _MARGIN) for sign, meaning in _SIGNS]
    return paras


class Help(Reader):
    """The keys."""

    def __init__(self, pane: str) -> None:
        super().__init__()
        self._pane = pane

    def on_mount(self) -> None:
        """Show the page."""
        self.query_one(Page).take("Keys", tell(self._pane))
