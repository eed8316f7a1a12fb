"""The vocabulary of observations: each fact is a question with a few possible answers, and their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, TypeAlias

Facts: TypeAlias = Mapping[str, str]
"""What was observed: a fact's name and one of its values. What is missing was not tested."""


class Fact(NamedTuple):
    """One thing that can be observed."""

    about: str
    """What it tells, in words for the screen."""
    values: Mapping[str, str]
    """Each possible value, in words that complete "seen: ..."."""
    usual: frozenset[str]
    """Values that any cause puts up with; the others speak against a cause that does not list them."""


def _fact(about: str, usual: str = "", /, **values: str) -> Fact:
    named = {name.replace("_", "-"): words for name, words in values.items()}
    chosen = frozenset(usual.split()) if usual else frozenset(named)
    return Fact(about, named, chosen)


FACTS: Final[Mapping[str, Fact]] = {
    "name": _fact(
        "the name",
        "literal resolves",
        literal="an address was typed",
        resolves="the name has an address",
        unresolved="the name has no address",
    ),
    "address": _fact(
        "the address",
        "plain near odd own",
        plain="an ordinary address",
        near="an address one digit away from this host's own network",
        odd="an address that looks mistyped",
        impossible="an address that no device can have",
        own="an address of this host",
    ),
    "route": _fact(
        "the route",
        "link gateway local",
        link="on a link of this host",
        gateway="through a gateway",
        local="this host itself",
        none="no route from this host",
        forbidden="a route of this host that forbids it",
    ),
    "egress": _fact(
        "the interface",
        agrees="one interface leads there",
        contested="another interface of this host has that network too",
    ),
    "elsewhere": _fact(
        "the other interface",
        answers="it answers on the other interface",
        silent="no answer on the other interface either",
    ),
    "nexthop": _fact(
        "ARP",
        "answers",
        answers="the next hop answers ARP",
        silent="the next hop does not answer ARP",
    ),
    "macs": _fact(
        "the hardware address",
        one="one device has this address",
        several="two devices answer for this address",
        changed="its hardware address changed",
    ),
    "vlan": _fact(
        "the VLAN",
        ours="nothing of it heard in another VLAN",
        other="it was heard in a VLAN that this host is not in",
    ),
    "echo": _fact(
        "ping",
        answers="ping is answered",
        silent="ping is not answered",
        unreachable="ping brings an ICMP error",
    ),
    "alive": _fact(
        "any sign of life",
        yes="something at the address is alive",
        no="no sign of life at the address",
    ),
    "connect": _fact(
        "the TCP connect",
        open="TCP connects",
        rst="refused by a RST",
        icmp_port="refused by ICMP port unreachable",
        icmp_host="ICMP host unreachable",
        icmp_net="ICMP network unreachable",
        prohibited="ICMP says that a rule forbids it",
        silent="no answer to SYN",
        unreachable_here="this host itself says unreachable",
        forbidden_here="this host itself forbids it",
        no_route="this host says it has no route",
        shortage="this host ran out of ports or files",
        failed="the connect failed on this host",
    ),
    "icmp": _fact(
        "the sender of the ICMP error",
        device="the device itself sent it",
        router="somebody on the way sent it",
    ),
    "prompt": _fact(
        "the time until the ICMP error",
        at_once="it came at once",
        late="it came after seconds, as when a router asks by ARP in vain",
    ),
    "left": _fact(
        "our SYN",
        "yes",
        yes="our SYN left this host",
        no="our SYN never left this host",
    ),
    "arrives": _fact(
        "the answer to our SYN",
        "no",
        yes="a SYN-ACK arrived and was not delivered",
        no="no SYN-ACK arrived",
    ),
    "hops": _fact(
        "where the RST comes from",
        "agree farther",
        agree="the RST comes from as far away as the device",
        nearer="the RST comes from nearer than an open port of the device",
        nearer_than_ping="the RST comes from nearer than the answer to ping",
        farther="the RST comes from farther than the address",
    ),
    "ports": _fact(
        "other ports",
        open="another port is open",
        refused="other ports refuse",
        silent="other ports are silent too",
    ),
    "modbus-elsewhere": _fact(
        "Modbus on other ports",
        yes="Modbus answers on another port",
        no="no Modbus on the usual other ports",
    ),
    "tls-elsewhere": _fact(
        "TLS on port 802",
        yes="port 802 speaks TLS",
        no="no TLS on port 802",
    ),
    "trace": _fact(
        "how far the SYN gets",
        last_router="the SYN gets to the last router before the device",
        short="the SYN gets lost on the way",
        none="no router on the way answers",
    ),
    "held": _fact(
        "sessions seen from this host",
        none="no open session seen from here",
        some="others hold open sessions",
        full="as many sessions as it takes are open",
    ),
    "stuck": _fact(
        "unacknowledged sessions",
        yes="an open session is no longer acknowledged",
        no="no session is stuck",
    ),
    "leak": _fact(
        "connections that a program keeps",
        yes="a program keeps connections that the device has closed",
        no="no program keeps closed connections",
    ),
    "hung-up": _fact(
        "connections that the device closed",
        yes="the device closed a session that a program here still holds",
        no="the device closed no session that is still held here",
    ),
    "recent": _fact(
        "a connection just before",
        yes="a connection to it ended within the last minute",
        no="no connection to it ended lately",
    ),
    "history": _fact(
        "earlier answers",
        answered="TCP connected within the last hours",
        never="no earlier connection is known",
    ),
    "changes": _fact(
        "earlier changes",
        few="its state rarely changed",
        many="its state changed again and again",
    ),
    "retry": _fact(
        "the same again after a pause",
        "same",
        open="after a pause it connects",
        same="after a pause it is the same",
    ),
    "evicted": _fact(
        "sessions during our connection",
        "no",
        yes="another session ended when ours began",
        no="no other session ended when ours began",
    ),
    "reply": _fact(
        "the Modbus answer",
        answer="Modbus answers",
        illegal="Modbus answers with an exception to the read",
        failure="exception 04, device failure",
        busy="exception 06, busy",
        path="exception 0A, gateway without a path",
        target="exception 0B, gateway with a silent target",
        silent="no answer to the request",
        closed="the connection was closed without an answer",
        garbage="something else than Modbus TCP came back",
        banner="the greeting of another protocol came back",
        alert="a TLS alert came back",
        rtu="an RTU frame came back",
        broken="a broken Modbus frame came back",
    ),
    "again": _fact(
        "the same request again",
        "silent ended",
        answers="the second request on the connection is answered",
        silent="the second request is not answered either",
        ended="the device closed before the second request",
    ),
    "units": _fact(
        "other unit ids",
        "same silent ended",
        answer="another unit id is answered",
        exception="another unit id gets an exception",
        same="other unit ids get the same",
        silent="other unit ids are silent too",
        ended="the device closed when another unit id was asked",
    ),
    "patient": _fact(
        "a request some time after connecting",
        "same",
        answers="a request some time after connecting is answered",
        same="waiting before the request does not help",
    ),
    "rtu": _fact(
        "RTU framing",
        "silent",
        answers="an RTU frame is answered",
        silent="an RTU frame is not answered",
    ),
    "tls": _fact(
        "TLS on this port",
        "silent carries",
        speaks="this port speaks TLS",
        carries="TLS is meant to be on this port, and is",
        silent="this port does not speak TLS",
    ),
    "secure": _fact(
        "Modbus inside TLS",
        answers="Modbus answers inside TLS",
        silent="no Modbus answer inside TLS",
        wants="it wants a certificate of the client's, and none was shown",
        rejects="it does not accept our certificate",
        fails="the TLS handshake fails",
    ),
    "certificate": _fact(
        "the device's certificate",
        good="its certificate holds for more than 30 days",
        ending="its certificate ends within 30 days",
        expired="its certificate has expired",
        early="its certificate is not valid yet",
    ),
    "pace": _fact(
        "the time to answer",
        quick="the answer came within a second",
        slow="the answer took longer than a second",
    ),
    "idle": _fact(
        "a silent connection",
        "stays",
        closes="the device closes a silent connection within seconds",
        stays="the device keeps a silent connection",
    ),
}
"""Every fact by name."""
