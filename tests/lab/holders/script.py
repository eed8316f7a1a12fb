"""The minute: what happens in each of its seconds. Hosts are a, b and c; what happens to one is lower case.

`opens PROGRAM DEVICE COUNT [PORT]`: a program connects and polls, from PORT on where one is named.
`closes PROGRAM`: it closes by FIN. `killed PROGRAM`: its process is killed. `cut`: the link of the host goes
down. `dies`: every program of the host is killed. `mended`: the link is up again. `silent`: nothing the host
sends gets out, and then its programs die. `reset`: it has started anew, knows nothing, and is heard again.
"""

from __future__ import annotations

from typing import Final

from tests.lab.holders.site import DEVICES, HOSTS, Site

SECONDS: Final = """
a opens hmi refuses 2
b opens scada drops 2
a opens log closes 1
c opens view mutes 2
b opens old evicts 2
c opens more refuses 1
a opens extra refuses 1
a closes hmi
c opens mid drops 3
b closes scada
c opens pair closes 2
a killed log
a opens late closes 1
b opens third mutes 1
b opens hist refuses 2
b opens new evicts 2
a opens newer evicts 1
a opens newest evicts 2
b killed old
c closes view
b cut
b dies
a opens try refuses 1
a opens fill drops 1
b mended
c closes mid
c killed pair
a opens two closes 2 41000
b opens back drops 2
a killed newer
a silent
c opens come closes 1
c opens lone evicts 1
c opens wait mutes 2
a reset
a opens again closes 1 41000
b opens hmi refuses 1
c killed wait
b closes hmi
c closes more
b opens full refuses 3
c opens over refuses 2
b opens last drops 3
c cut
b closes back
c dies
b opens kick evicts 4
b opens next mutes 2
c mended
b killed last
c opens push evicts 2 42000
c silent
b opens shove evicts 1
a opens some drops 1
c reset
c opens push evicts 2 42000
b killed full
a opens end refuses 2
b dies
c closes push
""".strip().splitlines()


def act(site: Site, line: str) -> None:
    """Let one line happen, to its end."""
    name, verb, *words = line.split()
    host = site.hosts[name]
    match verb:
        case "opens":
            program, device, count, *own = words
            host.tell("opens", program, DEVICES[device].address, count, *(own or ["0"]))
        case "closes" | "killed" | "dies":
            host.tell(verb, *words)
        case "cut" | "mended":
            host.namespace.run("ip", "link", "set", "eth0", "down" if verb == "cut" else "up")
        case "silent":
            host.namespace.rules("output", "drop")
            host.tell("dies")
        case "reset":
            # Whatever its kernel would still repeat is forgotten before anything gets out again.
            host.namespace.run("ss", "-K", "src", HOSTS[name])
            host.namespace.run("nft", "delete", "table", "ip", "lab")
        case _:
            raise ValueError(line)
