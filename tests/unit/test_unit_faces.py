"""What the answers of unit ids together say, and which are asked first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tui.probes.unit_faces import Unit, few, judgement
from tui.records import Face


def test_the_few_that_matter_come_first_and_end_with_one_that_no_device_has() -> None:
    """Configured, 1, 255, 0, those of the profile, and one that tells who ignores unit ids; none twice."""
    assert few(1) == (1, 255, 0, 246)
    assert few(7, (3, 1, 246)) == (7, 1, 255, 0, 3, 246, 245)


_units = st.builds(
    Unit,
    unit=st.integers(0, 255),
    face=st.sampled_from(Face.__args__),  # type: ignore[attr-defined]
    seconds=st.floats(0, 10),
    code=st.none() | st.integers(1, 255),
    value=st.none() | st.integers(0, 3),
)
_found = st.lists(_units, max_size=30, unique_by=lambda unit: unit.unit)


@given(_found, st.randoms())
def test_the_judgement_keeps_its_promises(found: list[Unit], random: Any) -> None:
    """Whatever the faces and their order: nothing unless something spoke, a gateway by 0A and 0B alone."""
    said = judgement(found)
    faces = {unit.face for unit in found}
    assert (said == "nothing") == (faces <= {"silent", "closed", "malformed"})
    assert (said == "gateway") == bool(faces & {"path", "target-silent"})
    assert said not in {"single", "several"} or "answers" in faces
    random.shuffle(found)
    assert judgement(found) == said


_alike = st.sets(st.integers(10, 244), min_size=2, max_size=40).map(lambda ids: ids | {1, 246})


@given(_alike, st.integers(0, 3))
def test_one_that_is_refused_or_differs_does_not_ignore_unit_ids(ids: set[int], value: int) -> None:
    """Every id gets the same answer, one that no device has among them: else it is not said."""
    same = [Unit(unit, "answers", 0.01, value=value) for unit in ids]
    assert judgement(same) == judgement([*same, Unit(0, "silent", 1.0)]) == "ignores-unit"
    for other in (Unit(9, "exception", 0.01, code=4), Unit(9, "answers", 0.01, value=value + 1)):
        assert judgement([*same, other]) == "several"
    assert judgement([unit for unit in same if unit.unit != 246]) == "several"
    silent = [Unit(unit, "silent", 1.0) for unit in range(2, 5)]
    assert judgement([*same, *silent]) == "several"


def test_silence_on_other_ids_makes_a_single_device() -> None:
    """0 and 255 mean the device itself; a lost answer among many alike does not make many devices."""
    own = [Unit(unit, "answers", 0.01, value=5) for unit in (1, 0, 255)]
    assert judgement([*own, Unit(246, "silent", 1.0)]) == "single"
    assert judgement([Unit(1, "exception", 0.01, code=2), Unit(246, "silent", 1.0)]) == "refuses"
    alike: Callable[[int], Unit] = lambda unit: Unit(unit, "answers", 0.01, value=5)  # noqa: E731
    assert judgement([*map(alike, range(2, 248)), Unit(1, "silent", 0.3)]) == "ignores-unit"
