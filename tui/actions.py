"""Every key of the program in one table: what keys do, help, hints and the palette are read from here."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, Literal, NamedTuple, TypeAlias

from tui.key_names import written

Place: TypeAlias = Literal[
    "anywhere", "monitor", "reader", "session", "peek", "themes", "question", "palette"
]
"""Where a key counts: in the whole program, on the panes, on a page, on that of a session, on that of values,
at a question, or in the palette; "themes" is the page of those."""
Group: TypeAlias = Literal["Looking", "Acting", "Moving", "The program"]
PLACES: Final[Mapping[Place, str]] = {
    "anywhere": "anywhere",
    "monitor": "on the panes",
    "reader": "on a page",
    "session": "on the page of a session",
    "peek": "on the page of values",
    "themes": "on the page of themes",
    "question": "at a question",
}
"""Places in words; in the palette only text is typed."""
PANES: Final = ("devices", "sessions", "diagnosis")
OF_SESSIONS: Final = frozenset({"end-session", "copy"})
"""Acts on a selected session."""
_LINES: Final[tuple[Place, ...]] = ("monitor", "reader", "session", "peek", "themes")
"""Where there are lines to move through."""
_PAGES: Final[tuple[Place, ...]] = ("reader", "session", "peek")
"""Where there is a text in parts."""
_HINTS: Final[dict[Place, tuple[str, ...]]] = {
    "reader": (
        "back",
        "ask",
        "acknowledge",
        "stop",
        "shelve",
        "comment",
        "help",
        "peek",
        "units",
        "identity",
    ),
    "session": ("back", "end-session", "copy", "ask", "stop", "help", "peek", "units"),
    "peek": ("back", "read-again", "stop", "help"),
    "themes": ("keep-theme", "back", "stop", "help"),
}
"""What the hint line of a page tells."""


class Action(NamedTuple):
    """One thing the user can do."""

    id: str
    keys: tuple[str, ...]
    """In Textual's names, the first is the one shown."""
    do: str
    words: str
    """For the hint line and the palette."""
    help: str
    group: Group
    places: tuple[Place, ...]
    hint: int = 0
    """Rank in the hint line, 1 first; 0 keeps it out."""
    panes: tuple[str, ...] = PANES
    """Panes in whose hint line and at the head of whose help it stands."""
    priority: bool = False
    """Whether it counts even while text is typed."""

    def done_by(self, key: str) -> str:
        """What to do at this one of its keys: where `do` has a #, that is which of them it is, from 0."""
        return self.do.replace("#", str(self.keys.index(key)))


