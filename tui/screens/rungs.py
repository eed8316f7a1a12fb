"""The ladder as far as it has been climbed: a line a rung, what it cost, and what could not be asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.actions import key_of
from tui.diagnosis.facts import FACTS
from tui.diagnosis.questions import QUESTIONS, Question
from tui.events import Climbed
from tui.panes import words
from tui.panes.cells import Tone
from tui.panes.page import Para, heading
from tui.records import Evidence
from tui.screens.lines import fact, said
from tui.state.model import Device

_RUNGS: Final = (
    "name", "route", "slots", "neighbour", "echo", "tcp", "path", "ports", "modbus", "unit", "framing",
)  # fmt: skip
_UNDER: Final = {"address": "name", "history": "slots", "vlan": "neighbour", "identity": "modbus"}
"""Rungs too small for a line of their own, and the one whose line they share."""
_MARGIN: Final = 22


def ladder(device: Device) -> list[Para]:
    """The climb of a device, under way or done; how to begin one where there is none."""
    climb = device.climb
    if climb is None:
        return [*heading("Ladder"), Para(f"Not climbed yet; {key_of('ask')} finds the cause.", "quiet")]
    paras = [*heading("Ladder"), _when(device, climb)]
    for rung in _RUNGS:
        paras += _rung(climb, rung)
    many = words.count(climb.connections, "connection")
    cost = f"{many} to its port, {words.count(climb.packets, 'packet')}, {climb.seconds:.1f} s"
    paras.append(fact("cost" if climb.done else "cost so far", cost))
    for number, (question, why) in enumerate(climb.untried.items()):
        paras.append(fact("could not ask" if number == 0 else "", f"{question}: {why}"))
    return paras


def _when(device: Device, climb: Climbed) -> Para:
    if not climb.done:
        return fact("climbing", "question after question, until the cause is clear")
    told = words.full(climb.at)
    if device.found is not climb:
        told += "; the device has turned since"
    return fact("climbed", told)


def _rung(climb: Climbed, rung: str) -> Iterator[Para]:
    """The lines of one rung: its mark and word, then question and answer."""
    questions = [question for question in QUESTIONS if _UNDER.get(question.rung, question.rung) == rung]
    lines = [line for line in climb.evidence if _UNDER.get(line.rung, line.rung) == rung]
    asking = any(question.id == climb.asking for question in questions)
    asked = any(question.id in climb.asked for question in questions)
    if asking:
        yield from _lines(lines, "… asking", rung)
        yield _labelled("" if lines else "… asking", "" if lines else rung, "asking now", "note")
    elif lines:
        yield from _lines(lines, "✓ asked", rung)
    elif asked:
        yield _labelled("✓ asked", rung, _meaning(climb, questions), "plain")
    else:
        yield _labelled("· skipped" if climb.done else "· not yet", rung, "", "quiet")


def _lines(lines: list[Evidence], mark: str, rung: str) -> Iterator[Para]:
    for number, line in enumerate(lines):
        first = number == 0
        yield _labelled(mark if first else "", rung if first else "", said(line), "plain")


def _labelled(mark: str, rung: str, text: str, tone: Tone) -> Para:
    return Para(text, tone, f"{mark:<9} {rung}".rstrip(), _MARGIN)


def _meaning(climb: Climbed, questions: list[Question]) -> str:
    """What was learnt without a line of evidence, or why nothing was."""
    tells = {tell for question in questions for tell in question.tells}
    known = [
        FACTS[name].values[value]
        for name, value in climb.facts.items()
        if name in tells and name in FACTS and value in FACTS[name].values
    ]
    failed = [why for question, why in climb.untried.items() if question in {q.id for q in questions}]
    return "; ".join(known or failed) or "nothing to tell"
