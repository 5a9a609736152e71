"""The part of the stand-in workspace that answers about detectors and their findings."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.domain import (
    AttributionReport,
    ConsistencyGrid,
    DetectorReference,
    DetectorSummary,
    Finding,
    Table,
    Tile,
    Verdict,
    Written,
)
from core.examine import HeatMap, HeatMapPatch, MapQuestion
from core.progress import Progress
from tests.app.card_fakes import FIGURES

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn

CLASSES = ("real", "ProGAN", "StyleGAN", "Stable Diffusion 1", "Latent diffusion")
_EPOCH = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
_DETECTOR = DetectorReference("field-native", "1", "d" * 64)


class StandInAnalysis:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.pause_s = 0.0

    def attribute(
        self, ids: Sequence[int] | None = None, detector: str | None = None, *, progress: Progress
    ) -> Written[AttributionReport]:
        self._door.called("analysis.attribute", writes=True)
        todo = (
            [number for number, line in self._door.lines.items() if line.verdict is None] if ids is None else list(ids)
        )
        progress.start("Analysing", len(todo), "exhibits")
        for number in todo:
            time.sleep(self.pause_s)
            self._door.find(number)
            progress.step(text=self._door.lines[number].name)
        return Written(AttributionReport(len(todo), {}, (), "cpu"), frozenset({Table.FINDINGS}))

    def waiting(self, detector: str | None = None) -> int:
        self._door.called("analysis.waiting")
        return sum(line.verdict is None for line in self._door.lines.values())

    def finding(self, exhibit_id: int, detector: str | None = None) -> Finding | None:
        self._door.called("analysis.finding")
        self._door.views.require_visible(exhibit_id)
        line = self._door.lines[exhibit_id]
        if line.verdict is None:
            return None
        top = line.score or 0.0
        others = [(name, (1 - top) / 4) for name in CLASSES if name != line.architecture]
        grid = ConsistencyGrid(
            line.agreement or 0,
            tuple(Tile(CLASSES[n % 5], 0.5) for n in range(16)),
            tuple((n % 4 * 160, n // 4 * 120, 160, 120) for n in range(16)),
        )
        scores = ((line.architecture, top), *others) if line.architecture else ()
        reason = {
            Verdict.ATTRIBUTED: "The top score reaches the threshold 0.90 of the detector.",
            Verdict.INCONCLUSIVE: "The top score is under the threshold 0.90 of the detector.",
            Verdict.UNKNOWN: "The image is far from everything the detector was trained on.",
            Verdict.OUT_OF_SCOPE: "The shorter side has 96 pixels; the detector needs 128.",
        }[line.verdict]
        return Finding(
            *(line.sha256, _DETECTOR, line.verdict, reason, line.architecture, scores, 0.9),
            *(grid if scores else None, "cpu", 41.0, _EPOCH + timedelta(minutes=2)),
            exhibit_id=line.id,
            id=line.id,
        )

    def heat_map(
        self,
        exhibit_id: int,
        question: MapQuestion = MapQuestion(),
        *,
        detector: str | None = None,
        progress: Progress | None = None,
    ) -> HeatMap:
        self._door.called("analysis.heat_map")
        values = np.linspace(0, 1, 32 * 32, dtype=np.float32).reshape(32, 32)
        patch = HeatMapPatch((0, 0, 640, 480), values)
        answered = question.layer, question.target or CLASSES[0], 0.8, (patch,), (640, 480)
        return HeatMap(self._door.lines[exhibit_id].sha256, _DETECTOR, *answered, question.method, question.score)

    def device(self) -> str:
        self._door.called("analysis.device")
        return "CPU (2 threads)"


class StandInDetectors:
    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.pause_s = 0.0

    def all(self) -> tuple[DetectorSummary, ...]:
        self._door.called("detectors.all")
        return (self.current(),)

    def current(self) -> DetectorSummary:
        self._door.called("detectors.current")
        return DetectorSummary(_DETECTOR, Path("field-native.safetensors"), CLASSES, {"threshold": 0.9})

    def choose(self, digest: str) -> Written[None]:
        self._door.called("detectors.choose")
        return Written(None, frozenset({Table.DETECTORS}))

    def evaluate(
        self, wanted: str, data: Path, *, device: str, allow_trained: bool, progress: Progress
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        self._door.called("detectors.evaluate")
        progress.start("Measuring", 40, "images")
        for _ in range(40):
            time.sleep(self.pause_s)
            progress.step()
        return dict(FIGURES), ()

    def record(self, wanted: str, name: str, figures: Any, command: str) -> Written[None]:
        self._door.called("detectors.record")
        return Written(None, frozenset({Table.DETECTORS}))

    def install(self, path: Path) -> Written[DetectorSummary]:
        self._door.called("detectors.install")
        return Written(self.current(), frozenset({Table.DETECTORS}))
