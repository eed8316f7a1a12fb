"""`port502 units` as its user meets it: real servers on loopback, the words, the JSON, the exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.servers import HOST, answer, closed_port, mute, serving
from tests.waiting import until
from tui import cli
from tui.cli.units import exit_code
from tui.cli.units_print import Report, as_json, as_text, progress, ranges
from tui.ladder.site import Subject
from tui.probes.unit_faces import Ended, Unit, Units
from tui.records import Face, Target

_TARGET: Final = Target(HOST, 502)


async def _start(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tui", "units", *arguments,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)},
    )  # fmt: skip


async def _units(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and complaints."""
    process = await _start(home, *arguments)
    said, complaint = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complaint.decode()


async def _only_1_to_3(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Units 1 to 3 answer, the others get 0B."""
    while len(request := await reader.read(12)) == 12:
        body = b"\3\2\0\5" if request[6] in {1, 2, 3} else b"\x83\x0b"
        writer.write(request[:4] + (len(body) + 1).to_bytes(2, "big") + request[6:7] + body)


async def test_the_object_keeps_its_contract(tmp_path: Path) -> None:
    """Every field of the published object is there; the few that matter are asked, on one connection."""
    async with serving(answer) as (port, log):
        code, said, complaint = await _units(tmp_path, f"{HOST}:{port}", "--json", "--pace-ms", "10")
        assert (log.opened, log.ended_by) == (1, ["fin"])
    told = json.loads(said)
    assert (code, complaint) == (0, "")
    assert told.keys() == {
        "target", "judgement", "units", "ended", "detail", "complete", "next", "cost",
    }  # fmt: skip
    assert told["target"] == {"typed": f"{HOST}:{port}", "address": HOST, "port": port, "unit": 1}
    assert (told["judgement"], told["complete"]) == ("ignores-unit", True)
    assert [unit["unit"] for unit in told["units"]] == [0, 1, 246, 255]
    assert told["units"][0].keys() == {"unit", "face", "code", "ms", "detail"}
    assert told["cost"].keys() == {"connections", "requests", "seconds", "closed"}
    assert told["cost"]["closed"] == {"fin": 1}


async def test_a_gateway_is_a_tree(tmp_path: Path) -> None:
    """The whole range on request: each unit that answers on a line, those silent behind it together."""
    async with serving(_only_1_to_3) as (port, log):
        code, said, _ = await _units(tmp_path, f"{HOST}:{port}", "--range", "1-60", "--pace-ms", "10")
        assert log.opened == 1
    assert code == 0
    assert "A gateway: 3 units behind it answer, 60 silent" in said
    lines = said.splitlines()
    branches = [line.strip() for line in lines[lines.index("  gateway") + 1 :]]
    assert [branch.split("  ")[0] for branch in branches[:4]] == [
        "├─ 1", "├─ 2", "├─ 3", "└─ 0, 4-60, 246, 255 (60)",
    ]  # fmt: skip
    assert "target silent (0B)" in branches[3]
    assert "1 connection, 63 requests" in said
    assert "closed by FIN from both sides" in said


async def test_interrupted_it_prints_what_is_known_and_how_to_go_on(tmp_path: Path) -> None:
    """Ctrl-C ends the connection by FIN and loses nothing; --from takes up where it stopped."""
    asked: list[int] = []

    async def two_then_mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(request := await reader.read(12)) == 12:
            asked.append(request[6])
            if request[6] in {1, 255, 0, 246, 10, 12}:
                writer.write(request[:4] + b"\0\5" + request[6:7] + b"\3\2\0\5")

    async with serving(two_then_mute) as (port, log):
        process = await _start(tmp_path, f"{HOST}:{port}", "--range", "10-20", "--pace-ms", "10")
        await until(lambda: 11 in asked)
        process.send_signal(signal.SIGINT)
        said, complaint = (part.decode() for part in await process.communicate())
        await until(lambda: log.ended_by)
        assert log.ended_by == ["fin"]
        assert (process.returncode, complaint) == (3, "")
        assert "11-20 not asked; --range 10-20 --from 11 goes on" in said
        asked.clear()
        await _units(tmp_path, f"{HOST}:{port}", "--range", "10-12", "--from", "12", "--json")
        assert asked == [12]


async def test_a_device_at_its_limit_is_left_alone(tmp_path: Path) -> None:
    """Where all its connections are taken nothing is opened, unless that is wanted even so."""
    async with serving(answer) as (port, log):
        file = tmp_path / "plant.toml"
        await asyncio.to_thread(
            file.write_text, f'[[device]]\nname = "boiler"\naddress = "{HOST}"\nport = {port}\nlimit = 1\n'
        )
        with socket.create_connection((HOST, port)):
            await until(lambda: log.opened == 1)
            code, said, complaint = await _units(tmp_path, "boiler", "--config", str(file))
            assert (code, said, log.opened) == (3, "", 1)
            assert complaint.count("\n") == 1
            assert all(words in complaint for words in ("1 of 1 connections", "--even-so"))
            code, _, _ = await _units(tmp_path, "boiler", "--config", str(file), "--even-so")
            assert (code, log.opened) == (0, 2)


async def test_the_last_connection_is_given_up_for_another(tmp_path: Path) -> None:
    """Ours ends as soon as a client comes while it takes the device's last one, and that is said."""
    async with serving(mute) as (port, log):
        file = tmp_path / "plant.toml"
        await asyncio.to_thread(
            file.write_text, f'[[device]]\nname = "boiler"\naddress = "{HOST}"\nport = {port}\nlimit = 2\n'
        )
        process = await _start(tmp_path, "boiler", "--config", str(file))
        await until(lambda: log.opened == 1)
        with socket.create_connection((HOST, port)):
            said = (await process.communicate())[0].decode()
        assert log.opened == 2
    assert process.returncode == 3
    assert "given up for others" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--range", "0-256"], "unit ids are 0 to 255"),
        (["--range", "9-1"], "the lower one first"),
        (["--range", "all"], "write it as 1-247"),
        (["--range", "1-5", "--from", "6"], "not within 1-5"),
        (["--from", "6"], "name that too"),
        (["--pace-ms", "0"], "10 to 60000 ms"),
        (["--unit", "256"], "a unit id is 0 to 255"),
    ],
)
def test_bad_usage_is_one_line_and_exit_3(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What is wrong and how to write it; nothing is asked."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert cli.run(["units", HOST, *arguments]) == 3
    out, complaint = capsys.readouterr()
    assert (out, complaint.count("\n")) == ("", 1)
    assert words in complaint


def test_nothing_there_is_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused: no unit asked, and the word of the connect."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert cli.run(["units", f"{HOST}:{closed_port()}"]) == 2
    said = capsys.readouterr().out
    assert "Nothing was asked." in said
    assert "no connection (RST)" in said


@pytest.mark.parametrize("ended", Ended.__args__)  # type: ignore[attr-defined]
@pytest.mark.parametrize("face", Face.__args__)  # type: ignore[attr-defined]
def test_every_face_and_every_end_has_words(face: Face, ended: Ended) -> None:
    """No outcome is without a tree, an object and a line of progress; none is wider than 100."""
    asked = tuple(Unit(unit, face, 0.5, "x", 4, 5) for unit in range(1, 248, 2))
    found = Units(asked, (248, 249), ended, "why", 124, 1, ("fin",), 300.0)
    report = Report("x", _TARGET, Subject(_TARGET), found, 9.0, 248, "1-249")
    lines = list(as_text(report))
    assert max(map(len, lines)) <= 100
    assert "248-249 not asked" in "\n".join(lines)
    assert json.loads(as_json(report))["next"] == 248
    assert "about 5 minutes left" in progress(found)


@pytest.mark.parametrize(
    ("faces", "code"),
    [
        (("answers", "silent"), 0),
        (("target-silent", "answers"), 0),
        (("exception", "silent"), 1),
        (("target-silent", "path"), 2),
        (("silent",), 2),
        ((), 2),
    ],
)
def test_the_exit_code_says_whether_a_unit_answers(faces: tuple[Face, ...], code: int) -> None:
    """0 one does, 1 there are only exceptions, 2 none does."""
    asked = tuple(Unit(number, face, 0.1) for number, face in enumerate(faces))
    assert exit_code(Units(asked, ended="all")) == code


def test_unit_ids_are_told_as_ranges() -> None:
    """Runs are shortened, in order."""
    assert ranges([7, 1, 2, 3, 255]) == "1-3, 7, 255"
    assert ranges([]) == ""
