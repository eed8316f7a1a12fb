"""Causes at the port: nobody listens, Modbus is elsewhere, TLS, a pause between connections."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, seen, weight

_SPEAKS: Final = seen(connect="open", reply="alert closed", tls="speaks")


def _inside(came: str, title: str, *, hint: bool = False, **more: str) -> Case:
    """TLS where plain Modbus was asked, and what came of the look inside."""
    return Case({**_SPEAKS, **seen(secure=came, **more)}, prior=10, title=title, hint=hint)


CAUSES: Final = (
    Cause(
        "not-listening",
        "Modbus switched off",
        "Refused: nothing listens there, or its slots are taken by others.",
        "The device is alive and refuses this port. A service that is switched off, slots taken by hosts out "
        "of sight and the device's own access list look the same from here.",
        (
            "See on the device whether Modbus TCP is switched on; switch it off and on",
            "See its settings and sessions at {web}",
            "Look for other clients that hold its connections",
            "Try the ports its maker uses besides {port}",
        ),
        (
            Case(
                seen(connect="rst"),
                excludes=seen(held="some full"),
                weights={
                    **weight("history", answered=-2),
                    **weight("recent", yes=-2),
                    **weight("modbus-elsewhere", yes=-3),
                    **weight("tls-elsewhere", yes=-3),
                },
                prior=3,
            ),
            Case(
                seen(connect="rst", left="no"),
                prior=-2,
                title="Refused on this host itself: a rule here may send the connection elsewhere.",
            ),
            Case(
                seen(connect="rst", hops="nearer-than-ping"),
                excludes=seen(held="some full"),
                prior=2,
                title="Refused; the RST looks as if it came from nearer than the device.",
            ),
            Case(
                seen(connect="rst", hops="farther"),
                excludes=seen(held="some full"),
                prior=4,
                title="Refused by a host behind {address}: the port forward leads to a closed port.",
            ),
        ),
        "Stop the other clients for a minute: if it then answers, its slots were taken.",
    ),
    Cause(
        "wrong-port",
        "another port",
        "Modbus answers on port {found}, not on {port}.",
        "The device speaks Modbus TCP, but on another port than the one asked.",
        (
            "Set the client to port {found}",
            "Or set the device to port {port}",
        ),
        (
            Case(
                seen(connect="rst silent icmp-port prohibited icmp-host", **{"modbus-elsewhere": "yes"}),
                explains=seen(hops="nearer"),
                prior=6,
            ),
        ),
        "The port in the device's own menu.",
    ),
    Cause(
        "tls-only",
        "TLS wanted",
        "It wants TLS: Modbus/TCP Security.",
        "Plain Modbus TCP is not served there; the device speaks Modbus inside TLS, usually on port 802.",
        (
            "Set the client to TLS (Modbus/TCP Security), with a certificate that the device trusts",
            "To let {visitor} look inside, name such a certificate under [tls] in its configuration",
            "See the device's clock and give it a new certificate: its own {expiry}",
            "Or allow plain Modbus TCP on the device, if your rules for security let you",
        ),
        (
            Case(
                seen(connect="rst silent", **{"tls-elsewhere": "yes"}),
                prior=6,
                title="Port {port} is closed, and port 802 speaks TLS: Modbus/TCP Security.",
                decide_by="A look inside TLS: port502 check {address}:802.",
            ),
            _inside("answers", "It wants TLS: Modbus answers inside it, not in plain.", certificate="good"),
            _inside(
                "answers",
                "It wants TLS: Modbus answers inside it, but its certificate {expiry}.",
                certificate="ending expired early",
            ),
            _inside("wants", "It wants TLS and a certificate of the client's."),
            _inside("rejects", "It wants TLS and does not accept our certificate."),
            _inside("fails", "It speaks TLS, but the handshake fails: {handshake}.", hint=True),
            _inside("silent", "It speaks TLS, but inside it nothing answers Modbus.", hint=True)._replace(
                decide_by="Other unit ids inside TLS, with ports = [{port}] under [tls] in the configuration."
            ),
            Case(seen(connect="open", reply="alert"), explains=seen(tls="speaks"), prior=9),
            Case(
                seen(connect="open", reply="closed", tls="speaks"),
                prior=9,
            ),
            Case(
                seen(connect="open", reply="closed"),
                explains=seen(tls="speaks"),
                excludes=seen(tls="silent"),
                prior=-1,
            ),
        ),
        "A TLS handshake: openssl s_client -connect {address}:{port}.",
    ),
    Cause(
        "cool-down",
        "a pause it needs between connections",
        "It needs a pause between connections.",
        "The device refuses for a moment after a connection has ended, then accepts again.",
        (
            "Have clients keep one connection open instead of reopening",
            "Wait a few seconds before connecting again",
        ),
        (
            Case(
                seen(connect="rst", retry="open"),
                explains=seen(macs="one"),
                weights={**weight("recent", yes=4, no=-2), **weight("held", some=-3, full=-4)},
                prior=1,
            ),
            Case(
                seen(connect="open", reply="closed", patient="answers", recent="yes"),
                prior=4,
            ),
            Case(
                seen(connect="rst"),
                excludes=seen(held="some full"),
                weights=weight("recent", yes=3),
                prior=-3,
            ),
        ),
        "Connect again after 1, 5 and 10 s without any other client.",
    ),
)
