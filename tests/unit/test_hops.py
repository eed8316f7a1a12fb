"""Distances from TTLs, and the ladder of least TTLs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import servers
from tui.probes.hops import FIRST_TTLS, compare, first_ttl, hops
from tui.probes.minttl import nearer_than, steps, tie
from tui.records import Target

PLANT = 20
"""More routers than this between a monitor and a device of a plant are not to be expected."""


@pytest.mark.parametrize(
    ("ttl", "distance"), [(64, 0), (63, 1), (128, 0), (127, 1), (255, 0), (250, 5), (32, 0), (30, 2)]
)
def test_a_distance_is_counted_from_the_next_usual_first_ttl(ttl: int, distance: int) -> None:
    """64, 128, 255 and 32 are where senders start."""
    assert hops(ttl) == distance


@pytest.mark.parametrize("ttl", [-1, 256, 65535])
def test_a_ttl_that_cannot_be_is_an_error(ttl: int) -> None:
    """A number no packet can carry is never made into a distance."""
    with pytest.raises(ValueError, match="0 to 255"):
        hops(ttl)


@pytest.mark.parametrize(
    ("answer", "reference", "distance"),
    [
        pytest.param(64, 63, "nearer", id="router's RST, device with 64"),
        pytest.param(64, 127, "nearer", id="router's RST, device with 128"),
        pytest.param(63, 63, "agree", id="the device itself"),
        pytest.param(127, 63, "agree", id="the device itself, TCP with 128, echo with 64"),
        pytest.param(63, 254, "agree", id="the device itself, TCP with 64, echo with 255"),
        pytest.param(127, 64, "farther", id="forwarded to something behind"),
    ],
)
def test_answers_are_compared_by_hops(answer: int, reference: int, distance: str) -> None:
    """A forged answer is nearer, a forwarded one farther; other first TTLs are neither."""
    assert compare(answer, reference) == distance


@given(st.sampled_from(FIRST_TTLS), st.sampled_from(FIRST_TTLS), st.integers(0, PLANT), st.integers(0, PLANT))
def test_comparing_needs_no_knowledge_of_first_ttls(
    first: int, other: int, answer: int, reference: int
) -> None:
    """Whatever both started with, the distances alone decide."""
    told = compare(first - answer, other - reference)
    assert told == ("agree" if answer == reference else "nearer" if answer < reference else "farther")


def _told(answer_ttl: int, reference_ttl: int) -> str:
    """What `nearer_than` makes of a refusal that arrives with *answer_ttl*."""
    meaning = next(step.meaning for step in steps(reference_ttl) if answer_ttl >= step.least)
    if meaning == "higher":
        meaning = next(step.meaning for step in tie(reference_ttl) if answer_ttl >= step.least)
    return meaning


@given(
    st.sampled_from(FIRST_TTLS), st.integers(1, PLANT), st.sampled_from((64, 128, 255)), st.integers(0, PLANT)
)
def test_a_refusal_by_the_device_is_never_called_nearer(
    first: int, distance: int, rst_first: int, rst_distance: int
) -> None:
    """Another first TTL for TCP than for echoes is no filter: hops decide, or nothing does."""
    told = _told(rst_first - rst_distance, first - distance)
    assert told in ({"nearer", "unknown"} if rst_distance < distance else {"not-nearer", "unknown"})


@given(st.sampled_from((64, 128, 255)), st.integers(1, PLANT), st.data())
def test_the_same_first_ttl_is_always_decided(first: int, distance: int, data: st.DataObject) -> None:
    """Where echo and RST start alike, as they nearly always do, there is an answer."""
    rst_distance = data.draw(st.integers(0, PLANT))
    told = _told(first - rst_distance, first - distance)
    assert told == ("nearer" if rst_distance < distance else "not-nearer")


@given(st.sampled_from((128, 255)), st.integers(1, PLANT), st.integers(0, PLANT))
def test_a_router_that_starts_with_64_is_found_before_any_device(
    first: int, distance: int, rst_distance: int
) -> None:
    """Linux routers answer with 64, whatever the device behind starts with."""
    told = _told(64 - rst_distance, first - distance)
    assert told == ("nearer" if rst_distance < distance else "not-nearer")


@given(st.integers(0, 255))
def test_a_ladder_goes_down_and_ends_at_the_bottom(ttl: int) -> None:
    """Every refusal is heard at some step, and few SYNs are spent on it."""
    for ladder in (steps(ttl), tie(ttl)):
        lowest = [step.least for step in ladder]
        assert len(ladder) <= 5
        assert lowest[-1] == 0
        if 0 < hops(ttl) <= PLANT:
            assert lowest == sorted(set(lowest), reverse=True)
            assert lowest[0] <= 256


async def test_nothing_is_asked_of_a_device_on_this_link() -> None:
    """Nothing can be nearer than the next neighbour: no SYN is spent on the question."""
    async with servers.serving(servers.answer) as (port, log):
        assert await nearer_than(Target(servers.HOST, port), 64, 0.3) == "unknown"
        assert log.opened == 0


async def test_a_port_that_opens_meanwhile_is_closed_by_fin() -> None:
    """A connection that comes about after all is no refusal, and ends in order."""
    async with servers.serving(servers.answer) as (port, log):
        # On loopback everything arrives with 64: heard at once.
        assert await nearer_than(Target(servers.HOST, port), 63, 0.3) == "unknown"
        assert log.ended_by == ["fin"]


def test_first_ttls_are_kept_apart() -> None:
    """The next one up, never down."""
    assert [first_ttl(ttl) for ttl in (0, 32, 33, 64, 65, 128, 129, 255)] == [
        32,
        32,
        64,
        64,
        128,
        128,
        255,
        255,
    ]
