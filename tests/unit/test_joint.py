"""Findings with one cause and one culprit are told as one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tui import limits
from tui.diagnosis import alarms, joint
from tui.events import Climbed, FindingChanged, Probed, RunStarted, decode, encode
from tui.records import Finding, KnownDevice, Target
from tui.state.store import Store

GATEWAY, FILTER = "10.0.0.254", "10.0.0.253"
NET = "10.20.0.0/24"


class Plant:
    """Known devices of one network, and what becomes of them."""

    def __init__(self, devices: int = 4, network: str = "10.20.0") -> None:
        self.store = Store()
        self.now = 10.0
        self.turns: list[FindingChanged] = []
        self.addresses = [f"{network}.{number}" for number in range(1, devices + 1)]
        known = tuple(KnownDevice(address=address) for address in self.addresses)
        self.store.apply(RunStarted(at=1.0, version="1", host="h", ports=(502,), known=known))

    def probed(self, address: str, state: str, **facts: object) -> None:
        self.now += 1
        event = Probed(at=self.now, address=address, port=502, state=state, **facts)  # type: ignore[arg-type]
        self._fold(event)

    def climbed(self, address: str, **facts: str) -> None:
        details = {"gateway": GATEWAY, "interface": "eth0"}
        self._fold(Climbed(at=self.now, address=address, port=502, facts=facts, details=details, done=True))

    def _fold(self, event: Probed | Climbed) -> None:
        for target in [key for key in self.store.apply(event) if isinstance(key, Target)]:
            for change in alarms.review(self.store, target, self.now):
                self.store.apply(change)

    def all(self, state: str, **facts: object) -> None:
        for address in self.addresses:
            self.probed(address, state, **facts)

    def review(self, seconds: float = 1.0) -> list[FindingChanged]:
        """One look at what findings have in common, some time later."""
        self.now += seconds
        for target in set(alarms.fading(self.store)):
            for change in alarms.review(self.store, target, self.now):
                self.store.apply(change)
        changes = joint.review(self.store, self.now)
        for change in changes:
            self.store.apply(change)
        self.turns += changes
        return changes

    def joint(self) -> list[Finding]:
        return [f for f in self.store.findings.values() if f.is_joint and f.cleared_at is None]

    def shown(self) -> list[str]:
        """What is on the list: open findings that nothing else speaks for."""
        return [f.id for f in self.store.findings.values() if f.cleared_at is None and not f.joined]


def test_a_silent_subnet_is_one_finding() -> None:
    """All known devices of a network silent, and nothing there alive: one line with its members."""
    plant = Plant()
    plant.all("timeout")
    plant.review()
    (one,) = plant.joint()
    assert one.title == f"All 4 known devices of {NET} are silent."
    assert (one.address, one.port, one.about, one.certainty) == (NET, 0, NET, "possible")
    assert [line.asked for line in one.evidence] == plant.addresses
    assert plant.shown() == [one.id]
    assert plant.review() == []


@pytest.mark.parametrize(
    "other",
    [
        ("10.20.0.1", "answers"),
        ("10.20.0.9", "refused"),
    ],
    ids=["one of them", "a stranger there"],
)
def test_a_network_with_a_living_device_is_not_silent(other: tuple[str, str]) -> None:
    """While anything in it speaks, its silent devices are told one by one."""
    plant = Plant()
    plant.all("timeout")
    plant.probed(*other, sender=other[0])
    plant.review()
    assert plant.joint() == []


def test_a_device_not_asked_yet_is_not_called_silent() -> None:
    """All means all: before the last is asked there is no joint finding."""
    plant = Plant()
    for address in plant.addresses[:3]:
        plant.probed(address, "timeout")
    plant.review()
    assert plant.joint() == []


def test_a_refusal_by_a_router_is_no_sign_of_life() -> None:
    """An ICMP error from elsewhere in the name of an address does not make its network alive."""
    plant = Plant()
    plant.all("timeout")
    plant.probed("10.20.0.9", "refused", sender=GATEWAY)
    plant.review()
    assert len(plant.joint()) == 1


def test_devices_behind_a_dead_gateway_are_one_finding() -> None:
    """One climb that finds the gateway dead explains every neighbour of the device climbed."""
    plant = Plant()
    plant.all("no-neighbour")
    plant.review()
    assert [f.cause for f in plant.joint()] == ["no-neighbour"]
    plant.climbed("10.20.0.1", route="gateway", nexthop="silent", connect="unreachable-here")
    plant.review()
    (one,) = plant.joint()
    assert (one.cause, one.address, one.certainty) == ("gateway-down", GATEWAY, "likely")
    assert "4 devices behind it" in one.title
    assert plant.shown() == [one.id]
    before = next(f for f in plant.store.findings.values() if f.is_joint and f.cleared_at is not None)
    assert before.replaced_by == one.id
    assert one.opened_at == before.opened_at


def test_devices_that_one_filter_refuses_are_one_finding() -> None:
    """The sender of the ICMP errors is to blame, whatever networks the devices are in."""
    plant = Plant(2)
    plant.addresses += ["10.30.0.1"]
    plant.store.apply(
        RunStarted(
            at=1.0, version="1", host="h", known=tuple(KnownDevice(address=a) for a in plant.addresses)
        )
    )
    plant.all("prohibited", sender=FILTER)
    plant.review()
    (one,) = plant.joint()
    assert (one.cause, one.culprit) == ("filtered-icmp", FILTER)
    assert one.title == f"A filter on {FILTER} refuses connections to 3 devices."


def test_two_devices_are_not_joined() -> None:
    """Two lines are still read at a glance."""
    plant = Plant(2)
    plant.all("timeout")
    assert plant.review() == []


def test_several_ports_of_one_host_are_not_joined() -> None:
    """One host with three silent ports is one device off, not a subnet."""
    store = Store()
    known = tuple(KnownDevice(address="10.20.0.1", port=port) for port in (502, 503, 504))
    store.apply(RunStarted(at=1.0, version="1", host="h", ports=(502, 503, 504), known=known))
    for device in known:
        store.apply(Probed(at=2.0, address=device.address, port=device.port, state="timeout"))
        for change in alarms.review(store, Target(device.address, device.port), 3.0):
            store.apply(change)
    assert joint.review(store, 3.0) == []


def test_when_it_dissolves_the_others_are_told_again_and_who_saw_them_has() -> None:
    """One device answers: the rest are lines of their own, acknowledged as the joint finding was."""
    plant = Plant()
    plant.all("timeout")
    plant.review()
    (one,) = plant.joint()
    seen = replace(one, acknowledged_at=plant.now)
    plant.store.apply(FindingChanged(at=plant.now, change="acknowledged", finding=seen))
    plant.probed("10.20.0.1", "answers")
    plant.review()
    assert plant.joint() == []
    assert len(plant.shown()) == 3
    left = [plant.store.findings[name] for name in plant.shown()]
    assert all(finding.acknowledged_at == seen.acknowledged_at for finding in left)


def test_a_subnet_that_comes_back_leaves_one_line() -> None:
    """Everything answers again: the joint finding clears, and its members make no lines of their own."""
    plant = Plant()
    plant.all("timeout")
    plant.review()
    plant.all("answers")
    plant.review()
    listed = [f for f in plant.store.findings.values() if not f.joined and not f.replaced_by]
    assert [(f.is_joint, f.cleared_at is not None) for f in listed] == [(True, True)]


def test_a_flapping_member_does_not_chatter() -> None:
    """One device that comes and goes: after the second time the joint finding stays, and counts."""
    plant = Plant(3)
    plant.all("timeout")
    plant.review()
    for _ in range(10):
        plant.probed("10.20.0.1", "answers")
        plant.review()
        plant.probed("10.20.0.1", "timeout")
        plant.review()
    loud = [change.change for change in plant.turns if change.finding.is_joint and change.change != "updated"]
    assert loud == ["opened", "cleared", "opened"]
    (one,) = plant.joint()
    assert one.times > 2


def test_a_joint_finding_survives_the_journal() -> None:
    """What is written of it is what is read: its address may be a network, its port is 0."""
    plant = Plant()
    plant.all("timeout")
    for change in plant.review():
        assert decode(encode(change)) == change


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["answers", "timeout", "refused"])), max_size=30)
)
def test_no_member_is_ever_lost(turns: list[tuple[int, str]]) -> None:
    """Whatever happens, a finding is spoken for only by a joint finding that is open."""
    plant = Plant()
    plant.all("timeout")
    for which, state in turns:
        plant.probed(plant.addresses[which], state, sender=plant.addresses[which])
        plant.review()
        findings = plant.store.findings
        for finding in findings.values():
            if finding.joined and finding.cleared_at is None:
                assert findings[finding.joined].cleared_at is None
        members = [f for f in findings.values() if f.joined and f.cleared_at is None]
        assert not plant.joint() or len(members) >= 1
    assert limits.JOINT_LEAST == 3
