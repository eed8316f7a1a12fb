"""Full devices: every form, with holders on this host and with holders that cannot be seen from here."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.acts import cut, serve, use
from tests.lab.verdict.plant import FAR, NEAR
from tests.lab.verdict.scenario import HUNG_UP, MUTE, REFUSED, SILENT_PORT, Scenario

_AT: Final = f"{NEAR}:502"
_FAR_AT: Final = f"{FAR}:502"

SEEN: Final = (
    Scenario(
        "refuses, held from here, on-link",
        "slots-full",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "refuses", _AT, "slots=2"), use("client", "holds", _AT, "count=2")),
        form="refused",
    ),
    Scenario(
        "refuses, held from here, routed",
        "slots-full",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (serve("far", "refuses", _FAR_AT, "slots=3"), use("client", "holds", _FAR_AT, "count=3")),
        form="refused",
    ),
    Scenario(
        "no SYN-ACK, held from here",
        "slots-full",
        NEAR,
        "timeout, nothing heard",
        (
            serve("near", "one_by_one", _AT, "backlog=0"),
            use("client", "holds", _AT),
            use("client", "waits", _AT),
        ),
        form="no-syn-ack",
    ),
    Scenario(
        "accepts and closes, held from here",
        "slots-full",
        FAR,
        "connected, ended",
        (serve("far", "closes", _FAR_AT, "slots=2"), use("client", "holds", _FAR_AT, "count=2")),
        form="accepted-closed",
    ),
    Scenario(
        "accepts and resets, held from here",
        "slots-full",
        NEAR,
        "connected, ended",
        (serve("near", "closes", _AT, "how=reset"), use("client", "holds", _AT)),
        form="accepted-closed",
    ),
    Scenario(
        "accepts and is mute, held from here",
        "slots-full",
        NEAR,
        "connected, silence",
        (serve("near", "mutes", _AT, "slots=2"), use("client", "holds", _AT, "count=2")),
        form="accepted-mute",
    ),
    Scenario(
        "libmodbus serves one, held from here",
        "slots-full",
        FAR,
        "connected, silence",
        (serve("far", "libmodbus", _FAR_AT), use("client", "holds", _FAR_AT)),
        form="accepted-mute",
        needs="libmodbus",
    ),
    Scenario(
        "evicts the oldest, held from here",
        "slots-full",
        NEAR,
        "connected, answer",
        (serve("near", "evicts", _AT, "slots=2"), use("client", "holds", _AT, "count=2")),
        form="evicts-oldest",
        exits=1,
    ),
)

UNSEEN: Final = (
    Scenario(
        "refuses, held elsewhere, on-link",
        "slots-full",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "refuses", _AT), use("other", "holds", _AT)),
        undecidable=REFUSED,
    ),
    Scenario(
        "refuses, held elsewhere, routed",
        "slots-full",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (serve("far", "refuses", _FAR_AT), use("other", "holds", _FAR_AT)),
        undecidable=REFUSED,
    ),
    Scenario(
        "no SYN-ACK, held elsewhere",
        "slots-full",
        FAR,
        "timeout, nothing heard",
        (
            serve("far", "one_by_one", _FAR_AT, "backlog=0"),
            use("other", "holds", _FAR_AT),
            use("other", "waits", _FAR_AT),
        ),
        undecidable=SILENT_PORT,
    ),
    Scenario(
        "accepts and closes, held elsewhere",
        "slots-full",
        NEAR,
        "connected, ended",
        (serve("near", "closes", _AT), use("other", "holds", _AT)),
        undecidable=HUNG_UP,
    ),
    Scenario(
        "accepts and closes when asked, held elsewhere",
        "slots-full",
        FAR,
        "connected, ended",
        (serve("far", "closes", _FAR_AT, "how=asked"), use("other", "holds", _FAR_AT)),
        undecidable=HUNG_UP,
    ),
    Scenario(
        "accepts and closes, because this host is not on its list",
        "filtered-reset",
        NEAR,
        "connected, ended",
        (serve("near", "allows", _AT, "only=10.77.1.77"), use("other", "holds", _AT)),
        undecidable=HUNG_UP,
    ),
    Scenario(
        "accepts and is mute, held elsewhere",
        "slots-full",
        FAR,
        "connected, silence",
        (serve("far", "mutes", _FAR_AT), use("other", "holds", _FAR_AT)),
        undecidable=MUTE,
    ),
    Scenario(
        "libmodbus serves one, held elsewhere",
        "slots-full",
        NEAR,
        "connected, silence",
        (serve("near", "libmodbus", _AT), use("other", "holds", _AT)),
        undecidable=MUTE,
        needs="libmodbus",
    ),
    Scenario(
        "evicts the oldest, held elsewhere: nothing shows it here",
        "healthy",
        NEAR,
        "connected, answer",
        (serve("near", "evicts", _AT), use("other", "holds", _AT)),
        exits=0,
    ),
)

STALE: Final = (
    Scenario(
        "a client vanished, it refuses, routed",
        "stale-sessions",
        FAR,
        "ECONNREFUSED, RST ttl 63",
        (serve("far", "refuses", _FAR_AT), use("client", "vanishes", _FAR_AT)),
        undecidable=REFUSED,
    ),
    Scenario(
        "a client vanished, it refuses, on-link",
        "stale-sessions",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "refuses", _AT), use("other", "vanishes", _AT)),
        undecidable=REFUSED,
    ),
    Scenario(
        "a client vanished, it accepts and is mute",
        "stale-sessions",
        NEAR,
        "connected, silence",
        (serve("near", "mutes", _AT), use("client", "vanishes", _AT)),
        undecidable=MUTE,
    ),
    Scenario(
        "a client vanished, it accepts and closes",
        "stale-sessions",
        FAR,
        "connected, ended",
        (serve("far", "closes", _FAR_AT), use("other", "vanishes", _FAR_AT)),
        undecidable=HUNG_UP,
    ),
    Scenario(
        "a half-open session of this host holds the only slot",
        "stale-sessions",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (serve("near", "refuses", _AT), cut("near", "input", NEAR)),
        undecidable=("stale-sessions", "slots-full"),
    ),
    Scenario(
        "a client leaks, the device is well",
        "client-leak",
        FAR,
        "connected, answer",
        (serve("far", "idle_close", _FAR_AT, "s=0.4"), use("client", "leaks", _FAR_AT, "count=4")),
        exits=1,
    ),
    Scenario(
        "a client leaks, and the device is full of it",
        "client-leak",
        NEAR,
        "ECONNREFUSED, RST ttl 64",
        (
            serve("near", "refuses", _AT, "slots=3", "idle=0.4"),
            use("client", "leaks", _AT, "count=3"),
        ),
        undecidable=("client-leak", "slots-full"),
    ),
)

SLOTS: Final = (*SEEN, *UNSEEN, *STALE)
