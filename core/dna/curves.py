"""Training curves: read from the run's ``curves.csv``, shown in TensorBoard while they grow, thinned for the card."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

_LOSSES = ("classification", "contrast", "loss")
_MOST_ROWS = 200
_EVERY_SECONDS = 20.0
_EVENTS = "events.out.tfevents.*"
NO_TENSORBOARD = (
    "TensorBoard is not installed, so the run keeps its curves as curves.csv only. "
    "Install the package 'tensorboard' to watch them in it."
)


def read_curves(path: Path) -> list[dict[str, float]]:
    """Rows of a ``curves.csv``: "step" and whatever was measured at that step; no rows when there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return [{name: float(text) for name, text in row.items() if text} for row in csv.DictReader(stream)]


def thinned(rows: Sequence[Mapping[str, float]], most: int = _MOST_ROWS) -> list[dict[str, float]]:
    """At most so many rows for the card.

    A row stands for a stretch of steps and has its last step, the mean of its losses, and the last of every other
    figure (recall and its like) measured in it.
    """
    stretches = np.array_split(np.arange(len(rows)), min(most, len(rows))) if rows else []
    return [_joined([rows[index] for index in stretch]) for stretch in stretches]


def _joined(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    out: dict[str, float] = {"step": int(rows[-1]["step"])}
    for name in dict.fromkeys(name for row in rows for name in row if name != "step"):
        values = [row[name] for row in rows if name in row]
        out[name] = float(f"{np.mean(values) if name in _LOSSES else values[-1]:.6g}")
    return out


class EventFiles:
    """TensorBoard's event files of a run; inside the context they follow its ``curves.csv``, to the last row.

    They are written anew when a run goes on: an interrupted run may have shown steps that are now done again.

    Args:
        run: the folder of the run.
    """

    def __init__(self, run: Path) -> None:
        self._curves = run / "curves.csv"
        self._last = 0.0
        self.problem = ""
        """Why nothing is written (any more), as a sentence; empty when all is well."""
        self._writer: SummaryWriter | None = None
        self._ended = Event()
        self._thread = Thread(target=self._keep_up, name="event files", daemon=True)
        try:
            for old in run.glob(_EVENTS):
                old.unlink()
            self._writer = _writer(run)
        except ImportError:
            self.problem = NO_TENSORBOARD
        except OSError as error:
            self._give_up(error)

    def follow(self) -> None:
        """Write the rows that came since the last time. Should that fail, the training goes on without."""
        try:
            self._follow()
        except OSError as error:
            self._give_up(error)

    def _follow(self) -> None:
        if self._writer is None:
            return
        for row in read_curves(self._curves):
            if row["step"] > self._last:
                self._last = row["step"]
                for name in row.keys() - {"step"}:
                    part = "loss" if name in _LOSSES else "held out"
                    self._writer.add_scalar(f"{part}/{name}", row[name], int(row["step"]))
        self._writer.flush()

    def _give_up(self, error: OSError) -> None:
        self._writer = None
        self.problem = f"TensorBoard's event files could not be written ({error}); curves.csv is not concerned."

    def _keep_up(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self.follow()

    def __enter__(self) -> EventFiles:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self.follow()
        try:
            if self._writer is not None:
                self._writer.close()
        except OSError as failed:
            self._give_up(failed)


def _writer(run: Path) -> SummaryWriter:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(run))
