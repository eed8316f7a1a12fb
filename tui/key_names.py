"""Names of keys: as they are written on a keyboard and in the configuration, and as Textual calls them."""

from __future__ import annotations

from typing import Final

_SIGNS: Final = {
    "!": "exclamation_mark", '"': "quotation_mark", "#": "number_sign", "$": "dollar_sign",
    "%": "percent_sign", "&": "ampersand", "'": "apostrophe", "(": "left_parenthesis",
    ")": "right_parenthesis", "*": "asterisk", "+": "plus", ",": "comma", "-": "minus", ".": "full_stop",
    "/": "slash", ":": "colon", ";": "semicolon", "<": "less_than_sign", "=": "equals_sign",
    ">": "greater_than_sign", "?": "question_mark", "@": "at", "[": "left_square_bracket", "\\": "backslash",
    "]": "right_square_bracket", "^": "circumflex_accent", "_": "underscore", "`": "grave_accent",
    "{": "left_curly_bracket", "|": "vertical_line", "}": "right_curly_bracket", "~": "tilde",
}  # fmt: skip
_WRITTEN: Final = {name: sign for sign, name in _SIGNS.items()} | {
    "escape": "esc", "pagedown": "pgdn", "pageup": "pgup", "down": "↓", "up": "↑", "left": "←", "right": "→",
    "delete": "del", "insert": "ins",
}  # fmt: skip
_NAMED: Final = {name: name for name in _SIGNS.values()} | {
    "esc": "escape", "escape": "escape", "enter": "enter", "return": "enter", "tab": "tab",
    "space": "space", "backspace": "backspace", "delete": "delete", "del": "delete",
    "insert": "insert", "ins": "insert", "home": "home", "end": "end", "up": "up", "down": "down",
    "left": "left", "right": "right", "pageup": "pageup", "pgup": "pageup", "pagedown": "pagedown",
    "pgdn": "pagedown", **{f"f{number}": f"f{number}" for number in range(1, 13)},
}  # fmt: skip
_WITH_BOTH: Final = frozenset(
    {"up", "down", "left", "right", "home", "end", "insert", "delete", "pageup", "pagedown"}
)
"""Keys that terminals tell with ctrl and with shift."""
_SAME: Final = {"h": "backspace", "i": "tab", "m": "enter"}
"""Letters that with ctrl are another key on the wire."""
KNOWN: Final = "letters, figures, signs, enter, esc, tab, space, home, pgup, up, f1 to f12, ctrl+x, shift+tab"
"""What may be written, for whoever wrote something else."""


class KeyNameError(ValueError):
    """No key of that name, or none that a terminal can tell; says which there are."""


def written(key: str) -> str:
    """Textual's name of a key as it is written on a keyboard."""
    lead, plus, last = key.rpartition("+")
    return f"{lead}{plus}{_WRITTEN.get(last, last)}"


def named(text: str) -> str:
    """Textual's name of a key that was written by hand.

    Raises:
        KeyNameError: there is no such key, or terminals cannot tell it from another.
    """
    if len(text) == 1:
        if text in _SIGNS:
            return _SIGNS[text]
        if text.isalnum():
            return text
    lower = text.lower()
    if lower in _NAMED:
        return _NAMED[lower]
    lead, _, last = lower.rpartition("+")
    key = _NAMED.get(last, last)
    if lead == "ctrl" and key in _SAME:
        raise KeyNameError(f"terminals send {text!r} as {_SAME[key]}; write {_SAME[key]!r}, or another key")
    letter = len(key) == 1 and key.isascii() and key.isalpha()
    if (lead == "ctrl" and (letter or key in _WITH_BOTH)) or (
        lead == "shift" and (key == "tab" or key in _WITH_BOTH)
    ):
        return f"{lead}+{key}"
    raise KeyNameError(f"{text!r} is no key; known are {KNOWN}")


def types(key: str) -> bool:
    """Whether this key puts a character where text is typed, or ends or corrects it."""
    return "+" not in key and not (len(key) > 1 and key.startswith("f") and key[1:].isdigit())
