"""The questions a ladder can ask: what each would tell, what it costs, and when it makes sense."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from tui.diagnosis.causes.case import NOTHING, Values, seen
from tui.diagnosis.derived import derive
from tui.diagnosis.facts import Facts
from tui.diagnosis.weigh import Standing, possible

_FAR: Final = 14
"""A cause so many points behind the first is not worth a question of its own."""


_STRONG: Final = 9


class Question(NamedTuple):
    """One question of the ladder. Costs are what it takes at the most."""

    id: str
    rung: str
    tells: frozenset[str]
    """Facts that it can bring."""
    seconds: float
    connections: int = 0
    """Connections to the Modbus port."""
    when: Values = NOTHING
    """Facts without which it makes no sense."""
    unless: Values = NOTHING
    """Facts with which it makes no sense."""
    privileged: bool = False
    """It can only be asked where frames may be captured."""
    even_clear: bool = False
    """It is asked although the cause is clear: its answer says what to do."""


def _question(
    name: str,
    rung: str,
    tells: str,
    seconds: float,
    connections: int = 0,
    *,
    when: Values | None = None,
    unless: Values | None = None,
    privileged: bool = False,
    even_clear: bool = False,
) -> Question:
    return Question(
        name,
        rung,
        frozenset(tells.split()),
        seconds,
        connections,
        when or NOTHING,
        unless or NOTHING,
        privileged,
        even_clear,
    )


_NOBODY: Final = seen(nexthop="silent")
_INSIDE: Final = seen(tls="carries")
"""Plain Modbus on a fresh connection would be no question to the device then."""
_FAILED: Final = "silent rst icmp-host icmp-net icmp-port prohibited unreachable-here"

QUESTIONS: Final[tuple[Question, ...]] = (
    _question("name", "name", "name address", 5.0),
    _question("route", "route", "route egress address", 0.5),
    _question("sessions", "slots", "held stuck leak hung-up recent", 0.2),
    _question("link", "neighbour", "nexthop macs", 1.2, when=seen(route="link gateway"), privileged=True),
    _question("connect", "tcp", "connect icmp prompt left arrives nexthop macs evicted", 3.5, 1,
              unless={**seen(route="none"), **seen(address="impossible")}),
    _question("read", "modbus", "reply pace evicted", 3.2, when=seen(connect="open")),
    _question("history", "history", "history changes", 0.5, when=seen(connect=_FAILED + " open"),
              unless=seen(reply="answer illegal")),
    _question("again", "modbus", "again reply pace", 1.6, when=seen(connect="open", reply="silent busy")),
    _question("units", "unit", "units reply pace", 2.4,
              when=seen(connect="open", reply="silent illegal failure path target")),
    _question("echo", "echo", "echo alive hops", 1.2, when=seen(route="link gateway local"), unless=_NOBODY),
    _question("distance", "tcp", "hops", 3.0, 2, when=seen(connect="rst", echo="answers", route="gateway"),
              unless=seen(left="yes no")),
    _question("elsewhere", "route", "elsewhere", 1.5, 1, when=seen(egress="contested"),
              unless=seen(connect="open")),
    _question("ports", "ports", "ports alive modbus-elsewhere tls-elsewhere hops", 4.5,
              when=seen(connect=_FAILED), unless=_NOBODY),
    _question("trace", "path", "trace", 3.0, 4, when=seen(connect="silent", route="gateway"),
              unless=seen(arrives="yes", left="no")),
    _question("tls", "framing", "tls", 2.2, 1, when=seen(connect="open", reply="closed")),
    _question("tls-too", "framing", "tls", 2.2, 1, when=seen(connect="open", reply="alert"), even_clear=True),
    _question("certificate", "framing", "secure certificate tls reply pace evicted", 8.7, 1,
              when=seen(connect="open", tls="speaks"), even_clear=True),
    _question("rtu", "framing", "rtu", 2.6, 1, when=seen(connect="open", reply="silent"), unless=_INSIDE),
    _question("patient", "modbus", "patient", 3.6, 1, when=seen(connect="open", reply="closed"),
              unless=_INSIDE),
    _question("rtu-too", "framing", "rtu", 2.6, 1, when=seen(connect="open", reply="closed", patient="same"),
              unless=seen(held="some full")),
    _question("unit", "unit", "units", 3.0, 1, when=seen(connect="open", reply="closed", patient="same")),
    _question("idle", "slots", "idle", 6.0, when=seen(connect="open", reply="answer", **{"hung-up": "yes"})),
    _question("retry", "tcp", "retry", 7.0, 2, when=seen(connect="rst"), unless=seen(left="no")),
)  # fmt: skip
"""Every question, those that cost little and tell much first."""


def next_question(
    facts: Facts,
    asked: Collection[str],
    *,
    seconds: float,
    connections: int,
    privileged: bool,
) -> Question | None:
    """The next question worth asking within the budget left, or None: the cause is as clear as it will be.

    It is the first that could tell causes apart which still fit what was seen.
    """
    standings = possible(facts)
    # However strong the first, a usual cause must stay near enough to be asked about.
    near = [s for s in standings if s.points >= min(standings[0].points, _STRONG) - _FAR]
    clear = len({standing.cause.id for standing in near}) == 1 and near[0].shown
    for question in _open(facts, asked):
        affordable = question.seconds <= seconds and question.connections <= connections
        if not affordable or (question.privileged and not privileged):
            continue
        if question.even_clear or (not clear and _separates(question, near, facts)):
            return question
    return None


def _open(facts: Facts, asked: Collection[str]) -> Iterator[Question]:
    """The questions not asked yet that make sense now."""
    known = derive(facts)
    for question in QUESTIONS:
        wanted = all(known.get(fact) in values for fact, values in question.when.items())
        unwanted = any(known.get(fact) in values for fact, values in question.unless.items())
        if question.id not in asked and wanted and not unwanted:
            yield question


def _separates(question: Question, standings: Collection[Standing], facts: Facts) -> bool:
    """Whether some answer would leave one of these causes and not another, or move one ahead."""
    known = derive(facts)
    for fact in question.tells:
        if fact in known and fact not in {"reply", "nexthop"}:
            continue
        if len({(s.case.fits(fact), tuple(s.case.weights.get(fact, {}).items())) for s in standings}) > 1:
            return True
    return False
