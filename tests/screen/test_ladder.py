"""The ladder on the screen: drawn as it is climbed, begun by a key; and findings that devices share."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.screen.driver import Drive, drive
from tests.screen.plant import NOW, finding, plant, probed, run
from tui.event import Event
from tui.events import Climbed, FindingChanged
from tui.records import Evidence, KnownDevice, Target

ADDRESS = "10.20.0.31"
TARGET = Target(ADDRESS, 502)
_WAY = Evidence(rung="route", asked=f"way to {ADDRESS}", answer="on the link of eth0")
_ARP = Evidence(rung="neighbour", asked=f"ARP: who has {ADDRESS}", answer="02:00:00:00:00:01", ms=0.3)
_TCP = Evidence(
    rung="tcp", asked=f"TCP connect to {ADDRESS} port 502", answer="refused: RST", ms=0.4, sender=ADDRESS
)
_PORTS = Evidence(rung="ports", asked="other ports of the address", answer="open: 80")
_FACTS = {
    "name": "literal", "route": "link", "nexthop": "answers", "macs": "one", "connect": "rst", "held": "none",
    "stuck": "no", "history": "never", "echo": "answers", "ports": "open", "retry": "same",
    "address": "plain",
}  # fmt: skip


def climbed(
    asking: str = "",
    evidence: tuple[Evidence, ...] = (),
    facts: dict[str, str] | None = None,
    asked: tuple[str, ...] = (),
) -> Climbed:
    return Climbed(
        at=NOW, address=ADDRESS, port=502, asking=asking, evidence=evidence, facts=facts or {}, asked=asked,
        untried={"capture": "needs CAP_NET_RAW"}, connections=2, packets=21, seconds=2.9, done=not asking,
    )  # fmt: skip


def rungs(d: Drive) -> dict[str, str]:
    """The first line of each rung, by its name, with its mark."""
    found: dict[str, str] = {}
    for line in d.text(d.app.screen.query_one("#page")).splitlines():
        for mark in ("✓ asked", "… asking", "· skipped", "· not yet"):
            if line.strip().startswith(mark):
                rung = line.strip().removeprefix(mark).split()[0]
                found[rung] = line.strip()
    return found


async def test_the_ladder_is_drawn_rung_by_rung() -> None:
    """On the page of a device each report of its climb shows at once: asked, asking, not yet, skipped."""
    async with drive([run(), probed(ADDRESS, "refused")], size=(120, 60)) as d:
        await d.press("enter")
        assert "Not climbed yet; t finds the cause." in d.text()
        await d.send(climbed("connect", (_WAY,), {"name": "literal"}, ("name", "route", "connect")))
        seen = rungs(d)
        assert seen["name"].endswith("an address was typed")
        assert seen["route"].startswith("✓ asked")
        assert "on the link of eth0" in seen["route"]
        assert seen["tcp"].startswith("… asking")
        assert seen["modbus"].startswith("· not yet")
        await d.send(climbed("ports", (_WAY, _TCP), asked=("name", "route", "connect", "ports")))
        assert "refused: RST, after 0.4 ms" in rungs(d)["tcp"]
        await d.send(
            climbed("", (_WAY, _ARP, _TCP, _PORTS), _FACTS, ("name", "route", "link", "connect", "ports"))
        )
        assert rungs(d)["modbus"].startswith("· skipped")
        assert list(rungs(d)) == [
            "name", "route", "slots", "neighbour", "echo", "tcp", "path", "ports", "modbus", "unit",
            "framing",
        ]  # fmt: skip
        shown = d.text()
        assert "2 connections to its port, 21 packets, 2.9 s" in shown
        assert "capture: needs CAP_NET_RAW" in shown


async def test_a_climb_of_a_stranger_says_what_it_found() -> None:
    """Where no finding is made of it, the page tells what the ladder says."""
    async with drive([run(), probed(ADDRESS, "refused")], size=(120, 60)) as d:
        await d.press("enter")
        await d.send(climbed("", (_TCP,), _FACTS, ("connect",)))
        assert "the ladder says" in d.text()
        assert "Refused: nothing listens" in d.text()


async def test_the_row_tells_that_its_ladder_is_climbed() -> None:
    """While it is examined a device without trouble has a mark, and every one says which rung."""
    async with drive([run(), probed(ADDRESS, "refused")], size=(120, 40)) as d:
        await d.send(climbed("connect"))
        line = next(line for line in d.text(d.grid("devices")).splitlines() if ADDRESS in line)
        assert line.lstrip("│ ").startswith("…")
    async with drive([run(), probed(ADDRESS, "refused"), climbed("connect")], size=(80, 24)) as d:
        assert "climbing: tcp" in d.text(d.grid("devices"))


async def test_a_climb_that_no_longer_goes_says_so() -> None:
    """The device has turned since: the old ladder stays readable and says that it is old."""
    events = [run(), probed(ADDRESS, "refused"), climbed("", (_TCP,), _FACTS, ("connect",))]
    async with drive(events, size=(120, 60)) as d:
        await d.press("enter")
        assert "has turned since" not in d.text()
        await d.send(probed(ADDRESS, "timeout", at=NOW + 5))
        assert "the device has turned since" in d.text()


async def test_a_finding_tells_its_grounds() -> None:
    """For it, against it, what was ruled out and by what, and what nobody tested."""
    events = [
        run(known=(KnownDevice(address=ADDRESS),)),
        probed(ADDRESS, "refused"),
        climbed("", (_WAY, _ARP, _TCP), _FACTS, ("connect",)),
        finding(ADDRESS, "not-listening", title="Refused."),
    ]
    async with drive(events, size=(120, 60)) as d:
        await d.press("enter")
        shown = " ".join(d.text().split())
        assert "for it refused by a RST" in shown
        assert "against it nothing seen" in shown
        assert "ruled out" in shown
        assert "(duplicate-ip): one device has this address" in shown
        assert "not tested" in shown


async def test_t_climbs_and_says_what_it_costs() -> None:
    """T hands the device to the engine and says how much it may cost at the most."""
    async with drive([run(), probed(ADDRESS, "refused")]) as d:
        await d.press("t")
        assert d.calls("ask") == [("ask", TARGET)]
        assert f"climbing the ladder for {ADDRESS}: at most 8 connections, 14 s" in d.text()


@pytest.mark.parametrize("keys", [("t",), ("enter", "t")])
async def test_t_on_a_joint_finding_asks_to_choose(keys: tuple[str, ...]) -> None:
    """Several devices are not climbed by one key."""
    async with drive(silent_subnet()) as d:
        await d.press("3", *keys)
        assert d.calls("ask") == []
        assert "choose one of them" in d.text()


async def test_the_hints_of_a_small_screen_name_the_usual_keys() -> None:
    """At 80 columns the key for the cause and the help are both there."""
    async with drive(plant(), size=(80, 24)) as d:
        hints = d.text(d.app.screen.query_one("#hint"))
        assert "t find cause" in hints
        assert "? help" in hints


JOINT = "10.20.0.0/24/0/silent"


def silent_subnet() -> list[Event]:
    """Three devices of one network silent, told as one, and one trouble more."""
    members = [
        finding(f"10.20.0.{n}", "silent", priority=2, title="Nothing answers.", certainty="possible")
        for n in (1, 2, 3)
    ]
    joined = [replace(m, finding=replace(m.finding, joined=JOINT)) for m in members]
    speaker = finding("10.20.0.0/24", "silent", priority=2, title="All 3 known devices of it are silent.")
    joint = replace(speaker.finding, port=0)
    return [
        run(known=tuple(KnownDevice(address=f"10.20.0.{n}") for n in (1, 2, 3))),
        *(probed(f"10.20.0.{n}", "timeout") for n in (1, 2, 3)),
        *joined,
        FindingChanged(at=NOW, change="opened", finding=joint),
        probed("10.30.0.9"),
        finding("10.30.0.9", "slow", priority=3, title="It is slow."),
    ]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_joint_finding_is_one_line_and_counts_once(size: tuple[int, int]) -> None:
    """Its members are neither listed nor counted; their rows still show trouble."""
    async with drive(silent_subnet(), size=size) as d:
        shown = d.text(d.grid("diagnosis"))
        assert "2 open  2 unacknowledged" in shown
        assert "All 3 known devices" in shown
        assert "10.20.0.0/24" in shown
        assert "Nothing answers" not in shown
        assert "▲ 2 in trouble" in d.text(d.app.screen.query_one("#status"))
        rows = [line for line in d.text(d.grid("devices")).splitlines() if "10.20.0." in line]
        assert len(rows) == 3
        assert all(line.lstrip("│ ").startswith("▲") for line in rows)


async def test_acknowledging_a_member_acknowledges_for_all() -> None:
    """A on the row of a member acts on the finding that speaks for it; so does z on its own line."""
    async with drive(silent_subnet()) as d:
        await d.press("a")
        assert d.calls("acknowledge") == [("acknowledge", JOINT)]
    async with drive(silent_subnet()) as d:
        await d.press("3", "g", "z", "z")
        await d.send()
        assert "1 shelved" in d.text(d.grid("diagnosis"))
        assert "▲ 1 in trouble" in d.text(d.app.screen.query_one("#status"))


async def test_the_page_of_a_joint_finding_lists_its_members() -> None:
    """Enter on it names every device it speaks for, with what is known of each."""
    async with drive(silent_subnet(), size=(120, 40)) as d:
        await d.press("3", "enter")
        shown = d.text()
        assert shown.splitlines()[0].startswith("─ 10.20.0.0/24")
        assert "3 devices" in shown
        assert all(f"10.20.0.{n}: nothing there" in shown for n in (1, 2, 3))


async def test_the_page_of_a_member_tells_both() -> None:
    """Enter on a member shows what it shares with others, and its own finding."""
    async with drive(silent_subnet(), size=(120, 60)) as d:
        await d.press("enter")
        shown = d.text()
        assert "All 3 known devices" in shown
        assert "told as one" in shown
        assert "Nothing answers." in shown


async def test_when_it_dissolves_the_members_show_again() -> None:
    """Released members are lines of their own."""
    async with drive(silent_subnet()) as d:
        assert d.app.view is not None
        held = d.app.view.snapshot.findings
        for found in held.values():
            if found.is_joint:
                over = replace(found, cleared_at=NOW + 1, acknowledged_at=NOW)
                await d.send(FindingChanged(at=NOW + 1, change="cleared", finding=over))
            elif found.joined:
                alone = replace(found, joined="")
                await d.send(FindingChanged(at=NOW + 1, change="updated", finding=alone))
        assert "4 open" in d.text(d.grid("diagnosis"))


async def test_what_is_told_better_is_off_the_list() -> None:
    """A finding that another replaced makes no line of what has cleared."""
    over = finding(ADDRESS, "mute", cleared_at=NOW, replaced_by=f"{ADDRESS}/502/rtu-over-tcp")
    better = finding(ADDRESS, "rtu-over-tcp", title="It speaks RTU.")
    async with drive([probed(ADDRESS, "open"), over, better]) as d:
        assert "1 open  1 unacknowledged" in d.text(d.grid("diagnosis"))
        await d.press("enter")
        assert "an application that hangs" not in d.text()
