"""What a training run measured, step by step: a table in memory and the file ``curves.csv`` of the run."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from torch import Tensor

from core.errors import CoreError, error_from_os
from core.whole_file import replace_file

LOSSES = ("classification", "contrast")


class History:
    """Rows of a run, one a step.

    Losses stay on the device until they are asked for, because looking at a number makes a GPU wait.

    Args:
        path: the file the rows are kept in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: list[dict[str, float]] = []
        self._pending: list[tuple[int, Tensor]] = []

    def add(self, step: int, losses: Tensor) -> None:
        """Note the losses of the step that was the `step`-th: (3,) minimised, classification, contrast."""
        self._pending.append((step, losses))

    def settle(self) -> None:
        """Look at the losses noted since the last time.

        Raises:
            CoreError: one of them is not finite; the sentence names step and loss.
        """
        pending, self._pending = self._pending, []
        for step, losses in pending:
            total, *parts = losses.tolist()
            for name, value in zip(LOSSES, parts, strict=True):
                if not math.isfinite(value):
                    raise CoreError(f"The {name} loss became {value} at step {step}.")
            if not math.isfinite(total):
                raise CoreError(f"The weighted loss became {total} at step {step}.")
            self.rows.append({"step": step, **dict(zip(LOSSES, parts, strict=True))})

    def note(self, figures: dict[str, float]) -> None:
        """Add figures of a validation to the last step."""
        self.settle()
        self.rows[-1].update(figures)

    def write(self) -> None:
        """Replace the file; raises `DiskFull` or `NoPermission` with the old file as it was."""
        self.settle()
        names = dict.fromkeys(name for row in self.rows for name in row)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(names))
        writer.writeheader()
        writer.writerows(self.rows)
        replace_file(self._path, text.getvalue(), doing="writing the curves")

    def read(self, step: int) -> None:
        """Take the rows up to a step from the file, and forget what an interrupted run wrote after it."""
        self._pending = []
        try:
            with self._path.open(encoding="utf-8", newline="") as stream:
                rows = [{name: float(value) for name, value in row.items() if value} for row in csv.DictReader(stream)]
        except FileNotFoundError:
            rows = []
        except OSError as error:
            raise error_from_os(error, self._path, doing="reading the curves") from error
        self.rows = [{**row, "step": int(row["step"])} for row in rows if row.get("step", math.inf) <= step]
