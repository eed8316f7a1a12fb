"""`port502 check` as its user meets it: real servers on loopback, the words, the JSON, the exit codes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import psutil
import pytest

from tests.servers import HOST, Talk, answer, closed_port, hang_up, mute, saying, serving, unanswered_syn
from tests.waiting import until

_COMMAND: Final = (sys.executable, "-m", "tui", "check")


def _environment(home: Path) -> dict[str, str]:
    return os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}


@asynccontextmanager
async def _checking(home: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(home),
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _check(home: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and complaints."""
    async with _checking(home, *arguments) as process:
        said, complaint = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode(), complaint.decode()


async def _told(home: Path, talk: Talk, *arguments: str) -> tuple[int, dict[str, Any]]:
    async with serving(talk) as (port, log):
        code, said, complaint = await _check(home, f"{HOST}:{port}", "--json", *arguments)
        assert complaint == ""
        assert log.most_at_once <= 1
        return code, json.loads(said)


async def test_a_healthy_device_is_judged_with_one_connection(tmp_path: Path) -> None:
    """Modbus answers: exit 0, proven, one connection, closed by FIN."""
    async with serving(answer) as (port, log):
        code, said, _ = await _check(tmp_path, f"{HOST}:{port}", "--json")
        told = json.loads(said)
        assert (code, told["verdict"]["cause"], told["verdict"]["certainty"]) == (0, "healthy", "proven")
        assert (log.opened, told["cost"]["connections"]) == (1, 1)
        assert log.ended_by == ["fin"]


async def test_the_object_keeps_its_contract(tmp_path: Path) -> None:
    """Every field of the published object is there, with its type."""
    _, told = await _told(tmp_path, hang_up)
    assert told["target"]["typed"] == f"{HOST}:{told['target']['port']}"
    assert told["target"]["address"] == HOST
    assert {"typed", "address", "port", "unit"} <= told["target"].keys()
    verdict = told["verdict"]
    assert {"cause", "form", "certainty", "title", "could_also_be", "decide_by", "remedies"} <= verdict.keys()
    assert verdict["certainty"] in {"proven", "likely", "possible"}
    for line in told["evidence"]:
        assert line.keys() == {"rung", "asked", "answer", "ms", "from", "raw"}
    assert told["cost"].keys() == {"connections", "packets", "seconds"}


@pytest.mark.parametrize(
    ("talk", "cause"),
    [
        pytest.param(hang_up, "slots-full", id="closes at once"),
        pytest.param(saying(b"SSH-2.0-box\r\n"), "not-modbus", id="another protocol"),
        pytest.param(saying(b"\x15\x03\x03\x00\x02\x02\x28"), "tls-only", id="a TLS alert"),
    ],
)
async def test_what_comes_after_the_connect_is_told_apart(tmp_path: Path, talk: Talk, cause: str) -> None:
    """The verdict is the cause, by exit 2, within the budget."""
    code, told = await _told(tmp_path, talk)
    assert (code, told["verdict"]["cause"]) == (2, cause)
    assert told["cost"]["connections"] <= 8


async def test_a_mute_device_costs_few_connections(tmp_path: Path) -> None:
    """Silence after the connect: several unit ids on the one connection, one more for RTU, under 15 s."""
    code, told = await _told(tmp_path, mute)
    assert (code, told["verdict"]["cause"]) == (2, "mute")
    assert {"slots-full", "wrong-unit"} <= set(told["verdict"]["could_also_be"])
    assert told["cost"]["connections"] == 2
    assert told["cost"]["seconds"] < 15


async def test_a_refusal_names_all_that_looks_alike(tmp_path: Path) -> None:
    """Nothing listens: taken slots and an access list are named too, for nothing here tells them apart."""
    code, said, _ = await _check(tmp_path, f"{HOST}:{closed_port()}", "--json")
    verdict = json.loads(said)["verdict"]
    assert (code, verdict["cause"]) == (2, "not-listening")
    assert {"slots-full", "filtered-reset"} <= set(verdict["could_also_be"])
    assert verdict["certainty"] != "proven"


async def _stream(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"\xa5\xa5\x00\x01" * 256)
        await writer.drain()


async def test_a_device_that_streams_for_ever_is_left_in_time(tmp_path: Path) -> None:
    """Bytes without end are read to a bound, and judged."""
    async with serving(_stream) as (port, _):
        code, said, _ = await _check(tmp_path, f"{HOST}:{port}", "--json")
        assert (code, json.loads(said)["verdict"]["cause"]) == (2, "not-modbus")


async def test_ctrl_c_tells_what_is_known_so_far(tmp_path: Path) -> None:
    """Interrupted while it waits: the verdict so far, marked as such, exit 3, and nothing on stderr."""
    with unanswered_syn() as port:
        async with _checking(tmp_path, f"{HOST}:{port}", "--json") as process:
            checker = psutil.Process(process.pid)
            await until(lambda: any(c.status == psutil.CONN_SYN_SENT for c in checker.net_connections("tcp")))
            process.send_signal(signal.SIGINT)
            said, complaint = await process.communicate()
    told = json.loads(said)
    assert (process.returncode, told["complete"], complaint) == (3, False, b"")
    assert told["verdict"]["cause"]


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("10.0.0.1:99999", "port"),
        ("10.0.0.1:", "port"),
        (":502", "host"),
        ("[::1]502", "[ADDRESS]:PORT"),
        ("plc:abc", "port"),
    ],
)
async def test_a_bad_target_is_one_clear_line(tmp_path: Path, typed: str, word: str) -> None:
    """What was typed, what is wrong with it, exit 3, nothing asked."""
    code, said, complaint = await _check(tmp_path, typed)
    assert (code, said) == (3, "")
    assert complaint.count("\n") == 1
    assert word in complaint


async def test_a_name_without_an_address_is_a_verdict(tmp_path: Path) -> None:
    """Not a usage error: the cause is named, and nothing was sent."""
    code, said, _ = await _check(tmp_path, "no such name", "--json")
    told = json.loads(said)
    assert (code, told["verdict"]["cause"], told["verdict"]["certainty"]) == (2, "name-unresolved", "proven")
    assert (told["target"]["address"], told["cost"]["connections"]) == (None, 0)


async def test_the_text_says_why_and_what_to_do(tmp_path: Path) -> None:
    """For people: the sentence, how sure, what else, what was seen, the cost; with -v every cause weighed."""
    _, said, _ = await _check(tmp_path, f"{HOST}:{closed_port()}", "-v")
    for words in ("Refused", "not-listening: possible", "could also be", "what to do", "seen", "cost"):
        assert words in said
    assert "ruled out" in said
    assert max(map(len, said.splitlines())) <= 100


async def test_a_device_of_the_configuration_is_known_by_name(tmp_path: Path) -> None:
    """Its address, port, unit id and limit come from the file."""
    async with serving(answer) as (port, _):
        file = tmp_path / "plant.toml"
        device = f'[[device]]\nname = "boiler"\naddress = "{HOST}"\nport = {port}\nunit = 7\n'
        await asyncio.to_thread(file.write_text, device)
        code, said, _ = await _check(tmp_path, "boiler", "--config", str(file), "--json")
        told = json.loads(said)
        assert code == 0
        assert (told["target"]["address"], told["target"]["port"], told["target"]["unit"]) == (HOST, port, 7)
