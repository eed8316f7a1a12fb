"""Nothing wrong, and trouble that only time shows."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, Values, seen, weight

_TROUBLE: Final[Values] = seen(leak="yes", stuck="yes", evicted="yes", pace="slow", idle="closes")
_MISSED: Final = "silent icmp-host unreachable-here"

_NO_OTHER: Final = "same silent ended exception"


def _carried(reply: str, title: str, **more: str) -> Case:
    """Modbus in TLS where TLS is meant to be, and how its certificate stands."""
    return Case(
        seen(connect="open", reply=reply, tls="carries", **more),
        excludes={**_TROUBLE, **seen(**{"hung-up": "yes"})},
        prior=10,
        title=title,
    )


CAUSES: Final = (
    Cause(
        "flapping",
        "a device that comes and goes",
        "It comes and goes.",
        "Its state changed again and again within the last hours.",
        ("Look at link, power and cabling", "Compare the times with what else happens then"),
        (
            Case(
                seen(changes="many", connect="silent rst icmp-host icmp-net unreachable-here"),
                explains=seen(nexthop="silent", retry="open"),
                weights=weight("changes", many=10),
                prior=-8,
            ),
        ),
        "The journal of the last hours.",
    ),
    Cause(
        "asleep",
        "asleep",
        "It may be asleep.",
        "Some devices sleep at night or when idle, and look unplugged until they wake.",
        ("Wait for the hours in which it usually answers", "Wake it by its button or by wake-on-LAN"),
        (
            Case(
                seen(connect=_MISSED, alive="no"),
                explains=seen(nexthop="silent"),
                excludes=seen(vlan="other", elsewhere="answers"),
                weights={**weight("history", answered=1), **weight("route", gateway=-1)},
                prior=-1,
            ),
        ),
        "The same question at another hour.",
    ),
    Cause(
        "healthy",
        "nothing wrong",
        "Modbus answers.",
        "TCP connects and Modbus gives a well-formed answer.",
        (
            "See the device's clock and give it a new certificate: its own {expiry}",
            "Look at the client: its address, port, unit id and timeout",
        ),
        (
            _carried("answer", "Modbus answers inside TLS.", certificate="good"),
            _carried(
                "answer",
                "Modbus answers inside TLS, but its certificate {expiry}.",
                certificate="ending expired early",
            ),
            _carried(
                "illegal",
                "Modbus answers inside TLS; register 0 cannot be read, which is no fault.",
                units=_NO_OTHER,
                certificate="good",
            ),
            _carried(
                "illegal",
                "Modbus answers inside TLS, but its certificate {expiry}.",
                units=_NO_OTHER,
                certificate="ending expired early",
            ),
            Case(
                seen(connect="open", reply="answer"),
                excludes={**_TROUBLE, **seen(**{"hung-up": "yes"})},
                prior=9,
            ),
            Case(
                seen(connect="open", reply="answer"),
                explains=seen(evicted="yes"),
                excludes=seen(leak="yes", stuck="yes", pace="slow", idle="closes", **{"hung-up": "yes"}),
                prior=0,
            ),
            Case(
                seen(connect="open", reply="answer", idle="stays", **{"hung-up": "yes"}),
                excludes=_TROUBLE,
                prior=9,
            ),
            Case(
                seen(connect="open", reply="answer", idle="closes", **{"hung-up": "yes"}),
                excludes=seen(leak="yes", stuck="yes", evicted="yes", pace="slow"),
                prior=1,
            ),
            Case(
                seen(connect="open", reply="illegal", units=_NO_OTHER),
                excludes=_TROUBLE,
                prior=9,
                title="Modbus answers; register 0 cannot be read, which is no fault.",
            ),
            Case(seen(connect="open", reply="illegal", units="answer"), excludes=_TROUBLE, prior=1),
            Case(
                seen(connect="open", reply="failure", units=_NO_OTHER),
                excludes=_TROUBLE,
                prior=0,
                title="Modbus answers, though with a device failure.",
            ),
        ),
    ),
)
