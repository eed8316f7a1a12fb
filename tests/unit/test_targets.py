"""Which addresses a sweep asks."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.probes.targets import Addresses, Plan, TargetError, addresses
from tui.records import Target

_spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1])),
    max_size=6,
)


def _set(spans: list[tuple[int, int]]) -> set[str]:
    return {str(ipaddress.IPv4Address(n)) for first, last in spans for n in range(first, last + 1)}


@given(_spans, _spans)
def test_networks_and_exclusions_are_sets(wanted: list[tuple[int, int]], out: list[tuple[int, int]]) -> None:
    """However ranges overlap, each address is asked once, excluded ones never, and the count is right."""
    found = Addresses(wanted).without(Addresses(out))
    listed = list(found)
    assert set(listed) == _set(wanted) - _set(out)
    assert len(listed) == len(set(listed)) == len(found)
    assert all(address in found for address in listed)
    assert not any(address in found for address in _set(out))


async def test_forms_that_people_write() -> None:
    """Networks without their first and last address, ranges, hosts and single IPv6 hosts."""
    found = await addresses(
        ["10.0.0.0/30", "10.0.1.5-7", "10.0.2.1-10.0.2.2", "10.0.3.3", "::1", "10.0.4.0/31"]
    )
    assert list(found) == [
        "10.0.0.1", "10.0.0.2", "10.0.1.5", "10.0.1.6", "10.0.1.7", "10.0.2.1", "10.0.2.2", "10.0.3.3",
        "10.0.4.0", "10.0.4.1", "::1",
    ]  # fmt: skip


async def test_a_name_is_what_the_resolver_dials_first() -> None:
    """A name becomes one address."""
    assert len(await addresses(["localhost"])) == 1


@pytest.mark.parametrize(
    "text",
    ["300.1.1.1", "10.0.0.0/33", "10.0.0.9-3", "10.0.0.5-999", "fe80::/64", "1.2.3", "10.1", "::zz", ""],
)
async def test_malformed_addresses_are_named(text: str) -> None:
    """What is not an address says so, with what to write instead; short dotted forms are not guessed."""
    with pytest.raises(TargetError):
        await addresses([text])


async def test_unknown_host_says_so_in_words() -> None:
    """A name that does not resolve is told by name, with nothing of it able to move the cursor."""
    with pytest.raises(TargetError, match="no-such-host"):
        await addresses(["no-such-host.invalid"])


def test_a_plan_asks_every_address_on_every_port_and_single_targets_once() -> None:
    """Ports one after the other, so that no address is asked twice in a row; doubles are dropped."""
    base = int(ipaddress.IPv4Address("10.0.0.1"))
    plan = Plan(
        Addresses([(base, base + 1)]), [502, 1502, 502], [Target("10.0.0.1", 502), Target("10.9.9.9", 802)]
    )
    assert [str(target) for target in plan] == [
        "10.0.0.1", "10.0.0.2", "10.0.0.1:1502", "10.0.0.2:1502", "10.9.9.9:802",
    ]  # fmt: skip
    assert (len(plan), plan.hosts, plan.seconds(5)) == (5, 3, 1.0)
