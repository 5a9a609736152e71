"""Explanations as pictures and numbers on the disk, for exhibits of a case or for one image file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.domain import ExhibitFilter, Finding
from core.errors import BadInput, CoreError, NotFound, error_from_os
from core.examine import HeatMap, MapQuestion
from core.imaging.decode import StoredPixels
from core.imaging.digest import digests_of
from core.imaging.evidence import stored_evidence
from core.imaging.sources import file_chunks
from core.paths import CASE_SUFFIX
from core.progress import Progress
from core.services import engine
from core.services.analysis import Analysis
from core.services.cases import Cases
from core.services.detectors import Detectors
from core.services.engine import Task
from core.services.exhibits import Exhibits
from core.services.explained_layers import Row, write_layers, write_summary
from core.services.processes import Processes
from core.services.views import require_visible

_PAPERS = MapQuestion()  # layer 4, the top class, Grad-CAM of the logit


class Explanations:
    """Writes heat map, overlay, consistency grid, noise residual and its spectrum as PNG files, and their numbers.

    Args:
        cases, exhibits, analysis: for exhibits of a case.
        detectors, processes: for a single image.
    """

    def __init__(
        self, cases: Cases, exhibits: Exhibits, analysis: Analysis, detectors: Detectors, processes: Processes
    ) -> None:
        self._cases = cases
        self._exhibits = exhibits
        self._analysis = analysis
        self._detectors = detectors
        self._processes = processes

    def write(
        self,
        target_path: Path,
        out: Path,
        *,
        exhibit: str | None = None,
        question: MapQuestion = _PAPERS,
        detector: str | None = None,
        device: str = "auto",
        progress: Progress | None = None,
    ) -> list[Row]:
        """Explain a case's exhibits or one image; returns what was written, one row an image.

        The rows are written to ``explanation.json`` in the folder as well.
        An exhibit that a blind case still hides from this examiner gets a row that says so, and no picture.

        Args:
            target_path: a case, or an image file.
            out: folder for the pictures; made if need be.
            exhibit: only the exhibit whose SHA-256 begins so.
            question: what the heat map is to show.
            detector: path, digest or name.
            device: for attributing a single image.
            progress: report and cancel point.
        """
        progress = progress or Progress()
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise error_from_os(error, out, doing="making the folder") from error
        if target_path.suffix == CASE_SUFFIX:
            self._cases.open(target_path)
            rows = list(self._write_exhibits(out, exhibit, question, detector, progress))
        else:
            rows = [self._write_image(target_path, out, question, detector, device, progress)]
        write_summary(rows, out)
        return rows

    def write_open_case(self, out: Path, *, progress: Progress) -> list[Row]:
        """Explain every exhibit of the open case that has something to explain."""
        out.mkdir(parents=True, exist_ok=True)
        rows = list(self._write_exhibits(out, None, _PAPERS, None, progress))
        write_summary(rows, out)
        return rows

    def _write_exhibits(
        self, out: Path, exhibit: str | None, question: MapQuestion, detector: str | None, progress: Progress
    ) -> Iterator[Row]:
        lines = self._exhibits.lines(self._exhibits.ids(ExhibitFilter()))
        chosen = [line for line in lines if exhibit is None or (exhibit and line.sha256.startswith(exhibit.lower()))]
        if not chosen:
            raise NotFound("The case has no such exhibit." if exhibit is not None else "The case has no exhibits yet.")
        progress.start("Explaining", len(chosen), "exhibits")
        for line in chosen:
            if line.hidden:
                if len(chosen) == 1:
                    require_visible(self._cases.database, line.id)
                yield {"image": line.name, "sha256": line.sha256, "hidden": True}
                progress.step(text=line.name)
                continue
            finding = self._analysis.finding(line.id, detector)
            if finding is not None and finding.architecture is not None:
                map_ = self._analysis.heat_map(line.id, question, detector=detector, progress=progress)
                path = self._exhibits.evidence(line.sha256)
                yield self._draw(path, f"{Path(line.name).stem[:40]}-{line.sha256[:8]}", finding, map_, out, progress)
            elif len(chosen) == 1:
                raise BadInput(finding.reason if finding else "This exhibit is not analysed yet; run analyze first.")
            progress.step(text=line.name)

    def _write_image(
        self,
        path: Path,
        out: Path,
        question: MapQuestion,
        detector: str | None,
        device: str,
        progress: Progress,
    ) -> Row:
        if not path.is_file():
            raise NotFound(f"{path} does not exist, or is neither an image nor a case ({CASE_SUFFIX}).")
        chosen, limit = self._detectors.find(detector), self._processes.pixel_limit
        task = Task(digests_of(file_chunks(path, str(path))).sha256, path)
        progress.start("Explaining", 1, "images")
        answer = self._processes.analyse(engine.attribute, chosen.path, device, [task], limit, progress=progress)
        finding = answer.findings[0]
        if isinstance(finding, str):
            raise CoreError(finding)
        if finding.architecture is None:
            raise BadInput(f"{path}: {finding.reason}")
        question = replace(question, target=question.target or finding.architecture)
        map_ = self._processes.analyse(engine.heat_map, chosen.path, task, question, limit, progress=progress)
        row = self._draw(path, path.stem[:60], finding, map_, out, progress)
        progress.step()
        return row

    def _draw(self, image: Path, stem: str, finding: Finding, map_: HeatMap, out: Path, progress: Progress) -> Row:
        stored: StoredPixels = self._processes.read(
            stored_evidence, image, finding.exhibit_sha256, self._processes.pixel_limit, progress=progress
        )
        name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in stem)
        return write_layers(str(image), stored.pixels, finding, map_, out / name)
