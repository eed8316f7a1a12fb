"""The house rules, checked."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
_CODE = _TESTS.parent / "tui"
_LONGEST = 400


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def test_every_test_says_what_it_protects() -> None:
    """A failing test's docstring names the behaviour that broke."""
    silent = [
        f"{path.name}:{node.name}"
        for path in _TESTS.rglob("test_*.py")
        for node in _functions(path)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_files_stay_small() -> None:
    """A file over four hundred lines holds more than one idea."""
    long = [
        path.name
        for path in [*_CODE.rglob("*.py"), *_TESTS.rglob("*.py")]
        if len(path.read_text(encoding="utf-8").splitlines()) > _LONGEST
    ]
    assert long == []


@pytest.mark.parametrize("module", ["tui.engine", "tui.cli.scan", "tui.cli.sessions", "tui.demo.plant"])
def test_the_engine_runs_without_the_screen(module: str) -> None:
    """What watches and diagnoses never loads Textual or Rich."""
    code = f"import sys, {module}; print([m for m in sys.modules if m.split('.')[0] in ('textual', 'rich')])"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
