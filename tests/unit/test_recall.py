"""What a run remembers of the one before."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from tests.waiting import ManualClock, eventually
from tui.clock import SystemClock
from tui.diagnosis.draft import Draft
from tui.engine import Engine
from tui.event import Event
from tui.events import Climbed, FindingChanged, Probed, Probing, encode
from tui.records import Target
from tui.state.model import Device
from tui.state.store import Store
from tui.workers.marks import Marks
from tui.workers.recall import Recall

TARGET = Target("10.0.0.1", 502)


def _journal(directory: Path, *events: Event) -> None:
    name = f"port502-20260101T000000Z-{len(list(directory.iterdir())):04d}.jsonl"
    (directory / name).write_bytes(b"".join(encode(event) + b"\n" for event in events) + b'{"kind":"pro')


async def _recalled(directory: Path, targets: set[Target]) -> list[Event]:
    told: list[Event] = []
    recall = Recall(directory, targets, ManualClock())
    await recall.run(told.append)
    assert recall.done
    return told


def _found(address: str) -> FindingChanged:
    finding = Draft("mute", "possible", 2, ()).finding(Target(address, 502), 5.0)
    return FindingChanged(at=5.0, change="opened", finding=finding)


async def test_a_restart_keeps_when_a_device_was_reached_and_what_was_found(tmp_path: Path) -> None:
    """A new run knows that the device answered yesterday, and since when it does not."""
    _journal(
        tmp_path,
        Probed(at=1.0, address="10.0.0.1", port=502, state="answers"),
        Probed(at=3.0, address="10.0.0.1", port=502, state="refused"),
        _found("10.0.0.1"),
    )
    store = Store()
    for event in await _recalled(tmp_path, {TARGET}):
        store.apply(event)
    device = store.devices[TARGET]
    assert (device.state, device.reached_at, device.since, device.expected) == ("refused", 1.0, 3.0, True)
    assert [finding.opened_at for finding in store.findings_of(TARGET)] == [5.0]


async def test_only_the_newest_recording_and_the_present_targets_are_recalled(tmp_path: Path) -> None:
    """Yesterday's other networks, and a stop of probing by hand, do not come back."""
    _journal(tmp_path, Probed(at=1.0, address="10.0.0.1", port=502, state="answers"))
    _journal(
        tmp_path,
        Probed(at=2.0, address="10.0.0.1", port=502, state="refused"),
        Probed(at=2.0, address="10.9.9.9", port=502, state="answers"),
        _found("10.9.9.9"),
        Probing(at=3.0, allowed=False),
    )
    told = await _recalled(tmp_path, {TARGET})
    assert [(type(event), event.at) for event in told] == [(Probed, 2.0)]


async def test_the_last_climb_and_what_speaks_for_a_finding_are_recalled(tmp_path: Path) -> None:
    """The ladder climbed yesterday is there, and a joint finding comes with its members, not alone."""
    member = replace(_found("10.0.0.1").finding, joined="10.0.0.0/24/0/silent")
    joint = replace(member, address="10.0.0.0/24", port=0, cause="silent", joined="")
    other = replace(joint, address="10.9.0.0/24")
    _journal(
        tmp_path,
        Probed(at=1.0, address="10.0.0.1", port=502, state="refused"),
        Climbed(at=2.0, address="10.0.0.1", port=502, facts={"connect": "rst"}, done=True),
        *(FindingChanged(at=3.0, change="updated", finding=found) for found in (member, joint, other)),
    )
    store = Store()
    for event in await _recalled(tmp_path, {TARGET}):
        store.apply(event)
    found = store.devices[TARGET].found
    assert found is not None
    assert found.facts == {"connect": "rst"}
    assert set(store.findings) == {member.id, joint.id}


async def test_no_journal_is_no_history(tmp_path: Path) -> None:
    """A first run starts empty and at once."""
    assert await _recalled(tmp_path, {TARGET}) == []
    assert await _recalled(tmp_path / "none", {TARGET}) == []


def test_the_past_survives_the_way_into_a_new_run(tmp_path: Path) -> None:
    """Through the engine's own hand-over, where the newest event of a key wins, nothing of it is lost."""
    _journal(
        tmp_path,
        Probed(at=1.0, address="10.0.0.1", port=502, state="answers"),
        Probed(at=3.0, address="10.0.0.1", port=502, state="timeout"),
        Probed(at=4.0, address="10.0.0.1", port=502, state="timeout"),
    )
    clock = SystemClock()
    engine = Engine(lambda _store: [Recall(tmp_path, {TARGET}, clock)], clock)
    engine.start()
    found: list[Device] = []

    def look() -> bool:
        update = engine.pull()
        if update is not None:
            found.extend(update.snapshot.devices.values())
        return bool(found)

    try:
        eventually(look)
    finally:
        engine.stop()
    device = found[-1]
    assert (device.state, device.since, device.reached_at, device.expected) == ("timeout", 3.0, 1.0, True)


async def test_what_people_said_survives_a_restart(tmp_path: Path) -> None:
    """Acknowledged, put aside, commented, noted and out of service: all of it is there in the next run."""
    store, clock = Store(), ManualClock()
    store.apply(_found("10.0.0.1"))
    said: list[Event] = [_found("10.0.0.1")]

    def tell(event: Event) -> None:
        said.append(event)
        store.apply(event)

    marks = Marks(tell, clock, store.findings.get, "ops")
    (name,) = store.findings
    marks.acknowledge(name)
    marks.shelve(name, None)
    marks.comment(name, "who holds it?")
    marks.note(TARGET, "firmware 1.4")
    marks.serve(TARGET, out=True)
    _journal(tmp_path, *said)
    again = Store()
    for event in await _recalled(tmp_path, {TARGET}):
        again.apply(event)
    assert again.findings == store.findings
    device = again.devices[TARGET]
    assert [note.text for note in device.notes] == ["firmware 1.4"]
    assert device.out is not None
    told = list(again.events())
    rotated = Store()
    for event in (*told, *told):
        rotated.apply(event)
    assert rotated.devices[TARGET] == device
    assert rotated.findings == store.findings
