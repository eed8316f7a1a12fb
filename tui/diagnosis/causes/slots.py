"""Causes in the connection slots: all taken, held by the dead, kept by a leaking client, or besieged."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, Values, seen, weight

_HELD: Final = weight("held", some=6, full=9)
_BEFORE: Final = weight("history", answered=3)
_FAR: Final = weight("hops", nearer_than_ping=-5)
_REFUSED_TOO: Final[Values] = seen(
    retry="open", hops="nearer-than-ping", **{"tls-elsewhere": "yes", "modbus-elsewhere": "yes"}
)
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
                seen(connect="rst", held="some full"),
                explains=_REFUSED_TOO,
                weights={**weight("held", full=3), **_BEFORE, **_FAR},
                prior=7,
                form="refused",
                title="Slots full: it refuses while sessions to it are open.",
            ),
            Case(
                seen(connect="rst"),
                explains=_REFUSED_TOO,
                excludes=seen(held="some full"),
                weights={**_BEFORE, **_FAR},
                prior=1,
                form="refused",
                title="Refused: its connection slots may be taken by others.",
            ),
            Case(
                seen(connect="silent", held="some full", alive="yes"),
                weights={**weight("held", full=3), **_BEFORE},
                prior=7,
                form="no-syn-ack",
                title="Slots full: no answer to a new connection while others are open.",
            ),
            Case(
                seen(connect="silent", alive="yes"),
                excludes=seen(held="some full"),
                weights=_BEFORE,
                prior=1,
                form="no-syn-ack",
                title="No answer to a new connection: its slots may be taken by others.",
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
                explains=seen(patient="answers", units="answer"),
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
                seen(connect="open", evicted="yes", reply="answer illegal failure busy path target"),
                prior=9,
                form="evicts-oldest",
                title="Slots full: our connection put an older session out.",
            ),
            Case(
                seen(connect="open", reply="answer illegal failure", pace="slow"),
                excludes=seen(evicted="yes"),
                prior=0,
                form="accepted-mute",
                title="It answered late: perhaps its slots were taken until then.",
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
                explains=seen(retry="open", hops="nearer-than-ping"),
                excludes=seen(held="some full"),
                weights={**_BEFORE, **_FAR, **weight("stuck", yes=5)},
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
                weights=weight("connect", rst=-4, silent=-6, icmp_host=-6, unreachable_here=-6),
                prior=8,
                title="{leaker} keeps {leaked} connections that the device has closed.",
            ),
            Case(
                seen(**{"hung-up": "yes"}, reply="answer", idle="closes"),
                excludes=seen(leak="yes"),
                prior=1,
                title="{leaker} keeps a connection that the device has closed.",
            ),
        ),
    ),
    Cause(
        "reconnect-storm",
        "a client that connects over and over",
        "A client connects to it over and over.",
        "Each attempt takes one of its few connections for a while; others find it slow or full.",
        (
            "Have {stormer} wait longer before it tries again || See which host asks: addresses may be false",
            "See why its connections end: its log, and the device's own list of sessions",
            "Stop the Modbus program on {stormer} until that is known",
            "Block {stormer} on the way to the device || Limit new connections to it on the firewall",
        ),
        # Seen in the traffic of others only: no question of ours tells.
        decide_by="Stop that client for a minute: does the device serve the others well?",
    ),
)
