"""What is found on the same forty devices, and at what cost: `python -m tests.bench.identify` (as root).

Beside nmap's aggressive modbus-discover and mbpoll over every unit id. What the script of nmap 7.93 does:
it opens a connection for each request, two or more for each unit id that answers, and waits about 3 s for
each that does not. It asks ids 1 to 246: neither 247 nor 0 nor 255 is found. It asks for basic objects only,
and of a second answer it takes little or nothing: it counts object numbers where objects are to be counted.
Where an object number is left out, or a server id is shorter than it claims, it ends with an error and tells
nothing of the device, not even what it had. A unit that is silent on function 17 is not found, whatever else
it answers. It reads no register, follows no SunSpec map, and tells of 246 units where one ignores unit ids.
Mbpoll reads one register and tells no identity; of which unit id it shows an exception it does not say.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.bench.table import Row, show
from tests.lab.forty.every import EVERY
from tests.lab.forty.judge import faces, texts, wrong
from tests.lab.forty.site import Site, forty

CAP_S: Final = 25 * 60
"""For nmap, which needs 3 s for every silent unit id."""
_OURS_S: Final = 600.0
_AT_ONCE: Final = 8
_GATEWAYS_WORD: Final = ("GATEWAY PATH", "GATEWAY TARGET")
_ESCAPED: Final = re.compile(r"\\x[0-9A-Fa-f]{2}|\\u[0-9a-fA-F]{4}|[^\x21-\x7e]")
_POLLED: Final = re.compile(r"-- Polling slave (\d+)\.\.\.\n\[1\]:")
_SHOWN: Final = 12
_WORD_LEAST: Final = 3  # letters; less may be a byte of a number
_HEARD: Final = frozenset({"answers", "exception", "other-unit"})
_NOBODY: Final = frozenset({"path", "target-silent"})


@dataclass
class Found:
    """What one tool found, by address."""

    units: dict[str, set[int]] = field(default_factory=dict)
    """Unit ids that speak for themselves."""
    nobody: dict[str, set[int]] = field(default_factory=dict)
    """Unit ids for which a gateway speaks."""
    words: dict[str, str] = field(default_factory=dict)
    """All that was said of identity."""
    seconds: float = 0.0
    connections: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    """What is not as it is."""


def nmap(site: Site) -> Found:
    """The aggressive script on all addresses in one run."""
    with TemporaryDirectory() as folder:
        page = Path(folder, "found.xml")
        site.run(
            "nmap", "-Pn", "-n", "-p", "502", "--script", "modbus-discover",
            "--script-args", "modbus-discover.aggressive=true", "--host-timeout", f"{CAP_S}s",
            "-oX", str(page), *site.addresses, wait_s=CAP_S + 120,
        )  # fmt: skip
        return of_nmap(page.read_text(errors="replace"))


def of_nmap(page: str) -> Found:
    """What its XML tells."""
    found = Found()
    for host in ET.fromstring(page).iter("host"):  # noqa: S314 - nmap's own output
        place = host.find("address")
        address = "" if place is None else place.get("addr", "")
        if host.get("timedout") == "true":
            found.wrong.append(f"{address} was given up after {CAP_S} s")
        for table in host.iterfind(".//script[@id='modbus-discover']/table"):
            unit = int(table.get("key", "sid 0x0").removeprefix("sid "), 16)
            said = {elem.get("key", ""): elem.text or "" for elem in table.iter("elem")}
            kind = found.nobody if said.get("error", "").startswith(_GATEWAYS_WORD) else found.units
            kind.setdefault(address, set()).add(unit)
            shown = [said.get("Slave ID data", ""), said.get("Device identification", "")]
            found.words[address] = " ".join([found.words.get(address, ""), *shown])
    return found


def mbpoll(site: Site) -> Found:
    """One process for a device, eight at a time; each reads one register of every unit id."""
    found = Found()

    def poll(address: str) -> None:
        done = site.run(
            "mbpoll", "-m", "tcp", "-a", "1:247", "-t", "4", "-r", "1", "-c", "1", "-1", "-o", "0.5", address,
            wait_s=CAP_S,
        )  # fmt: skip
        if units := {int(unit) for unit in _POLLED.findall(done.stdout)}:
            found.units[address] = units

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(poll, site.addresses))
    return found


def ours(site: Site) -> Found:
    """One scan of all addresses."""
    told = site.scan("--identify", "--units", "1-247", wait_s=_OURS_S)
    found = Found()
    for number, address in zip(site.numbers, site.addresses, strict=True):
        device = told.get(address, {}).get("device")
        seen = faces(device)
        found.units[address] = {unit for unit, face in seen.items() if face in _HEARD}
        if device is not None and device["judgement"] == "ignores-unit":
            found.units[address] |= set(range(1, 248))
        found.nobody[address] = {unit for unit, face in seen.items() if face in _NOBODY}
        found.words[address] = texts(device)
        made = EVERY[number]
        found.wrong += [f"{made.name}: {what}" for what in wrong(made.truth, device)]
    return found


def measured(tool: Callable[[Site], Found]) -> Found:
    """What *tool* finds on forty devices of its own, with its time and its connections."""
    with forty() as site:
        kept: list[Found] = []
        begin = time.perf_counter()
        taken = site.counted(lambda: kept.append(tool(site)))
        kept[0].seconds = time.perf_counter() - begin
        kept[0].connections = taken
        return kept[0]


def only_theirs(mine: Found, theirs: Found) -> list[str]:
    """What they found and we did not; a gateway's word on a unit id counts as that, whoever got it."""
    lost = []
    for address, units in theirs.units.items():
        if gone := units - mine.units.get(address, set()):
            lost.append(f"{_name(address)}: {_numbers(gone)}")
    for address, units in theirs.nobody.items():
        if gone := units - mine.nobody.get(address, set()) - mine.units.get(address, set()):
            lost.append(f"{_name(address)}: 0A or 0B of {_numbers(gone)}")
    for address, said in theirs.words.items():
        heard = mine.words.get(address, "")
        gone_words = sorted(word for word in words(said) if word not in heard)
        lost += [f"{_name(address)}: text {word!r}" for word in gone_words]
    return lost


