"""A line that is typed: keys go in one after the other, whatever the focus does meanwhile."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from tui.clean import clean

Ended: TypeAlias = Literal["", "kept", "left"]
"""Still typing, ended with enter, or ended with esc."""
_LONGEST: Final = 200


class Entry:
    """What has been typed so far."""

    def __init__(self, text: str = "") -> None:
        self.text = text

    def press(self, key: str, character: str | None) -> Ended:
        """Take one key; any that is not of use here is swallowed."""
        match key:
            case "enter":
                return "kept"
            case "escape":
                return "left"
            case "backspace" | "ctrl+h":
                self.text = self.text[:-1]
            case "ctrl+u":
                self.text = ""
            case "ctrl+w":
                self.text = self.text.rstrip().rpartition(" ")[0]
            case _ if character is not None and character.isprintable():
                self.insert(character)
        return ""

    def insert(self, text: str) -> None:
        """Take a text, as from the clipboard; line ends in it act as blanks."""
        self.text = (self.text + clean(" ".join(text.splitlines())))[:_LONGEST]
