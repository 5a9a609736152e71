"""Stand-ins for the workspace, as far as Examine and Detectors ask it, and small records to fill it with."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.domain import (
    AttributionReport,
    CaseDetails,
    ConsistencyGrid,
    DetectorReference,
    DetectorSummary,
    Exhibit,
    ExhibitFilter,
    Finding,
    ImageFacts,
    Occurrence,
    RgbImage,
    SortKey,
    Table,
    Tile,
    Verdict,
    Written,
)
from core.errors import NotFound
from core.examine import FileStatement, FileStatements, HeatMap, HeatMapPatch, MapQuestion, SpectrumPicture
from core.progress import Progress
from tests.app.card_fakes import COMPARISON, FIGURES
from tests.app.stand_in_conclusions import StandInConclusions
from tests.app.stand_in_custody import FakeReruns
from tests.app.stand_in_examiner import StandInAnnotations, StandInGroups, StandInViews

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
DETECTOR = DetectorReference("field", "1", "ab12cd34" * 8)
TITLES = {"stable-diffusion-1": "Stable Diffusion 1", "latent-diffusion": "Latent Diffusion", "real": "Real photograph"}
SCORES = (("stable-diffusion-1", 0.91), ("latent-diffusion", 0.06), ("real", 0.03))


def an_exhibit(
    exhibit_id: int = 1, *, size: tuple[int, int] = (640, 480), orientation: int = 1, **changes: Any
) -> Exhibit:
    facts = ImageFacts("PNG", "RGB 8 bit", *size, orientation=orientation)
    exhibit = Exhibit(
        id=exhibit_id,
        sha256=f"{exhibit_id:064x}",
        md5=f"{exhibit_id:032x}",
        size_bytes=12345,
        name=f"image-{exhibit_id}.png",
        facts=facts,
        taken_at=AT,
        occurrences=(Occurrence(f"/evidence/image-{exhibit_id}.png", AT),),
        tags=(),
        note="",
        reviewed=False,
    )
    return replace(exhibit, **changes)


def even_boxes(width: int, height: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((c * width // 4, r * height // 4, width // 4, height // 4) for r in range(4) for c in range(4))


def a_finding(exhibit: Exhibit, **changes: Any) -> Finding:
    tiles = tuple(Tile("latent-diffusion" if index in (3, 7, 12) else "stable-diffusion-1", 0.8) for index in range(16))
    finding = Finding(
        exhibit_sha256=exhibit.sha256,
        detector=DETECTOR,
        verdict=Verdict.ATTRIBUTED,
        reason="The top score 0.91 reaches the threshold 0.80.",
        architecture="stable-diffusion-1",
        scores=SCORES,
        threshold=0.8,
        grid=ConsistencyGrid(13, tiles, even_boxes(exhibit.facts.width, exhibit.facts.height)),
        device="cpu",
        ms=41.0,
        made_at=AT,
        exhibit_id=exhibit.id,
        id=exhibit.id,
    )
    return replace(finding, **changes)


def out_of_scope(exhibit: Exhibit) -> Finding:
    reason = "The shorter side has 90 px; this detector needs 128."
    return a_finding(exhibit, verdict=Verdict.OUT_OF_SCOPE, reason=reason, architecture=None, scores=(), grid=None)


def a_heat_map(exhibit: Exhibit, layer: int, target: str, *, peak: float = 0.02) -> HeatMap:
    ramp = np.tile(np.linspace(0, 1, 16, dtype=np.float32), (16, 1))
    side = min(exhibit.facts.width, exhibit.facts.height) // 2
    patches = (HeatMapPatch((0, 0, side, side), ramp), HeatMapPatch((side // 2, side // 2, side, side), 1 - ramp))
    return HeatMap(exhibit.sha256, DETECTOR, layer, target, peak, patches, (exhibit.facts.width, exhibit.facts.height))


CARD: dict[str, Any] = {"schema": 1, "classes": [{"name": name, "title": title} for name, title in TITLES.items()]}


class FakeExhibits:
    """The part of the workspace that knows exhibits."""

    def __init__(self, exhibits: tuple[Exhibit, ...]) -> None:
        self.all = {exhibit.id: exhibit for exhibit in exhibits}
        self.order = tuple(self.all)
        self.decoded: list[int] = []
        self.regions: list[tuple[int, tuple[int, int, int, int], int]] = []
        self.written: list[tuple[Any, ...]] = []
        self.unreadable: Exception | None = None

    def get(self, exhibit_id: int) -> Exhibit:
        if exhibit_id not in self.all:
            raise NotFound(f"Exhibit {exhibit_id} does not exist.")
        return self.all[exhibit_id]

    def ids(self, filter: ExhibitFilter, sort: SortKey = SortKey.TAKEN, *, descending: bool = False) -> tuple[int, ...]:  # noqa: A002
        return self.order

    def lines(self, ids: tuple[int, ...]) -> tuple[Any, ...]:
        return tuple(self.all[exhibit_id] for exhibit_id in ids)

    def display(self, exhibit_id: int, max_side: int = 4096) -> RgbImage:
        self.decoded.append(exhibit_id)
        if self.unreadable is not None:
            raise self.unreadable
        facts = self.get(exhibit_id).facts
        width, height = (facts.height, facts.width) if facts.orientation > 4 else (facts.width, facts.height)
        scale = min(1.0, max_side / max(width, height))
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[..., 0] = np.linspace(0, 255, width, dtype=np.uint8)
        pixels[..., 1] = np.linspace(0, 255, height, dtype=np.uint8)[:, None]
        return RgbImage(pixels, scale)

    def region(
        self,
        exhibit_id: int,
        box: tuple[int, int, int, int],
        halvings: int = 0,
        *,
        progress: Progress | None = None,
    ) -> RgbImage:
        """Every stored pixel of a region tells where it is: red is x, green is y, both modulo 256."""
        self.regions.append((exhibit_id, box, halvings))
        left, top, width, height = box
        step = 1 << halvings
        pixels = np.zeros((-(-height // step), -(-width // step), 3), np.uint8)
        pixels[..., 0] = (np.arange(pixels.shape[1]) * step + left) % 256
        pixels[..., 1] = ((np.arange(pixels.shape[0]) * step + top) % 256)[:, None]
        return RgbImage(pixels, 1 / step)

    def note(self, exhibit_id: int, text: str) -> Written[str]:
        self.written.append(("note", exhibit_id, text))
        before = self.all[exhibit_id]
        self.all[exhibit_id] = replace(before, note=text)
        return Written(before.note, frozenset({Table.NOTES}))

    def review(self, ids: tuple[int, ...], reviewed: bool) -> Written[None]:
        self.written.append(("review", tuple(ids), reviewed))
        for exhibit_id in ids:
            self.all[exhibit_id] = replace(self.all[exhibit_id], reviewed=reviewed)
        return Written(None, frozenset({Table.REVIEWS}))

    def next_unreviewed(
        self,
        after_id: int,
        filter: ExhibitFilter,  # noqa: A002
        sort: SortKey,
        *,
        descending: bool,
    ) -> int | None:
        later = self.order[self.order.index(after_id) + 1 :]
        return next((exhibit_id for exhibit_id in later if not self.all[exhibit_id].reviewed), None)


class FakeAnalysis:
    """The part that knows findings; `gate` holds heat maps back until a test opens it."""

    def __init__(self, exhibits: FakeExhibits) -> None:
        self._exhibits = exhibits
        self.findings: dict[int, Finding] = {}
        self.others: dict[tuple[int, str], Finding] = {}
        self.asked: list[tuple[int, int, str | None]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.make: Callable[[Exhibit, int, str], HeatMap] = a_heat_map

    views: Any = None

    def finding(self, exhibit_id: int, detector: str | None = None) -> Finding | None:
        if self.views is not None:
            self.views.require_visible(exhibit_id)
        return self.findings.get(exhibit_id) if detector is None else self.others.get((exhibit_id, detector))

    def heat_map(
        self,
        exhibit_id: int,
        question: MapQuestion = MapQuestion(),
        *,
        detector: str | None = None,
        progress: Progress | None = None,
    ) -> HeatMap:
        self.asked.append((exhibit_id, question.layer, question.target))
        assert self.gate.wait(10)
        made = self.make(self._exhibits.get(exhibit_id), question.layer, question.target or "stable-diffusion-1")
        return replace(made, method=question.method, score=question.score)

    def attribute(
        self, ids: tuple[int, ...], detector: str | None = None, progress: Progress | None = None
    ) -> Written[AttributionReport]:
        for exhibit_id in ids:
            made = a_finding(self._exhibits.get(exhibit_id))
            if detector is None:
                self.findings[exhibit_id] = made
            else:
                named = replace(made.detector, digest=detector)
                self.others[exhibit_id, detector] = replace(made, detector=named)
        return Written(AttributionReport(len(ids), {}, (), "cpu"), frozenset({Table.FINDINGS}))


class FakeFiles:
    """The part that reads what a file itself says."""

    def __init__(self, exhibits: FakeExhibits) -> None:
        self._exhibits = exhibits
        self.asked: list[tuple[str, int]] = []
        self.refusal: Exception | None = None

    def residual(self, exhibit_id: int, max_side: int = 4096, *, progress: Progress | None = None) -> RgbImage:
        self.asked.append(("residual", exhibit_id))
        if self.refusal is not None:
            raise self.refusal
        facts = self._exhibits.get(exhibit_id).facts
        return RgbImage(np.full((facts.height, facts.width, 3), 128 + 8 * exhibit_id, np.uint8), 1.0)

    def statements(self, exhibit_id: int, *, progress: Progress | None = None) -> FileStatements:
        self.asked.append(("statements", exhibit_id))
        if self.refusal is not None:
            raise self.refusal
        return FileStatements((FileStatement("EXIF", "Make", f"Camera {exhibit_id}"),), (), "", (), None, ())

    def spectrum(self, exhibit_id: int, *, progress: Progress | None = None) -> SpectrumPicture:
        self.asked.append(("spectrum", exhibit_id))
        values = np.zeros((256, 256), np.float32)
        values[128, 192] = 20.0
        return SpectrumPicture(values, ((0.25, 0.0, 20.0),))


class FakeDetectors:
    """The part that knows detectors."""

    def __init__(self, *summaries: DetectorSummary) -> None:
        self.known = list(summaries)
        self.chosen = summaries[0].reference.digest if summaries else ""
        self.asked: list[tuple[Any, ...]] = []
        self.refusal: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def all(self) -> tuple[DetectorSummary, ...]:
        return tuple(self.known)

    def current(self) -> DetectorSummary:
        for summary in self.known:
            if summary.reference.digest == self.chosen:
                return summary
        raise NotFound("There is no detector. Install one from a file.")

    def choose(self, digest: str) -> Written[None]:
        self.chosen = digest
        return Written(None, frozenset({Table.DETECTORS}))

    def install(self, path: Path) -> Written[DetectorSummary]:
        if not path.exists():
            raise NotFound(f"{path} does not exist.")
        summary = DetectorSummary(DetectorReference(path.stem, "2", "ff" * 32), path, ("real",), {})
        self.known.append(summary)
        return Written(summary, frozenset({Table.DETECTORS}))

    def evaluate(
        self, wanted: str, data: Path, *, device: str, allow_trained: bool, progress: Progress
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        self.asked.append(("evaluate", wanted, data.name, device, allow_trained))
        self._look_at_images(progress)
        return dict(FIGURES), ("a.png is damaged.",)

    def compare(
        self, wanted: str, other: str, data: Path, *, device: str, allow_trained: bool, progress: Progress
    ) -> dict[str, Any]:
        self.asked.append(("compare", wanted, other, data.name, device, allow_trained))
        self._look_at_images(progress)
        return dict(COMPARISON)

    def record(self, wanted: str, name: str, figures: Any, command: str) -> Written[None]:
        self.asked.append(("record", wanted, name, command))
        place, before = next((n, one) for n, one in enumerate(self.known) if one.reference.digest == wanted)
        test = {"set": name, "command": command, **figures}
        card = {**before.card, "measured": [*before.card.get("measured", []), test]}
        self.known[place] = replace(before, card=card, reference=replace(before.reference, digest="ee" * 32))
        return Written(None, frozenset({Table.DETECTORS}))

    def _look_at_images(self, progress: Progress) -> None:
        progress.start("Measuring", 3, "images")
        if self.refusal is not None:
            raise self.refusal
        while not self.gate.wait(0.01):
            progress.check()
        progress.step(3)


class FakeSettings:
    """Settings that nobody saves."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def get(self, key: str) -> Any:
        return {"analysis.device": "cpu"}[key]

    def recall(self, key: str, default: Any = None) -> Any:
        return self.kept.get(key, default)

    def remember(self, key: str, value: Any) -> None:
        self.kept[key] = value


