"""What each cause is called in a few words, where there is no room for its sentence."""

from __future__ import annotations

from typing import Final

from tui.records import CauseId

NAMES: Final[dict[CauseId, str]] = {
    "name-unresolved": "the name does not resolve",
    "address-suspect": "a wrong address",
    "no-route": "no route from this host",
    "wrong-egress": "the wrong interface of this host",
    "local-firewall-out": "this host's own outgoing firewall",
    "local-firewall-in": "this host's own incoming firewall",
    "local-ports-exhausted": "no free port on this host",
    "no-neighbour": "off, unplugged or in another VLAN",
    "gateway-down": "a dead gateway",
    "duplicate-ip": "two devices with one address",
    "host-unreachable": "off or unplugged behind a router",
    "net-unreachable": "a route missing on the way",
    "filtered-icmp": "a filter that says so",
    "filtered-drop": "a filter that drops",
    "filtered-reset": "a filter that resets",
    "silent": "nothing there, or all of it filtered",
    "state-expired": "a firewall that forgot the session",
    "not-listening": "Modbus switched off",
    "wrong-port": "another port",
    "tls-only": "TLS wanted",
    "cool-down": "a pause it needs between connections",
    "slots-full": "connection slots taken",
    "stale-sessions": "dead sessions that hold slots",
    "client-leak": "a program that leaks connections",
    "wrong-unit": "another unit id",
    "gateway-path": "a gateway without a path to the unit",
    "gateway-target": "a silent serial device behind a gateway",
    "busy": "a busy device",
    "rtu-over-tcp": "RTU framing over TCP",
    "not-modbus": "another protocol",
    "mute": "an application that hangs",
    "slow": "a slow device",
    "needs-warm-up": "a pause it needs after connecting",
    "idle-close": "it closes idle connections",
    "bad-frames": "broken frames",
    "flapping": "a device that comes and goes",
    "asleep": "asleep",
    "healthy": "nothing wrong",
}
