"""Questions on one connection in an order that loses least: who it is, which unit ids answer, server id."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests import servers
from tests.lab.gateway import Gateway
from tests.lab.identity_servers import Body, Device, who
from tui.probes import interview
from tui.probes import units as units_probe
from tui.probes.inquiry import Inquiry, inquire
from tui.probes.talk import Talk
from tui.probes.tcp import connect
from tui.records import Target

_QUICK_S = 0.15
_PLAIN = who({0: 5})
_NAMED = who({0: 5}, {0: b"Maker", 1: b"X1"})


class _Asked(NamedTuple):
    found: Inquiry
    connections: int


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence, busy units and the pause between requests cost little here."""
    monkeypatch.setattr(interview, "FIRST_S", _QUICK_S)
    monkeypatch.setattr(interview, "SILENCES", 1)
    monkeypatch.setattr(units_probe, "_BUSY_S", 0.01)
    monkeypatch.setattr(units_probe, "LEAST_S", 0.05)


async def _inquired(talks: servers.Talk, *others: int) -> _Asked:
    """What comes of asking unit 1, then what it is, then *others*."""
    async with servers.serving(talks) as (port, log):
        connection, _ = await connect(Target(servers.HOST, port), 2.0)
        assert connection is not None
        async with Talk(connection) as talk:
            first = await talk.ask(1, _QUICK_S)
            found = await inquire(talk, 1, first, others=others, wait_s=_QUICK_S)
        await connection.close()
    return _Asked(found, log.opened)


async def test_a_device_that_falls_silent_at_the_question_is_not_blamed_for_its_units() -> None:
    """What a question has made deaf is asked no unit ids on that connection: they are left for another."""
    asked: list[int] = []

    def deaf_from_then_on(body: Body) -> Body | None:
        asked.append(body[0])
        return None if 43 in asked else _PLAIN(body)

    found, connections = await _inquired(Device(deaf_from_then_on).talk, 1, 255, 0)
    assert [(unit.unit, unit.face) for unit in found.units.asked] == [(1, "answers")]
    assert (found.units.left, found.units.ended, connections) == ((255, 0), "closes", 1)


async def test_a_device_that_only_ignores_the_question_is_asked_on() -> None:
    """Silence to one question is no silence to all: its unit ids are asked on the same connection."""
    found, _ = await _inquired(Device(lambda body: None if body[0] == 43 else _PLAIN(body)).talk, 1, 255, 0)
    assert {unit.unit: unit.face for unit in found.units.asked} == dict.fromkeys((1, 255, 0), "answers")


async def test_where_the_unit_is_silent_the_first_that_speaks_is_asked_what_it_is() -> None:
    """Nothing of unit 1, and unit 17 behind it is found and named, on the one connection."""
    found, connections = await _inquired(Gateway({17: _NAMED}, timeout_s=0.0).talk, 1, 17)
    assert (found.unit, connections) == (17, 1)
    assert found.identity is not None
    assert found.identity.vendor == "Maker"
    assert {unit.unit: unit.face for unit in found.units.asked} == {1: "silent", 17: "answers"}


async def test_a_unit_that_was_busy_is_asked_again() -> None:
    """The word of the first request is not the last one on a unit that was only busy."""
    found, _ = await _inquired(Gateway({1: _NAMED, 2: _PLAIN}, rest="path", busy_first={1: 1}).talk, 1, 2, 3)
    faces = {unit.unit: unit.face for unit in found.units.asked}
    assert faces == {1: "answers", 2: "answers", 3: "path"}
    assert found.identity is not None
    assert found.identity.vendor == "Maker"