ACTIONS: Final = (
    Action(
        "stop", ("x",), "app.stop", "stop probing",
        "Stop all probing at once and close every probing socket; again allows it. Watching goes on.",
        "Acting", ("anywhere",), hint=5,
    ),
    Action(
        "ask", ("t",), "app.ask", "find cause",
        "Climb the ladder for the selected device: question after question, until its trouble has a cause.",
        "Acting", ("monitor", "reader", "session"), hint=2, panes=("devices", "diagnosis"),
    ),
    Action(
        "end-session", ("e",), "app.end_session", "end session",
        "End the selected session, and it alone, where this host has an end of it; asks first, is recorded.",
        "Acting", ("monitor", "session"), hint=4, panes=("sessions",),
    ),
    Action(
        "copy", ("y",), "app.copy_commands", "copy commands",
        "Copy what ends the selected session when typed on its client's host, if the terminal takes OSC 52.",
        "Acting", ("monitor", "session"), hint=7, panes=("sessions",),
    ),
    Action(
        "acknowledge", ("a",), "app.acknowledge", "acknowledge",
        "Acknowledge the selected finding, or the worst one of the selected device, and go to the next.",
        "Acting", ("monitor", "reader"), hint=3,
    ),
    Action(
        "acknowledge-all", ("A",), "app.acknowledge_all", "acknowledge all in view",
        "Acknowledge every finding whose line is on the screen in the diagnosis pane.",
        "Acting", ("monitor",), hint=9, panes=("diagnosis",),
    ),
    Action(
        "shelve", ("z",), "app.shelve", "shelve",
        "Put the selected finding aside, for 15 min, 1 h, 8 h or until it changes; or bring it back.",
        "Acting", ("monitor", "reader"), hint=8, panes=("diagnosis",),
    ),
    Action(
        "comment", ("n",), "app.comment", "comment",
        "Write a line about the selected finding, or about the device; kept with your name and the time.",
        "Acting", ("monitor", "reader"), hint=11, panes=("diagnosis",),
    ),
    Action(
        "service", ("o",), "app.service", "out of service",
        "Take the selected device out of service: its findings are no alarms until the same key ends that.",
        "Acting", ("monitor", "reader"), hint=15, panes=("devices", "diagnosis"),
    ),
    Action(
        "sweep", ("c",), "app.sweep", "sweep now", "Begin the next sweep without waiting for its turn.",
        "Acting", ("anywhere",), hint=9, panes=("devices",),
    ),
    Action(
        "peek", ("m",), "app.peek", "values",
        "Read the values that the selected device's profile names, on one connection, on their own page.",
        "Acting", ("monitor", "reader", "session"), hint=12, panes=("devices",),
    ),
    Action(
        "units", ("u",), "app.units", "unit ids",
        "Ask every unit id of the selected device, after a question; again stops it, and later it goes on.",
        "Acting", ("monitor", "reader", "session"), hint=13, panes=("devices",),
    ),
    Action(
        "identity", ("i",), "app.identity", "what is it",
        "Ask the selected device anew what it is, and the unit ids that matter, on one connection.",
        "Acting", ("monitor", "reader", "session"), hint=14, panes=("devices",),
    ),
    Action(
        "read-again", ("r", "m"), "app.peek", "read again",
        "On the page of values: read them once more, on the same connection if it still stands.",
        "Acting", ("peek",),
    ),
    Action(
        "detail", ("enter",), "app.detail", "detail",
        "Everything known of the selected device, session or finding, with evidence and what to do.",
        "Looking", ("monitor",), hint=1,
    ),
    Action(
        "filter", ("slash",), "screen.filter", "filter",
        "Show only lines in which a text occurs; enter keeps the filter, esc clears it.",
        "Looking", ("monitor",), hint=4,
    ),
    Action("sort", ("s",), "screen.sort", "sort", "Sort this pane by the next order.",
           "Looking", ("monitor",), hint=7),
    Action(
        "silent", ("v",), "screen.silent", "hidden ones",
        "Show or hide addresses where nobody was expected: the silent, and the refusing where they are many.",
        "Looking", ("monitor",), hint=8, panes=("devices",),
    ),
    Action(
        "map", ("M",), "screen.map", "map or list",
        "Show every address as one sign, a block for each /24; again shows the list.",
        "Looking", ("monitor",), hint=8, panes=("devices",),
    ),
    Action(
        "wall", ("w",), "app.wall", "wall",
        "How things stand in letters to be read from across the room; any key goes back.",
        "Looking", ("monitor",), hint=12,
    ),
    Action(
        "log", ("L",), "screen.log", "log",
        "What happened, line after line, in the place of the alarms; again shows the alarms.",
        "Looking", ("monitor",), hint=9, panes=("diagnosis",),
    ),
    Action("left", ("h", "left"), "screen.across(-1)", "left",
           "On the map: the address before. Among the alarms: fold the group.", "Moving", ("monitor",)),
    Action("right", ("l", "right"), "screen.across(1)", "right",
           "On the map: the next address. Among the alarms: unfold the group, as enter does.",
           "Moving", ("monitor",)),
    Action(
        "earlier", ("left_square_bracket",), "app.wind(-1)", "back in time",
        "Wind the whole screen back to the last moment of note that is recorded; again goes further.",
        "Looking", ("monitor", "reader", "session"), hint=10,
    ),
    Action(
        "later", ("right_square_bracket",), "app.wind(1)", "forward in time",
        "In the past: the next moment of note; after the newest one comes the present.",
        "Looking", ("monitor", "reader", "session"),
    ),
    Action("hour-back", ("left_curly_bracket",), "app.wind_hours(-1)", "an hour back",
           "Wind the screen back by an hour.", "Looking", ("monitor", "reader", "session")),
    Action("hour-on", ("right_curly_bracket",), "app.wind_hours(1)", "an hour forward",
           "In the past: an hour forward.", "Looking", ("monitor", "reader", "session")),
    Action(
        "before", ("b",), "app.before", "what changed before",
        "Wind back to what changed before the selected finding opened, on its device or in its network.",
        "Looking", ("monitor", "reader", "session"), hint=13, panes=("diagnosis",),
    ),
    Action("live", ("backspace",), "app.live", "the present",
           "From the past back to the present, as esc does where nothing else is to be closed.",
           "Looking", ("monitor", "reader", "session")),
    Action(
        "pause", ("p",), "app.pause", "pause",
        "Hold the screen still for reading; watching and recording go on.", "Looking", ("anywhere",), hint=10,
    ),
    Action(
        "redraw", ("ctrl+l",), "app.redraw", "draw again",
        "Draw the whole screen again: something else has written on the terminal.", "Looking", ("anywhere",),
    ),
    Action("down", ("j", "down"), "screen.move(1)", "down", "Next line.", "Moving", _LINES),
    Action("up", ("k", "up"), "screen.move(-1)", "up", "Line before.", "Moving", _LINES),
    Action("page-down", ("pagedown", "space"), "screen.page(1)", "page down", "A page further.",
           "Moving", _LINES),
    Action("page-up", ("pageup",), "screen.page(-1)", "page up", "A page back.",
           "Moving", _LINES),
    Action("first", ("g", "home"), "screen.edge(-1)", "first line", "First line.",
           "Moving", _LINES),
    Action("last", ("G", "end"), "screen.edge(1)", "last line", "Last line.",
           "Moving", _LINES),
    Action("next-pane", ("tab",), "screen.turn(1)", "next pane", "Next pane.", "Moving", ("monitor",)),
    Action("previous-pane", ("shift+tab",), "screen.turn(-1)", "previous pane", "Pane before.",
           "Moving", ("monitor",)),
    Action("next-section", ("tab",), "screen.turn(1)", "next part", "The next part of the page.",
           "Moving", _PAGES),
    Action("previous-section", ("shift+tab",), "screen.turn(-1)", "part before", "The part before.",
           "Moving", _PAGES),
    Action("section", tuple("123456789"), "screen.section(#)", "part by number",
           "The part of the page that has this number.", "Moving", _PAGES),
    Action("devices", ("1",), "screen.pane(0)", "devices", "The devices.", "Moving", ("monitor",)),
    Action("sessions", ("2",), "screen.pane(1)", "sessions", "The sessions.", "Moving", ("monitor",)),
    Action("diagnosis", ("3",), "screen.pane(2)", "diagnosis", "The diagnosis.", "Moving", ("monitor",)),
    Action(
        "back", ("escape",), "screen.back", "back", "One level out: close this page, or clear the filter.",
        "Moving", _LINES,
    ),
    Action("help", ("question_mark",), "app.help", "help", "Every key, those of the place in use first.",
           "The program", ("anywhere",), hint=6),
    Action("palette", ("colon",), "app.palette", "find a command", "Find a command by its name.",
           "The program", ("anywhere",)),
    Action("theme", ("T",), "app.theme", "theme",
           "Choose a theme: each is shown as the cursor comes to it.", "The program", ("anywhere",)),
    Action("keep-theme", ("enter",), "screen.keep", "keep this theme",
           "On the page of themes: keep the one that is shown, for this run.", "The program", ("themes",)),
    Action("close", ("q",), "screen.back", "back", "Close the page, as esc does.",
           "Moving", ("reader", "session", "peek", "themes")),
    Action("quit", ("q",), "app.leave", "quit", "On the panes: quit.", "The program", ("monitor",), hint=11),
    Action("quit-now", ("ctrl+c",), "app.leave", "quit", "Quit from anywhere, also while text is typed.",
           "The program", ("anywhere",), priority=True),
    Action("yes", ("y",), "screen.answer(True)", "yes", "Do what is asked.", "Acting", ("question",), hint=1),
    Action("no", ("n", "escape", "q", "ctrl+c"), "screen.answer(False)", "no",
           "Leave it, with nothing done.", "Acting", ("question",), hint=2),
)  # fmt: skip

