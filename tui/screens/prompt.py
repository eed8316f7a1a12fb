"""One question in the hint line: a choice by a single key, or a text. Cheaper on the wire than a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from tui.panes.entry import Ended, Entry


class Choice(NamedTuple):
    """One answer, by its keys; the first is shown."""

    keys: tuple[str, ...]
    words: str
    do: Callable[[], str]
    """Does it; what to say afterwards."""


class Prompt(Protocol):
    """What is asked in the hint line."""

    def press(self, key: str, character: str | None) -> Ended:
        """Take one key."""
        ...

    def paste(self, text: str) -> None:
        """Take a text from the clipboard."""
        ...

    def line(self) -> tuple[str, str, str]:
        """What to show: the question, what is typed, and the keys."""
        ...

    def done(self) -> str:
        """Do what was chosen or typed; what to say."""
        ...


class Choices:
    """A choice of few, each by one key."""

    def __init__(self, question: str, choices: Sequence[Choice]) -> None:
        self._question = question
        self._choices = choices
        self._chosen: Choice | None = None

    def press(self, key: str, character: str | None) -> Ended:
        """A key that chooses ends it; esc leaves it, any other is not taken."""
        if key == "escape":
            return "left"
        self._chosen = next((each for each in self._choices if {key, character} & set(each.keys)), None)
        return "kept" if self._chosen is not None else ""

    def paste(self, text: str) -> None:
        """A pasted text chooses nothing."""

    def line(self) -> tuple[str, str, str]:
        """The question and its answers."""
        told = "  ".join(f"{choice.keys[0]} {choice.words}" for choice in self._choices)
        return self._question, "", f"{told}  esc leave it"

    def done(self) -> str:
        """Do what was chosen."""
        return self._chosen.do() if self._chosen is not None else ""


class Text:
    """A text of one line."""

    def __init__(self, question: str, do: Callable[[str], str]) -> None:
        self._question = question
        self._do = do
        self._entry = Entry()

    def press(self, key: str, character: str | None) -> Ended:
        """Type; enter keeps it, esc leaves it."""
        return self._entry.press(key, character)

    def paste(self, text: str) -> None:
        """A pasted text is typed, too."""
        self._entry.insert(text)

    def line(self) -> tuple[str, str, str]:
        """What is typed."""
        return self._question, self._entry.text, "enter keeps it  esc leaves it"

    def done(self) -> str:
        """Take what was typed, if anything was."""
        text = self._entry.text.strip()
        return self._do(text) if text else "nothing was written"
