"""Causes after TCP connects: unit ids, gateways, framing, timing."""

from __future__ import annotations

from typing import Final

from tui.diagnosis.causes.case import Case, Cause, Values, seen, weight

_ASKED: Final = "silent ended same"
_OTHERS: Final[Values] = seen(units="answer")
"""A gateway may serve some units and not others."""
_OTHERS_ANSWER: Final = 11
"""A gateway that serves other units works, so it is clear whose word 0A or 0B is."""

CAUSES: Final = (
    Cause(
        "wrong-unit",
        "another unit id",
        "The unit id asked may not exist there.",
        "TCP and Modbus work; the unit id asked is not one that the device or gateway serves.",
        (
            "Ask with unit id {unit_found}, which answers || Ask with the unit id of the device's manual",
            "Try 1, 255 and 0",
        ),
        (
            Case(
                seen(connect="open", reply="illegal failure path target busy", units="answer"),
                prior=7,
                title="Unit id {unit} is wrong: unit {unit_found} answers.",
            ),
            Case(
                seen(connect="open", reply="silent", units="answer exception"),
                prior=8,
                title="Unit id {unit} stays silent, while unit {unit_found} answers.",
            ),
            Case(
                seen(connect="open", reply="closed", units="answer"),
                prior=8,
                hint=True,
                title="It closes when unit id {unit} is asked, while unit {unit_found} answers.",
            ),
            Case(
                seen(connect="open", reply="closed"),
                excludes=seen(units="answer same", patient="answers", held="some full"),
                prior=-2,
            ),
            Case(seen(connect="open", reply="failure", units="same silent ended"), prior=2),
            Case(seen(connect="open", reply="path"), excludes=seen(units="answer"), prior=1),
            Case(seen(connect="open", reply="target"), excludes=seen(units="answer"), prior=1),
            Case(
                seen(connect="open", reply="silent", again="silent ended", units=_ASKED),
                prior=1,
                title="No unit id asked is answered: perhaps another one is.",
            ),
        ),
        "An answer to another unit id on the same connection.",
    ),
    Cause(
        "gateway-path",
        "a gateway without a path to the unit",
        "A gateway answers: it has no path to unit {unit}.",
        "The gateway works; its table does not know this unit id, or it is overloaded.",
        (
            "Check the gateway's table of unit ids",
            "Ask with unit id {unit_found}, which answers || Ask with a unit id that the gateway knows",
        ),
        (
            Case(seen(connect="open", reply="path"), explains=_OTHERS, prior=5),
            Case(
                seen(connect="open", reply="path", units="answer"),
                prior=_OTHERS_ANSWER,
                title="Gateway: it has a way to {answering_units}, and none to unit {unit}.",
            ),
        ),
        "The gateway's routing table.",
    ),
    Cause(
        "gateway-target",
        "a silent serial device behind a gateway",
        "A gateway answers: the serial device behind it, unit {unit}, is silent.",
        "The gateway works; unit {unit} does not answer it. Baud rate, wiring, a dead device and a second "
        "master look the same from TCP.",
        (
            "Check the serial device's power and unit id",
            "Check baud rate, parity, wiring and termination",
            "Raise the gateway's serial timeout",
        ),
        (
            Case(
                seen(connect="open", reply="target"),
                explains=_OTHERS,
                prior=5,
                title="Gateway: nothing answers behind it at {silent_units}.",
            ),
            Case(
                seen(connect="open", reply="target", units="answer"),
                prior=_OTHERS_ANSWER,
                title="Gateway: nothing answers behind it at {silent_units}; {answering_do}.",
            ),
            Case(
                seen(connect="open", reply="silent failure", units="answer exception"),
                prior=2,
                title="Unit {unit} is silent, while unit {unit_found} answers.",
            ),
        ),
        "The gateway's serial counters.",
    ),
    Cause(
        "busy",
        "a busy device",
        "The device says it is busy.",
        "Exception 06: it has no room for the request now, or its serial side is occupied.",
        ("Poll it less often", "Let clients share one connection"),
        (Case(seen(connect="open", reply="busy"), prior=6),),
        "Pause the other clients for a minute.",
    ),
    Cause(
        "rtu-over-tcp",
        "RTU framing over TCP",
        "It speaks RTU frames over TCP, not Modbus TCP.",
        "A serial server passes raw bytes: an RTU frame with its checksum is answered, a Modbus TCP frame is "
        "not.",
        (
            "Set the client to RTU over TCP",
            "Or set the serial server to Modbus gateway mode",
        ),
        (
            Case(seen(connect="open", reply="silent closed", rtu="answers"), prior=9),
            Case(seen(connect="open", reply="rtu"), prior=9),
            Case(
                seen(connect="open", reply="silent"),
                explains=seen(rtu="answers"),
                excludes=seen(units="answer exception", again="answers"),
                prior=-3,
                title="It takes the connection and is silent: perhaps RTU frames for another unit id.",
            ),
        ),
        "An RTU frame on a fresh connection.",
    ),
    Cause(
        "not-modbus",
        "another protocol",
        "Something else than Modbus TCP answers there.",
        "The bytes that came back belong to another protocol.",
        ("Check address and port", "Check the protocol setting of the serial server"),
        (
            Case(seen(connect="open", reply="banner"), prior=9),
            Case(seen(connect="open", reply="garbage"), prior=6),
            Case(seen(connect="open", reply="broken"), prior=0),
            Case(
                seen(connect="open", reply="closed"),
                excludes=seen(
                    patient="answers", tls="speaks", units="answer", history="answered", held="some full"
                ),
                prior=0,
                title="It closes when it gets a Modbus request: perhaps it speaks something else.",
            ),
        ),
        "The first bytes it sends by itself.",
    ),
    Cause(
        "mute",
        "an application that hangs",
        "It takes the connection and answers nothing.",
        "TCP is accepted and the request acknowledged, but no unit id and no framing is answered: a hung "
        "application, a unit id not tried, or slots that only look free.",
        (
            "Ask with the unit id of the device's manual",
            "Look for a client that holds its only served connection",
            "Restart the device's Modbus service",
        ),
        (
            Case(
                seen(connect="open", reply="silent", again="silent ended", units=_ASKED),
                weights=weight("held", some=-3, full=-4),
                prior=3,
            ),
        ),
        "The device's own page or log.",
    ),
    Cause(
        "slow",
        "a slow device",
        "It answers, but slowly: {took}.",
        "The answer is right and comes later than most clients wait.",
        ("Give clients a longer timeout", "Poll it less often", "Check the gateway's serial side"),
        (
            Case(seen(connect="open", reply="answer illegal failure", pace="slow"), prior=6),
            Case(
                seen(connect="open", reply="silent", again="answers"),
                prior=1,
                title="The first request was lost, the second answered.",
            ),
            Case(
                seen(connect="open", reply="silent", again="silent", units="silent"),
                prior=-2,
                title="No answer within seconds: perhaps it answers later than that.",
            ),
        ),
        "The response time while no other client polls.",
    ),
    Cause(
        "needs-warm-up",
        "a pause it needs after connecting",
        "It needs a pause between connecting and the first request.",
        "The first request after connecting is lost; the same request a little later is answered.",
        ("Have clients wait a second or two after connecting", "Have clients keep the connection open"),
        (
            Case(seen(connect="open", reply="silent", again="answers"), prior=9, hint=True),
            Case(seen(connect="open", reply="closed", patient="answers"), prior=6),
            Case(
                seen(connect="open", reply="closed"),
                explains=seen(patient="answers"),
                excludes=seen(patient="answers same"),
                prior=0,
            ),
        ),
        "A connection that waits 2 s before its first request.",
    ),
    Cause(
        "idle-close",
        "it closes idle connections",
        "It closes a connection that is silent for {idle}.",
        "That is normal for many devices; the client must reopen, and notice that its session has ended.",
        (
            "Have the client poll more often than that, or reopen when closed",
            "Raise the device's idle timeout",
        ),
        (
            Case(
                seen(connect="open", reply="answer", idle="closes"),
                explains=seen(again="ended"),
                excludes=seen(leak="yes"),
                prior=7,
                hint=True,
            ),
        ),
        "The idle time at which it closes, measured over several sessions.",
    ),
    Cause(
        "bad-frames",
        "broken frames",
        "Its answer is not a whole, matching Modbus frame.",
        "On a fresh connection, with one request under way, the answer had a wrong transaction id, length or "
        "function.",
        ("Update the gateway's or device's firmware", "Let one client alone use the gateway for a minute"),
        (
            Case(seen(connect="open", reply="broken"), prior=6),
            Case(seen(connect="open", reply="garbage"), prior=0),
        ),
        "One request on a fresh connection: wrong again means the device, right means the client.",
    ),
)