def words(said: str) -> set[str]:
    """The words of a text, without escapes."""
    return {word for word in _ESCAPED.sub(" ", said).split() if len(word) >= _WORD_LEAST}


def rows(mine: Found, others: dict[str, Found]) -> list[Row]:
    """One table of it all."""
    result = []
    for name, theirs in others.items():
        lost = only_theirs(mine, theirs)
        pairs = [
            ("devices that told something", _devices(mine), _devices(theirs)),
            ("unit ids that answer", _sum(mine.units), _sum(theirs.units)),
            ("unit ids a gateway speaks for", _sum(mine.nobody), _sum(theirs.nobody)),
            ("words of identity", _texts(mine), _texts(theirs)),
        ]
        result += [Row(what, str(one), f"{name} {other}", None, f">= {name}") for what, one, other in pairs]
        result.append(
            Row(f"found by {name} alone", "", "; ".join(lost[:_SHOWN]) or "nothing", None, "nothing")
        )
        result.append(
            Row(
                "time",
                f"{mine.seconds:.0f} s",
                f"{name} {theirs.seconds:.0f} s",
                theirs.seconds / mine.seconds,
                ">= 20x" if name == "nmap" else "",
            )
        )
        result.append(
            Row(
                "connections a device, median and most",
                _spread(mine),
                f"{name} {_spread(theirs)}",
                statistics.mean(theirs.connections.values()) / statistics.mean(mine.connections.values()),
                "1" if name == "nmap" else "",
            )
        )
        result += [Row(f"{name}: {what}", "", "", None, "") for what in theirs.wrong[:_SHOWN]]
    return result + [Row(f"ours, not as it is: {what}", "", "", None, "none") for what in mine.wrong]


def _name(address: str) -> str:
    return EVERY[int(address.rpartition(".")[2]) - 1].name


def _numbers(units: set[int]) -> str:
    shown = ", ".join(map(str, sorted(units)[:3]))
    return f"{len(units)} unit ids ({shown}{', ...' if len(units) > 3 else ''})"


def _devices(found: Found) -> int:
    return len({address for kind in (found.units, found.nobody) for address, units in kind.items() if units})


def _sum(units: dict[str, set[int]]) -> int:
    return sum(map(len, units.values()))


def _texts(found: Found) -> int:
    return sum(len(words(said)) for said in found.words.values())


def _spread(found: Found) -> str:
    taken = list(found.connections.values())
    return f"{statistics.median(taken):.0f} / {max(taken)}"


def run() -> list[Row]:
    """Each tool on forty devices of its own; nmap takes a quarter of an hour or more."""
    if os.geteuid() or not all(map(shutil.which, ("ip", "nft", "nmap"))):
        sys.exit("needs root, ip, nft and nmap")
    others: dict[str, Callable[[Site], Found]] = {"mbpoll": mbpoll, "nmap": nmap}
    present = {name: tool for name, tool in others.items() if shutil.which(name)}
    return rows(measured(ours), {name: measured(tool) for name, tool in present.items()})


if __name__ == "__main__":
    show(run())
