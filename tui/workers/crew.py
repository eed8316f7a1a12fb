"""The workers of one engine, and among them those that somebody can ask for something."""

from __future__ import annotations

from collections.abc import Sequence

from tui.workers import Examiner, Inquiring, Prober, Sweeper, Worker


class Crew:
    """The workers of an engine."""

    def __init__(self, workers: Sequence[Worker] = ()) -> None:
        self.workers = tuple(workers)
        self.probers = tuple(worker for worker in workers if isinstance(worker, Prober))
        """Those that one key stops."""
        self.sweeper = next((worker for worker in workers if isinstance(worker, Sweeper)), None)
        """Who sweeps."""
        self.examiner = next((worker for worker in workers if isinstance(worker, Examiner)), None)
        """Who finds out what is wrong with a target."""
        self.inquirer = next((worker for worker in workers if isinstance(worker, Inquiring)), None)
        """Who asks single devices for more."""
