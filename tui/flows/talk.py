"""A followed session as every vantage tells sessions, with what was said in it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tui import limits
from tui.records import Session, SessionKey, Talk

if TYPE_CHECKING:
    from tui.flows.flow import Flow

_SETS: Final = 1_024  # different sets of units or functions whose numbers are kept at hand


class Told:
    """What was last made of a session, for as long as it stays as it was."""

    __slots__ = ("key", "session", "stamp")

    def __init__(self, key: SessionKey, session: Session, stamp: tuple[object, ...]) -> None:
        self.key, self.session, self.stamp = key, session, stamp


def told(flow: Flow, vantage: str, now: float) -> Told:
    """*flow* as a session, at wall time *now*: made anew only where it has moved since."""
    late = flow.late(now) if flow.pending else 0
    client, device, before = flow.forward, flow.device, flow.told
    stamp = (client.seen_at, device.seen_at, client.next, device.next, flow.stage, late)
    if before is not None and before.stamp == stamp:
        return before
    session = Session(
        client=flow.client,
        client_port=flow.client_port,
        address=flow.address,
        port=flow.port,
        state=flow.stage,
        side="none",
        since=flow.since,
        began=not flow.midstream,
        active_at=flow.active_at,
        rtt_ms=None if flow.rtt_s is None else flow.rtt_s * 1e3,
        retransmits=client.retransmits + device.retransmits,
        backoff=client.repeats,
        vantage=vantage,
        talk=_talk(flow, late) if flow.held_slot or flow.requests else None,
    )
    if before is None:
        before = flow.told = Told(session.key, session, stamp)
    before.session, before.stamp = session, stamp
    return before


def _talk(flow: Flow, late: int) -> Talk:
    return Talk(
        requests=flow.requests,
        exceptions=flow.exceptions,
        unanswered=flow.unanswered + late,
        units=lowest(flow.units),
        functions=lowest(flow.functions),
        period_s=flow.period_s(),
        pause_s=flow.paused_s,
        answer_ms=flow.answer_s / flow.answered * 1e3 if flow.answered else None,
        foreign=flow.forward.foreign + flow.device.foreign,
        silent=flow.silent,
    )


@lru_cache(_SETS)
def lowest(bits: int) -> tuple[int, ...]:
    """The lowest numbers whose bits are set, in order."""
    return members(bits)[: limits.TALK_LISTED]


def members(bits: int) -> tuple[int, ...]:
    """The numbers whose bits are set, in order."""
    return tuple(number for number in range(bits.bit_length()) if bits >> number & 1)
