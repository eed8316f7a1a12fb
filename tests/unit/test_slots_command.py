"""`port502 slots` as its user meets it: real servers on loopback, the words, the JSON, the exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.servers import HOST, answer, closed_port, hang_up, serving
from tui.cli.slots import _lines, to_json
from tui.ladder.site import Subject
from tui.probes.limit import Ended, Form, Measured
from tui.records import SessionKey, Target

_AGREED: Final = "--yes-this-may-evict-others"
_TARGET: Final = Target(HOST, 502)


async def _slots(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and complaints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "slots", *arguments,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)},
    )  # fmt: skip
    said, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complaint.decode()


async def test_nothing_is_opened_unless_agreed(tmp_path: Path) -> None:
    """Without the flag: one line that says what it would do and which flag, exit 3, no connection."""
    async with serving(answer) as (port, log):
        code, said, complaint = await _slots(tmp_path, f"{HOST}:{port}")
        assert (code, said, log.opened) == (3, "", 0)
    assert complaint.count("\n") == 1
    assert all(words in complaint for words in ("16 connections", f"{HOST}:{port}", "cut off", _AGREED))


@pytest.mark.parametrize("most", ["0", "65", "-1"])
async def test_the_number_has_bounds(tmp_path: Path, most: str) -> None:
    """More than 64 connections, or none, is bad usage, whatever was agreed."""
    code, said, complaint = await _slots(tmp_path, HOST, _AGREED, "--most", most)
    assert (code, said) == (3, "")
    assert "between 1 and 64" in complaint


async def test_the_object_keeps_its_contract(tmp_path: Path) -> None:
    """Every field of the published object is there, and every connection ended by FIN."""
    async with serving(answer) as (port, log):
        code, said, complaint = await _slots(tmp_path, f"{HOST}:{port}", _AGREED, "--json", "--most", "3")
        assert set(log.ended_by) == {"fin"}
    told = json.loads(said)
    assert (code, complaint) == (0, "")
    assert told.keys() == {
        "target", "free", "at_least", "form", "ended", "detail", "held_by_others", "not_seen", "lost",
        "opened", "closed", "complete",
    }  # fmt: skip
    assert told["target"] == {"typed": f"{HOST}:{port}", "address": HOST, "port": port, "unit": 1}
    assert (told["free"], told["at_least"], told["ended"], told["closed"]) == (3, True, "most", {"fin": 3})


async def test_nothing_there_is_exit_2(tmp_path: Path) -> None:
    """Refused or closed from the first on: no number, and who can tell why."""
    code, said, _ = await _slots(tmp_path, f"{HOST}:{closed_port()}", _AGREED)
    assert code == 2
    assert "Not even one connection was served" in said
    assert "port502 check" in said
    async with serving(hang_up) as (port, _):
        code, _, _ = await _slots(tmp_path, f"{HOST}:{port}", _AGREED)
        assert code == 2


async def test_a_name_without_an_address_is_exit_2(tmp_path: Path) -> None:
    """Nothing is opened for a name that has no address."""
    code, said, _ = await _slots(tmp_path, "no such name", _AGREED)
    assert code == 2
    assert "no address" in said


async def test_a_device_of_the_configuration_is_known_by_name(tmp_path: Path) -> None:
    """Its address, port and unit id come from the file."""
    async with serving(answer) as (port, _):
        file = tmp_path / "plant.toml"
        device = f'[[device]]\nname = "boiler"\naddress = "{HOST}"\nport = {port}\nunit = 7\n'
        await asyncio.to_thread(file.write_text, device)
        words = ("boiler", "--config", str(file), _AGREED, "--json", "--most", "1")
        _, said, _ = await _slots(tmp_path, *words)
    assert json.loads(said)["target"] == {"typed": "boiler", "address": HOST, "port": port, "unit": 7}


_LOST: Final = SessionKey("10.0.0.9", 40_000, HOST, 502, "")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            Measured(free=3, ended="limit", form="refused", detail="RST", held=2, closed=("fin",) * 3),
            (
                "3 connections were free, and 2 taken by others on this host",
                "refused: the next one is refused",
            ),
        ),
        (
            Measured(free=1, ended="limit", form="evicts-oldest", detail="our connection 1 ended"),
            ("Up to 1 connection was free", "may have been closed first"),
        ),
        (
            Measured(free=1, ended="limit", form="evicts-oldest", lost=(_LOST,), held=1),
            ("1 connection was free", "10.0.0.9 port 40000"),
        ),
        (Measured(free=16, ended="most"), ("At least 16 connections were free", "--most")),
        (Measured(free=2, unseen="no permission"), ("Not finished, stopped", "not seen from here")),
        (Measured(ended="left", free=2, lost=(_LOST,)), ("another program here ended its own session",)),
    ],
)
def test_the_text_says_number_form_and_what_it_cost(found: Measured, words: tuple[str, ...]) -> None:
    """For people: how many, how the limit shows, whose sessions are seen, what was lost, how ours ended."""
    lines = list(_lines(_TARGET, Subject(_TARGET), found))
    text = " ".join(" ".join(lines).split())
    assert all(part in text for part in words)
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("ended", Ended.__args__)  # type: ignore[attr-defined]
@pytest.mark.parametrize("form", Form.__args__)  # type: ignore[attr-defined]
def test_every_end_has_words(ended: Ended, form: Form) -> None:
    """No end and no form is without a sentence and an object."""
    found = Measured(2, ended, form, "x")
    assert len(list(_lines(_TARGET, Subject(_TARGET), found))) > 3
    assert to_json("x", _TARGET, 1, found)["ended"] == ended
