"""The steps that scenarios are made of."""

from __future__ import annotations

from typing import Final

from tests.lab.slow import NAME, slow_wire
from tests.lab.verdict.plant import FAR, Plant
from tests.lab.verdict.scenario import Act

_OVER_SLOW: Final = "10.77.5.2"


def serve(host: str, manner: str, *options: str) -> Act:
    """A server on *host*."""
    return lambda plant: plant.serve(host, manner, *options)


def use(host: str, manner: str, *options: str) -> Act:
    """A client on *host*."""
    return lambda plant: plant.use(host, manner, *options)


def rules(host: str, hook: str, *lines: str) -> Act:
    """Filter rules on *host*."""
    return lambda plant: plant.hosts[host].rules(hook, *lines)


def ip(host: str, *lines: str) -> Act:
    """Commands of `ip` on *host*."""
    return lambda plant: plant.ip(host, *lines)


def sysctl(host: str, *settings: str) -> Act:
    """Kernel parameters of *host*."""
    return lambda plant: plant.sysctl(host, *settings)


def join(host: str, address: str) -> Act:
    """One more host on the switch."""
    return lambda plant: plant.join(host, address)


def isolate(*ports: str) -> Act:
    """These ports of the switch do not talk to each other, as clients of an access point."""

    def act(plant: Plant) -> None:
        for port in ports:
            plant.hosts["switch"].run("bridge", "link", "set", "dev", port, "isolated", "on")

    return act


def forward_port(port: int, to: str) -> Act:
    """The router hands *port* of its own address on to *to*."""

    def act(plant: Plant) -> None:
        router = plant.hosts["router"]
        router.run("nft", "add", "table", "ip", "nat")
        router.run("nft", "add", "chain", "ip", "nat", "pre", "{ type nat hook prerouting priority -100; }")
        router.run("nft", "add", "rule", "ip", "nat", "pre", f"tcp dport {port} dnat to {to}")

    return act


def cut(host: str, hook: str, address: str) -> Act:
    """A session of the client to *address* that stands, and then *host* drops what it sends."""

    def act(plant: Plant) -> None:
        session = plant.use("client", "unacknowledged", f"{address}:502", "from=40502")
        plant.hosts[host].rules(hook, "tcp sport 40502 drop")
        session.go()

    return act


def empty_network(address: str, far_address: str) -> Act:
    """A second interface of the client, `eth9`, with nobody but a silent host on it."""

    def act(plant: Plant) -> None:
        plant.link("client", address, "beyond", far_address, interface="eth9")

    return act


def far_away(one_way_s: float) -> Act:
    """The client reaches the far device over a wire that takes its time."""

    def act(plant: Plant) -> None:
        client, far = plant.hosts["client"], plant.hosts["far"]
        plant.stack.enter_context(slow_wire(client, far, one_way_s))
        plant.ip(
            "client", f"address add 10.77.5.2/32 dev {NAME}", f"route add {FAR} dev {NAME} src 10.77.5.2"
        )
        plant.ip("far", f"route add {_OVER_SLOW} dev {NAME}")
        for host in ("client", "far"):
            plant.sysctl(host, f"net.ipv4.conf.{NAME}.rp_filter=0", "net.ipv4.conf.all.rp_filter=0")

    return act
