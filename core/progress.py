"""Progress of long work: one call is the report and the point where cancelling takes effect."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Event

from core.errors import Cancelled


@dataclass(frozen=True, slots=True)
class Tick:
    """One report of progress.

    Attributes:
        done: units finished.
        total: units in all, or None while unknown.
        text: what is being worked on, for the analyst.
        unit: what is counted, in the plural ("files", "exhibits").
        rate: units per second since the start, 0.0 before the first.
        seconds_left: estimated seconds until the end, or None while unknown.
    """

    done: int
    total: int | None
    text: str
    unit: str
    rate: float
    seconds_left: float | None


class Progress:
    """Carries reports out of a piece of work and a wish to cancel into it.

    Args:
        report: called with each `Tick`, in the thread that works. None: nobody listens.
    """

    def __init__(self, report: Callable[[Tick], None] | None = None) -> None:
        self._report = report
        self._cancel = Event()
        self._done = self._before = 0
        self._begin("", None, "items")

    def start(self, text: str, total: int | None = None, unit: str = "items", *, done: int = 0) -> None:
        """Begin a stage of `total` units, `done` of which an earlier run finished; raises `Cancelled` when asked to."""
        self._begin(text, total, unit, done)
        self._tell()

    def step(self, count: int = 1, text: str | None = None) -> None:
        """Count `count` more units as done; raises `Cancelled` when cancelling was asked for."""
        self._done += count
        if text is not None:
            self._text = text
        self._tell()

    def cancel(self) -> None:
        """Ask the work to stop at its next step; may be called from any thread."""
        self._cancel.set()

    @property
    def cancelled(self) -> bool:
        """Whether cancelling was asked for."""
        return self._cancel.is_set()

    def check(self) -> None:
        """Raise `Cancelled` when cancelling was asked for, without a report."""
        if self._cancel.is_set():
            raise Cancelled("Cancelled. What was finished is kept.")

    def part(self, prefix: str) -> Progress:
        """Progress of one of several pieces of work: its reports carry `prefix`; cancelling either cancels both."""
        report = self._report
        inner = Progress(None if report is None else lambda tick: report(replace(tick, text=f"{prefix}: {tick.text}")))
        inner._cancel = self._cancel
        return inner

    def _begin(self, text: str, total: int | None, unit: str, done: int = 0) -> None:
        self._text, self._total, self._unit = text, total, unit
        self._done = self._before = done
        self._since = time.monotonic()

    def _tell(self) -> None:
        if self._report is not None:
            seconds = time.monotonic() - self._since
            rate = (self._done - self._before) / seconds if seconds > 0 else 0.0
            left = (self._total - self._done) / rate if self._total is not None and rate else None
            self._report(Tick(self._done, self._total, self._text, self._unit, rate, left))
        self.check()
