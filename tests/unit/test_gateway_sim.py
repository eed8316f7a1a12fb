"""The simulated gateway in each of its moods, and whether a sweep over unit ids reads each rightly."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests import servers
from tests.lab.gateway import Absence, Gateway
from tests.lab.identity_servers import who
from tui.clock import SystemClock
from tui.probes import units as probe
from tui.probes.own import OwnConnections
from tui.probes.pace import Pace
from tui.probes.unit_faces import Units
from tui.probes.units import opener, sweep
from tui.records import Face, Target

_PLAIN = who({0: 5})


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a busy unit nothing needs to be waited for here."""
    monkeypatch.setattr(probe, "_BUSY_S", 0.01)


async def _swept(gateway: Gateway, units: Sequence[int], **how: Any) -> Units:
    """What a sweep says of *gateway*, on one connection."""
    clock = SystemClock()
    settings: dict[str, Any] = {"between_s": 0.0, "wait_s": 0.2, "least_s": 0.05} | how
    async with servers.serving(gateway.talk) as (port, log):
        opened = opener(Target(servers.HOST, port), Pace(10_000, clock), OwnConnections(clock))
        found = await sweep(opened, units, told=lambda _found: None, **settings)
    assert log.opened == gateway.connections == 1
    return found


def _faces(found: Units) -> dict[int, Face]:
    return {unit.unit: unit.face for unit in found.asked}


@pytest.mark.parametrize(
    ("absence", "face", "judgement"),
    [
        ("path", "path", "gateway"),
        ("target", "target-silent", "gateway"),
        ("busy", "exception", "single"),
        ("mute", "silent", "single"),
    ],
)
async def test_each_word_for_nobody_is_read_as_it_is(absence: Absence, face: Face, judgement: str) -> None:
    """0A, 0B after its time-out, 06 for ever and silence: none of them is a device."""
    found = await _swept(Gateway({1: _PLAIN}, rest=absence, timeout_s=0.05), range(1, 5))
    assert _faces(found) == {1: "answers"} | dict.fromkeys((2, 3, 4), face)
    assert found.judgement == judgement


async def test_0b_that_comes_after_our_patience_takes_the_place_of_the_silence() -> None:
    """A serial time-out longer than our wait is learnt, and unit ids behind it are still found."""
    gateway = Gateway({1: _PLAIN, 5: _PLAIN}, rest="target", timeout_s=0.3)
    found = await _swept(gateway, range(1, 7), wait_s=0.2)
    assert _faces(found) == {1: "answers", 5: "answers"} | dict.fromkeys((2, 3, 4, 6), "target-silent")
    assert gateway.at_once == 1


async def test_a_unit_that_is_busy_once_answers_the_second_time() -> None:
    """Busy is no reason to write a unit off; it costs one request more."""
    gateway = Gateway({1: _PLAIN, 2: _PLAIN}, rest="path", busy_first={2: 1})
    found = await _swept(gateway, range(1, 4))
    assert _faces(found) == {1: "answers", 2: "answers", 3: "path"}
    assert [gateway.requests[unit] for unit in (1, 2, 3)] == [1, 2, 1]


async def test_without_exceptions_only_what_answers_is_there() -> None:
    """What others refuse is silence here, and silence on one id says nothing of the next."""
    gateway = Gateway({2: _PLAIN, 4: _PLAIN}, rest="path", busy_first={4: 9}, exceptionless=True)
    found = await _swept(gateway, range(1, 6))
    assert _faces(found) == dict.fromkeys((1, 3, 4, 5), "silent") | {2: "answers"}
    assert gateway.requests[4] == 1, "silence is not asked again"


async def test_a_slow_bus_is_waited_for() -> None:
    """Each request takes its time on the line; nothing that answers is taken for silent."""
    gateway = Gateway(dict.fromkeys(range(1, 9), _PLAIN), rest="path", serial_s=0.08)
    found = await _swept(gateway, range(1, 11))
    assert _faces(found) == dict.fromkeys(range(1, 9), "answers") | dict.fromkeys((9, 10), "path")


async def test_the_bus_takes_one_request_at_a_time_whatever_comes() -> None:
    """Two connections share the line: the second waits for the first."""
    gateway = Gateway({1: _PLAIN}, rest="target", timeout_s=0.1, serial_s=0.05)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    answers = await asyncio.gather(*(gateway.answer(unit, b"\3\0\0\0\1") for unit in (1, 7, 1)))
    assert answers == [b"\3\2\0\5", b"\x83\x0b", b"\3\2\0\5"]
    assert loop.time() - begun >= 0.19
    assert gateway.at_once == 1
