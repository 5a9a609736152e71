"""The part of the stand-in workspace that draws maps and makes groups."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.domain import Verdict
from core.examine import EmbeddingMap, Neighbour
from core.progress import Progress
from tests.app.stand_in_analysis import _DETECTOR, CLASSES

if TYPE_CHECKING:
    from tests.app.stand_in import StandIn


class StandInEmbedding:
    """Exhibits lie around the class their line names; the unknown ones lie together in a corner."""

    def __init__(self, door: StandIn) -> None:
        self._door = door
        self.pause_s = 0.0
        self.pictures = 3
        self.hidden = 0

    def map(
        self,
        method: str = "PCA",
        *,
        detector: str | None = None,
        progress: Progress,
        refined: Callable[[EmbeddingMap], None],
    ) -> EmbeddingMap:
        self._door.called("embedding.map")
        drawn = self._drawn(method)
        progress.start("Drawing the map", self.pictures, "steps")
        for step in range(self.pictures):
            refined(replace(drawn, final=False, share=step / self.pictures, clusters=drawn.clusters if step else ()))
            progress.step()
            time.sleep(self.pause_s)
        return drawn

    def neighbours(self, exhibit_id: int, count: int = 12, *, detector: str | None = None) -> tuple[Neighbour, ...]:
        self._door.called("embedding.neighbours")
        others = [number for number in self._door.lines if number != exhibit_id][:count]
        near = [Neighbour(0.05 * (place + 1), exhibit_id=number) for place, number in enumerate(others)]
        known = [Neighbour(0.1 * (place + 1), architecture=name) for place, name in enumerate(CLASSES)]
        return (*near, *known)

    def _drawn(self, method: str) -> EmbeddingMap:
        draw = np.random.default_rng(1)
        lines = [line for line in self._door.lines.values() if line.verdict not in (None, Verdict.OUT_OF_SCOPE)]
        angles = np.linspace(0, 2 * np.pi, len(CLASSES), endpoint=False)
        centres = 10 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        places = [
            (16.0, 12.0) if line.verdict is Verdict.UNKNOWN else centres[CLASSES.index(line.architecture)]
            for line in lines
        ]
        points = np.array(places).reshape(-1, 2) + draw.normal(size=(len(lines), 2))
        reference = np.repeat(centres, 40, axis=0) + draw.normal(size=(200, 2)) * 1.5
        unknown = tuple(line.id for line in lines if line.verdict is Verdict.UNKNOWN)
        left_out = tuple(number for number in self._door.lines if number not in {line.id for line in lines})
        return EmbeddingMap(
            *(_DETECTOR, method, tuple(line.id for line in lines)),
            *(points.astype(np.float32), reference.astype(np.float32), tuple(np.repeat(CLASSES, 40).tolist())),
            *((unknown,) if len(unknown) >= 3 else (), left_out, True),
            verdicts=tuple(line.verdict for line in lines),
            hidden=self.hidden,
        )
