"""The sessions pane beside the device's own kernel, for a minute in which everything happens."""

from __future__ import annotations

from functools import partial

import pytest

from tests.lab.holders.minute import LATE_S, minute, monitor
from tests.lab.holders.script import act
from tests.lab.holders.site import DEVICES, PORT, site
from tests.lab.holders.watch import right, table
from tests.lab.net import needs_lab
from tests.waiting import eventually
from tui.vantages.choice import everywhere

pytestmark = needs_lab

_MOST = {"refuses": 3, "drops": 3, "closes": 2, "mutes": 3, "evicts": 4}
"""What each device holds at its fullest: its limit, and a mute one whoever else waits."""
_UNFOUNDED = 3
"""In some 3,000 looks at five devices a state may be so short that only the mirror has it."""
_ROUTED = (
    ("b opens scada refuses 2", 3),
    ("a closes hmi", 2),
    ("c opens log refuses 1", 3),
    ("c silent", 3),
    ("b killed scada", 1),
)
"""What happens where four vantages look on, and the sessions after it."""
_SEEING = {"namespaces", "mirror", "conntrack"}
"""Who of them sees a session between other hosts; the kernel's own table does not."""


@pytest.mark.timeout(120)
def test_what_the_pane_counts_is_true_all_the_while() -> None:
    """From a mirror alone, each device's count and its holders are those its own kernel had just before."""
    seconds = minute()
    told = "\n".join(["", *table(seconds)])
    for name, form in DEVICES.items():
        assert max(len(second.truth[form.target]) for second in seconds) == _MOST[name], told
    assert max(second.behind_s for second in seconds) <= LATE_S, told
    assert sum(second.unfounded for second in seconds) <= _UNFOUNDED, told
    assert seconds[-1].at_end, told


def test_seen_by_several_a_session_is_one() -> None:
    """On a router that sees each from four sides, the count is the same, and no lower bound any more."""
    target = DEVICES["refuses"].target
    with site(routed=True) as plant:
        act(plant, "a opens hmi refuses 1")
        with monitor(plant, lambda mirror: everywhere(frozenset({PORT}), [mirror])) as pane:

            def agree(count: int) -> bool:
                pane.take()
                truth = plant.truth()[target]
                sessions = pane.view.snapshot.sessions.get(target, ()) if pane.view else ()
                return (
                    right(pane.shown(target), target, truth, exact=True)
                    and len(truth) == len(sessions) == count
                    and all(set(session.seen_by) == _SEEING for session in sessions)
                )

            for line, count in _ROUTED:
                act(plant, line)
                eventually(partial(agree, count), f"{count} sessions after {line!r}")
            assert any(text.startswith("exact") for text in pane.line(target))
