"""`port502 keys`: the map of keys as text and as JSON, and the mark of a first start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.actions import ACTIONS, PLACES, rebind
from tui.cli import run
from tui.cli.first import is_first, remember
from tui.cli.keys import page


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    yield tmp_path
    rebind({})


def _own(home: Path, text: str) -> Path:
    path = home / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_action_is_on_the_map(capsys: pytest.CaptureFixture[str]) -> None:
    """Each action has its line, with its id and its keys, below the places in which it counts."""
    assert run(["keys"]) == 0
    shown = capsys.readouterr().out
    lines = [line.split() for line in shown.splitlines()]
    for action in ACTIONS:
        assert any(action.id in words[: len(action.keys) + 2] for words in lines), action.id
    assert shown.startswith("Anywhere\n")
    assert "At a question" in shown
    assert "[keys]" in shown


def test_own_keys_are_on_the_map_and_marked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key from the configuration is printed in place of the program's, and said to be the user's."""
    path = _own(home, '[keys]\nstop = ["f2", "!"]\n')
    assert run(["keys", "--config", str(path)]) == 0
    shown = capsys.readouterr().out
    (line,) = [line for line in shown.splitlines() if "stop *" in line]
    assert line.split()[:2] == ["f2", "!"]
    assert f"your own keys, from {path}" in shown


def test_json_has_keys_places_and_what_they_do(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: the places in words, and of each action its keys, the program's own, and its help."""
    run(["keys", "--json", "--config", str(_own(home, '[keys]\nask = "/"\nfilter = "f5"\n'))])
    found = json.loads(capsys.readouterr().out)
    assert found["places"] == PLACES
    assert [action["id"] for action in found["actions"]] == [action.id for action in ACTIONS]
    (ask,) = [action for action in found["actions"] if action["id"] == "ask"]
    assert (ask["keys"], ask["written"], ask["default"], ask["yours"]) == (["slash"], ["/"], ["t"], True)
    for action in found["actions"]:
        assert set(action["places"]) <= set(PLACES)
        assert action["help"]
        assert action["words"]


def test_lines_keep_to_the_width() -> None:
    """At 80 columns no line of the map is wider, but that which names the file."""
    assert max(len(line) for line in page(Path("c.toml"), 80) if "c.toml" not in line) <= 100
    assert all(len(line) <= 80 for line in page(Path("c.toml"), 80) if line.startswith("  "))


def test_a_clash_stops_every_command_with_one_line(home: Path) -> None:
    """A configuration whose keys clash is refused at start with exit code 3, by file, line and actions."""
    path = _own(home, '[keys]\nstop = "t"\n')
    for command in (["keys"], ["watch"]):
        found = subprocess.run(
            [sys.executable, "-m", "tui", *command, "--config", str(path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            env=os.environ | {"HOME": str(home)},
        )
        assert (found.returncode, found.stdout) == (3, "")
        assert found.stderr.count("\n") == 1
        assert "own.toml line 2: 't' would be both 'ask' and 'stop'" in found.stderr


def test_only_the_first_start_is_one(home: Path) -> None:
    """The mark of a start is found by the next."""
    assert is_first()
    remember()
    assert (home / "port502" / "started").exists()
    assert not is_first()


def test_a_home_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no mark can be left each start is a first one."""
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    remember()
    assert is_first()
