"""A finding in the making: what a rule says, before it has a life of its own."""

from __future__ import annotations

from typing import NamedTuple

from tui import limits
from tui.diagnosis.causes import CAUSES, FORMS, Cause
from tui.records import CauseId, Certainty, Evidence, Finding, Target


class Draft(NamedTuple):
    """What a rule concluded, and from what."""

    cause: CauseId
    certainty: Certainty
    priority: int
    evidence: tuple[Evidence, ...]
    form: str = ""
    title: str = ""
    first: str = ""
    """A remedy that names names, before the general ones."""

    def finding(self, target: Target, now: float) -> Finding:
        """The finding this becomes when it opens at *now*."""
        cause = CAUSES[self.cause]
        return Finding(
            address=target.address,
            port=target.port,
            cause=self.cause,
            form=self.form,
            certainty=self.certainty,
            priority=self.priority,
            title=self.title or cause.title,
            evidence=self.evidence[: limits.EVIDENCE],
            could_also_be=() if self.certainty == "proven" else self._others(cause),
            decide_by="" if self.certainty == "proven" else cause.decide_by,
            remedies=(self.first, *cause.remedies) if self.first else cause.remedies,
            opened_at=now,
            updated_at=now,
        )

    def _others(self, cause: Cause) -> tuple[CauseId, ...]:
        return FORMS.get((self.cause, self.form), cause.could_also_be)
