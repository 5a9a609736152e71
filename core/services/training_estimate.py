"""Asks a process like the one that would train how long it will take, and lets it go at once when nobody waits."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from core.errors import CoreError
from core.progress import Progress
from core.retraining import Estimate
from core.services.training_child import LOG, TrainingChild

_LAST_LINE = 500


def estimated(arguments: Sequence[str], progress: Progress) -> Estimate:
    """How long a training would take, with the start of its process.

    Args:
        arguments: of the command line that trains, without what follows it.
        progress: report and cancel point.

    Raises:
        CoreError: the probe failed; the sentence says why.
        Cancelled: at once when it was asked for.
    """
    began = time.monotonic()
    progress.start("Measuring how long it takes here", None, "seconds")
    with tempfile.TemporaryDirectory(prefix="dnadet-probe-") as folder:
        place = Path(folder)
        child = TrainingChild([*arguments, "--probe", str(place / "probe.json")], place)
        status = child.wait(progress, lambda: None, patience_s=0.0)
        progress.check()
        if status != 0:
            raise CoreError(_said(place / LOG) or f"The time could not be measured (exit {status}).")
        words = json.loads((place / "probe.json").read_text(encoding="utf-8"))
    start = max(0.0, time.monotonic() - began - words.pop("probed"))
    seconds, low, high = (words[name] + start for name in ("seconds", "low", "high"))
    return Estimate(seconds, low, high, f"{words['measured']} Starting took {start:.0f} s.")


def _said(log: Path) -> str:
    """The last line that the process printed, which is its sentence."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1][:_LAST_LINE] if lines else ""
