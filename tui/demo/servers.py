"""The plant's server processes: `python -m tui.demo.servers GROUP PORT`."""

from __future__ import annotations

import asyncio
import sys
from typing import Final

from tui.demo import child, misbehaving, slots
from tui.demo.frames import NO_PATH, NO_TARGET
from tui.demo.identity import each, telling
from tui.demo.mbap import answering, truthful
from tui.demo.misbehaving import only, silent_behind
from tui.demo.slots import open_to_all
from tui.demo.table import GROUPS, HOSTS, Host, Kind
from tui.demo.words import WORDS

OTHER: Final[dict[Kind, slots.Server]] = {
    "meter": slots.closing_full(answering(telling(WORDS["feeder-meter"][1], truthful))),
    "gateway": open_to_all(answering(each(WORDS["gw-yard"], silent_behind({7}, only((), NO_PATH))))),
    "inverter": open_to_all(answering(each(WORDS["hall-inverter"], only(())))),
    "unit-7-only": open_to_all(answering(only({7}))),
    "gateway-path": open_to_all(answering(only({3, 4}, NO_PATH))),
    "gateway-target": open_to_all(answering(only({11}, NO_TARGET, misbehaving.TARGET_S))),
    "busy": open_to_all(answering(misbehaving.busy)),
    "slow": open_to_all(answering(misbehaving.slow)),
    "mute": open_to_all(misbehaving.mute),
    "rtu": open_to_all(misbehaving.rtu),
    "banner": open_to_all(misbehaving.banner),
    "idle-close": open_to_all(
        answering(telling(WORDS["lab-analyser"][1], truthful), idle=misbehaving.IDLE_S)
    ),
    "refuses-full": slots.refuses_full,
    "closes-full": slots.closes_full,
    "mute-full": slots.mute_full,
    "hung": slots.hung,
    "evicts-oldest": slots.evicts_oldest,
}


async def _other(hosts: list[Host], port: int) -> None:
    listeners = [
        # With a queue of 0 the kernel still completes one handshake, and no more.
        slots.listen(host.address, port, backlog=0 if host.kind == "hung" else 64)
        for host in hosts
    ]
    child.ready()
    await asyncio.gather(
        *(OTHER[host.kind](sock, host.slots or 0) for host, sock in zip(hosts, listeners, strict=True))
    )


async def _healthy(hosts: list[Host], port: int) -> None:
    from tui.demo import healthy  # noqa: PLC0415 (pymodbus only in the processes that serve with it)

    servers = await healthy.start(hosts, port)
    child.ready()
    await asyncio.gather(*(server.serving for server in servers))


def main(group: str, port: int) -> None:
    """Serve one group of hosts until the parent ends."""
    child.begin(f"plant-{group}")
    hosts = [host for host in HOSTS if host.kind in GROUPS[group]]
    asyncio.run((_other if group == "other" else _healthy)(hosts, port))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
