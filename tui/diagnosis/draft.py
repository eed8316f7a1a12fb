"""A finding in the making: what a rule says, before it has a life of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from tui import limits
from tui.diagnosis.causes import CAUSES
from tui.diagnosis.verdict import remedies
from tui.records import CauseId, Certainty, Evidence, Finding, Target


class Draft(NamedTuple):
    """What a rule concluded, and from what."""

    cause: CauseId
    certainty: Certainty
    priority: int
    evidence: tuple[Evidence, ...]
    form: str = ""
    title: str = ""
    could_also_be: tuple[CauseId, ...] = ()
    decide_by: str = ""
    remedies: tuple[str, ...] = ()
    culprit: str = ""

    def finding(self, target: Target, now: float, *, witnessed: bool = False) -> Finding:
        """The finding this becomes when it opens at *now*; *witnessed* if its beginning was seen."""
        cause = CAUSES[self.cause]
        proven = self.certainty == "proven"
        return Finding(
            address=target.address,
            port=target.port,
            cause=self.cause,
            form=self.form,
            certainty=self.certainty,
            priority=self.priority,
            title=self.title or filled(cause.title, {}) or cause.name,
            evidence=self.evidence[: limits.EVIDENCE],
            could_also_be=() if proven else self.could_also_be,
            decide_by="" if proven else self.decide_by,
            remedies=self.remedies or remedies(self.cause, {}),
            opened_at=now,
            updated_at=now,
            witnessed=witnessed,
            culprit=self.culprit,
        )


def filled(words: str, details: Mapping[str, str]) -> str:
    """*words* with the names filled in, or "" where one is not known."""
    try:
        return words.format_map(details)
    except KeyError:
        return ""
