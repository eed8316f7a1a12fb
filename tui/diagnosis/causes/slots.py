"""Causes in the connection slots: all taken, held by the dead, or kept by a leaking client."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, seen, weight

_HELD: Final = weight("held", some=6, full=9)
_BEFORE: Final = weight("history", answered=3)
_ASKED_ALL: Final = "silent ended same"

CAUSES: Final = (
    Cause(
        "slots-full",
        "connection slots taken",
        "Its connection slots are taken.",
        "Most devices take 2 to 5 connections. All are in use, so a new one is turned away.",
        (
            "{holder} || Find the clients that hold its connections, and end one that is not needed",
            "See and end sessions at {web}",
            "Let clients share one connection (a Modbus proxy)",
        ),
        (
            Case(
                seen(connect="rst"),
                explains=seen(retry="open", **{"tls-elsewhere": "yes", "modbus-elsewhere": "yes"}),
                weights={**_HELD, **_BEFORE},
                prior=1,
                form="refused",
                title="Slots full: it refuses while sessions to it are open.",
            ),
            Case(
                seen(connect="silent", alive="yes"),
                weights={**_HELD, **_BEFORE},
                prior=1,
                form="no-syn-ack",
                title="Slots full: no answer to a new connection while others are open.",
            ),
            Case(
                seen(connect="silent", alive="no"),
                excludes=seen(nexthop="silent"),
                weights={**_HELD, **_BEFORE},
                prior=-1,
                form="no-syn-ack",
                title="No answer to a new connection: its slots may be taken.",
            ),
            Case(
                seen(connect="open", reply="closed"),
                explains=seen(patient="answers"),
                weights={**_HELD, **_BEFORE, **weight("patient", answers=-2)},
                prior=3,
                form="accepted-closed",
                title="It accepts, then closes: slots full, or this host is not on its list.",
            ),
            Case(
                seen(connect="open", reply="silent", again="silent ended", units=_ASKED_ALL),
                weights={**_HELD, **_BEFORE},
                prior=1,
                form="accepted-mute",
                title="Slots full: it takes the connection and serves nobody but those before.",
            ),
            Case(
                seen(connect="open", evicted="yes"),
                excludes=seen(reply="silent closed garbage alert broken"),
                prior=9,
                form="evicts-oldest",
                title="Slots full: our connection put an older session out.",
            ),
            Case(
                seen(connect="open", reply="busy"),
                weights=_HELD,
                prior=1,
                title="It says busy: perhaps because its slots are taken.",
            ),
        ),
        "End one session: if it answers then, this was it.",
    ),
    Cause(
        "stale-sessions",
        "dead sessions that hold slots",
        "A session is half-open: nobody acknowledges any more.",
        "One end of a session is gone without saying so; the other still counts it.",
        (
            "Restart the client's connection",
            "Wait for the device's own timeout, or restart its Modbus service",
            "Check the path: state tables on firewalls, a cut link",
        ),
        (
            Case(
                seen(stuck="yes", reply="answer illegal failure busy path target"),
                weights=weight("route", link=4, local=4),
                prior=2,
            ),
            Case(
                seen(connect="rst"),
                explains=seen(retry="open"),
                excludes=seen(held="some full"),
                weights={**_BEFORE, **weight("stuck", yes=5)},
                prior=0,
                title="Its slots may be held by clients that are gone.",
            ),
            Case(
                seen(connect="open", reply="closed"),
                excludes=seen(held="some full"),
                weights={**_BEFORE, **weight("stuck", yes=5)},
                prior=0,
                title="Its slots may be held by clients that are gone.",
            ),
            Case(
                seen(connect="open", reply="silent", again="silent ended", units=_ASKED_ALL),
                excludes=seen(held="some full"),
                weights={**_BEFORE, **weight("stuck", yes=5)},
                prior=-1,
                title="Its slots may be held by clients that are gone.",
            ),
        ),
        "The device's own list of sessions.",
    ),
    Cause(
        "client-leak",
        "a program that leaks connections",
        "A program keeps connections that the device has long closed.",
        "A client here opens new connections without closing the old ones; sooner or later slots or ports "
        "run out.",
        ("Restart {leaker}", "Have the program close its socket when the device closes"),
        (
            Case(
                seen(leak="yes"),
                excludes=seen(evicted="yes"),
                prior=8,
                title="{leaker} keeps {leaked} connections that the device has closed.",
            ),
        ),
    ),
)
