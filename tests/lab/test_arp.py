"""Addresses of this very link that nobody owns: the neighbour table is small, and the whole host's."""

from __future__ import annotations

from collections import Counter

from tests.lab.net import needs_lab, network

pytestmark = needs_lab

LINK = "10.78.0.0/21"


def test_a_full_neighbour_table_is_waited_out() -> None:
    """More absent neighbours than the kernel keeps are all asked: a shortage here is no fault there."""
    with network() as lab:
        lab.client.run("ip", "address", "add", "10.78.0.1/21", "dev", "eth1")
        outcomes = lab.scan(LINK, "--pace", "fast", "--yes", wait_s=55.0)
    states = Counter(outcome["state"] for outcome in outcomes)
    # The client's own address refuses.
    assert states == {"no-neighbour": 2045, "refused": 1}
