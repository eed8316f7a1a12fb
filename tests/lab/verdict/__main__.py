"""The table of verdicts: `python -m tests.lab.verdict`, as root on Linux, from the repository's root."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import NoReturn

from tests.lab.verdict.judge import problems
from tests.lab.verdict.needs import MISSING
from tests.lab.verdict.plant import plant
from tests.lab.verdict.run import JOBS, SUPER, USER, USER_WITHOUT_ECHO, every
from tests.lab.verdict.scenario import Scenario
from tests.lab.verdict.scenarios import EVERY
from tests.lab.verdict.signature import signature
from tests.lab.verdict.table import HEAD, line, row, totals


def _ended(number: int, _: object) -> NoReturn:
    """End in order: what is under way takes its plant away first."""
    raise SystemExit(128 + number)


def _signatures(chosen: list[Scenario]) -> int:
    """How many do not show what they claim."""
    wrong = 0
    for scenario in chosen:
        with plant() as made:
            for act in scenario.setup:
                act(made)
            shown = signature(made, scenario)
        wrong += bool(scenario.shows) and shown != scenario.shows
        verdict = "ok" if shown == scenario.shows else f"claimed: {scenario.shows or 'nothing'}"
        print(f"{scenario.name:<58}  {shown:<42}  {verdict}", flush=True)  # noqa: T201 - the table is the output
    return wrong


def main() -> int:
    """Print one line a scenario and the totals; 1 where any is wrong."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.verdict", description=__doc__)
    asked.add_argument("--user", action="store_true", help="as an ordinary user")
    asked.add_argument("--no-echo", action="store_true", help="as an ordinary user without ICMP sockets")
    asked.add_argument("--only", default="", metavar="TEXT", help="part of a name or a true cause")
    asked.add_argument("--jobs", type=int, default=JOBS, help="scenarios side by side")
    asked.add_argument("--say", action="store_true", help="print all that the command says")
    asked.add_argument("--plain", action="store_true", help="what plain tools see, without the command")
    given = asked.parse_args()
    signal.signal(signal.SIGTERM, _ended)
    signal.signal(signal.SIGINT, _ended)
    chosen = [scenario for scenario in EVERY if given.only in f"{scenario.name}|{scenario.truth}"]
    for scenario in [scenario for scenario in chosen if MISSING[scenario.needs]()]:
        print(f"left out: {scenario.name}: needs {MISSING[scenario.needs]()}")  # noqa: T201 - the same
        chosen.remove(scenario)
    if not chosen:
        sys.exit("no such scenario")
    if given.plain:
        return int(_signatures(chosen) > 0)
    begin = time.monotonic()
    outcomes = []
    print(row(HEAD), flush=True)  # noqa: T201 - the same
    who = USER_WITHOUT_ECHO if given.no_echo else USER if given.user else SUPER
    for outcome in every(((one, who) for one in chosen), given.jobs):
        outcomes.append(outcome)
        print(line(outcome), flush=True)  # noqa: T201 - the same
        if given.say:
            print(outcome.said, flush=True)  # noqa: T201 - the same
    print("\n".join(["", *totals(outcomes), f"in all {time.monotonic() - begin:.0f} s"]))  # noqa: T201 - the same
    return int(any(map(problems, outcomes)))


if __name__ == "__main__":
    sys.exit(main())