_in_force: Final[dict[str, Action]] = {action.id: action for action in ACTIONS}


def rebind(keys: Mapping[str, Sequence[str]]) -> None:
    """Put the user's keys in force, by action, in Textual's names; before the first screen is made."""
    _in_force.update(
        {action.id: action._replace(keys=tuple(keys.get(action.id, action.keys))) for action in ACTIONS}
    )
    bound.cache_clear()


def in_force() -> Collection[Action]:
    """Every action with the keys it has now, in the order of the table."""
    return _in_force.values()


def key_of(name: str) -> str:
    """The key of an action as it is written, for a sentence that names it."""
    return shown(_in_force[name].keys[0])


def shown(key: str) -> str:
    """A key as it is written on a keyboard."""
    return written(key)


def counts(action: Action, place: Place) -> bool:
    """Whether its keys count in a place. A question has its own only; where text is typed few count."""
    if place == "palette":
        return action.priority
    return place in action.places or (place != "question" and "anywhere" in action.places)


@cache
def bound(place: Place) -> Mapping[str, Action]:
    """What each key does in a place."""
    return {key: action for action in in_force() if counts(action, place) for key in action.keys}


def hints(pane: str, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Keys and words for the hint line of a pane, most important first; *without* those that cannot act."""
    ranked = sorted((action for action in in_force() if action.hint), key=lambda action: action.hint)
    return [
        (shown(action.keys[0]), action.words)
        for action in ranked
        if pane in action.panes and "question" not in action.places and action.id not in without
    ]


def hints_at(place: Place, without: Collection[str] = ()) -> list[tuple[str, str]]:
    """Keys and words for a place that is not a pane."""
    if place == "question":
        return [(shown(a.keys[0]), a.words) for a in in_force() if place in a.places]
    return [(shown(a.keys[0]), a.words) for a in hinted(place) if a.id not in without]


def hinted(place: Place) -> list[Action]:
    """What the hint line of a page tells, most important first."""
    return [_in_force[name] for name in _HINTS.get(place, ())]


def first_words(without: Collection[str] = ()) -> str:
    """What to do first, in one sentence for whoever has never seen the panes."""
    told = {"detail": "opens what is selected", "ask": "finds the cause", "help": "explains all"}
    return ", ".join(f"{key_of(name)} {does}" for name, does in told.items() if name not in without)


def offered(place: Place, without: Collection[str] = ()) -> Iterator[Action]:
    """What the palette offers on a screen: everything that can act there, but itself."""
    for action in in_force():
        if "#" in action.do:
            continue  # which of its keys it was is all there is to it
        if {place, "anywhere"} & set(action.places) and action.id not in {"palette", "back", *without}:
            yield action