def a_summary(
    card: dict[str, Any] | None = None, *, problem: str = "", digest: str = DETECTOR.digest
) -> DetectorSummary:
    reference = replace(DETECTOR, digest=digest)
    return DetectorSummary(reference, Path("/detectors/field.safetensors"), tuple(TITLES), card or CARD, problem)


def a_workspace(*exhibits: Exhibit, detectors: FakeDetectors | None = None) -> Any:
    """A workspace with these exhibits, an open case and one detector."""
    from tests.app.explaining_fakes import FakeEmbedding, FakeExplaining, FakeRobustness  # they use what is above

    kept = FakeExhibits(exhibits)
    case = SimpleNamespace(read_only=False, path=Path("/cases/One.dnacase"), details=CaseDetails("One"))
    made = SimpleNamespace(
        exhibits=kept,
        analysis=FakeAnalysis(kept),
        detectors=detectors or FakeDetectors(a_summary()),
        cases=SimpleNamespace(current=case),
        settings=FakeSettings(),
        files=FakeFiles(kept),
        explaining=FakeExplaining(),
        robustness=FakeRobustness(),
        embedding=FakeEmbedding(),
        rerun=FakeReruns(),
        called=lambda *_, **__: None,
        log=lambda *_, **__: None,
    )
    made.views, made.annotations, made.groups = StandInViews(made), StandInAnnotations(made), StandInGroups(made)
    made.analysis.views, made.conclusions = made.views, StandInConclusions(made)
    return made
