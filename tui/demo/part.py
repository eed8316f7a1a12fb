"""One child process of the plant, as its parent sees it: started, told to go, waited for, ended."""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Final, cast

import tui

STOP_S: Final = 2.0  # to end when asked; after that it is killed


class DemoError(Exception):
    """The plant cannot run here; the text is one line for the user."""


class Part:
    """A running child process; it ends with this process at the latest."""

    def __init__(self, module: str, name: str, port: int) -> None:
        self.name = name
        root = str(Path(tui.__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own modules, by fixed names)
                # -P: whatever the current directory holds is not imported. -B: nothing is written.
                [sys.executable, "-B", "-P", "-m", f"tui.demo.{module}", name, str(port)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
        except OSError as error:
            raise DemoError(f"the demo cannot start its {name}: {error.strerror}") from error
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)

    def go(self) -> None:
        """Let it begin."""
        # A part that is gone already is found by the wait that follows.
        with contextlib.suppress(BrokenPipeError):
            os.write(self._stdin.fileno(), b"go\n")

    def wait_ready(self, deadline: float) -> None:
        """Return when it says that it is ready.

        Raises:
            DemoError: it ended, or the deadline (monotonic seconds) passed.
        """
        said = b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._stdout, selectors.EVENT_READ)
            while not said.endswith(b"ready\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise DemoError(f"the demo's {self.name} did not get ready in time")
                data = os.read(self._stdout.fileno(), 4096)
                if not data:
                    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
                    raise DemoError(f"the demo's {self.name} ended at once: {last or 'it did not say why'}")
                said += data

    def ask_to_end(self) -> None:
        """Two ways at once: the end of its input, and a signal."""
        self._stdin.close()
        self._stdout.close()
        self._process.terminate()

    def end(self, deadline: float) -> None:
        """Return when it is gone; killed if it is not by the deadline (monotonic seconds)."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
