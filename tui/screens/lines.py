"""Lines that pages are made of: a labelled fact, and one observation with its time and sender."""

from __future__ import annotations

from typing import Final

from tui.panes.page import Para
from tui.records import Evidence

MARGIN: Final = 17
"""Cells that labels stand in."""
_IN_VAIN: Final = ("silence", "timeout", "no answer", "no-neighbour")
"""How evidence of a question begins to which no answer came."""


def fact(label: str, text: str) -> Para:
    """A label and what is known."""
    return Para(text, label=label, margin=MARGIN)


def said(line: Evidence) -> str:
    """One observation as one sentence."""
    told = f"{line.asked} - {line.answer}"
    if line.ms is not None:
        vain = line.rung == "tcp" and line.answer.startswith(_IN_VAIN)
        told += f", {'waited' if vain else 'after'} {took(line.ms)}"
    if line.sender and line.sender not in told:
        told += f", from {line.sender}"
    return told


def evidence(line: Evidence, label: str) -> list[Para]:
    """One observation, and the bytes of it where there are any."""
    paras = [Para(f"{line.rung}: {said(line)}", "plain", label, MARGIN)]
    if line.raw:
        paras.append(Para(f"bytes {line.raw}", "quiet", "", MARGIN))
    return paras


def took(ms: float | None) -> str:
    """Milliseconds as people read them."""
    if ms is None:
        return ""
    if ms >= 1000:  # noqa: PLR2004 - the steps are the text
        return f"{ms / 1000:.1f} s"
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"  # noqa: PLR2004
