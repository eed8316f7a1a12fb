"""Every key in one page, those of the place in use first; written from the table of actions."""

from __future__ import annotations

from typing import Final

from tui.actions import Action, Place, counts, hinted, in_force, shown
from tui.panes.page import Page, Para, heading
from tui.screens.reader import Reader

_MARGIN = 13
_PANES: Final = {
    "devices": "Every address that is expected or has answered, trouble on top. Slots are its connections: "
    "taken, of those it takes.",
    "sessions": "Who holds connections to which device: under each device a line a connection. The page "
    "of one tells all, and how to end it.",
    "diagnosis": "What is wrong, the most pressing on top, one line a finding. Under the selected one stands "
    "what to do first.",
}
"""What a pane shows."""
_SIGNS = (
    ("▲", "trouble; the number beside it says how pressing, 1 first"),
    ("▲1? ▲1~", "possible, and likely; with neither it is proven"),
    ("a  ·", "acknowledged; over, but nobody has acknowledged it yet"),
    ("z  o  s", "no alarm now: shelved; its device is out of service; its device sleeps at this hour"),
    ("▲1+ ▲1-", "a group: more than ten findings came within ten minutes; folded, and unfolded"),
    ("1st of 5", "it came first of five findings that came one after the other"),
    ("▁▃█ · ▲ ○", "the hours below the panes: findings open, none, some opened, and the moment shown"),
    ("…", "the ladder is being climbed for it"),
    ("●", "changed within the last ten minutes, or a part of port502 that is not well"),
    ("≥3/4", "at least three of four connections are taken: sessions of other hosts may be out of sight"),
    ("-/4", "none of its four connections is seen in use from here"),
    ("?", "how many connections the device takes is not known"),
)
_OWN: Final = "The configuration gives actions other keys, below [keys]; the command port502 keys prints how."


def _keys(action: Action) -> Para:
    return Para(action.help, "plain", " ".join(shown(key) for key in action.keys), _MARGIN, "key")


def tell(pane: str, place: Place = "monitor") -> list[Para]:
    """The page, called for at a *place*; on the panes for the *pane* in use."""
    if place == "monitor":
        here = [a for a in in_force() if a.hint and pane in a.panes and "question" not in a.places]
        here.sort(key=lambda action: action.hint)
        paras = [Para(f"In the {pane} pane", "here"), Para(_PANES.get(pane, "")), Para()]
    else:
        here = [*hinted(place)]
        here += [a for a in in_force() if place in a.places and a.group != "Moving" and a not in here]
        paras = [Para("On the page you came from", "here")]
    paras += map(_keys, here)
    for group in dict.fromkeys(action.group for action in in_force()):
        rest = [a for a in in_force() if a.group == group and a not in here and not counts(a, "question")]
        if rest:
            paras += [*heading(group), *map(_keys, rest)]
    paras += heading("Signs")
    paras += [Para(meaning, "plain", sign, _MARGIN) for sign, meaning in _SIGNS]
    return [*paras, *heading("Keys of your own"), Para(_OWN)]


class Help(Reader):
    """The keys."""

    def __init__(self, pane: str, place: Place = "monitor") -> None:
        super().__init__()
        self._pane = pane
        self._from = place

    def on_mount(self) -> None:
        """Show the page."""
        self.query_one(Page).take("Keys", tell(self._pane, self._from), listed=False)
