"""All scenarios, rung by rung."""

from __future__ import annotations

from typing import Final

from tests.lab.verdict.scenario import Scenario
from tests.lab.verdict.scenarios_here import HERE
from tests.lab.verdict.scenarios_modbus import FINE, MODBUS
from tests.lab.verdict.scenarios_path import PATH
from tests.lab.verdict.scenarios_port import PORT
from tests.lab.verdict.scenarios_slots import SLOTS

RUNGS: Final[dict[str, tuple[Scenario, ...]]] = {
    "here": HERE, "path": PATH, "port": PORT, "slots": SLOTS, "modbus": MODBUS, "fine": FINE,
}  # fmt: skip
EVERY: Final = tuple(scenario for rung in RUNGS.values() for scenario in rung)
